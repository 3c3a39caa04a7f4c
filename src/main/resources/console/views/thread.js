// The messages of the open conversation, and where one looks in them.

import { framed, h, icon, mark } from "../dom.js";
import { exchangeView } from "./answer.js";
import { plainly } from "./notes.js";

const NEAR_PX = 64; // so close to the end counts as the end

/** @param on what an exchange can be asked for, and `{ reload, loadEarlier, jumped, agent(name) }` */
export function threadView(talks, on) {
  const list = h("ol.thread", { "aria-label": "Messages" });
  const earlier = h("button.small", { type: "button", onclick: () => keepPlace(on.loadEarlier) }, "Show what was said before");
  const top = h("div.top", { hidden: true }, earlier);
  const empty = h("div.empty");
  const inner = h("div.inner", {}, top, empty, list);
  const scroller = h("section.scroller", { tabindex: "-1", "aria-label": "Conversation" }, inner);
  const jump = h("button.jump", { type: "button", hidden: true, onclick: () => (toEnd(true), on.jumped()) }, icon("down"), "Jump to latest");
  const element = h("div.thread-box", {}, scroller, jump);
  const views = new Map(); // exchange → its view
  const stale = new Set();
  let shownTalk;
  let stuck = true;

  const atEnd = () => scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < NEAR_PX;
  const toEnd = (smooth) => {
    stuck = true;
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    scroller.scrollTo({ top: scroller.scrollHeight, behavior: smooth && !calm ? "smooth" : "instant" });
    jump.hidden = true;
  };
  let lastTop = 0;
  scroller.addEventListener("scroll", () => {
    // Only going up leaves the end: text that grows, or a keyboard that opens, does not.
    const up = scroller.scrollTop < lastTop - 1;
    lastTop = scroller.scrollTop;
    if (atEnd()) stuck = true;
    else if (up) stuck = false;
    jump.hidden = stuck || atEnd();
  }, { passive: true });
  new ResizeObserver(() => {
    if (stuck) toEnd(false);
    else jump.hidden = atEnd();
  }).observe(inner);
  new ResizeObserver(() => stuck && toEnd(false)).observe(scroller);

  /** What is put in above must not move what is read. */
  async function keepPlace(work) {
    const below = scroller.scrollHeight - scroller.scrollTop;
    earlier.disabled = true;
    try {
      await work();
      draw();
      scroller.scrollTop = scroller.scrollHeight - below;
    } finally {
      earlier.disabled = false;
    }
  }

  function drawAll(talk) {
    const known = new Set(talk?.exchanges ?? []);
    for (const [exchange, view] of views) {
      if (known.has(exchange)) continue;
      view.element.remove();
      views.delete(exchange);
    }
    let place = list.firstChild;
    for (const exchange of talk?.exchanges ?? []) {
      if (!views.has(exchange)) {
        views.set(exchange, exchangeView(exchange, on));
        stale.add(exchange);
      }
      const { element: each } = views.get(exchange);
      if (each === place) place = place.nextSibling;
      else list.insertBefore(each, place);
    }
  }

  function draw() {
    const talk = talks.open;
    if (talk !== shownTalk) {
      shownTalk = talk;
      stale.clear();
      stuck = true;
      views.clear();
      list.replaceChildren();
    }
    drawAll(talk);
    for (const exchange of stale) views.get(exchange)?.update();
    stale.clear();
    top.hidden = talk?.earlier === undefined;
    drawEmpty(empty, talks, talk, on);
    list.hidden = !talk || talk.exchanges.length === 0;
  }
  const soon = framed(draw);

  return {
    element,
    scroller,
    toEnd,
    /** @param exchange what is another now; all of it if not given */
    changed(exchange) {
      if (exchange) stale.add(exchange);
      else for (const each of talks.open?.exchanges ?? []) stale.add(each);
      if (talks.open === shownTalk) soon();
      else draw();
    },
  };
}

/** What stands there when no messages do. */
function drawEmpty(element, talks, talk, on) {
  const said = talk?.exchanges.length > 0 && talk.state !== "unread";
  const what = talk ? (said ? "" : talk.state) : `new ${talks.agent}`;
  if (element.dataset.shown === what) return;
  element.dataset.shown = what;
  element.hidden = what === "";
  if (!talk) element.replaceChildren(...welcome(talks, on));
  else if (talk.state === "loading") element.replaceChildren(h("p.quiet", { role: "status" }, "Loading …"));
  else if (talk.state === "missing") {
    element.replaceChildren(h("h2", {}, "This conversation is not there"), h("p", {}, "It was deleted, or it belongs to somebody else."), h("a.button", { href: "#/new" }, "New conversation"));
  } else if (talk.state === "gone") {
    element.replaceChildren(h("h2", { role: "status" }, "This conversation was deleted"), h("a.button", { href: "#/new" }, "New conversation"));
  } else if (talk.state === "unread") {
    element.replaceChildren(h("h2", {}, "It could not be read"), h("p", {}, `${plainly(talk.problem)} It is read again as soon as that changes.`), h("button.button", { type: "button", onclick: on.reload }, "Try again"));
  } else element.replaceChildren(h("p.quiet", {}, "Nothing has been said here yet."));
}

function welcome(talks, on) {
  const agents = talks.agents;
  const chosen = talks.agentOf(talks.agent);
  const choices = agents.map((agent) =>
    h(
      "label.agent",
      {},
      h("input", { type: "radio", name: "agent", value: agent.name, checked: agent.name === talks.agent, onchange: () => on.agent(agent.name) }),
      h("span", {}, h("strong", {}, agent.name), agent.description && h("span.quiet", {}, agent.description)),
    ),
  );
  return [
    mark(),
    h("h2", {}, "What can I do for you?"),
    agents.length > 1 && h("fieldset.agents", {}, h("legend", {}, "Who shall answer?"), choices),
    agents.length === 1 && chosen?.description && h("p.quiet", {}, chosen.description),
    chosen?.rehearsal && h("p.quiet.rehearsal", {}, "This agent rehearses: its model is built in and not a real one. Say “help” to see what it can do."),
  ].filter(Boolean);
}

