// Asks for an API key, and whether this browser shall remember it.

import { h, mark } from "../dom.js";

/**
 * @param refused why a key is asked for again, if one was there
 * @param done called with `(key, remember)`
 */
export function signInView(refused, done) {
  const key = h("input", { id: "key", type: "password", required: true, autocomplete: "current-password", spellcheck: "false", autocapitalize: "none" });
  const remember = h("input", { type: "checkbox" });
  if (refused) {
    key.setAttribute("aria-invalid", "true");
    key.setAttribute("aria-describedby", "refused");
  }
  const form = h(
    "form.sign-in",
    { onsubmit: submitted },
    mark(),
    h("h1", {}, "Loadline"),
    h("label", { for: "key" }, "Your API key"),
    key,
    refused && h("p.refused", { id: "refused", role: "alert" }, refused),
    h("label.check", {}, remember, "Remember it in this browser"),
    h("button.button", { type: "submit" }, "Sign in"),
  );
  function submitted(event) {
    event.preventDefault();
    const value = key.value.trim();
    if (value !== "") done(value, remember.checked);
  }
  return { element: h("main.alone", {}, form), focus: () => key.focus() };
}
