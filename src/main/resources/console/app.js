// The page: asks who one is, shows the conversations, follows the address (#/new, #/c/<id>).

import { h, mark } from "./dom.js";
import * as keep from "./keep.js";
import { lineOf, makeClient, whoAmI } from "./link.js";
import { shown } from "./talk.js";
import { NEW, Talks } from "./talks.js";
import { composerView } from "./views/composer.js";
import { confirmed, frameView } from "./views/frame.js";
import { connectionBar, ending, seconds, spoken, voice } from "./views/notes.js";
import { sidebarView } from "./views/sidebar.js";
import { signInView } from "./views/signin.js";
import { threadView } from "./views/thread.js";

const client = makeClient();
const root = h("div.root");
document.body.append(root);
void start();

async function start() {
  waiting("One moment …");
  const told = await whoAmI(client, (error, ms) => {
    waiting(`The server does not answer. Trying again in ${seconds(ms)} …`);
  });
  if (told.needsKey) return signIn(keep.token() && "This key is not known here.");
  if (told.refused) return waiting(told.refused.detail ?? told.refused.title);
  keep.ownedBy(told.me?.principal);
  await open(told.me);
}

function waiting(words) {
  root.replaceChildren(h("main.alone", {}, mark(), h("p.quiet", { role: "status" }, words)));
}

/** @param opened whether somebody's things are shown already: then all of it begins anew */
function signIn(refused, opened = false) {
  const view = signInView(refused, (key, remember) => {
    keep.keepToken(key, remember);
    if (opened) location.reload();
    else void start();
  });
  root.replaceChildren(view.element);
  view.focus();
}

async function open(me) {
  const app = application();
  try {
    await app.talks.start();
  } catch (e) {
    if (e.status === 401) return signIn("This key is not known here.");
    waiting(`${e.message} Trying again …`);
    setTimeout(start, 3000);
    return;
  }
  client.on("state", ({ state }) => {
    if (state === "unauthenticated") signIn("You were signed out: the key is not known any more.", true);
  });
  keep.onOtherToken(() => location.reload());
  client.connect();
  app.show(me);
}

/** Which conversation the address names. */
function addressed() {
  const found = /^#\/c\/(.+)$/.exec(location.hash);
  try {
    return found ? decodeURIComponent(found[1]) : undefined;
  } catch {
    return undefined; // no address that this page made
  }
}

/** The views and what joins them. */
function application() {
  const line = lineOf(client);
  const told = new Map(); // exchange → the status that was last announced
  const talks = new Talks(client, { listed: () => sidebar.draw(), changed });
  const sidebar = sidebarView(talks, { remove, more: () => failsSoftly(talks.loadMore()), signOut });
  const speech = voice();
  const thread = threadView(talks, {
    cancel(exchange) {
      void failsSoftly(talks.open.cancel(exchange));
      composer.focus();
    },
    waits: (exchange) => exchange.live?.retry ?? line.waits(),
    jumped: () => composer.focus(),
    again: (exchange) => talks.open.again(exchange),
    forget: (exchange) => talks.open.forget(exchange),
    resend: (exchange) => send(shown(exchange).inputs.map((each) => each.text).join("\n\n")),
    reload: () => follow(true),
    loadEarlier: () => failsSoftly(talks.open.loadEarlier()),
    agent(name) {
      talks.agent = name;
      changed();
    },
  });
  const composer = composerView({ send, stop });
  const frame = frameView({ sidebar, bar: connectionBar(client), thread, composer, voice: speech }, { stop });

  function changed(exchange) {
    thread.changed(exchange);
    if (exchange) announce(exchange);
    header();
  }

  function header() {
    const talk = talks.open;
    const agent = talks.agentOf(talk ? talk.agent : talks.agent);
    frame.show({ name: talk ? (talk.title ?? talks.titleOf(talk.id) ?? "Conversation") : "New conversation", agent });
    composer.show({
      id: talk?.id ?? NEW,
      agent: talks.agents.length > 1 ? agent?.name : undefined,
      running: talk?.running !== undefined,
      busy: talk?.busy === true,
      closed: talk !== undefined && talk.state !== "ready" && talk.state !== "loading",
    });
  }

  /** Says once how a turn ended that was seen running; the list shows what it changed. */
  function announce(exchange) {
    const now = shown(exchange);
    const before = told.get(exchange);
    told.set(exchange, now.status);
    if (!now.ended || before === undefined || before === now.status || ["completed", "failed", "cancelled"].includes(before)) return;
    told.delete(exchange);
    if (now.status === "failed") speech.announce(`${now.unsent ? "Not sent" : "The answer failed"}: ${now.problem?.detail ?? now.problem?.title ?? ""}`);
    else if (now.status === "cancelled") speech.announce(ending(now));
    else speech.announce(`Answer: ${spoken(now.text)}`);
    void failsSoftly(talks.refresh());
  }

  function send(text, whenBusy) {
    if (talks.open) talks.open.send(text, talks.open.busy ? whenBusy : undefined);
    else {
      const id = talks.begin(text);
      history.replaceState(null, "", `#/c/${encodeURIComponent(id)}`);
      changed();
    }
    thread.toEnd(false);
  }

  function stop() {
    const running = talks.open?.running;
    if (running) void failsSoftly(talks.open.cancel(running));
  }

  async function remove(id) {
    const title = talks.titleOf(id) ?? "this conversation";
    const yes = await confirmed(`Delete “${title}”?`, "Its messages, and what was remembered from them, will be gone.", "Delete");
    if (!yes) return sidebar.focus(id);
    const wasOpen = talks.open?.id === id;
    if (await failsSoftly(talks.delete(id).then(() => true))) {
      if (wasOpen) location.hash = "#/new";
      sidebar.focus();
    }
  }

  function signOut() {
    keep.forgetTexts();
    keep.forgetToken();
    history.replaceState(null, "", "#/new");
    location.reload();
  }

  function follow(again = false) {
    if (again) talks.show(undefined);
    talks.show(addressed());
    frame.closeDrawer();
    if (!frame.isNarrow()) composer.focus();
  }

  /** What a press of a button could not do is said, not thrown. */
  async function failsSoftly(work) {
    try {
      return await work;
    } catch (e) {
      speech.announce(e.message);
      return undefined;
    }
  }

  addEventListener("hashchange", () => follow());
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") void failsSoftly(talks.refresh());
  });

  return {
    talks,
    show(me) {
      root.replaceChildren(frame.element);
      sidebar.showMe(me, keep.token() !== undefined);
      follow();
    },
  };
}
