// Words for states: of the connection, of a turn, of what it ran without. And the voice that tells
// a screen reader when an answer is there.

import { h, icon, say, set } from "../dom.js";
import { parse } from "../markdown/blocks.js";
import { inline, words } from "../markdown/inline.js";

const SPOKEN_MAX = 1500;

/** A polite live region: `announce(text)`. The same words twice are said twice. */
export function voice() {
  const element = h("div.sr", { role: "status", "aria-live": "polite" });
  return {
    element,
    announce(text) {
      const spoken = text.length > SPOKEN_MAX ? text.slice(0, SPOKEN_MAX) + " … and more" : text;
      element.replaceChildren(h("p", {}, spoken));
    },
  };
}

/** Markdown as it is spoken: without its marks, and code only by its name. */
export function spoken(text) {
  const say = (block) => {
    if (block.type === "code") return `Code${block.language ? ` in ${block.language}` : ""}.`;
    if (block.type === "table") return `Table with ${block.rows.length} rows.`;
    if (block.type === "list") return block.items.map((item) => item.blocks.map(say).join(" ")).join(" ");
    if (block.blocks) return block.blocks.map(say).join(" ");
    return block.text === undefined ? "" : words(inline(block.text));
  };
  return parse(text).map(say).join(" ");
}

export function seconds(ms) {
  if (ms < 950) return `${(ms / 1000).toFixed(2)} s`;
  return ms < 59_950 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms / 60_000)} min`;
}

/** A problem in words for people. */
export function plainly(problem) {
  if (!problem || problem.code === "unreachable") return "The server can't be reached.";
  const words = problem.detail ?? problem.title ?? "It failed.";
  return /[.!?…]$/.test(words) ? words : `${words}.`;
}

/** Why a message has not got there yet and when it goes out again: `{ problem?, at? }`, `at` by Date.now(). */
export function held({ problem, at }) {
  const left = at === undefined ? 0 : Math.ceil((at - Date.now()) / 1000);
  const when = left > 90 ? ` Sent again at ${new Date(at).toLocaleTimeString([], { timeStyle: "short" })}.` : left > 0 ? ` Sent again in ${left} s.` : "";
  return `Sending … ${problem ? plainly(problem) : ""}${when}`.trim();
}

/** The bar under the header that says when the server can't be reached, and when it is tried again. */
export function connectionBar(client) {
  const text = h("span");
  const count = h("span", { "aria-hidden": "true" });
  const element = h("div.bar-note", { role: "status", hidden: true }, icon("warn"), h("p", {}, text, count));
  let until = 0;
  let timer;
  let wasOpen = false;
  const tick = () => {
    const left = Math.ceil((until - performance.now()) / 1000);
    say(count, left > 0 ? ` in ${left} s` : " now");
  };
  const show = ({ state, failures, retryInMs = 0 }) => {
    clearInterval(timer);
    until = performance.now() + retryInMs;
    if (state === "open") wasOpen = true;
    // The first failure of a page that has just come is no loss yet: another way may be open.
    const lost = failures > (wasOpen ? 0 : 2);
    const trouble = state === "offline" || (lost && (state === "waiting" || state === "connecting"));
    element.hidden = !trouble;
    set(element, "data-state", state);
    if (!trouble) return;
    say(text, state === "offline" ? "You are offline. Nothing is lost: it goes on when you are back." : "The connection is lost. Reconnecting");
    say(count, state === "connecting" ? " …" : "");
    if (state !== "waiting") return;
    tick();
    timer = setInterval(tick, 500);
  };
  client.on("state", show);
  show(client.connection);
  return element;
}

const FINISH = {
  length: "The model's length limit was reached: the answer is not complete.",
  steps: "The limit of steps was reached.",
  toolCalls: "The limit of tool calls was reached.",
  sameCall: "The same tool call came too often.",
  tokens: "The limit of tokens was reached.",
  cost: "The limit of cost was reached.",
};

const CANCELLED = {
  user: "Stopped.",
  interrupt: "Stopped for a newer message.",
  parent: "Stopped with the work it belonged to.",
  operator: "Stopped by an operator.",
  deleted: "The conversation was deleted.",
  disconnect: "The client that asked went away.",
};

export function ending({ status, by, finish, cut }) {
  if (status === "cancelled") return CANCELLED[by] ?? "Stopped.";
  if (cut) return "This answer was cut off.";
  return status === "completed" ? FINISH[finish] : undefined;
}

/** What the answer had to do without, in a sentence each. */
export function withouts(degradations) {
  const all = degradations.map(({ dependency, reason, effect, instead, waitMs }) => {
    const why = reason ? ` (${reason.replace("_", " ")})` : "";
    if (effect === "fallback") return `Answered by ${instead ?? "another model"} instead of ${dependency}${why}.`;
    if (effect === "waited") return `Waited${waitMs ? ` ${seconds(waitMs)}` : ""} for ${dependency}${why}.`;
    if (effect === "partial") return `With only a part of ${dependency}${why}.`;
    if (effect === "without") return `Answered without ${dependency}${why}.`;
    return `Answered while ${dependency} was in trouble.`; // all that a message says of it
  });
  return [...new Set(all)];
}

/** Where a turn stands that has not ended. `waitsUntil` is by Date.now(). */
export function progress({ status, position, waitingFor, waitsUntil, text, reasoning }) {
  if (status === "sending") return "Sending …";
  if (status === "queued") return position ? `Waiting, position ${position}` : "Waiting to begin …";
  if (status === "waiting") {
    if (waitingFor?.kind === "approval") return "Waiting for an approval";
    if (waitingFor?.kind === "delegate") return "Waiting for another agent";
    const left = Math.ceil(((waitsUntil ?? 0) - Date.now()) / 1000);
    const about = left > 90 ? `, about ${Math.round(left / 60)} min` : left > 0 ? `, about ${left} s` : "";
    return `Waiting for ${waitingFor?.dependency ?? "the model"}${about}`;
  }
  if (text !== "") return "";
  return reasoning !== "" ? "Thinking …" : "Working …";
}

/** Time and tokens, for those who look. */
export function cost({ timings, usage, firstTextMs }) {
  const parts = [];
  // Both by the server's clock, so that they agree; ours is there where the server's is not.
  const first = timings?.firstToken ?? (timings?.completed === undefined ? firstTextMs : undefined);
  if (first !== undefined) parts.push(`first words ${seconds(first)}`);
  if (timings?.completed !== undefined) parts.push(`done ${seconds(timings.completed)}`);
  if (usage) {
    const about = usage.estimated ? "≈ " : "";
    parts.push(`${about}${usage.input.toLocaleString()} tokens in, ${usage.output.toLocaleString()} out`);
    if (usage.cost) parts.push(`cost ${Number(usage.cost.toPrecision(2))}`);
  }
  return parts.join(" · ");
}
