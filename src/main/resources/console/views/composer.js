// Where one writes: a text that grows, Enter sends, drafts are kept.

import { h, icon, set } from "../dom.js";
import * as keep from "../keep.js";

const WHEN_BUSY = [
  ["", "A message waits its turn", "It is answered after those before it."],
  ["steer", "It joins the answer", "The answer goes on and takes it into account."],
  ["interrupt", "It goes first", "The answer is stopped."],
];
const TEXT_MAX = 262_144;

/** @param on `{ send(text, whenBusy), stop() }` */
export function composerView(on) {
  const text = h("textarea", {
    id: "message",
    rows: "1",
    maxlength: TEXT_MAX,
    enterkeyhint: "send",
    autocomplete: "off",
    placeholder: "Write a message",
    "aria-describedby": "message-keys",
    oninput: typed,
    onkeydown: pressed,
  });
  const send = h("button.send", { type: "submit", title: "Send (Enter)" }, icon("send"), h("span.sr", {}, "Send"));
  const stop = h("button.stop", { type: "button", hidden: true, title: "Stop (Esc)", onclick: stopped }, icon("stop"), "Stop");
  const agent = h("span.agent-name");
  const menu = busyMenu(() => text.focus({ preventScroll: true }));
  const row = h("div.row", {}, menu.element, agent, h("span.gap"), menu.chip, stop, send);
  const box = h("form.composer-box", { onsubmit: submitted }, h("label.sr", { for: "message" }, "Message"), text, row);
  const keys = h("p.sr", { id: "message-keys" }, "Enter sends, Shift and Enter begins a new line, Escape stops the answer.");
  const element = h("div.composer", {}, box, keys);
  let conversation;
  let blocked = false;

  function typed() {
    keep.keepDraft(conversation, text.value);
    fits();
  }

  function fits() {
    text.style.height = "auto";
    text.style.height = `${text.scrollHeight}px`;
    send.disabled = blocked || text.value.trim() === "";
  }

  function stopped() {
    on.stop();
    text.focus({ preventScroll: true });
  }

  function pressed(event) {
    // While a word is being composed (Japanese, Chinese, …) Enter belongs to that.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    box.requestSubmit();
  }

  function submitted(event) {
    event.preventDefault();
    const message = text.value;
    if (blocked || message.trim() === "") return;
    keep.keepDraft(conversation, "");
    text.value = "";
    fits();
    on.send(message, menu.take());
  }

  return {
    element,
    focus: () => text.focus({ preventScroll: true }),
    put(words) {
      text.value = words;
      typed();
      text.focus();
    },
    /** @param to `{ id, agent, running, busy, closed }` of the conversation that is open */
    show(to) {
      if (to.id !== conversation) {
        if (conversation !== undefined) menu.clear();
        conversation = to.id;
        text.value = keep.draft(conversation);
      }
      blocked = to.closed;
      text.disabled = to.closed;
      stop.hidden = !to.running;
      set(element, "data-busy", to.busy);
      text.placeholder = to.busy ? "Write the next message" : "Write a message";
      agent.textContent = to.agent ?? "";
      fits();
    },
  };
}

/**
 * What happens to the next message if it is sent while an answer is under way; for that one only.
 * `cleared` is called when the choice was taken back.
 */
function busyMenu(cleared) {
  let value = "";
  const label = h("span.sr", {}, "Change what happens to a message while an answer is under way");
  const summary = h("summary.icon-button", { title: "While an answer is under way …" }, icon("more"), label);
  const choices = WHEN_BUSY.map(([mode, name, what]) =>
    h(
      "label",
      {},
      h("input", { type: "radio", name: "whenBusy", value: mode, checked: mode === "", onchange: () => chosen(mode) }),
      h("span", {}, h("strong", {}, name), h("span.quiet", {}, what)),
    ),
  );
  const panel = h("fieldset.panel", {}, h("legend", {}, "While an answer is under way"), choices);
  const element = h("details.menu", {}, summary, panel);
  const chosenName = h("span");
  const chip = h("button.chip", { type: "button", hidden: true, title: "Let it wait its turn after all", onclick: () => (clear(), cleared()) }, chosenName, icon("close"), h("span.sr", {}, ": clear this choice"));
  function chosen(mode) {
    value = mode;
    set(element, "data-changed", mode !== "");
    chip.hidden = mode === "";
    chosenName.textContent = WHEN_BUSY.find(([each]) => each === mode)[1];
  }
  function clear() {
    for (const input of panel.querySelectorAll("input")) input.checked = input.value === "";
    chosen("");
  }
  function take() {
    const taken = value;
    if (value !== "") clear();
    return taken;
  }
  const close = (back) => {
    if (!element.open) return;
    element.open = false;
    if (back) summary.focus();
  };
  element.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !element.open) return;
    event.stopPropagation();
    close(true);
  });
  document.addEventListener("pointerdown", (event) => element.contains(event.target) || close(false));
  element.addEventListener("focusout", (event) => {
    if (event.relatedTarget && !element.contains(event.relatedTarget)) close(false);
  });
  return { element, chip, clear, take };
}
