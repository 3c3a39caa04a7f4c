// One conversation as this page knows it: what was said, what runs, what has not been sent yet.
// No DOM. An exchange is a turn and what belongs to it, put together from up to three places: the
// stored messages, the stored turn (how it ended, what it cost), and the live turn that is followed.

import * as keep from "./keep.js";
import { Order } from "./order.js";

const PAGE = 50;
const READ_AGAIN_MS = 5000;
const ENDED = ["completed", "failed", "cancelled"];

export class Talk {
  exchanges = [];
  title;
  agent;
  state = "loading"; // ready | missing | unread | gone
  problem;
  earlier; // cursor of what was said before
  #client;
  #changed;
  #watch;
  #creates; // whether the first message is still to create it
  #isGone;
  #retry;
  #closed = false;
  #order = new Order(statusOf);
  #asking = false;
  #askAgain = false;

  /**
   * @param changed called with the exchange that is another now, or with nothing for all of them
   * @param gone called when it turns out to be deleted
   * @param agent for a conversation that the first message creates
   */
  constructor(client, id, { agent, changed, gone }) {
    this.#client = client;
    this.id = id;
    this.agent = agent;
    this.#changed = (exchange) => {
      if (this.#closed) return;
      if (this.#order.sort(this.exchanges)) void this.#ask();
      changed(exchange);
    };
    this.#isGone = gone;
    this.#creates = agent !== undefined;
    if (agent) this.state = "ready";
  }

  /** Reads what is there and follows what comes. */
  async load() {
    const door = this.#client.conversation(this.id);
    clearTimeout(this.#retry);
    try {
      const [about, said, turns] = await Promise.all([
        door.get(),
        door.messages({ limit: PAGE }),
        door.turns({ limit: PAGE }),
      ]);
      this.#described(about);
      this.earlier = said.prev;
      const read = new Set(said.items.map((message) => this.#said(message)));
      for (const turn of turns.items.toReversed()) this.#stored(turn, said.prev === undefined);
      about.waiting?.forEach((turn, i) => Object.assign(this.#of(turn) ?? {}, { place: i + 1 }));
      this.#order.read([...read], this.exchanges);
      this.state = "ready";
      this.#follow(said.items.at(-1)?.id);
    } catch (e) {
      // A conversation that its first message was still to create is no missing one.
      const begins = e.status === 404 && this.#unsent().some((message) => message.agent);
      this.state = begins ? "ready" : e.status === 404 ? "missing" : "unread";
      this.problem = e.problem ?? { detail: e.message };
      if (this.state === "missing") return this.#gone("missing");
      if (this.state === "unread") this.#readLater();
    }
    for (const message of this.#unsent()) this.#resend(message);
    this.#changed();
  }

  /** Once the server is there again, or answers better. */
  #readLater() {
    if (this.#closed) return;
    const again = () => {
      off();
      clearTimeout(this.#retry);
      if (!this.#closed && this.state === "unread") void this.load();
    };
    const off = this.#client.on("state", ({ state }) => state === "open" && again());
    this.#retry = setTimeout(again, READ_AGAIN_MS);
  }

  /** It was deleted: nothing is shown of it or sent to it any more. */
  #gone(state = "gone") {
    if (this.#closed) return;
    this.state = state;
    this.#watch?.close();
    for (const message of this.#unsent()) keep.sent(message.key);
    for (const { live } of this.exchanges.splice(0)) if (live && !live.ended) live.detach();
    this.earlier = undefined;
    this.#isGone?.(this.id);
    this.#changed();
    this.#closed = true;
  }

  /** Reads a page of what was said before. */
  async loadEarlier() {
    const before = this.earlier;
    if (before === undefined) return;
    const page = await this.#client.conversation(this.id).messages({ before, limit: PAGE });
    this.earlier = page.prev;
    for (const message of page.items.toReversed()) this.#said(message, true);
    this.#changed();
  }

  close() {
    this.#closed = true;
    clearTimeout(this.#retry);
    this.#watch?.close();
    for (const { live } of this.exchanges) {
      // What is on its way goes on: it is only no longer shown here.
      if (live?.id && !live.ended) live.detach();
    }
  }

  /** The exchange that answers now, if one does. */
  get running() {
    return this.exchanges.find((each) => ["running", "waiting"].includes(statusOf(each)));
  }

  /** Whether a new message would have to wait. */
  get busy() {
    return this.exchanges.some((each) => !ENDED.includes(statusOf(each)));
  }

  /** Sends a composed message: one key, however often it has to go out. */
  send(text, whenBusy) {
    return this.#out({ conversation: this.id, ...(this.#creates && { agent: this.agent }), key: keep.newKey(), text, ...(whenBusy && { whenBusy }) });
  }

  /** Sends what was refused once more, under its own key: the server has it at most once. */
  again(exchange) {
    this.#drop(exchange);
    this.#out(exchange.outgoing);
  }

  /** Takes back what was never sent, or is still on its way. */
  forget(exchange) {
    keep.sent(exchange.key);
    exchange.live?.cancel().catch(() => {}); // it got there and is shown as a turn
    this.#drop(exchange);
    this.#changed();
  }

  cancel(exchange) {
    const { live, turn } = exchange;
    return live ? live.cancel() : this.#client.cancel(turn);
  }

  #unsent() {
    return keep.unsent().filter((message) => message.conversation === this.id);
  }

  #described({ agent, title }) {
    this.agent = agent;
    this.#creates = false;
    this.title = title;
  }

  #follow(since) {
    if (this.#closed || this.#watch) return;
    const watch = this.#client.watch(this.id, since === undefined ? {} : { since });
    this.#watch = watch;
    watch.on("message", (message) => this.#changed(this.#said(message)));
    watch.on("turn", (turn) => this.#lives(turn));
    watch.on("ready", () => this.#catchUp());
    watch.on("error", (error) => {
      this.#watch = undefined;
      if (error.status === 404) this.#gone();
    });
  }

  /** How those turns ended that nobody followed to their end. */
  async #catchUp() {
    const open = this.exchanges.filter((each) => each.turn && !each.live && !ENDED.includes(each.record?.status));
    if (open.length === 0) return;
    try {
      const turns = await this.#client.conversation(this.id).turns({ limit: PAGE });
      for (const turn of turns.items.toReversed()) this.#stored(turn, false);
      void this.#ask();
      this.#changed();
    } catch {
      // said again at the next connection; the messages themselves are there
    }
  }

  /** Reads in which order the newest began; once more if asked meanwhile. */
  async #ask() {
    this.#askAgain = true;
    if (this.#asking) return;
    this.#asking = true;
    try {
      while (this.#askAgain && !this.#closed) {
        this.#askAgain = false;
        const said = await this.#client.conversation(this.id).messages({ limit: PAGE });
        this.#order.correct([...new Set(said.items.map((message) => this.#of(message.turn)).filter(Boolean))]);
        this.#changed();
      }
    } catch {
      // asked again with the next one that begins, or at the next connection
    } finally {
      this.#asking = false;
    }
  }

  #out(message) {
    keep.keepUnsent(message);
    return this.#resend(message);
  }

  #resend(message) {
    if (this.exchanges.some((each) => each.inputs.some((input) => input.key === message.key))) {
      keep.sent(message.key);
      return undefined;
    }
    const live = this.#client.send(message);
    const exchange = { key: message.key, inputs: live.input, outgoing: message };
    this.exchanges.push(exchange);
    this.#listen(exchange, live);
    this.#changed(exchange);
    return exchange;
  }

  /** A turn that runs or waits, from wherever it was asked. */
  #lives(live) {
    const exchange =
      this.exchanges.find((each) => each.live === live) ??
      this.exchanges.find((each) => (live.id && each.turn === live.id) || (live.key && each.key === live.key)) ??
      this.#add({ turn: live.id, inputs: [] });
    this.#listen(exchange, live);
    this.#changed(exchange);
  }

  #listen(exchange, live) {
    if (exchange.live === live || (exchange.live && !exchange.live.ended)) return;
    exchange.live = live;
    const moved = () => {
      const refused = live.status === "failed" && !live.id && live.problem?.code === "not_found";
      if (refused || live.cancelledBy === "deleted") return this.#gone();
      if (live.id && !exchange.turn) this.#accepted(exchange, live);
      for (const input of live.input) merge(exchange.inputs, input);
      this.#changed(exchange);
    };
    live.on("event", ({ type, step, message }) => {
      if (type === "turn.input") (exchange.joined ??= new Map()).set(message.id, step);
    });
    live.on("change", moved);
    moved();
  }

  /** The server has the message. If it joined another turn, it is shown there. */
  #accepted(exchange, live) {
    keep.sent(exchange.key);
    exchange.turn = live.id;
    this.#creates = false;
    if (this.#closed) return; // the conversation may be open again, and show this very turn
    this.#follow(undefined);
    const twin = this.exchanges.find((each) => each !== exchange && each.turn === live.id);
    if (!twin) return;
    for (const input of exchange.inputs) if (!live.duplicate || live.collected) merge(twin.inputs, input);
    twin.live ??= exchange.live;
    this.#drop(exchange);
    this.#changed();
  }

  #said(message, atStart = false) {
    const exchange = this.#of(message.turn, message.key) ?? this.#add({ turn: message.turn, inputs: [] }, atStart);
    exchange.turn = message.turn;
    if (message.role === "user") merge(exchange.inputs, message, atStart);
    else exchange.answer = message;
    return exchange;
  }

  /** @param whole whether all messages are there, so that a turn without any is shown, too */
  #stored(turn, whole) {
    const exchange = this.#of(turn.turn) ?? (whole || !ENDED.includes(turn.status) ? this.#add({ turn: turn.turn, inputs: [] }) : undefined);
    if (!exchange) return;
    exchange.record = turn;
    for (const input of turn.input) merge(exchange.inputs, input);
  }

  #of(turn, key) {
    return this.exchanges.find((each) => each.turn === turn) ?? (key && this.exchanges.find((each) => !each.turn && each.key === key));
  }

  #add(exchange, atStart = false) {
    if (atStart) {
      this.exchanges.unshift(exchange);
      this.#order.before(exchange);
    } else this.exchanges.push(exchange);
    return exchange;
  }

  #drop(exchange) {
    this.exchanges = this.exchanges.filter((each) => each !== exchange);
  }
}

/** One message once: the server's copy takes the place of ours. */
function merge(inputs, message, atStart = false) {
  const at = inputs.findIndex((each) => (message.id && each.id === message.id) || (message.key && each.key === message.key));
  if (at >= 0) inputs[at] = message.id ? message : inputs[at];
  else if (atStart) inputs.unshift(message);
  else inputs.push(message);
}

export function statusOf({ live, record, answer }) {
  if (live && !(live.ended && ENDED.includes(record?.status))) return live.status;
  return record?.status ?? (answer ? (answer.cut ? "cancelled" : "completed") : "queued");
}

/** What is shown of an exchange: the live turn knows best, then the stored one, then the message. */
export function shown(exchange) {
  const { live, record, answer, inputs, turn } = exchange;
  const from = live ?? record ?? {};
  const status = statusOf(exchange);
  return {
    inputs,
    status,
    ended: ENDED.includes(status),
    // A message that was refused is no turn: it can go out again under its key.
    unsent: status === "failed" && !turn && live !== undefined,
    text: live ? live.text || answer?.text || "" : (answer?.text ?? record?.text ?? ""),
    reasoning: live?.steps.map((step) => step.reasoning).join("") ?? "",
    calls: live?.steps.flatMap((step) => step.calls) ?? answer?.calls ?? [],
    position: live?.position,
    waitingFor: from.waitingFor,
    problem: from.problem,
    by: from.cancelledBy,
    finish: from.finish,
    cut: answer?.cut === true && status !== "cancelled" && status !== "failed",
    degradations: from.degradations ?? (answer?.degraded ?? []).map((dependency) => ({ dependency })),
    usage: from.usage,
    timings: from.timings,
    firstTextMs: live?.firstTextMs,
    origin: from.origin ?? inputs[0]?.origin,
  };
}
