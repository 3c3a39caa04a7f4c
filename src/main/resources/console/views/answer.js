// One exchange: what was asked, and its answer with its state. Redrawn in place.

import { copyText, h, icon, say, set } from "../dom.js";
import { markdownView } from "../markdown/draw.js";
import { shown } from "../talk.js";
import { cost, ending, held, progress, withouts } from "./notes.js";

const COPIED_MS = 1600;
const SLOW_MS = 3000; // a message that has not got there by then says why

/** @param on `{ cancel, again, forget, resend, waits }`, each given the exchange */
export function exchangeView(exchange, on) {
  const asked = h("div.asked");
  const said = partsView();
  const thoughts = thoughtsView();
  const tools = h("ul.tools", { "aria-label": "Tools used", hidden: true });
  const state = stateView();
  const notes = h("div.notes");
  const foot = footView(() => partsOf(shown(exchange), exchange).flatMap((part) => part.text ?? []).join("\n\n"));
  const answer = h("article.answer", {}, h("h2.sr", {}, "Answer"), thoughts.element, tools, said.element, state.element, notes, foot.element);
  const element = h("li.exchange", {}, asked, answer);
  let before = {};
  return {
    element,
    update() {
      const now = shown(exchange);
      const parts = partsOf(now, exchange);
      now.inputs = now.inputs.filter((input) => !parts.some((part) => part.message === input));
      if (changed(before, now, "inputs", "status", "unsent", "position")) drawAsked(asked, now, exchange, on);
      said.show(parts, !now.ended);
      thoughts.show(now);
      drawTools(tools, now.calls);
      state.show(now);
      if (changed(before, now, "status", "problem", "by", "finish", "cut", "degradations")) {
        notes.replaceChildren(...noted(now, exchange, on));
      }
      foot.show(now);
      answer.hidden = now.unsent || (now.status === "sending" && now.text === "");
      set(answer, "aria-busy", now.ended ? undefined : "true");
      set(element, "data-status", now.unsent ? "unsent" : now.status);
      before = { ...now, inputs: JSON.stringify(now.inputs), degradations: JSON.stringify(now.degradations) };
    },
  };
}

function changed(before, now, ...names) {
  const same = (name) => (Array.isArray(now[name]) ? JSON.stringify(now[name]) : now[name]) === before[name];
  return !names.every(same);
}

/** An answer as it came: a text for each step, and between them what was asked meanwhile. */
function partsOf({ text, inputs }, { live, joined }) {
  if (!live || live.text === "") return [{ text }];
  const parts = [];
  const asked = inputs.filter((input) => joined?.get(input.id) > 1);
  for (const step of live.steps) {
    while (asked.length > 0 && joined.get(asked[0].id) <= step.step) parts.push({ message: asked.shift() });
    if (step.text !== "") parts.push({ text: step.text });
  }
  return [...parts, ...asked.map((message) => ({ message }))];
}

/** Draws such parts; those that are there stay and only grow. */
function partsView() {
  const element = h("div.parts");
  let drawn = [];
  const fresh = ({ message }) => (message ? { id: message.id, element: h("div.asked", {}, bubble(message)) } : markdownView());
  return {
    element,
    show(parts, unfinished) {
      const last = parts.findLastIndex((part) => part.text !== undefined);
      drawn = parts.map((part, i) => {
        const old = drawn[i];
        const view = old && old.id === part.message?.id ? old : fresh(part);
        if (!part.message) view.show(part.text, unfinished && i === last);
        return view;
      });
      if (drawn.length !== element.children.length || drawn.some((view, i) => element.children[i] !== view.element)) {
        element.replaceChildren(...drawn.map((view) => view.element));
      }
    },
  };
}

function bubble({ origin, text }) {
  return h("div.bubble", {}, h("h2.sr", {}, origin && origin !== "chat" ? `Asked by ${origin}` : "You said"), h("p", {}, text));
}

function drawAsked(element, now, exchange, on) {
  element.replaceChildren(...now.inputs.map(bubble), ...sending(now, exchange, on));
}

/** Under the message: that it is on its way, waits, or did not get there. */
function sending(now, exchange, on) {
  if (now.unsent) {
    const why = now.problem?.detail ?? now.problem?.title;
    return [
      h("div.unsent", { role: "alert" }, icon("warn"), h("p", {}, h("strong", {}, "Not sent. "), why)),
      h(
        "div.choices",
        {},
        h("button.small", { type: "button", onclick: () => on.again(exchange) }, icon("again"), "Try again"),
        h("button.small", { type: "button", onclick: () => on.forget(exchange) }, "Discard"),
      ),
    ];
  }
  if (now.status === "sending") return [onItsWay(exchange, on)];
  if (now.status !== "queued") return [];
  const words = h("span", {}, progress(now));
  const button = h("button.link", { type: "button", onclick: () => on.cancel(exchange) }, "Cancel");
  set(button, "aria-label", "Cancel this message that waits");
  return [h("p.under", {}, words, button)];
}

/** A message that takes its time says why, and can be taken back. */
function onItsWay(exchange, on) {
  exchange.sentAt ??= Date.now();
  const words = h("span", {}, "Sending …");
  const button = h("button.link", { type: "button", hidden: true, onclick: () => on.forget(exchange) }, "Discard");
  const element = h("p.under", {}, words, button);
  const draw = () => {
    const why = on.waits(exchange);
    button.hidden = Date.now() - exchange.sentAt < SLOW_MS && !exchange.live?.retry;
    if (!button.hidden) say(words, held(why));
  };
  draw();
  const timer = setInterval(() => {
    if (!element.isConnected) clearInterval(timer);
    else draw();
  }, 500);
  return element;
}

/** What is going on; while the model has to be waited for, for about how long. */
function stateView() {
  const element = h("p.state", { hidden: true });
  let shown = {};
  let waitsUntil;
  let timer;
  const draw = () => {
    const { ended, status } = shown;
    const words = ended || status === "queued" || status === "sending" ? "" : progress({ ...shown, waitsUntil });
    element.hidden = words === "";
    say(element, words);
  };
  const tick = () => {
    if (element.isConnected) return draw();
    clearInterval(timer);
    timer = undefined;
  };
  return {
    element,
    show(now) {
      const wait = now.waitingFor;
      if (wait !== shown.waitingFor) {
        clearInterval(timer);
        timer = undefined;
        waitsUntil = wait?.untilMs === undefined ? undefined : Date.now() + wait.untilMs;
      }
      shown = now;
      draw();
      if (waitsUntil !== undefined) timer ??= setInterval(tick, 500);
    },
  };
}

function drawTools(element, calls) {
  element.hidden = calls.length === 0;
  const words = calls.map(({ tool, status }) => `${tool} ${status}`).join("\n");
  if (element.dataset.drawn === words) return;
  element.dataset.drawn = words;
  element.replaceChildren(
    ...calls.map(({ tool, status }) => h("li", { "data-status": status }, h("code", {}, tool), ` ${status === "open" ? "running …" : status}`)),
  );
}

function thoughtsView() {
  const text = h("p");
  const element = h("details.thoughts", { hidden: true }, h("summary", {}, "Thoughts"), text);
  return {
    element,
    show({ reasoning }) {
      element.hidden = reasoning === "";
      if (element.open || reasoning === "") say(text, reasoning);
      element.ontoggle = () => say(text, reasoning);
    },
  };
}

function noted(now, exchange, on) {
  const all = withouts(now.degradations).map((words) => h("p.note", {}, icon("warn"), h("span", {}, words)));
  if (now.status === "failed" && !now.unsent) all.push(failure(now, exchange, on));
  const end = ending(now);
  if (end) all.push(h("p.note.plain", {}, h("span", {}, end)));
  return all;
}

function failure({ problem, text }, exchange, on) {
  const what = text === "" ? "No answer: " : "The answer broke off: ";
  const why = problem?.detail ?? problem?.title ?? "it failed";
  return h(
    "div.failure",
    { role: "group", "aria-label": "This failed" },
    h("p", {}, icon("warn"), h("span", {}, h("strong", {}, what), why)),
    h("button.small", { type: "button", onclick: () => on.resend(exchange) }, icon("again"), "Ask again"),
  );
}

function footView(text) {
  const label = h("span.sr", {}, "Copy the answer");
  const button = h("button.icon-button.small", { type: "button", title: "Copy the answer" }, icon("copy"), label);
  button.addEventListener("click", async () => {
    try {
      await copyText(text());
      button.replaceChildren(icon("done"), h("span.sr", {}, "Copied"));
    } catch {
      button.replaceChildren(icon("warn"), h("span.sr", {}, "Not copied"));
    }
    setTimeout(() => button.replaceChildren(icon("copy"), label), COPIED_MS);
  });
  const figures = h("span.figures");
  const element = h("footer", { hidden: true }, button, figures);
  return {
    element,
    show(now) {
      const costs = now.ended ? cost(now) : "";
      element.hidden = !now.ended || (now.text === "" && costs === "");
      button.hidden = now.text === "";
      say(figures, costs);
    },
  };
}
