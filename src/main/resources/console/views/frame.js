// The page around the conversation: header, drawer, dialogs, keys.

import { h, icon, say, set } from "../dom.js";

const NARROW = "(max-width: 48rem)";

/** @param parts `{ sidebar, bar, thread, composer, voice }`; `on.stop()` at Escape */
export function frameView({ sidebar, bar, thread, composer, voice }, on) {
  const menu = h("button.icon-button.drawer-only", { type: "button", title: "Conversations", "aria-controls": "sidebar", "aria-expanded": "false" }, icon("menu"), h("span.sr", {}, "Show the list of conversations"));
  const title = h("h1");
  const rehearsal = h("span.badge", { hidden: true, title: "Its model is built in and only plays a model's part." }, "Rehearsal", h("span.wide-only", {}, ": not a real model"));
  const fresh = h("a.icon-button.drawer-only", { href: "#/new", title: "New conversation" }, icon("plus"), h("span.sr", {}, "New conversation"));
  const header = h("header.top-bar", {}, menu, title, rehearsal, h("span.gap"), fresh);
  const main = h("main", { id: "main" }, header, bar, thread.element, composer.element);
  const scrim = h("div.scrim", { hidden: true, onclick: () => drawer(false) });
  const skip = h("a.skip", { href: "#message", onclick: skipped }, "Skip to the message");
  const element = h("div.frame", {}, skip, sidebar.element, scrim, main, voice.element);
  const narrow = matchMedia(NARROW);

  function skipped(event) {
    event.preventDefault(); // the address keeps the conversation
    composer.focus();
  }

  /** What can't be seen can't be reached by keys either. */
  function drawer(open) {
    const drawn = narrow.matches && open;
    element.classList.toggle("drawn", drawn);
    sidebar.element.inert = narrow.matches && !open;
    main.inert = drawn;
    scrim.hidden = !drawn;
    set(menu, "aria-expanded", String(drawn));
    return drawn;
  }

  menu.addEventListener("click", () => drawer(true) && sidebar.closeButton.focus());
  sidebar.closeButton.addEventListener("click", () => {
    drawer(false);
    menu.focus();
  });
  narrow.addEventListener("change", () => drawer(false));
  document.addEventListener("keydown", (event) => {
    // While a word is being composed (Japanese, Chinese, …) Escape belongs to that.
    if (event.isComposing || event.keyCode === 229) return;
    if (event.key !== "Escape" || event.defaultPrevented || document.querySelector("dialog[open]")) return;
    if (element.classList.contains("drawn")) {
      drawer(false);
      menu.focus();
    } else on.stop();
  });
  drawer(false);

  return {
    element,
    closeDrawer: () => drawer(false),
    isNarrow: () => narrow.matches,
    show({ name, agent }) {
      say(title, name);
      rehearsal.hidden = !agent?.rehearsal;
      document.title = name === "New conversation" ? "Loadline" : `${name} · Loadline`;
    },
  };
}

/** Asks yes or no; resolves to the answer. */
export function confirmed(question, detail, yes) {
  const dialog = h(
    "dialog",
    { "aria-labelledby": "question" },
    h("h2", { id: "question" }, question),
    h("p", {}, detail),
    h(
      "form.choices",
      { method: "dialog" },
      h("button.button.quiet-button", { value: "no", autofocus: true }, "Keep it"),
      h("button.button.danger", { value: "yes" }, yes),
    ),
  );
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
  });
}
