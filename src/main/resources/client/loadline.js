// Loadline's client: one ES module without dependencies, for browsers and Node 20 or newer.
// Its types, with what each thing is for, are in loadline.d.ts.
//
//   const loadline = new Loadline({ url: "http://127.0.0.1:8080" });
//   const turn = loadline.send({ agent: "assistant", text: "Hello" });
//   for await (const { text } of turn) show(text);
//
// How it holds on: a turn keeps the text of each step and takes from a delta only what lies past
// it, so that nothing can show twice; it resumes by the cursor of the last event that it has taken;
// a message goes out under one key, however often it has to be sent. Members that begin with an
// underscore are between the classes of this file.

const SUBPROTOCOL = "loadline.v1";
const OPEN_MS = 15_000; // until a socket has said hello, or a request has an answer
const PROBE_MS = 3_000; // for an answer to a ping when the network may have changed
const SSE_SILENCE_MS = 45_000; // three of the server's comments
const LIVED_MS = 10_000; // a connection that lived this long was a good one
const PATIENCE_MS = 60_000; // a message that has to wait longer than this is refused
const UNSENT_MAX = 100;
const WAITING_EVENTS_MAX = 1000;
const SEEN_MAX = 1000;
const LINE_MAX = 1 << 25;
const ENDS = ["completed", "failed", "cancelled"];

const now = () => Date.now();
const offline = () => globalThis.navigator?.onLine === false;
const hidden = () => globalThis.document?.visibilityState === "hidden";

/** randomUUID is there only for pages that came over https or from localhost. */
function uuid() {
  if (globalThis.crypto.randomUUID) return globalThis.crypto.randomUUID();
  const bytes = globalThis.crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");
}

export class LoadlineError extends Error {
  constructor(problem) {
    super(problem.detail ?? problem.title);
    this.name = "LoadlineError";
    this.problem = problem;
    this.code = problem.code;
    this.status = problem.status;
    this.retryable = problem.retryable;
  }
}

function problem(code, status, detail, retryable) {
  return { type: `urn:loadline:problem:${code}`, title: detail, status, code, detail, retryable };
}

const unreachable = (why) => problem("unreachable", 0, `no answer from the server: ${why}`, true);

async function problemOf(response) {
  let told;
  try {
    told = await response.json();
  } catch {
    told = undefined; // something in between has answered
  }
  const { status } = response;
  const retryable = status === 408 || status === 429 || status >= 500;
  if (typeof told?.code !== "string") {
    told = problem("unreachable", status, `HTTP ${status} without a problem`, retryable);
  }
  const after = response.headers.get("Retry-After");
  if (after && told.retryAfterMs === undefined) {
    const ms = /^\d+$/.test(after) ? after * 1000 : Date.parse(after) - now();
    if (ms > 0) told.retryAfterMs = ms;
  }
  return told;
}

export class Backoff {
  #first;
  #max;
  #random;
  failures = 0;

  constructor({ firstMs = 500, maxMs = 30_000, random = Math.random } = {}) {
    this.#first = firstMs;
    this.#max = maxMs;
    this.#random = random;
  }

  next(atLeastMs = 0) {
    const ceiling = Math.min(this.#max, this.#first * 2 ** this.failures);
    this.failures++;
    return atLeastMs + Math.floor(this.#random() * ceiling);
  }

  reset() {
    this.failures = 0;
  }
}

export class SseParser {
  #listener;
  #decoder = new TextDecoder();
  #rest = "";
  #afterCr = false;
  #type = "";
  #data = "";
  #id = "";
  retryMs;

  constructor(listener) {
    this.#listener = listener;
  }

  push(bytes) {
    let text = this.#decoder.decode(bytes, { stream: true });
    if (text === "") return;
    if (this.#afterCr && text.startsWith("\n")) text = text.slice(1);
    this.#afterCr = text.endsWith("\r");
    const end = /\r\n|\r|\n/g;
    let from = 0;
    for (let found = end.exec(text); found; found = end.exec(text)) {
      const line = this.#rest + text.slice(from, found.index);
      this.#rest = "";
      from = end.lastIndex;
      this.#line(line);
    }
    this.#rest += text.slice(from);
    if (this.#rest.length + this.#data.length > LINE_MAX) throw new Error("an event without end");
  }

  #line(line) {
    if (line === "") return this.#dispatch();
    const colon = line.indexOf(":");
    const field = colon < 0 ? line : line.slice(0, colon);
    let value = colon < 0 ? "" : line.slice(colon + 1);
    if (value.startsWith(" ")) value = value.slice(1);
    if (field === "data") this.#data += value + "\n";
    else if (field === "event") this.#type = value;
    else if (field === "id" && !value.includes("\0")) this.#id = value;
    else if (field === "retry" && /^\d+$/.test(value)) this.retryMs = Number(value);
  }

  #dispatch() {
    const type = this.#type || "message";
    const data = this.#data.slice(0, -1);
    const any = this.#data !== "";
    this.#type = this.#data = "";
    if (any) this.#listener({ type, id: this.#id, data });
  }
}

class Emitter {
  #listeners = new Map();

  on(name, listener) {
    if (!this.#listeners.has(name)) this.#listeners.set(name, new Set());
    this.#listeners.get(name).add(listener);
    return () => void this.#listeners.get(name).delete(listener);
  }

  _emit(name, value) {
    for (const listener of this.#listeners.get(name) ?? []) {
      try {
        listener(value);
      } catch (e) {
        // a listener's fault is not the stream's
        queueMicrotask(() => {
          throw e;
        });
      }
    }
  }
}

// ---- a turn ----

export class LiveTurn extends Emitter {
  status = "sending";
  attempt = 1;
  steps = [];
  input = [];
  approvals = [];
  degradations = [];
  duplicate = false;
  steered = false;
  received = { deltas: 0, dup: 0, gap: 0, resumes: 0 };
  #client;
  #waiters = [];
  #resolve;
  #resets = 0;
  #sentAt;
  #left = false;
  #gapAt;

  /** Of a message (then without an id as yet), or of a turn that is there. */
  constructor(client, { id, conversation, cursor, message }) {
    super();
    this.#client = client;
    this.id = id;
    this.conversation = conversation;
    this.cursor = cursor;
    this.done = new Promise((resolve) => (this.#resolve = resolve));
    if (!message) {
      this.status = "queued";
      return;
    }
    const { key, text, agent } = message;
    this._message = message;
    this.key = key;
    this.agent = agent;
    this.#sentAt = performance.now();
    const at = new Date(now()).toISOString();
    this.input = [{ id: "", turn: "", role: "user", text, at, key, origin: "chat" }];
  }

  get text() {
    let all = "";
    for (const step of this.steps) all += step.text;
    return all;
  }

  get ended() {
    return ENDS.includes(this.status);
  }

  async *[Symbol.asyncIterator]() {
    let shown = "";
    let resets = this.#resets;
    for (;;) {
      const text = this.text;
      const replaced = resets !== this.#resets && !text.startsWith(shown);
      resets = this.#resets;
      if (replaced || text.length > shown.length) {
        const added = replaced ? text : text.slice(shown.length);
        shown = text;
        yield { text, added, replaced };
      } else if (this.ended || this.#left) {
        return;
      } else {
        await this.#next();
      }
    }
  }

  async *events() {
    const waiting = [];
    let tooMany = false;
    const off = this.on("event", (event) => {
      const last = waiting.at(-1);
      const joins =
        last?.type === event.type &&
        event.type.endsWith(".delta") &&
        last.step === event.step &&
        last.at + last.text.length === event.at;
      if (joins) waiting[waiting.length - 1] = { ...event, at: last.at, text: last.text + event.text };
      else if (waiting.length < WAITING_EVENTS_MAX) waiting.push(event);
      else tooMany = true;
    });
    try {
      for (;;) {
        if (tooMany) throw new Error("events were not taken in time");
        if (waiting.length > 0) yield waiting.shift();
        else if (this.ended || this.#left) return;
        else await this.#next();
      }
    } finally {
      off();
    }
  }

  async cancel() {
    if (this.ended) return;
    if (this.id) return void (await this.#client._cancel(this.id));
    if (!this._message.out) return this.#client._drop(this); // it has never left this device
    while (!this.id && !this.ended && !this.#left) await this.#next();
    if (this.id && !this.ended) await this.#client._cancel(this.id);
  }

  detach() {
    this._leave();
    this.#client._gone(this);
  }

  #next() {
    return new Promise((resolve) => this.#waiters.push(resolve));
  }

  #changed() {
    this._emit("change", this);
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const wake of waiters) wake();
    if (this.ended) this.#resolve(this);
  }

  /** No longer followed; what iterates ends. */
  _leave() {
    this.#left = true;
    this.#changed();
  }

  /** The server has the message. `twin`: who follows the same turn already. */
  _accepted({ turn, conversation, duplicate, steered, collected, position }, twin) {
    this.id = turn;
    if (conversation) this.conversation = conversation;
    this.duplicate = duplicate === true;
    this.steered = steered === true;
    this.collected = collected;
    this.position = position;
    if (this.status === "sending") this.status = "queued";
    if (twin && twin !== this) this.#copy(twin);
    this.#changed();
  }

  #copy(twin) {
    const { done, received, key, _message, duplicate, steered, collected, firstTextMs, ...state } = twin;
    Object.assign(this, structuredClone(state));
  }

  /** Ends it for this client: the message was refused, or the turn is not there any more. */
  _refused(why) {
    this.status = "failed";
    this.problem = why;
    this.#changed();
  }

  _cancelledHere() {
    this.status = "cancelled";
    this.cancelledBy = "user";
    this.#changed();
  }

  /** All that is known of its text is void; it is read again from the start. */
  _forget() {
    this.cursor = undefined;
    this.steps = [];
    this.#resets++;
  }

  /** Takes an event; false if something is missing before it: then it is not taken. */
  _apply(event) {
    if (this.ended || this.#left) return true;
    if (this.#take(event) === false) {
      this.received.gap++;
      if (this.cursor === undefined || this.#gapAt === this.cursor) this._forget();
      this.#gapAt = this.cursor;
      return false;
    }
    if (event.id) this.cursor = event.id;
    this._emit("event", event);
    this.#changed();
    if (this.#sentAt !== undefined && event.type === "text.delta" && !this.duplicate) {
      this.firstTextMs = Math.round(performance.now() - this.#sentAt);
      this.#sentAt = undefined;
      this.#client._felt(this);
    }
    return true;
  }

  #take(event) {
    switch (event.type) {
      case "turn.accepted":
        this.conversation = event.conversation;
        this.agent = event.agent;
        this.origin = event.origin;
        this.input = [event.input];
        if (this.status === "sending") this.status = "queued";
        return true;
      case "turn.input":
        if (!this.input.some((m) => m.id === event.message.id)) this.input.push(event.message);
        return true;
      case "turn.queued":
        this.status = "queued";
        this.position = event.position;
        return true;
      case "turn.started":
        this.attempt = event.attempt;
        return this.#runs();
      case "turn.resumed":
        return this.#runs();
      case "turn.waiting": {
        const { type, id, turn, ...waiting } = event;
        this.status = "waiting";
        this.waitingFor = waiting;
        return true;
      }
      case "context.ready":
        this.context = event;
        return true;
      case "turn.degraded":
        this.degradations.push(event);
        return true;
      case "text.delta":
        return this.#append(event, "text");
      case "reasoning.delta":
        return this.#append(event, "reasoning");
      case "text.reset":
        Object.assign(this.#step(event.step), { text: "", reasoning: "", calls: [] });
        this.#resets++;
        return true;
      case "tool.call": {
        const { call, tool, arguments: args, child } = event;
        return this.#call(event, { call, tool, arguments: args, child, status: "open" });
      }
      case "tool.progress":
        return this.#progress(event);
      case "tool.result": {
        const { tool, status, ms, preview, truncated } = event;
        return this.#call(event, { tool, status, ms, preview, truncated });
      }
      case "tool.approval":
        this.approvals = this.approvals.filter((a) => a.call !== event.call);
        this.approvals.push(event);
        return true;
      case "turn.completed":
        this.next = event.next;
        this.finish = event.finish;
        this.answer = event.answer;
        this.usage = event.usage;
        this.timings = event.timings;
        return this.#end("completed", event.text);
      case "turn.failed":
        this.problem = event.problem;
        return this.#end("failed", event.text);
      case "turn.cancelled":
        this.cancelledBy = event.by;
        return this.#end("cancelled", event.text);
      case "snapshot":
        return this.#snapshot(event);
      default:
        return true; // of a newer server
    }
  }

  #runs() {
    this.status = "running";
    this.position = this.waitingFor = undefined;
    return true;
  }

  #step(number) {
    let i = this.steps.length;
    while (i > 0 && this.steps[i - 1].step > number) i--;
    if (this.steps[i - 1]?.step === number) return this.steps[i - 1];
    const step = { step: number, text: "", reasoning: "", calls: [] };
    this.steps.splice(i, 0, step);
    return step;
  }

  #append({ step: number, at, text }, field) {
    const step = this.#step(number);
    const have = step[field].length;
    this.received.deltas++;
    if (at > have) return false;
    if (at < have) this.received.dup++;
    step[field] += text.slice(have - at);
    if (this.status === "sending" || this.status === "queued") this.#runs();
    return true;
  }

  #call({ step: number, call: id }, what) {
    const { calls } = this.#step(number);
    const call = calls.find((c) => c.call === id);
    if (call) Object.assign(call, what);
    else calls.push({ call: id, arguments: {}, ...what });
    return true;
  }

  #progress({ step, call, at, text, done, total }) {
    const known = this.#step(step).calls.find((c) => c.call === call);
    if (!known) return true;
    const before = known.progress?.text ?? "";
    const whole = text === undefined || at === undefined ? text : before.slice(0, at) + text;
    known.progress = { text: whole ?? known.progress?.text, done, total };
    return true;
  }

  #end(status, text) {
    if (this.text !== text) {
      // never with a server that keeps its word; the stored text is the true one
      this.received.gap++;
      this.steps = [{ step: 1, text, reasoning: "", calls: [] }];
      this.#resets++;
    }
    this.position = this.waitingFor = undefined;
    this.status = status;
    return true;
  }

  #snapshot({ type, id, turn, cursor, steps, text, ...state }) {
    const whole = steps ?? (text ? [{ step: 1, text }] : []);
    this.position = this.waitingFor = undefined;
    Object.assign(this, state);
    this.steps = whole.map((s) => ({ reasoning: "", calls: [], ...s }));
    this.#resets++;
    return true;
  }
}

// ---- a conversation that is watched ----

export class Watch extends Emitter {
  turns = [];
  #client;
  #seen = new Set();
  #reading;
  #again = false;
  _closed = false;

  constructor(client, conversation, since) {
    super();
    this.#client = client;
    this.conversation = conversation;
    this.since = since;
  }

  close() {
    this._closed = true;
    this.#client._unwatch(this);
  }

  _failed(why) {
    if (this._closed) return;
    this.close();
    this._emit("error", new LoadlineError(why));
  }

  _joined(turn) {
    if (this._closed || this.turns.some((t) => t.id === turn.id)) return;
    this.turns.push(turn);
    this._emit("turn", turn);
  }

  _event({ type, input, message }) {
    if (type === "turn.accepted") this._message(input);
    else if (type === "turn.input") this._message(message);
    else if (type === "snapshot") input.forEach((m) => this._message(m));
  }

  _message(message) {
    if (this._closed || this.#seen.has(message.id)) return;
    this.#seen.add(message.id);
    if (this.#seen.size > SEEN_MAX) this.#seen.delete(this.#seen.values().next().value);
    this._emit("message", message);
  }

  /** A turn has ended, so its answer can be read. */
  _left(turn) {
    this.turns = this.turns.filter((t) => t !== turn);
    if (!this._closed) this._read().catch(() => {}); // the next read finds it, too
  }

  /** The place to go on from, where none was given: the newest message. */
  async _start() {
    if (this.since !== undefined) return;
    const newest = await this.#client.conversation(this.conversation).messages({ limit: 1 });
    this.since = newest.items.at(-1)?.id;
  }

  /** Messages in the order in which they were written: only such a list moves `since`. */
  _written(messages) {
    for (const message of messages) {
      this._message(message);
      this.since = message.id;
    }
  }

  /** Reads what was written after `since`; one at a time, and once more if asked meanwhile. */
  _read() {
    this.#again = true;
    this.#reading ??= this.#readAll().finally(() => (this.#reading = undefined));
    return this.#reading;
  }

  async #readAll() {
    while (this.#again && !this._closed) {
      this.#again = false;
      let page;
      do {
        const at = { after: this.since, limit: 200 };
        page = await this.#client.conversation(this.conversation).messages(at);
        this._written(page.items);
      } while (page.next && !this._closed);
    }
  }
}

// ---- over one WebSocket ----

class SocketLine {
  #client;
  #ws;
  #ready = false;
  #stopped = false;
  #asked = new Map();
  #refs = 0;
  #deaf = new Map(); // turn id → ref whose answer ends the gap
  #backoff;
  #heartbeatMs = 20_000;
  #heardAt = 0;
  #pingedAt;
  #drainMs;
  #end = () => {};
  #unopened = 0;
  #refused = false;

  constructor(client) {
    this.#client = client;
    this.#backoff = client._backoff();
  }

  async start() {
    while (!this.#stopped) {
      await this.#client._allowed();
      if (this.#stopped) return;
      this.#client._state({ state: "connecting" });
      const end = await this.#connection();
      if (this.#stopped) return;
      const wait = await this.#verdict(end);
      if (wait === undefined || this.#stopped) return;
      await this.#client._pause(wait, this.#backoff.failures, end.problem);
    }
  }

  stop() {
    this.#stopped = true;
    this.#end({ code: 1000 });
  }

  // one connection, until it is over

  async #connection() {
    let token;
    try {
      token = await this.#client._token();
    } catch (e) {
      return { code: 1006, problem: unreachable(`the token: ${e?.message ?? e}`) };
    }
    if (this.#stopped) return { code: 1000 };
    return await new Promise((resolve) => {
      let openedAt;
      let watch;
      const ws = new this.#client._WebSocket(this.#client._url("api/ws", "ws").href, [SUBPROTOCOL]);
      const opening = setTimeout(() => this.#end({ code: 1006, reason: "not open in time" }), OPEN_MS);
      this.#ws = ws;
      this.#drainMs = undefined;
      this.#end = ({ code, reason }) => {
        if (this.#ws !== ws) return;
        clearTimeout(opening);
        clearInterval(watch);
        // not null: an `ws` socket without an error listener throws
        ws.onopen = ws.onmessage = ws.onclose = ws.onerror = () => {};
        ws.close(code === 1000 || code >= 3000 ? code : 1000);
        if (code !== 1000) ws.terminate?.();
        this.#lost();
        const lived = openedAt !== undefined && now() - openedAt >= LIVED_MS;
        if (lived) this.#backoff.reset();
        const why = `the connection was lost (${code}${reason ? " " + reason : ""})`;
        resolve({ code, token, opened: openedAt !== undefined, problem: unreachable(why) });
      };
      ws.onclose = (e) => this.#end(e);
      ws.onerror = () => {}; // onclose follows
      ws.onopen = () => {
        if (token !== undefined) this.#say({ type: "auth", token });
      };
      ws.onmessage = ({ data }) => {
        this.#heardAt = now();
        this.#pingedAt = undefined;
        let frame;
        try {
          frame = JSON.parse(data);
        } catch {
          return this.#end({ code: 3000, reason: "no JSON came" });
        }
        if (frame.type !== "hello") return this.#frame(frame);
        clearTimeout(opening);
        openedAt = now();
        this.#heartbeatMs = frame.heartbeatMs ?? this.#heartbeatMs;
        watch = setInterval(() => this.#listen(), Math.max(50, this.#heartbeatMs / 8));
        this.#opened();
      };
    });
  }

  /** How long to wait after a connection's end; undefined: for good. */
  async #verdict({ code, token, opened, problem: why }) {
    if (code === 4400) {
      const refused = "the server did not understand a frame (4400)";
      return this.#client._stop("closed", problem("invalid_request", 400, refused, false));
    }
    if (code === 4401) {
      const fresh = await this.#client._token().catch(() => token);
      const again = fresh !== token && !this.#refused;
      this.#refused = true;
      if (again) return this.#backoff.next();
      const refused = "the server does not accept the token";
      return this.#client._stop("unauthenticated", problem("unauthenticated", 401, refused, false));
    }
    if (code === 4429) return this.#backoff.next(30_000);
    if (code === 1001 || code === 1012) return this.#backoff.next(this.#drainMs ?? 500);
    this.#unopened = opened ? 0 : this.#unopened + 1;
    const wait = this.#backoff.next();
    if (this.#unopened >= 2 && (await this.#client._fallsBack(why))) return undefined;
    return wait;
  }

  #opened() {
    this.#ready = true;
    this.#unopened = 0;
    this.#refused = false;
    this.#client._state({ state: "open" });
    this.#client._again();
  }

  #lost() {
    this.#ready = false;
    this.#ws = undefined;
    this.#pingedAt = undefined;
    this.#deaf.clear();
    const asked = [...this.#asked.values()];
    this.#asked.clear();
    for (const { lost } of asked) lost?.();
  }

  // frames

  #say(frame) {
    if (this.#ws?.readyState === 1) this.#ws.send(JSON.stringify(frame));
  }

  /** Sends a frame that is answered by `ok` or `error`; `lost` if the connection ends before. */
  #ask(frame, answer) {
    const ref = String(++this.#refs);
    this.#asked.set(ref, answer);
    this.#say({ ...frame, ref });
    return ref;
  }

  #frame(frame) {
    switch (frame.type) {
      case "ok":
      case "error": {
        const answer = this.#asked.get(frame.ref);
        this.#asked.delete(frame.ref);
        if (frame.type === "ok") answer?.ok(frame);
        else answer?.failed(frame.problem);
        return;
      }
      case "ping":
        return this.#say({ type: "pong", at: frame.at });
      case "pong":
        return;
      case "drain":
        this.#drainMs = frame.reconnectAfterMs;
        return;
      case "detached":
        if (!this.#client._follows(frame.turn)) return;
        if (frame.reason === "slow") this.#later(() => this.#attach(frame.turn));
        else this.#finish(frame.turn);
        return;
      default:
        if (frame.turn) this.#event(frame);
    }
  }

  #event(event) {
    if (this.#deaf.has(event.turn)) return;
    const taken = this.#client._event(event);
    if (taken) return this.#backoff.reset();
    if (taken === undefined) {
      // of a watched conversation, begun before its start was seen
      if (this.#client._watches.size > 0 && !ENDS.includes(event.type.slice(5))) {
        this.#client.follow(event.turn);
      }
      return;
    }
    this.#deaf.set(event.turn, undefined);
    this.#later(() => this.#attach(event.turn));
  }

  /** Does it on this connection after a while, if that is still there. */
  #later(step, afterMs = 0) {
    const ws = this.#ws;
    setTimeout(() => this.#ws === ws && this.#ready && step(), this.#backoff.next(afterMs));
  }

  // what the client wants

  take(turn) {
    if (!this.#ready) return;
    if (turn.id) this.#attach(turn.id);
    else this.#submit(turn);
  }

  #submit(turn) {
    const { out, fresh, ...message } = turn._message;
    if (turn.ended) return;
    turn._message.out = true;
    this.#ask(
      { type: "submit", ...message },
      {
        ok: (ok) => this.#client._accepted(turn, ok),
        failed: (why) => {
          if (!this.#client._worthIt(why)) this.#client._refuse(turn, why);
          else this.#later(() => this.#submit(turn), why.retryAfterMs);
        },
      },
    );
  }

  #attach(id) {
    const turn = this.#client._follows(id);
    if (!turn || !this.#ready) return;
    if (turn.received.deltas > 0) turn.received.resumes++;
    const ref = this.#ask(
      { type: "attach", turn: id, after: turn.cursor },
      {
        ok: (ok) => {
          if (this.#deaf.get(id) === ref) this.#deaf.delete(id);
          if (ok.ended) this.#finish(id);
        },
        failed: (why) => {
          if (why.status === 400 && turn.cursor) {
            turn._forget();
            this.#attach(id);
          } else if (why.retryable) this.#later(() => this.#attach(id), why.retryAfterMs);
          else this.#client._lost(id, why);
        },
      },
    );
    if (this.#deaf.has(id)) this.#deaf.set(id, ref);
  }

  /** There are no more events of it: how it ended is read. */
  async #finish(id) {
    await this.#client._finish(id).catch(() => {});
    if (this.#client._follows(id)) this.#later(() => this.#attach(id));
  }

  leave(id) {
    if (id && this.#ready) this.#ask({ type: "detach", turn: id }, { ok() {}, failed() {} });
  }

  async watch(watch) {
    if (!this.#ready) return;
    const ws = this.#ws;
    try {
      await watch._start();
    } catch (e) {
      if (!e.retryable) watch._failed(e.problem);
      else if (this.#ws === ws) this.#later(() => this.watch(watch));
      return;
    }
    if (watch._closed || this.#ws !== ws) return;
    const { conversation, since } = watch;
    this.#ask(
      { type: "watch", conversation, since },
      {
        ok: async ({ messages = [], more }) => {
          watch._written(messages);
          try {
            if (more || since === undefined) await watch._read();
          } catch {
            return this.#later(() => this.watch(watch));
          }
          if (this.#ws === ws) watch._emit("ready");
        },
        failed: (why) => {
          if (why.retryable) this.#later(() => this.watch(watch), why.retryAfterMs);
          else watch._failed(why);
        },
      },
    );
  }

  unwatch({ conversation }) {
    if (this.#ready) this.#ask({ type: "unwatch", conversation }, { ok() {}, failed() {} });
  }

  /** True once the server has said yes; false if this connection can't tell. */
  cancel(id) {
    if (!this.#ready) return Promise.resolve(false);
    return new Promise((resolve) => {
      const no = () => resolve(false);
      this.#ask({ type: "cancel", turn: id }, { ok: () => resolve(true), failed: no, lost: no });
    });
  }

  felt(turn, firstTokenMs) {
    if (this.#ready) this.#say({ type: "felt", turn, firstTokenMs });
  }

  // heartbeat

  #listen() {
    const silent = now() - this.#heardAt;
    // from the ping, not from the last frame: after a sleep the clock has run on and the socket may live
    if (this.#pingedAt !== undefined) {
      if (now() - this.#pingedAt >= this.#heartbeatMs) this.#end({ code: 4408, reason: "silent" });
    } else if (silent >= this.#heartbeatMs * 1.5) this.#ping();
  }

  #ping() {
    this.#pingedAt = now();
    this.#say({ type: "ping", at: this.#pingedAt });
  }

  /** The network may have changed under it: a socket that does not answer soon is dead. */
  probe() {
    if (!this.#ready) return;
    const ws = this.#ws;
    this.#ping();
    const asked = this.#pingedAt;
    setTimeout(() => {
      if (this.#ws === ws && this.#pingedAt === asked) this.#end({ code: 4408, reason: "silent" });
    }, PROBE_MS);
  }
}

// ---- over server-sent events: a request for each turn ----

class SseLine {
  #client;
  #running = new Map(); // turn → its run: whether it is left, and what aborts the request under way
  #watched = new Map(); // watch → wake-up
  #stopped = false;

  constructor(client) {
    this.#client = client;
  }

  async start() {
    const backoff = this.#client._backoff();
    while (!this.#stopped) {
      await this.#client._allowed();
      if (this.#stopped) return;
      this.#client._state({ state: "connecting" });
      try {
        await this.#client._request("GET", "api/me");
        if (this.#stopped) return;
        this.#client._state({ state: "open" });
        return this.#client._again();
      } catch (e) {
        if (!(await this.#client._mayRetry(e, backoff))) return;
      }
    }
  }

  stop() {
    this.#stopped = true;
    for (const turn of [...this.#running.keys()]) this.leave(turn.id, turn);
    for (const wake of this.#watched.values()) wake();
  }

  take(turn) {
    if (this.#stopped || this.#running.has(turn)) return;
    const twin = turn.id && this.#client._follows(turn.id);
    if (twin && twin !== turn) return; // its events reach this one, too
    const run = { left: false };
    this.#running.set(turn, run);
    this.#follow(turn, run).finally(() => {
      if (this.#running.get(turn) === run) this.#running.delete(turn);
    });
  }

  leave(id, turn) {
    const run = this.#running.get(turn);
    if (!run) return;
    this.#running.delete(turn);
    run.left = true;
    run.abort?.abort();
  }

  /** Another one of the same turn is to be served in its place. */
  handOver(turn, twin) {
    if (!this.#running.has(turn)) return;
    this.leave(turn.id, turn);
    this.take(twin);
  }

  async #follow(turn, run) {
    const backoff = this.#client._backoff();
    const over = () => run.left || turn.ended;
    while (!over()) {
      await this.#client._allowed();
      if (over()) return;
      const startedAt = now();
      run.abort = new AbortController();
      try {
        if (!turn.id) await this.#submit(turn, run.abort, backoff);
        else await this.#resume(turn, run.abort, backoff);
        if (over() || this.#client._follows(turn.id) !== turn) return;
        if (turn._message?.out !== "told") throw new LoadlineError(unreachable("the stream ended early"));
        turn._message.out = true;
      } catch (e) {
        if (over()) return;
        if (now() - startedAt >= LIVED_MS) backoff.reset();
        const error = e instanceof LoadlineError ? e : new LoadlineError(unreachable(e.message));
        const known = turn.id !== undefined;
        if (known && error.status === 400 && turn.cursor) turn._forget();
        else if (!known && !this.#client._worthIt(error.problem)) return this.#client._refuse(turn, error.problem);
        else if (!(await this.#client._mayRetry(error, backoff))) {
          return known && error.status !== 401 ? this.#client._lost(turn.id, error.problem) : undefined;
        }
      }
    }
  }

  async #submit(turn, abort, backoff) {
    const { out, fresh, conversation, agent, ...message } = turn._message;
    const path = `api/conversations/${encodeURIComponent(conversation)}/turns`;
    // how it was taken (steered, collected) stands only in the answer that is no stream
    const joins = message.whenBusy === "steer" || message.whenBusy === "collect";
    const accept = joins ? "application/json" : "text/event-stream";
    const post = { body: message, accept, abort };
    const create = () => this.#client.conversation(conversation).create(agent);
    turn._message.out = true;
    if (fresh && agent) await create();
    let response;
    try {
      response = await this.#client._request("POST", path, post);
    } catch (e) {
      if (e.status !== 404 || !agent) throw e;
      await create();
      response = await this.#client._request("POST", path, post);
    }
    if (joins) {
      turn._message.out = "told";
      return this.#client._accepted(turn, await response.json());
    }
    const id = response.headers.get("Loadline-Turn");
    const duplicate = response.headers.get("Loadline-Duplicate") === "true";
    if (id) this.#client._accepted(turn, { turn: id, conversation, duplicate });
    if (id && this.#client._follows(id) !== turn) return void response.body.cancel();
    await this.#read(response, turn, abort, backoff);
  }

  async #resume(turn, abort, backoff) {
    if (turn.received.deltas > 0) turn.received.resumes++;
    const after = turn.cursor ? `?after=${encodeURIComponent(turn.cursor)}` : "";
    const path = `api/turns/${encodeURIComponent(turn.id)}/events${after}`;
    const response = await this.#client._request("GET", path, { accept: "text/event-stream", abort });
    if (response.status === 204) return await this.#client._finish(turn.id);
    await this.#read(response, turn, abort, backoff);
  }

  async #read(response, turn, abort, backoff) {
    this.#client._state({ state: "open" });
    let gap = false;
    const parser = new SseParser(({ type, id, data }) => {
      if (gap) return;
      const event = { type, id, ...JSON.parse(data) };
      if (!turn.id) this.#client._accepted(turn, { turn: event.turn });
      if (this.#client._event(event) === false) gap = true;
      else backoff.reset();
    });
    const reader = response.body.getReader();
    let timer;
    let heardAt = now();
    const silence = new Promise((_, fail) => {
      timer = setInterval(() => {
        if (now() - heardAt >= SSE_SILENCE_MS) fail(new Error("nothing came for too long"));
      }, SSE_SILENCE_MS / 9);
    });
    silence.catch(() => {});
    try {
      while (!turn.ended && !gap && !abort.signal.aborted) {
        const { done, value } = await Promise.race([reader.read(), silence]);
        if (done) return;
        heardAt = now();
        parser.push(value);
      }
    } finally {
      clearInterval(timer);
      reader.cancel().catch(() => {});
    }
  }

  async watch(watch) {
    if (this.#stopped || this.#watched.has(watch)) return;
    const backoff = this.#client._backoff();
    let wake = () => {};
    this.#watched.set(watch, () => wake());
    let first = true;
    while (!this.#stopped && !watch._closed) {
      await this.#client._allowed();
      let wait = this.#client._pollMs * (0.75 + this.#client._random() / 2);
      if (hidden()) wait *= 10;
      try {
        await this.#poll(watch);
        if (first) watch._emit("ready");
        first = false;
        backoff.reset();
      } catch (e) {
        if (!e.retryable) watch._failed(e.problem);
        first = true;
        wait = backoff.next(e.problem?.retryAfterMs);
      }
      if (this.#stopped || watch._closed) break;
      await new Promise((resolve) => {
        wake = resolve;
        setTimeout(resolve, wait);
      });
    }
    this.#watched.delete(watch);
  }

  async #poll(watch) {
    await watch._start();
    const { running, waiting } = await this.#client.conversation(watch.conversation).get();
    for (const id of running ? [running, ...waiting] : waiting) {
      this.#client.follow(id, { conversation: watch.conversation });
    }
    await watch._read();
  }

  unwatch(watch) {
    this.#watched.get(watch)?.();
  }

  cancel() {
    return Promise.resolve(false);
  }

  felt() {}

  probe() {
    for (const wake of this.#watched.values()) wake();
  }
}

// ---- the client ----

export class Loadline extends Emitter {
  #options;
  #base;
  #line;
  #fellBack = false;
  #turns = new Set();
  #byId = new Map(); // turn id → Set of LiveTurn
  #unsent = new Map(); // conversation → messages in the order of send(); the first is under way
  #sleepers = new Set();
  #life;
  _watches = new Set();

  constructor(options = {}) {
    super();
    const here = import.meta.url.startsWith("http") ? new URL("..", import.meta.url) : undefined;
    const url = options.url ?? here;
    if (!url) throw new TypeError("url: say where the server is");
    this.#options = options;
    this.#base = new URL(url);
    if (!this.#base.pathname.endsWith("/")) this.#base.pathname += "/";
    this._WebSocket = options.WebSocket ?? globalThis.WebSocket;
    this._random = options.random ?? Math.random;
    this._pollMs = options.pollMs ?? 2000;
    const { transport = "auto" } = options;
    if (!["auto", "websocket", "sse"].includes(transport)) {
      throw new TypeError("transport: auto, websocket or sse");
    }
    if (transport === "websocket" && !this._WebSocket) {
      throw new TypeError("WebSocket: there is no global one here; pass one");
    }
    this.connection = { state: "closed", transport: this.#transport(), failures: 0 };
  }

  #transport() {
    const { transport = "auto" } = this.#options;
    if (transport !== "auto") return transport;
    return this._WebSocket && !this.#fellBack ? "websocket" : "sse";
  }

  connect() {
    this.#life ??= this.#listen();
    if (this.#line) return;
    this.#line = this.#transport() === "sse" ? new SseLine(this) : new SocketLine(this);
    this.#line.start();
  }

  close() {
    this.#hangUp();
    this.#life?.abort();
    this.#life = undefined;
    for (const watch of [...this._watches]) watch.close();
    for (const turn of [...this.#turns]) turn.detach();
    this._state({ state: "closed" });
    this.#wake();
  }

  #hangUp() {
    this.#line?.stop();
    this.#line = undefined;
  }

  // what is there, over HTTP

  me() {
    return this.#json("GET", "api/me");
  }

  agents() {
    return this.#json("GET", "api/agents");
  }

  conversations(page) {
    return this.#json("GET", "api/conversations" + query(page));
  }

  conversation(id = uuid()) {
    const path = `api/conversations/${encodeURIComponent(id)}`;
    return {
      id,
      get: () => this.#json("GET", path),
      create: (agent) => this.#json("POST", "api/conversations", { agent, id }),
      messages: (page) => this.#json("GET", `${path}/messages${query(page)}`),
      turns: (page) => this.#json("GET", `${path}/turns${query(page)}`),
      delete: async () => void (await this.#json("DELETE", path)),
    };
  }

  turn(id) {
    return this.#json("GET", `api/turns/${encodeURIComponent(id)}`);
  }

  cancel(id) {
    return this.#json("POST", `api/turns/${encodeURIComponent(id)}/cancel`);
  }

  approve(turn, call, decision) {
    const path = `api/turns/${encodeURIComponent(turn)}/approvals/${encodeURIComponent(call)}`;
    return this._request("POST", path, { body: decision }).then((response) => response.json());
  }

  // what is followed

  send(message) {
    const { conversation, key = uuid(), ...rest } = message;
    const id = conversation ?? uuid();
    const turn = new LiveTurn(this, {
      conversation: id,
      message: { ...rest, key, conversation: id, fresh: conversation === undefined, out: false },
    });
    const queue = this.#unsent.get(id) ?? [];
    const unsent = [...this.#unsent.values()].reduce((sum, each) => sum + each.length, 0);
    if (unsent >= UNSENT_MAX) {
      const why = `${unsent} messages wait to be sent`;
      turn._refused(problem("overloaded", 503, why, true));
      return turn;
    }
    this.#turns.add(turn);
    this.#unsent.set(id, queue);
    queue.push(turn);
    this.connect();
    if (queue[0] === turn) this.#line.take(turn);
    return turn;
  }

  follow(id, { conversation, after } = {}) {
    const known = this._follows(id);
    if (known) return known;
    const turn = new LiveTurn(this, { id, conversation, cursor: after });
    this.#turns.add(turn);
    this.#register(turn);
    this.connect();
    this.#line.take(turn);
    return turn;
  }

  watch(conversation, { since } = {}) {
    const watch = new Watch(this, conversation, since);
    this._watches.add(watch);
    this.connect();
    // after the caller has put its listeners on
    queueMicrotask(() => {
      for (const turn of this.#turns) if (turn.id) this.#shown(turn);
      this.#line?.watch(watch);
    });
    return watch;
  }

  _unwatch(watch) {
    this._watches.delete(watch);
    for (const other of this._watches) if (other.conversation === watch.conversation) return;
    this.#line?.unwatch(watch);
  }

  /** One of those that follow this turn. */
  _follows(id) {
    return this.#byId.get(id)?.values().next().value;
  }

  #register(turn) {
    if (turn.ended) return;
    if (!this.#byId.has(turn.id)) this.#byId.set(turn.id, new Set());
    this.#byId.get(turn.id).add(turn);
  }

  #watching(conversation) {
    return [...this._watches].filter((watch) => watch.conversation === conversation);
  }

  #shown(turn) {
    if (!turn.ended) for (const watch of this.#watching(turn.conversation)) watch._joined(turn);
  }

  _accepted(turn, ok) {
    turn._accepted(ok, this._follows(ok.turn));
    this.#register(turn);
    this.#settled(turn);
    this.#shown(turn);
  }

  _refuse(turn, why) {
    turn._refused(why);
    this.#forget(turn);
  }

  _drop(turn) {
    turn._cancelledHere();
    this.#forget(turn);
  }

  /** A turn that is there no more, or may not be read. */
  _lost(id, why) {
    for (const turn of [...(this.#byId.get(id) ?? [])]) this._refuse(turn, why);
  }

  /** Is followed no longer by this one. */
  _gone(turn) {
    this.#forget(turn);
    const twin = turn.id && this._follows(turn.id);
    if (twin) this.#line?.handOver?.(turn, twin);
    else this.#line?.leave(turn.id, turn);
  }

  #forget(turn) {
    this.#turns.delete(turn);
    const twins = this.#byId.get(turn.id);
    twins?.delete(turn);
    if (twins?.size === 0) this.#byId.delete(turn.id);
    this.#settled(turn);
    for (const watch of this.#watching(turn.conversation)) watch._left(turn);
  }

  /** The server has the message or won't have it: the conversation's next one can go. */
  #settled(turn) {
    const conversation = turn._message?.conversation;
    const queue = this.#unsent.get(conversation);
    if (!queue?.includes(turn)) return;
    queue.splice(queue.indexOf(turn), 1);
    if (queue.length === 0) this.#unsent.delete(conversation);
    else this.#line?.take(queue[0]);
  }

  /** True: taken. False: something is missing before it. Undefined: nobody follows that turn. */
  _event(event) {
    const turns = this.#byId.get(event.turn) ?? this.#adopt(event);
    if (!turns) return undefined;
    let taken = true;
    for (const turn of [...turns]) taken = turn._apply(event) && taken;
    if (!taken) return false;
    const [first] = turns;
    for (const watch of this.#watching(first?.conversation)) watch._event(event);
    for (const turn of [...turns]) {
      if (turn.ended) this.#forget(turn);
      else this.#shown(turn);
    }
    return true;
  }

  /** The start of a turn in a watched conversation: of a message sent here, or from elsewhere. */
  #adopt(event) {
    if (event.type !== "turn.accepted" && event.type !== "snapshot") return undefined;
    const keys = [event.input].flat().map((message) => message.key);
    for (const turn of this.#turns) {
      const sent = !turn.id && turn.conversation === event.conversation && keys.includes(turn.key);
      if (sent) {
        this._accepted(turn, { turn: event.turn });
        return this.#byId.get(event.turn);
      }
    }
    if (this.#watching(event.conversation).length === 0) return undefined;
    const turn = new LiveTurn(this, { id: event.turn, conversation: event.conversation });
    this.#turns.add(turn);
    this.#register(turn);
    return this.#byId.get(event.turn);
  }

  /** Reads a turn whose events are over. */
  async _finish(id) {
    try {
      const state = await this.turn(id);
      this._event({ ...state, type: "snapshot", id: state.cursor });
    } catch (e) {
      if (e.status !== 404) throw e;
      this._lost(id, e.problem);
    }
  }

  async _cancel(id) {
    if (!(await this.#line?.cancel(id))) await this.cancel(id);
  }

  _felt(turn) {
    this.#line?.felt(turn.id, turn.firstTextMs);
  }

  /** A new connection: everything goes on. */
  _again() {
    for (const turn of [...this.#turns]) {
      if (turn.id ? this._follows(turn.id) === turn : this.#unsent.get(turn.conversation)?.[0] === turn) {
        this.#line?.take(turn);
      }
    }
    for (const watch of this._watches) this.#line?.watch(watch);
  }

  // connections

  _state({ state, failures = 0, retryInMs, problem: why }) {
    const before = this.connection;
    const same = before.state === state && before.transport === this.#transport();
    if (same && state !== "waiting") return;
    const next = { state, transport: this.#transport(), failures };
    if (state === "connecting") Object.assign(next, { failures: before.failures });
    if (retryInMs !== undefined) next.retryInMs = retryInMs;
    if (why ?? (state === "connecting" && before.problem)) next.problem = why ?? before.problem;
    this.connection = next;
    this._emit("state", next);
  }

  /** Gives up until connect(). */
  _stop(state, why) {
    this.#hangUp();
    for (const turn of [...this.#turns]) if (!turn.id) this._refuse(turn, why);
    this._state({ state, problem: why });
  }

  /** Where HTTP answers though no WebSocket opens, something in between does not let it through. */
  async _fallsBack() {
    if ((this.#options.transport ?? "auto") !== "auto") return false;
    const line = this.#line;
    try {
      await this._request("GET", "api/me");
    } catch (e) {
      if (e.status !== 401 || this.#line !== line) return false;
      this._stop("unauthenticated", e.problem);
      return true;
    }
    if (this.#line !== line) return false;
    this.#fellBack = true;
    this.#hangUp();
    this.connect();
    return true;
  }

  _backoff() {
    return new Backoff({ random: this._random });
  }

  /** Resolves at once, or as soon as the device is online and the page seen or a turn under way. */
  async _allowed() {
    const near = /^(localhost|127\..*|\[::1\])$/.test(this.#base.hostname); // is there without a network
    while (this.#life && ((offline() && !near) || (hidden() && this.#turns.size === 0))) {
      this._state({ state: "offline", problem: this.connection.problem });
      await this.#sleep();
    }
  }

  async _pause(ms, failures, why) {
    this._state({ state: "waiting", retryInMs: ms, failures, problem: why });
    await this.#sleep(ms);
  }

  _worthIt({ status, retryable, retryAfterMs = 0 }) {
    return worthRetrying(status) && retryable !== false && retryAfterMs <= PATIENCE_MS;
  }

  /** Waits before the next attempt; false if there should be none. */
  async _mayRetry(error, backoff) {
    const why = error.problem ?? unreachable(error.message);
    if (why.status === 401) this._stop("unauthenticated", why);
    if (!worthRetrying(why.status)) return false;
    const wait = backoff.next(why.retryAfterMs);
    await this._pause(wait, backoff.failures, why);
    return true;
  }

  #sleep(ms) {
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        this.#sleepers.delete(wake);
        resolve();
      };
      const timer = ms === undefined ? undefined : setTimeout(wake, ms);
      this.#sleepers.add(wake);
    });
  }

  #wake() {
    for (const wake of [...this.#sleepers]) wake();
  }

  #listen() {
    const life = new AbortController();
    const on = (target, name, listener) => target?.addEventListener?.(name, listener, life);
    const back = () => {
      this.#wake();
      this.#line?.probe();
    };
    const elsewhere = () => {
      if (this.#fellBack && this.#turns.size === 0) {
        this.#fellBack = false; // another network may let a WebSocket through
        this.#hangUp();
        this.connect();
      }
      back();
    };
    on(globalThis, "online", elsewhere);
    on(globalThis, "offline", () => this.#line?.probe());
    on(globalThis, "pageshow", back);
    on(globalThis.document, "visibilitychange", () => hidden() || back());
    on(globalThis.navigator?.connection, "change", elsewhere);
    return life;
  }

  // requests

  async _token() {
    const { token } = this.#options;
    return typeof token === "function" ? await token() : token;
  }

  _url(path, scheme = "http") {
    const url = new URL(path, this.#base);
    if (scheme === "ws") url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    return url;
  }

  /** The answer if it is a good one; a token that is refused is asked for once more. */
  async _request(method, path, { body, accept = "application/json", abort } = {}) {
    const fetch = this.#options.fetch ?? globalThis.fetch;
    const { signal } = (abort ??= new AbortController());
    let token = await this._token();
    for (let asked = 1; ; asked++) {
      const timer = setTimeout(() => abort.abort(), OPEN_MS);
      let response;
      try {
        const headers = { Accept: accept };
        if (token !== undefined) headers.Authorization = `Bearer ${token}`;
        if (body) headers["Content-Type"] = "application/json";
        response = await fetch(this._url(path), {
          method,
          headers,
          body: body && JSON.stringify(body),
          signal,
          cache: "no-store",
        });
      } catch (e) {
        throw new LoadlineError(unreachable(e?.cause?.message ?? e?.message ?? e));
      } finally {
        clearTimeout(timer);
      }
      if (response.ok) return response;
      const why = await problemOf(response);
      const fresh = response.status === 401 && asked === 1 ? await this._token() : token;
      if (fresh === token) throw new LoadlineError(why);
      token = fresh;
    }
  }

  /** For what can be asked again without harm. */
  async #json(method, path, body) {
    const backoff = this._backoff();
    for (;;) {
      try {
        const response = await this._request(method, path, { body });
        return response.status === 204 ? undefined : await response.json();
      } catch (e) {
        const error = e instanceof LoadlineError ? e : new LoadlineError(unreachable(e.message));
        const { status, problem: why } = error;
        if (method === "DELETE" && status === 404 && backoff.failures > 0) return undefined;
        if (backoff.failures === 3 || !this._worthIt(why)) throw error;
        await this.#sleep(backoff.next(why.retryAfterMs));
      }
    }
  }
}

const worthRetrying = (status) => status === 0 || status === 408 || status === 429 || status >= 500;

function query(page = {}) {
  const given = Object.entries(page).filter(([, value]) => value !== undefined);
  return given.length > 0 ? `?${new URLSearchParams(given)}` : "";
}
