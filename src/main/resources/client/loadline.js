// Loadline's client for browsers and Node 20 or newer; loadline.d.ts says what each thing is for.
// Members with an underscore are for this file alone.

const OPEN_MS = 15_000; // for a socket's hello, or a request's answer
const PROBE_MS = 3_000; // for a pong when the network may have changed
const SSE_SILENCE_MS = 45_000; // three of the server's comments
const LIVED_MS = 10_000; // then a connection was a good one
const PATIENCE_MS = 60_000; // a message told to wait longer is refused
const UNSENT_MAX = 100;
const WAITING_EVENTS_MAX = 1000;
const SEEN_MAX = 1000;
const LINE_MAX = 1 << 25;
const ENDS = ["completed", "failed", "cancelled"];

const worthRetrying = (status) => status === 0 || status === 408 || status === 429 || status >= 500;
const now = () => Date.now();
const offline = () => globalThis.navigator?.onLine === false;
const hidden = () => globalThis.document?.visibilityState === "hidden";

/** Not randomUUID, which is only there over https and on localhost. */
const newId = () =>
  Array.from(crypto.getRandomValues(new Uint32Array(5)), (n) => n.toString(36)).join("-");

export class LoadlineError extends Error {
  name = "LoadlineError";

  constructor(problem) {
    super(problem.detail ?? problem.title);
    const { code, status, retryable } = problem;
    Object.assign(this, { problem, code, status, retryable });
  }
}

function problem(code, status, detail, retryable = false) {
  return { type: `urn:loadline:problem:${code}`, title: detail, status, code, detail, retryable };
}

const unauthenticated = problem("unauthenticated", 401, "the token is refused");

const unreachable = (why) => problem("unreachable", 0, `no answer: ${why}`, true);

const errorOf = (e) => (e instanceof LoadlineError ? e : new LoadlineError(unreachable(e?.message)));

async function problemOf(response) {
  const { status } = response;
  let told = await response.json().catch(() => {});
  if (typeof told?.code !== "string") {
    // something in between has answered
    told = problem("unreachable", status, `HTTP ${status}`, worthRetrying(status));
  }
  const seconds = Number(response.headers.get("Retry-After"));
  return seconds > 0 ? { retryAfterMs: seconds * 1000, ...told } : told;
}

export class Backoff {
  #options;
  failures = 0;

  constructor(options) {
    this.#options = options;
  }

  next(atLeastMs = 0) {
    const { firstMs = 500, maxMs = 30_000, random = Math.random } = this.#options ?? {};
    const ceiling = Math.min(maxMs, firstMs * 2 ** this.failures++);
    return atLeastMs + Math.floor(random() * ceiling);
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
    const lines = text.split(/\r\n?|\n/);
    lines[0] = this.#rest + lines[0];
    this.#rest = lines.pop();
    for (const line of lines) this.#line(line);
    if (this.#rest.length + this.#data.length > LINE_MAX) throw new Error("an event without end");
  }

  #line(line) {
    if (line === "") return this.#dispatch();
    const [, field, value] = /^([^:]*):? ?(.*)/s.exec(line);
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

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

const path = (...parts) => "api/" + parts.map(encodeURIComponent).join("/");

function query(page = {}) {
  const given = Object.entries(page).filter(([, value]) => value !== undefined);
  return given.length > 0 ? `?${new URLSearchParams(given)}` : "";
}

class Emitter {
  #listeners = new Map();

  on(name, listener) {
    const all = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, all.add(listener));
    return () => void all.delete(listener);
  }

  _emit(name, value) {
    for (const listener of this.#listeners.get(name) ?? []) {
      try {
        listener(value);
      } catch (e) {
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
    Object.assign(this, { _message: message, key, agent });
    this.#sentAt = performance.now();
    const at = new Date().toISOString();
    this.input = [{ id: "", turn: "", role: "user", text, at, key, origin: "chat" }];
  }

  get text() {
    return this.steps.map((step) => step.text).join("");
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
      const added = replaced ? text : text.slice(shown.length);
      if (replaced || added) {
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
      const { type, step, at, text } = event;
      const same = last?.type === type && last.step === step && type.endsWith(".delta");
      if (same && last.at + last.text.length === at) {
        waiting[waiting.length - 1] = { ...event, at: last.at, text: last.text + text };
      } else if (waiting.length < WAITING_EVENTS_MAX) waiting.push(event);
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
    while (!this.ended) {
      if (this.id) return void (await this.#client._cancel(this.id));
      if (!this._message.out) return this.#client._over(this, { status: "cancelled", cancelledBy: "user" });
      if (this.#left) return;
      await this.#next();
    }
  }

  detach() {
    if (this.#left) return;
    this.#left = true;
    this.#changed();
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

  _out() {
    this._message.out++;
    this._retries();
  }

  _retries(retry) {
    if (this.retry === retry || this.id || this.ended) return;
    this.retry = retry;
    this.#changed();
  }

  /** `twin`: who follows the same turn already. */
  _accepted({ turn, duplicate = false, steered = false, collected, position }, twin) {
    Object.assign(this, { id: turn, duplicate, steered, collected, position, retry: undefined });
    if (this.status === "sending") this.status = "queued";
    if (twin && twin !== this) this.#copy(twin);
    this.#changed();
  }

  #copy(twin) {
    const { done, received, key, _message, duplicate, steered, collected, firstTextMs, ...state } = twin;
    Object.assign(this, structuredClone(state));
  }

  _over(state) {
    Object.assign(this, state, { retry: undefined });
    this.#changed();
  }

  _forget() {
    this.cursor = undefined;
    this.steps = [];
    this.#resets++;
  }

  /** False if something is missing before the event: then it is not taken. */
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
    const { type, id, turn, step, ...rest } = event;
    switch (type) {
      case "turn.accepted":
        Object.assign(this, rest, { input: [rest.input] });
        if (this.status === "sending") this.status = "queued";
        return;
      case "turn.input":
        if (!this.input.some((m) => m.id === rest.message.id)) this.input.push(rest.message);
        return;
      case "turn.queued":
        Object.assign(this, rest, { status: "queued" });
        return;
      case "turn.started":
      case "turn.resumed":
        Object.assign(this, rest);
        return this.#is("running");
      case "turn.waiting":
        this.#is("waiting");
        this.waitingFor = rest;
        return;
      case "context.ready":
        this.context = { step, ...rest };
        return;
      case "turn.degraded":
        this.degradations.push({ step, ...rest });
        return;
      case "text.delta":
        return this.#append(event, "text");
      case "reasoning.delta":
        return this.#append(event, "reasoning");
      case "text.reset":
        Object.assign(this.#step(step), { text: "", reasoning: "", calls: [] });
        this.#resets++;
        return;
      case "tool.call":
        return this.#call(step, { status: "open", ...rest });
      case "tool.result":
        return this.#call(step, rest);
      case "tool.progress":
        return this.#progress(step, rest);
      case "tool.approval":
        this.approvals = this.approvals.filter((a) => a.call !== rest.call);
        this.approvals.push({ step, ...rest });
        return;
      case "turn.completed":
      case "turn.failed":
        return this.#end(type.slice(5), rest);
      case "turn.cancelled":
        return this.#end("cancelled", { text: rest.text, cancelledBy: rest.by });
      case "snapshot":
        return this.#snapshot(rest);
    }
  }

  #is(status) {
    this.status = status;
    this.position = this.waitingFor = undefined;
  }

  #step(number) {
    let i = this.steps.length;
    while (i > 0 && this.steps[i - 1].step > number) i--;
    if (this.steps[i - 1]?.step === number) return this.steps[i - 1];
    this.steps.splice(i, 0, { step: number, text: "", reasoning: "", calls: [] });
    return this.steps[i];
  }

  #append({ step: number, at, text }, field) {
    const step = this.#step(number);
    const have = step[field].length;
    this.received.deltas++;
    if (at > have) return false;
    if (at < have) this.received.dup++;
    step[field] += text.slice(have - at);
    if (this.status === "sending" || this.status === "queued") this.#is("running");
  }

  #call(number, what) {
    const { calls } = this.#step(number);
    const call = calls.find((c) => c.call === what.call);
    if (call) Object.assign(call, what);
    else calls.push({ arguments: {}, ...what });
  }

  #progress(step, { call, at, text, done, total }) {
    const known = this.#step(step).calls.find((c) => c.call === call);
    const before = known?.progress?.text ?? "";
    const whole = text === undefined ? before : before.slice(0, at ?? 0) + text;
    if (known) known.progress = { text: whole, done, total };
  }

  #end(status, { text, ...rest }) {
    if (this.text !== text) {
      this.received.gap++;
      this.steps = [{ step: 1, text, reasoning: "", calls: [] }];
      this.#resets++;
    }
    Object.assign(this, rest);
    return this.#is(status);
  }

  #snapshot({ cursor, steps, text, ...state }) {
    this.#is(state.status);
    Object.assign(this, state);
    this.steps = (steps ?? (text ? [{ step: 1, text }] : [])).map((s) => ({ reasoning: "", calls: [], ...s }));
    this.#resets++;
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

  _event({ input, message = input ?? [] }) {
    for (const each of [message].flat()) this._message(each);
  }

  _message(message) {
    if (this._closed || this.#seen.has(message.id)) return;
    this.#seen.add(message.id);
    if (this.#seen.size > SEEN_MAX) this.#seen.delete(this.#seen.values().next().value);
    this._emit("message", message);
  }

  _left(turn) {
    this.turns = this.turns.filter((t) => t !== turn);
    if (!this._closed) this._read().catch(() => {}); // the next read finds it, too
  }

  async _start() {
    if (this.since !== undefined) return;
    const newest = await this.#client.conversation(this.conversation).messages({ limit: 1 });
    this.since = newest.items.at(-1)?.id;
  }

  /** In the order in which they were written: only that moves `since`. */
  _written(messages) {
    for (const message of messages) {
      this._message(message);
      this.since = message.id;
    }
  }

  /** One at a time, and once more if asked meanwhile. */
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
  #patience;
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
      const end = await this.#connection().catch((e) => {
        const { problem, status } = errorOf(e);
        return { problem, code: status === 401 ? 4401 : 0 };
      });
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

  async #connection() {
    const token = await this.#client._token();
    if (this.#stopped) return {};
    return await new Promise((resolve) => {
      const url = this.#client._url(path("ws")).href.replace("http", "ws");
      const ws = new this.#client._WebSocket(url, ["loadline.v1"]);
      let openedAt;
      let heartbeat;
      const opening = setTimeout(() => this.#end({ code: 4408, reason: "no hello" }), OPEN_MS);
      this.#ws = ws;
      this.#drainMs = undefined;
      this.#end = ({ code, reason }) => {
        if (this.#ws !== ws) return;
        clearTimeout(opening);
        clearInterval(heartbeat);
        // not null: an `ws` socket without an error listener throws
        ws.onopen = ws.onmessage = ws.onclose = ws.onerror = () => {};
        ws.close(code === 4408 ? code : 1000);
        if (code === 4408) ws.terminate?.();
        this.#lost();
        if (now() - openedAt >= LIVED_MS) this.#backoff.reset();
        const why = unreachable(`connection lost (${code} ${reason})`);
        resolve({ code, token, opened: openedAt !== undefined, problem: why });
      };
      ws.onclose = (e) => this.#end(e);
      ws.onerror = () => {}; // onclose follows
      ws.onopen = () => token !== undefined && this.#say({ type: "auth", token });
      ws.onmessage = ({ data }) => {
        this.#heardAt = now();
        this.#pingedAt = undefined;
        const frame = parsed(data);
        if (frame.type !== "hello") return this.#frame(frame);
        clearTimeout(opening);
        openedAt = now();
        this.#heartbeatMs = frame.heartbeatMs ?? this.#heartbeatMs;
        heartbeat = setInterval(() => this.#listen(), 1000);
        this.#ready = true;
        this.#unopened = 0;
        this.#refused = false;
        this.#client._state({ state: "open" });
        this.#client._again();
      };
    });
  }

  /** How long to wait; undefined: for good. */
  async #verdict({ code, token, opened }) {
    if (code === 4400) {
      return this.#client._stop("closed", problem("invalid_request", 400, "a frame is refused"));
    }
    if (code === 4401) {
      const fresh = await this.#client._token().catch(() => token);
      if (fresh !== token && !this.#refused) {
        this.#refused = true;
        return this.#backoff.next();
      }
      return this.#client._stop("unauthenticated", unauthenticated);
    }
    if (code === 4429) return this.#backoff.next(30_000);
    if (code === 1001 || code === 1012) return this.#backoff.next(this.#drainMs ?? 500);
    this.#unopened = opened ? 0 : this.#unopened + 1;
    if (this.#unopened >= 2 && (await this.#client._fallsBack())) return undefined;
    return this.#backoff.next();
  }

  #lost() {
    this.#ready = false;
    this.#ws = this.#pingedAt = undefined;
    this.#deaf.clear();
    const asked = this.#asked;
    this.#asked = new Map();
    for (const { lost } of asked.values()) lost?.();
  }

  #say(frame) {
    if (this.#ws?.readyState === 1) this.#ws.send(JSON.stringify(frame));
  }

  /** `answer`: `ok` or `failed`, or `lost` if the connection ends before; `watched` may fail later. */
  #ask(frame, answer = {}) {
    const ref = String(++this.#refs);
    if (!this.#ready) return ref;
    this.#asked.set(ref, answer);
    this.#say({ ...frame, ref });
    return ref;
  }

  #frame(frame) {
    switch (frame.type) {
      case "ok":
      case "error": {
        const answer = this.#asked.get(frame.ref);
        if (frame.type === "error" || !answer?.watched) this.#asked.delete(frame.ref);
        if (frame.type === "ok") answer?.ok?.(frame);
        else answer?.failed?.(frame.problem);
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
        return this.#later(() => this.#attach(frame.turn));
      default:
        if (frame.turn) this.#event(frame);
    }
  }

  #event(event) {
    if (this.#deaf.has(event.turn)) return;
    const taken = this.#client._event(event);
    if (taken) this.#backoff.reset();
    if (taken !== false) return;
    this.#deaf.set(event.turn, undefined);
    this.#later(() => this.#attach(event.turn));
  }

  #failed(why, step, givesUp) {
    if (why.retryable) this.#later(step, why.retryAfterMs);
    else givesUp();
  }

  #later(step, afterMs = 0) {
    const ws = this.#ws;
    const wait = this.#backoff.next(afterMs);
    setTimeout(() => this.#ws === ws && this.#ready && step(), wait);
    return wait;
  }

  take(turn) {
    if (!this.#ready) return;
    if (turn.id) this.#attach(turn.id);
    else this.#submit(turn);
  }

  #submit(turn) {
    const { out, ...message } = turn._message;
    if (turn.ended) return;
    turn._out();
    this.#ask(
      { type: "submit", ...message },
      {
        ok: (ok) => this.#client._accepted(turn, ok),
        failed: (why) => {
          if (!this.#client._worthIt(why)) return this.#client._refuse(turn, why);
          const wait = this.#later(() => this.#submit(turn), why.retryAfterMs);
          turn._message.out--;
          turn._retries({ at: now() + wait, problem: why });
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
          const again = () => this.#attach(id);
          if (why.status !== 400 || !turn.cursor) {
            return this.#failed(why, again, () => this.#client._lost(id, why));
          }
          turn._forget();
          again();
        },
      },
    );
    if (this.#deaf.has(id)) this.#deaf.set(id, ref);
  }

  async #finish(id) {
    await this.#client._finish(id).catch(() => {});
    if (this.#client._follows(id)) this.#later(() => this.#attach(id));
  }

  leave({ id }, twin) {
    if (id && !twin) this.#ask({ type: "detach", turn: id });
  }

  async watch(watch) {
    const ws = this.#ws;
    const failed = (why) => {
      if (this.#ws === ws) this.#failed(why, () => this.watch(watch), () => this.#client._missing(watch, why));
    };
    if (!this.#ready) return;
    try {
      await watch._start();
    } catch (e) {
      return failed(errorOf(e).problem);
    }
    if (watch._closed || this.#ws !== ws) return;
    const { conversation, since } = watch;
    const ok = async ({ messages = [], more }) => {
      watch._written(messages);
      try {
        if (more || since === undefined) await watch._read();
        if (this.#ws === ws) watch._emit("ready");
      } catch (e) {
        failed(errorOf(e).problem);
      }
    };
    this.#ask({ type: "watch", conversation, since }, { ok, failed, watched: conversation });
  }

  unwatch({ conversation }) {
    for (const [ref, { watched }] of this.#asked) if (watched === conversation) this.#asked.delete(ref);
    this.#ask({ type: "unwatch", conversation });
  }

  cancel(id) {
    if (!this.#ready) return false;
    return new Promise((resolve) => {
      const no = () => resolve(false);
      this.#ask({ type: "cancel", turn: id }, { ok: () => resolve(true), failed: no, lost: no });
    });
  }

  felt(turn, firstTokenMs) {
    if (this.#ready) this.#say({ type: "felt", turn, firstTokenMs });
  }

  #listen() {
    // from the ping on: after a sleep the clock has moved, and the socket may live
    const silent = this.#pingedAt !== undefined && now() - this.#pingedAt >= this.#patience;
    if (silent) this.#end({ code: 4408, reason: "silent" });
    else if (this.#pingedAt === undefined && now() - this.#heardAt >= this.#heartbeatMs * 1.5) {
      this.probe(this.#heartbeatMs);
    }
  }

  probe(patience = PROBE_MS) {
    if (!this.#ready) return;
    this.#patience = patience;
    this.#pingedAt = now();
    this.#say({ type: "ping", at: this.#pingedAt });
  }
}

// ---- over server-sent events ----

class SseLine {
  #client;
  #running = new Map(); // turn → whether it is left, and what aborts its request
  #watched = new Set();
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
        await this.#client._request("GET", path("me"));
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
    for (const turn of [...this.#running.keys()]) this.leave(turn);
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

  leave(turn, twin) {
    const run = this.#running.get(turn);
    if (!run) return;
    this.#running.delete(turn);
    run.left = true;
    run.abort?.abort();
    if (twin) this.take(twin);
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
        const told = turn.id
          ? await this.#resume(turn, run.abort, backoff)
          : await this.#submit(turn, run.abort, backoff);
        if (over() || this.#client._follows(turn.id) !== turn) return;
        if (!told) throw new Error("the stream ended early");
      } catch (e) {
        if (over()) return;
        if (now() - startedAt >= LIVED_MS) backoff.reset();
        const { problem: why, status } = errorOf(e);
        if (!turn.id && !this.#client._worthIt(why)) return this.#client._refuse(turn, why);
        if (!turn.id && why.code !== "unreachable") turn._message.out--;
        if (status === 400 && turn.cursor) turn._forget();
        else if (!(await this.#client._mayRetry(e, backoff, turn))) {
          if (status !== 401) this.#client._lost(turn.id, why);
          return;
        }
      }
    }
  }

  async #submit(turn, abort, backoff) {
    const { out, conversation, agent, ...message } = turn._message;
    const to = path("conversations", conversation, "turns");
    // only the answer that is no stream says how it was taken
    const joins = ["steer", "collect"].includes(message.whenBusy);
    const accept = joins ? "application/json" : "text/event-stream";
    turn._out();
    if (agent) await this.#client.conversation(conversation).create(agent);
    const response = await this.#client._request("POST", to, { body: message, accept, abort });
    if (joins) {
      this.#client._accepted(turn, await response.json());
      return true;
    }
    const id = response.headers.get("Loadline-Turn");
    const duplicate = response.headers.get("Loadline-Duplicate") === "true";
    if (id) this.#client._accepted(turn, { turn: id, duplicate });
    if (id && this.#client._follows(id) !== turn) return response.body.cancel();
    await this.#read(response, turn, abort, backoff);
  }

  async #resume(turn, abort, backoff) {
    if (turn.received.deltas > 0) turn.received.resumes++;
    const from = path("turns", turn.id, "events") + query({ after: turn.cursor });
    const response = await this.#client._request("GET", from, { accept: "text/event-stream", abort });
    if (response.status === 204) return await this.#client._finish(turn.id);
    await this.#read(response, turn, abort, backoff);
  }

  async #read(response, turn, abort, backoff) {
    this.#client._state({ state: "open" });
    let gap = false;
    const parser = new SseParser(({ type, id, data }) => {
      if (gap) return;
      const event = { type, id, ...parsed(data) };
      if (!turn.id) this.#client._accepted(turn, { turn: event.turn });
      if (this.#client._event(event) === false) gap = true;
      else backoff.reset();
    });
    const reader = response.body.getReader();
    let watchdog;
    try {
      while (!turn.ended && !gap && !abort.signal.aborted) {
        clearTimeout(watchdog);
        watchdog = setTimeout(() => reader.cancel(), SSE_SILENCE_MS);
        const { done, value } = await reader.read();
        if (done) return;
        parser.push(value);
      }
    } finally {
      clearTimeout(watchdog);
      reader.cancel().catch(() => {});
    }
  }

  async watch(watch) {
    if (this.#stopped || this.#watched.has(watch)) return;
    const backoff = this.#client._backoff();
    this.#watched.add(watch);
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
        const { problem: why } = errorOf(e);
        if (!why.retryable) watch._failed(why);
        first = true;
        wait = backoff.next(why.retryAfterMs);
      }
      if (!this.#stopped && !watch._closed) await this.#client._sleep(wait);
    }
    this.#watched.delete(watch);
  }

  async #poll(watch) {
    await watch._start();
    const { running, waiting } = await this.#client.conversation(watch.conversation).get();
    for (const id of [running ?? [], waiting].flat()) this.#client.follow(id, watch);
    await watch._read();
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
  #held; // what the first ones wait for
  #life; // null: closed
  _watches = new Set();

  constructor(options = {}) {
    super();
    this.#options = options;
    this.#base = new URL(options.url ?? new URL("..", import.meta.url));
    if (!this.#base.protocol.startsWith("http")) throw new TypeError("url: say where the server is");
    if (!this.#base.pathname.endsWith("/")) this.#base.pathname += "/";
    this._WebSocket = options.WebSocket ?? globalThis.WebSocket;
    this._random = options.random ?? Math.random;
    this._pollMs = options.pollMs ?? 2000;
    if (options.transport === "websocket" && !this._WebSocket) {
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
    this.#life = null;
    for (const watch of [...this._watches]) watch.close();
    for (const turn of [...this.#turns]) turn.detach();
    this._state({ state: "closed" });
    this.#wake();
  }

  #hangUp() {
    this.#line?.stop();
    this.#line = undefined;
  }

  me() {
    return this.#json("GET", path("me"));
  }

  agents() {
    return this.#json("GET", path("agents"));
  }

  conversations(page) {
    return this.#json("GET", path("conversations") + query(page));
  }

  conversation(id = newId()) {
    const here = path("conversations", id);
    return {
      id,
      get: () => this.#json("GET", here),
      create: (agent) => this.#json("POST", path("conversations"), { agent, id }),
      messages: (page) => this.#json("GET", here + "/messages" + query(page)),
      turns: (page) => this.#json("GET", here + "/turns" + query(page)),
      delete: () => this.#json("DELETE", here),
    };
  }

  turn(id) {
    return this.#json("GET", path("turns", id));
  }

  cancel(id) {
    return this.#json("POST", path("turns", id, "cancel"));
  }

  async approve(turn, call, body) {
    return (await this._request("POST", path("turns", turn, "approvals", call), { body })).json();
  }

  send(message) {
    if (this.#life === null) throw new Error("closed: connect() before send()");
    const { key = newId(), conversation = newId(), ...rest } = message;
    const turn = new LiveTurn(this, { conversation, message: { ...rest, key, conversation, out: 0 } });
    const queue = this.#unsent.get(conversation) ?? [];
    if ([...this.#turns].filter(({ id }) => !id).length >= UNSENT_MAX) {
      this._refuse(turn, problem("overloaded", 503, `${UNSENT_MAX} messages wait to be sent`, true));
      return turn;
    }
    this.#turns.add(turn);
    this.#unsent.set(conversation, queue);
    queue.push(turn);
    this.connect();
    if (queue[0] === turn) {
      turn._retries(this.#held);
      this.#line.take(turn);
    }
    return turn;
  }

  follow(id, { conversation, after } = {}) {
    const known = this._follows(id);
    if (known) return known;
    const turn = new LiveTurn(this, { id, conversation, cursor: after });
    this.#register(turn);
    this.connect();
    this.#line.take(turn);
    return turn;
  }

  watch(conversation, { since } = {}) {
    const watch = new Watch(this, conversation, since);
    this._watches.add(watch);
    this.connect();
    // once the caller listens
    queueMicrotask(() => {
      for (const turn of this.#turns) if (turn.id) this.#shown(turn);
      this.#line?.watch(watch);
    });
    return watch;
  }

  _unwatch(watch) {
    this._watches.delete(watch);
    if (this.#watching(watch.conversation).length === 0) this.#line?.unwatch?.(watch);
  }

  _follows(id) {
    return this.#byId.get(id)?.values().next().value;
  }

  #register(turn) {
    if (turn.ended) return;
    this.#turns.add(turn);
    this.#byId.set(turn.id, (this.#byId.get(turn.id) ?? new Set()).add(turn));
  }

  #watching(conversation) {
    return [...this._watches].filter((watch) => watch.conversation === conversation);
  }

  /** The server names one of its watches. */
  _missing({ conversation }, why) {
    for (const watch of this.#watching(conversation)) watch._failed(why);
  }

  #shown(turn) {
    if (!this.#turns.has(turn)) return;
    for (const watch of this.#watching(turn.conversation)) watch._joined(turn);
  }

  _accepted(turn, ok) {
    if (!this.#turns.has(turn)) return;
    turn._accepted(ok, this._follows(ok.turn));
    if (!this.#turns.has(turn)) return; // its listener gave it up
    this.#register(turn);
    this.#settled(turn);
    this.#shown(turn);
  }

  _over(turn, state) {
    turn._over(state);
    this.#forget(turn);
  }

  _refuse(turn, why) {
    this._over(turn, { status: "failed", problem: why });
  }

  _lost(id, why) {
    for (const turn of [...(this.#byId.get(id) ?? [])]) this._refuse(turn, why);
  }

  _gone(turn) {
    this.#forget(turn);
    this.#line?.leave(turn, this._follows(turn.id));
  }

  #forget(turn) {
    this.#turns.delete(turn);
    this.#byId.get(turn.id)?.delete(turn);
    if (!this._follows(turn.id)) this.#byId.delete(turn.id);
    this.#settled(turn);
    for (const watch of this.#watching(turn.conversation)) watch._left(turn);
  }

  /** The server has the message, or won't have it: the next one can go. */
  #settled(turn) {
    const conversation = turn._message?.conversation;
    const queue = this.#unsent.get(conversation) ?? [];
    const place = queue.indexOf(turn);
    if (place < 0) return;
    queue.splice(place, 1);
    if (queue.length === 0) this.#unsent.delete(conversation);
    else if (place === 0) this.#line?.take(queue[0]);
  }

  /** False: something is missing before it. Undefined: nobody follows that turn. */
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

  /** A turn that begins: of a message sent here, or in a watched conversation. */
  #adopt(event) {
    if (event.type !== "turn.accepted" && event.type !== "snapshot") return undefined;
    const keys = [event.input].flat().map((message) => message.key);
    const { turn: id, conversation } = event;
    for (const turn of [...(this.#unsent.get(conversation) ?? [])]) {
      if (keys.includes(turn.key)) this._accepted(turn, { turn: id });
    }
    if (!this._follows(id) && this.#watching(conversation).length > 0) {
      this.#register(new LiveTurn(this, { id, conversation }));
    }
    return this.#byId.get(id);
  }

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
    if (!(await this.#line?.cancel?.(id))) await this.cancel(id);
  }

  _felt(turn) {
    this.#line?.felt?.(turn.id, turn.firstTextMs);
  }

  _again() {
    for (const id of [...this.#byId.keys()]) this.#line?.take(this._follows(id));
    for (const [first] of [...this.#unsent.values()]) this.#line?.take(first);
    for (const watch of this._watches) this.#line?.watch(watch);
  }

  _state({ state, ...more }) {
    const before = this.connection;
    const transport = this.#transport();
    if (before.state === state && before.transport === transport && state !== "waiting") return;
    // what was wrong is told until it is open again
    const { failures, problem: why } = state === "open" ? { failures: 0 } : before;
    this.connection = { state, transport, failures, ...(why && { problem: why }), ...more };
    this._emit("state", this.connection);
  }

  _stop(state, why) {
    this.#hangUp();
    for (const turn of [...this.#turns]) if (!turn.id) this._refuse(turn, why);
    this._state({ state, problem: why });
  }

  /** Where HTTP answers, something in between does not let WebSockets through. */
  async _fallsBack() {
    if ((this.#options.transport ?? "auto") !== "auto") return false;
    const line = this.#line;
    const { status } = await this._request("GET", path("me")).catch(errorOf);
    if (worthRetrying(status) || this.#line !== line) return false;
    this.#fellBack = true;
    this.#hangUp();
    this.connect();
    return true;
  }

  _backoff() {
    return new Backoff({ random: this._random });
  }

  /** Until the device is online, and the page seen or a turn under way. */
  async _allowed() {
    const near = /^(localhost|127\..*|\[::1\])$/.test(this.#base.hostname); // is there without a network
    while (this.#life && ((offline() && !near) || (hidden() && this.#turns.size === 0))) {
      this._state({ state: "offline" });
      this.#hold({ at: Infinity });
      await this._sleep();
      this.#hold();
    }
  }

  /** `turn`: only that one waits. */
  async _pause(ms, failures, why, turn) {
    this._state({ state: "waiting", retryInMs: ms, failures, problem: why });
    this.#hold({ at: now() + ms, problem: why }, turn);
    await this._sleep(ms);
    this.#hold(undefined, turn);
  }

  #hold(retry, turn) {
    if (turn) return turn._retries(retry);
    this.#held = retry;
    for (const [first] of [...this.#unsent.values()]) first._retries(retry);
  }

  _worthIt({ status, retryable, retryAfterMs = 0 }) {
    return worthRetrying(status) && retryable !== false && retryAfterMs <= PATIENCE_MS;
  }

  /** False if there should be no next attempt. */
  async _mayRetry(error, backoff, turn) {
    const { problem: why } = errorOf(error);
    if (why.status === 401) this._stop("unauthenticated", why);
    if (!worthRetrying(why.status)) return false;
    const wait = backoff.next(why.retryAfterMs);
    await this._pause(wait, backoff.failures, why, turn);
    return true;
  }

  _sleep(ms) {
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        this.#sleepers.delete(wake);
        resolve();
      };
      const timer = ms !== undefined && setTimeout(wake, ms);
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
      this.#line?.probe?.();
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
    on(globalThis, "offline", () => this.#line?.probe?.());
    on(globalThis, "pageshow", back);
    on(globalThis.document, "visibilitychange", () => hidden() || back());
    on(globalThis.navigator?.connection, "change", elsewhere);
    return life;
  }

  async _token() {
    const { token: given } = this.#options;
    const token = typeof given === "function" ? await given() : given;
    if (/[^!-~]/.test(token ?? "")) throw new LoadlineError(unauthenticated); // no header can hold it
    return token;
  }

  _url(at) {
    return new URL(at, this.#base);
  }

  /** A token that is refused is asked for once more. */
  async _request(method, at, { body, accept = "application/json", abort } = {}) {
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
        response = await fetch(this._url(at), {
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

  async #json(method, at, body) {
    const backoff = this._backoff();
    for (;;) {
      try {
        const response = await this._request(method, at, { body });
        return response.status === 204 ? undefined : await response.json();
      } catch (e) {
        const error = errorOf(e);
        const { status, problem: why } = error;
        if (method === "DELETE" && status === 404 && backoff.failures > 0) return undefined;
        if (backoff.failures === 3 || !this._worthIt(why)) throw error;
        await this._sleep(backoff.next(why.retryAfterMs));
      }
    }
  }
}
