// How the client behaves when connections do: a WebSocket, HTTP and a clock that the test plays.
import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { Loadline } from "./client/loadline.js";

const URL = "http://server.example/";
const page = new EventTarget();
let sockets;
let client;
let states;

class FakeSocket {
  readyState = 0;
  sent = [];

  constructor(url, protocols) {
    Object.assign(this, { url, protocols });
    sockets.push(this);
  }

  send(text) {
    this.sent.push(JSON.parse(text));
  }

  close(code) {
    this.readyState = 3;
    this.closedWith = code;
  }

  // what the server does

  say(frame) {
    this.onmessage({ data: JSON.stringify(frame) });
  }

  async open() {
    this.readyState = 1;
    this.onopen();
    this.say({ type: "hello", node: "n", principal: "t/u", heartbeatMs: 20_000 });
    await settled();
  }

  async end(code = 1006) {
    this.readyState = 3;
    this.onclose({ code, reason: "" });
    await settled();
  }

  last(type) {
    return this.sent.findLast((frame) => frame.type === type);
  }
}

async function settled() {
  for (let i = 0; i < 10; i++) await new Promise(setImmediate);
}

/** In steps: within one, the mocked clock stands at its end already. */
async function pass(ms) {
  for (let left = ms; left > 0; left -= 500) {
    mock.timers.tick(Math.min(left, 500));
    await settled();
  }
}

const answer = (status, body, headers = {}) =>
  new Response(body === undefined ? null : JSON.stringify(body), { status, headers });

function start(options = {}) {
  client = new Loadline({
    url: URL,
    WebSocket: FakeSocket,
    fetch: async () => answer(200, { items: [] }),
    random: () => 0.5,
    ...options,
  });
  states = [];
  client.on("state", ({ state }) => states.push(state));
  return client;
}

/** With a socket that has said hello. */
async function connected(options) {
  start(options).connect();
  await settled();
  await sockets[0].open();
  return sockets[0];
}

const started = (ref, turn = "t1") => ({ type: "ok", ref, turn, conversation: "c", duplicate: false });
const delta = (at, text) => ({ type: "text.delta", turn: "t1", step: 1, at, text, id: `t1.${at + text.length}` });
const accepted = (turn, key, conversation = "c") => ({
  type: "turn.accepted",
  id: `${turn}.1`,
  turn,
  conversation,
  agent: "a",
  origin: "chat",
  input: { id: `m-${turn}`, turn, role: "user", text: "Hi", at: "", key, origin: "chat" },
});

beforeEach(() => {
  sockets = [];
  mock.timers.enable({ apis: ["setTimeout", "setInterval", "Date"] });
  globalThis.addEventListener = page.addEventListener.bind(page);
  globalThis.navigator = { onLine: true };
  globalThis.document = Object.assign(new EventTarget(), { visibilityState: "visible" });
});

afterEach(() => {
  client.close();
  mock.timers.reset();
  delete globalThis.addEventListener;
  delete globalThis.navigator;
  delete globalThis.document;
});

test("the token is the first frame, and nothing else goes out before hello", async () => {
  start({ token: async () => "secret" });
  const turn = client.send({ text: "Hi", agent: "a" });
  await settled();
  const [socket] = sockets;
  assert.equal(socket.url, "ws://server.example/api/ws");
  assert.deepEqual(socket.protocols, ["loadline.v1"]);
  socket.readyState = 1;
  socket.onopen();
  assert.deepEqual(socket.sent, [{ type: "auth", token: "secret" }]);
  socket.say({ type: "hello", heartbeatMs: 20_000 });
  const { ref, ...submit } = socket.last("submit");
  const { conversation, key } = turn;
  assert.deepEqual(submit, { type: "submit", text: "Hi", agent: "a", key, conversation });
  assert.ok(conversation.length > 20, "the conversation's id is the client's, so that a resend finds it");
});

test("a message whose answer was lost goes out again under the same key, and then is resumed", async () => {
  const first = await connected();
  const turn = client.send({ text: "Hi", conversation: "c" });
  assert.equal(turn.status, "sending");
  await first.end();
  await pass(250);
  await sockets[1].open();
  const again = sockets[1].last("submit");
  assert.equal(again.key, first.last("submit").key);
  sockets[1].say({ ...started(again.ref), duplicate: true });
  assert.deepEqual([turn.status, turn.id, turn.duplicate], ["queued", "t1", true]);
  sockets[1].say(delta(0, "Hello"));
  await sockets[1].end();
  await pass(250);
  await sockets[2].open();
  assert.equal(sockets[2].last("submit"), undefined);
  const { ref, ...attach } = sockets[2].last("attach");
  assert.deepEqual(attach, { type: "attach", turn: "t1", after: "t1.5" });
  sockets[2].say({ type: "ok", ref });
  sockets[2].say(delta(5, " there"));
  sockets[2].say({ type: "turn.completed", turn: "t1", text: "Hello there", answer: "", finish: "stop" });
  await turn.done;
  assert.deepEqual([turn.text, turn.received.resumes, turn.received.dup], ["Hello there", 1, 0]);
});

test("messages of a conversation go out one after the other, and are felt when they show", async () => {
  const socket = await connected();
  client.send({ text: "first", conversation: "c" });
  client.send({ text: "second", conversation: "c" });
  client.send({ text: "elsewhere", conversation: "d" });
  const submitted = () => socket.sent.filter((f) => f.type === "submit").map((f) => f.text);
  assert.deepEqual(submitted(), ["first", "elsewhere"]);
  socket.say(started(socket.sent.find((f) => f.text === "first").ref));
  assert.deepEqual(submitted(), ["first", "elsewhere", "second"]);
  socket.say(delta(0, "Hello"));
  assert.equal(socket.last("felt").turn, "t1");
});

test("a refused message fails with its problem, one that may pass is sent again when it may", async () => {
  const socket = await connected();
  const refused = client.send({ text: "x", conversation: "c" });
  socket.say({ type: "error", ref: socket.last("submit").ref, problem: { code: "conflict", status: 409, retryable: false } });
  await refused.done;
  assert.deepEqual([refused.status, refused.problem.code, refused.id], ["failed", "conflict", undefined]);
  const shed = client.send({ text: "y", conversation: "c" });
  const { ref, key } = socket.last("submit");
  socket.say({ type: "error", ref, problem: { code: "overloaded", status: 503, retryable: true, retryAfterMs: 3000 } });
  await pass(2999);
  assert.equal(socket.last("submit").ref, ref);
  await pass(500);
  assert.equal(socket.last("submit").key, key);
  assert.notEqual(socket.last("submit").ref, ref);
  assert.equal(shed.status, "sending");
});

test("a message that waits to be sent again says until when and why, and can be taken back meanwhile", async () => {
  const socket = await connected({ transport: "websocket" });
  const turn = client.send({ text: "x", conversation: "c" });
  const told = [];
  turn.on("change", () => told.push(turn.retry));
  const problem = { code: "quota_exceeded", status: 429, retryable: true, retryAfterMs: 3000 };
  socket.say({ type: "error", ref: socket.last("submit").ref, problem });
  assert.deepEqual(told, [{ at: Date.now() + 3250, problem }]);
  await pass(3250);
  assert.deepEqual([told.length, turn.retry], [2, undefined]);
  socket.say({ type: "error", ref: socket.last("submit").ref, problem });
  const next = client.send({ text: "y", conversation: "c" });
  await turn.cancel();
  assert.deepEqual([turn.status, turn.retry], ["cancelled", undefined]);
  assert.equal(socket.last("submit").key, next.key);
  await pass(60_000);
  assert.equal(socket.sent.filter((frame) => frame.key === turn.key).length, 2);
});

test("without a connection a message says when the next attempt is, and goes nowhere if it never left", async () => {
  const socket = await connected({ transport: "websocket" });
  await socket.end();
  const turn = client.send({ text: "x", conversation: "c" });
  assert.deepEqual([turn.retry.at, turn.retry.problem.code], [Date.now() + 250, "unreachable"]);
  globalThis.navigator.onLine = false;
  await pass(500);
  assert.equal(turn.retry.at, Infinity);
  await turn.cancel();
  assert.deepEqual([turn.status, turn.retry], ["cancelled", undefined]);
});

test("over SSE, too, only the message that was refused waits, and can be taken back", async () => {
  const shed = { code: "store_unavailable", status: 503, retryable: true, retryAfterMs: 5000 };
  const posts = [];
  const fetch = async (url, { method, body, signal }) => {
    if (method !== "POST") return answer(200, {});
    posts.push(JSON.parse(body).text);
    if (posts.length > 1) return new Promise((_, no) => signal.addEventListener("abort", no));
    return answer(503, shed);
  };
  start({ fetch, transport: "sse" });
  const turn = client.send({ text: "x", conversation: "c" });
  const elsewhere = client.send({ text: "y", conversation: "d" });
  await settled();
  assert.deepEqual(turn.retry, { at: Date.now() + 5250, problem: shed });
  assert.equal(elsewhere.retry, undefined);
  await turn.cancel();
  await pass(10_000);
  assert.deepEqual([turn.status, turn.retry, posts], ["cancelled", undefined, ["x", "y"]]);
});

test("what is missing is asked for from the last good place, and nothing is taken until it comes", async () => {
  const socket = await connected();
  const turn = client.send({ text: "x", conversation: "c" });
  socket.say(started(socket.last("submit").ref));
  socket.say(delta(0, "Hello"));
  socket.say(delta(9, "re"));
  socket.say(delta(11, " you"));
  await pass(500);
  const attach = socket.last("attach");
  assert.equal(attach.after, "t1.5");
  socket.say({ type: "ok", ref: attach.ref });
  socket.say(delta(5, " there you"));
  assert.deepEqual([turn.text, turn.received.gap], ["Hello there you", 1]);
});

test("pings are answered, silence is asked after, and a silent connection is dropped", async () => {
  const socket = await connected();
  socket.say({ type: "ping", at: 7 });
  assert.deepEqual(socket.last("pong"), { type: "pong", at: 7 });
  await pass(28_000);
  assert.equal(socket.last("ping"), undefined);
  await pass(5_000);
  assert.ok(socket.last("ping"));
  socket.say({ type: "pong", at: 1 });
  await pass(25_000);
  assert.equal(socket.closedWith, undefined);
  await pass(28_000);
  assert.equal(socket.closedWith, 4408);
  await pass(500);
  assert.equal(sockets.length, 2);
});

test("a drain says when to come back, one socket too many waits long, a bad token stops", async () => {
  const first = await connected({ transport: "websocket", token: "old" });
  first.say({ type: "drain", reconnectAfterMs: 4000 });
  await first.end(1001);
  assert.equal(client.connection.retryInMs, 4250);
  await pass(4250);
  await sockets[1].end(4429);
  assert.equal(client.connection.retryInMs, 30_500);
  await pass(30_500);
  const unsent = client.send({ text: "x", conversation: "c" });
  await sockets[2].end(4401);
  assert.equal(client.connection.state, "unauthenticated");
  assert.deepEqual([unsent.status, unsent.problem.code], ["failed", "unauthenticated"]);
  await pass(120_000);
  assert.equal(sockets.length, 3);
  client.connect();
  await settled();
  assert.equal(sockets.length, 4);
});

for (const transport of ["websocket", "sse"]) {
  test(`a token that no header can hold is refused at once, over ${transport}`, async () => {
    const asked = [];
    start({ transport, token: "ключ…", fetch: async (url) => asked.push(url) });
    const unsent = client.send({ text: "x", conversation: "c" });
    await settled();
    assert.deepEqual([client.connection.state, client.connection.problem.status], ["unauthenticated", 401]);
    assert.deepEqual([unsent.status, unsent.problem.code], ["failed", "unauthenticated"]);
    await assert.rejects(client.me(), { code: "unauthenticated" });
    await pass(60_000);
    assert.deepEqual([sockets.length, asked.length], [0, 0]);
  });
}

test("waits grow until a connection has lived or told something, not at its opening", async () => {
  await connected({ transport: "websocket" });
  for (const expected of [250, 500, 1000, 2000]) {
    await sockets.at(-1).end();
    assert.equal(client.connection.retryInMs, expected);
    await pass(expected);
    await sockets.at(-1).open();
  }
  await pass(10_000);
  await sockets.at(-1).end();
  assert.equal(client.connection.retryInMs, 250);
});

test("offline it waits, online it comes back at once, and asks an open socket whether it lives", async () => {
  const first = await connected();
  page.dispatchEvent(new Event("online"));
  assert.ok(first.last("ping"));
  await pass(3000);
  assert.equal(first.closedWith, 4408, "no answer in three seconds");
  globalThis.navigator.onLine = false;
  await pass(60_000);
  assert.deepEqual([sockets.length, client.connection.state], [1, "offline"]);
  globalThis.navigator.onLine = true;
  page.dispatchEvent(new Event("online"));
  await settled();
  assert.equal(sockets.length, 2);
});

test("a hidden page keeps its socket, and makes a new one only for a turn under way", async () => {
  const first = await connected();
  globalThis.document.visibilityState = "hidden";
  await pass(1000);
  assert.equal(first.closedWith, undefined);
  await first.end();
  await pass(60_000);
  assert.equal(sockets.length, 1);
  globalThis.document.visibilityState = "visible";
  globalThis.document.dispatchEvent(new Event("visibilitychange"));
  await settled();
  await sockets[1].open();
  client.send({ text: "x", conversation: "c" });
  globalThis.document.visibilityState = "hidden";
  await sockets[1].end();
  await pass(500);
  assert.equal(sockets.length, 3);
});

test("where no WebSocket opens though HTTP answers, it goes on over server-sent events", async () => {
  const asked = [];
  let http = false;
  const fetch = async (url, { method, body }) => {
    if (!http) throw new TypeError("down");
    asked.push(`${method} ${new globalThis.URL(url).pathname}`);
    if (method !== "POST") return answer(200, { items: [] });
    if (!url.href.endsWith("turns")) return answer(201, {});
    const completed = { turn: "t1", text: "Hi", answer: "Hi", finish: "stop" };
    const events =
      `event: text.delta\nid: t1.2\ndata: ${JSON.stringify(delta(0, "Hi"))}\n\n` +
      `event: turn.completed\nid: t1.3\ndata: ${JSON.stringify(completed)}\n\n`;
    return new Response(events, { headers: { "Loadline-Turn": "t1", "Loadline-Duplicate": "false" } });
  };
  start({ fetch });
  const turn = client.send({ text: "x", conversation: "c" });
  await settled();
  for (const wait of [250, 500, 1000]) {
    await sockets.at(-1).end();
    await pass(wait);
  }
  assert.equal(sockets.length, 4, "nothing answers, so nothing is known about WebSockets");
  http = true;
  await sockets[3].end();
  await turn.done;
  assert.deepEqual([turn.text, turn.status, client.connection.transport], ["Hi", "completed", "sse"]);
  assert.ok(asked.includes("POST /api/conversations/c/turns"));
});

test("over SSE, 429 and 503 are asked again no sooner than the server says, 404 never", async () => {
  const posts = [];
  let next = answer(503, { code: "draining", status: 503, retryable: true }, { "Retry-After": "7" });
  const fetch = async (url, { method, body }) => {
    if (method === "POST") posts.push(JSON.parse(body).key);
    return method === "POST" ? next : answer(200, {});
  };
  start({ fetch, transport: "sse" });
  const turn = client.send({ text: "x", conversation: "c" });
  await settled();
  next = answer(404, { code: "not_found", status: 404, retryable: false });
  await pass(6999);
  assert.equal(posts.length, 1);
  await pass(500);
  await turn.done;
  assert.deepEqual([turn.status, turn.problem.code], ["failed", "not_found"]);
  assert.deepEqual(posts, [turn.key, turn.key]);
});

test("an event stream that says nothing for 45 s is dropped and resumed by its cursor", async () => {
  const asked = [];
  const fetch = async (url) => {
    asked.push(url.pathname + url.search);
    const first = new TextEncoder().encode(`event: text.delta\nid: t1.5\ndata: ${JSON.stringify(delta(0, "Hello"))}\n\n`);
    return new Response(new ReadableStream({ start: (to) => to.enqueue(first) }));
  };
  start({ fetch, transport: "sse" });
  client.follow("t1");
  await settled();
  await pass(40_000);
  assert.equal(asked.at(-1), "/api/turns/t1/events");
  await pass(10_000);
  await pass(1000);
  assert.equal(asked.at(-1), "/api/turns/t1/events?after=t1.5");
});

test("a watch gives every message once and every turn, also over a cut, and knows its own", async () => {
  const written = ["m0"].map((id) => ({ id, turn: "t0", role: "user", text: id }));
  const fetch = async (url) => {
    const after = url.searchParams.get("after");
    return answer(200, { items: after ? written.slice(written.findIndex((m) => m.id === after) + 1) : written.slice(-1) });
  };
  const first = await connected({ fetch });
  const watch = client.watch("c");
  const messages = [];
  const turns = [];
  let ready = 0;
  watch.on("message", (m) => messages.push(m.id));
  watch.on("turn", (t) => turns.push(t));
  watch.on("ready", () => ready++);
  await settled();
  const { ref, ...asked } = first.last("watch");
  assert.deepEqual(asked, { type: "watch", conversation: "c", since: "m0" });
  first.say({ type: "ok", ref, turns: [], messages: [] });
  first.say(accepted("t5"));
  first.say({ ...delta(0, "from another device"), turn: "t5" });
  const mine = client.send({ text: "Hi", conversation: "c" });
  await first.end();
  await pass(250);
  await sockets[1].open();
  assert.equal(sockets[1].sent.find((f) => f.turn === "t5").type, "attach");
  sockets[1].say(accepted("t6", mine.key)); // before the answer to the message that is sent again
  sockets[1].say(started(sockets[1].last("submit").ref, "t6"));
  assert.equal(mine.id, "t6");
  assert.deepEqual(turns.map((t) => t.id), ["t5", "t6"]);
  assert.equal(turns[1], mine);
  written.push({ id: "m-t5" }, { id: "m-t6" }, { id: "a-t5" });
  sockets[1].say({ type: "turn.completed", turn: "t5", text: "from another device", answer: "", finish: "stop" });
  await settled();
  sockets[1].say({ type: "ok", ref: sockets[1].last("watch").ref, messages: written.slice(1) });
  await settled();
  assert.deepEqual(messages, ["m-t5", "m-t6", "a-t5"]);
  assert.deepEqual([watch.since, watch.turns.length, ready], ["a-t5", 1, 2]);
});

test("a turn given up as it is accepted is a new one that goes on, to who opens its conversation later", async () => {
  const socket = await connected();
  const left = client.send({ text: "x", conversation: "c" });
  left.on("change", () => left.id && left.detach());
  socket.say(started(socket.last("submit").ref));
  assert.equal(socket.last("detach").turn, "t1");
  await socket.end();
  await pass(500);
  await sockets[1].open();
  assert.equal(sockets[1].last("attach"), undefined, "nobody asks for it");
  const watch = client.watch("c", { since: "m0" });
  await settled();
  sockets[1].say({ type: "ok", ref: sockets[1].last("watch").ref, turns: [{ turn: "t1", status: "queued" }] });
  sockets[1].say(accepted("t1", left.key));
  const [turn] = watch.turns;
  assert.notEqual(turn, left);
  sockets[1].say({ type: "turn.completed", turn: "t1", text: "Hello", answer: "Hello", finish: "stop" });
  assert.deepEqual([turn.status, turn.text], ["completed", "Hello"]);
});

test("a watched conversation that is deleted ends every watch of it, whenever that is told", async () => {
  const gone = { code: "not_found", status: 404, retryable: false };
  const first = await connected();
  const ended = [];
  const watch = async (conversation) => {
    const watch = client.watch(conversation, { since: "m0" });
    watch.on("error", (e) => ended.push(`${conversation} ${e.code}`));
    await settled();
    sockets.at(-1).say({ type: "ok", ref: sockets.at(-1).last("watch").ref, turns: [], messages: [] });
  };
  await watch("c");
  await watch("c");
  await watch("d");
  const { ref } = first.sent.findLast((frame) => frame.conversation === "c");
  first.say({ type: "error", ref, problem: gone });
  assert.deepEqual(ended, ["c not_found", "c not_found"]);
  await first.end();
  await pass(500);
  await sockets[1].open();
  const again = sockets[1].sent.filter((frame) => frame.type === "watch");
  assert.deepEqual(again.map((frame) => frame.conversation), ["d"]);
  sockets[1].say({ type: "error", ref: again[0].ref, problem: gone });
  assert.deepEqual(ended.slice(2), ["d not_found"]);
  await sockets[1].end();
  await pass(1000);
  await sockets[2].open();
  assert.equal(sockets[2].last("watch"), undefined);
});

test("after close() nothing is sent, until connect()", async () => {
  await connected();
  client.close();
  assert.throws(() => client.send({ text: "x" }), /connect\(\)/);
  await pass(1000);
  assert.equal(sockets.length, 1);
  client.connect();
  assert.equal(client.send({ text: "x" }).status, "sending");
});

test("cancel reaches a message that is still on its way, and one that never left goes nowhere", async () => {
  const socket = await connected();
  const sent = client.send({ text: "x", conversation: "c" });
  const queued = client.send({ text: "y", conversation: "c" });
  await queued.cancel();
  assert.deepEqual([queued.status, queued.cancelledBy], ["cancelled", "user"]);
  const cancelled = sent.cancel();
  socket.say(started(socket.last("submit").ref));
  await settled();
  const { ref, turn } = socket.last("cancel");
  assert.equal(turn, "t1");
  socket.say({ type: "ok", ref });
  await cancelled;
  socket.say({ type: "turn.cancelled", turn: "t1", by: "user", text: "" });
  assert.equal((await sent.done).status, "cancelled");
  assert.equal(socket.sent.filter((f) => f.type === "submit").length, 1);
});
