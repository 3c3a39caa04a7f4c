// The client's parts by themselves: the parser, the back-off, how events become a turn.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Backoff, LiveTurn, SseParser } from "./client/loadline.js";
import { seeded } from "./cutting-proxy.js";

const delta = (at, text, step = 1) => ({ type: "text.delta", turn: "t", step, at, text, id: `c${step}.${at + text.length}` });
const live = () => new LiveTurn({ _felt() {}, _gone() {} }, { id: "t", conversation: "c" });

test("events are the same however the bytes are cut", () => {
  const source =
    "\uFEFFretry: 1000\n\n:comment\n\nevent: text.delta\r\nid: c1\r\ndata: {\"text\":\"Grüße 👍🏽\"}\r\n\r\n" +
    "data:first\rdata:  second\rdata\r\rid: c\0bad\nnonsense\nunknown: x\nretry: soon\ndata: sticky\n\n" +
    "id: c2\n\nevent: lost\n\nid\ndata: reset\n\ndata: never ended\n";
  const expected = [
    { type: "text.delta", id: "c1", data: '{"text":"Grüße 👍🏽"}' },
    { type: "message", id: "c1", data: "first\n second\n" },
    { type: "message", id: "c1", data: "sticky" },
    { type: "message", id: "", data: "reset" },
  ];
  const bytes = new TextEncoder().encode(source);
  for (let size = 1; size <= bytes.length; size++) {
    const events = [];
    const parser = new SseParser((event) => events.push(event));
    for (let at = 0; at < bytes.length; at += size) parser.push(bytes.subarray(at, at + size));
    assert.deepEqual(events, expected, `in pieces of ${size}`);
    assert.equal(parser.retryMs, 1000);
  }
});

test("the back-off doubles to half a minute, draws from all of it, and starts again after reset", () => {
  const highest = new Backoff({ random: () => 0.999999 });
  const ceilings = Array.from({ length: 9 }, () => highest.next());
  assert.deepEqual(ceilings, [499, 999, 1999, 3999, 7999, 15999, 29999, 29999, 29999]);
  assert.equal(new Backoff({ random: () => 0 }).next(), 0);
  highest.reset();
  assert.equal(highest.next(), 499);
  assert.equal(highest.next(7000), 7999);
});

test("500 clients cut at once come back spread out, from the first attempt on", () => {
  for (const failed of [0, 3, 9]) {
    const tenths = new Array(10).fill(0);
    for (let client = 0; client < 500; client++) {
      const backoff = new Backoff({ random: seeded(client * 10 + failed) });
      let wait;
      for (let i = 0; i <= failed; i++) wait = backoff.next();
      tenths[Math.floor((wait / Math.min(30_000, 500 * 2 ** failed)) * 10)]++;
    }
    assert.ok(Math.max(...tenths) < 90 && Math.min(...tenths) > 20, `${failed}: ${tenths}`);
  }
});

test("pieces that overlap, repeat and restart still make exactly the text", () => {
  for (let seed = 0; seed < 50; seed++) {
    const random = seeded(seed);
    const steps = ["Grüße 👍🏽, ", "and a second step ".repeat(9), ""];
    const turn = live();
    steps.forEach((text, i) => {
      let held = 0;
      while (held < text.length) {
        const at = Math.max(0, held - Math.floor(random() * 9));
        const end = Math.min(text.length, at + 1 + Math.floor(random() * 12));
        assert.equal(turn._apply(delta(at, text.slice(at, end), i + 1)), true);
        held = Math.max(held, end);
        if (random() < 0.02) {
          turn._apply({ type: "text.reset", turn: "t", step: i + 1, reason: "retry" });
          held = 0;
        }
      }
    });
    assert.equal(turn.text, steps.join(""));
    assert.equal(turn.steps.map((s) => s.text).join(""), turn.text);
    turn._apply({ type: "turn.completed", turn: "t", text: steps.join(""), answer: "", finish: "stop" });
    assert.deepEqual([turn.status, turn.received.gap], ["completed", 0]);
  }
});

test("what is missing shows at once, is not taken, and leaves the cursor where it was good", () => {
  const turn = live();
  turn._apply(delta(0, "Hello"));
  assert.equal(turn._apply(delta(7, "there")), false);
  assert.deepEqual([turn.text, turn.cursor, turn.received.gap], ["Hello", "c1.5", 1]);
  turn._apply(delta(3, "lo there"));
  assert.deepEqual([turn.text, turn.received.dup], ["Hello there", 1]);
});

test("a snapshot replaces all, goes on behind it, and unknown events change nothing", () => {
  const turn = live();
  turn._apply(delta(0, "void"));
  turn._apply({ type: "sunrise", turn: "t", id: "c9" });
  const input = [{ id: "m1", text: "Hi" }];
  const state = { turn: "t", conversation: "c", status: "running", input, approvals: [], attempt: 2 };
  turn._apply({ type: "snapshot", ...state, steps: [{ step: 1, text: "It is", calls: [] }], text: "It is" });
  turn._apply(delta(5, " so"));
  assert.deepEqual([turn.text, turn.attempt, turn.input[0].text, turn.cursor], ["It is so", 2, "Hi", "c1.8"]);
});

test("a turn's way is told: waiting, tools, approvals, a failure", async () => {
  const turn = live();
  const states = [];
  turn.on("change", ({ status }) => states.at(-1) !== status && states.push(status));
  const say = (type, rest) => turn._apply({ type, turn: "t", ...rest });
  say("turn.queued", { position: 2 });
  assert.equal(turn.position, 2);
  say("turn.started", { node: "n", attempt: 1 });
  say("tool.call", { step: 1, call: "k", tool: "time", arguments: { zone: "UTC" } });
  say("tool.progress", { step: 1, call: "k", at: 0, text: "work" });
  say("tool.progress", { step: 1, call: "k", at: 4, text: "ing" });
  say("tool.approval", { step: 1, call: "k", tool: "time", arguments: {}, expiresAt: "later" });
  say("turn.waiting", { kind: "approval", call: "k" });
  assert.deepEqual(turn.waitingFor, { kind: "approval", call: "k" });
  say("tool.approval", { step: 1, call: "k", tool: "time", arguments: {}, expiresAt: "later", decision: "approve" });
  say("turn.resumed", {});
  say("tool.result", { step: 1, call: "k", tool: "time", status: "ok", ms: 3, truncated: false });
  assert.equal(turn.approvals.length, 1);
  assert.equal(turn.approvals[0].decision, "approve");
  const [call] = turn.steps[0].calls;
  assert.deepEqual([call.status, call.ms, call.progress.text, call.arguments.zone], ["ok", 3, "working", "UTC"]);
  say("turn.failed", { problem: { code: "internal" }, text: "" });
  assert.equal((await turn.done).problem.code, "internal");
  assert.deepEqual(states, ["queued", "running", "waiting", "running", "failed"]);
});

test("a turn that waits for its model says for whom and how long, and what it ran without is kept", async () => {
  const turn = live();
  const say = (type, rest) => turn._apply({ type, turn: "t", ...rest });
  say("turn.started", { node: "n", attempt: 1 });
  say("turn.waiting", { kind: "rate_limit", dependency: "model:main", untilMs: 3000 });
  assert.equal(turn.status, "waiting");
  assert.deepEqual(turn.waitingFor, { kind: "rate_limit", dependency: "model:main", untilMs: 3000 });
  const waited = { dependency: "model:main", reason: "rate_limited", effect: "waited", waitMs: 2900, step: 1 };
  say("turn.resumed", {});
  say("turn.degraded", waited);
  assert.deepEqual([turn.status, turn.waitingFor], ["running", undefined]);
  turn._apply({ ...delta(0, "Half"), step: 1 });
  const instead = { dependency: "model:main", reason: "timeout", effect: "fallback", instead: "backup", step: 1 };
  say("turn.degraded", instead);
  say("text.reset", { step: 1, reason: "fallback" });
  turn._apply(delta(0, "Whole"));
  assert.equal(turn.text, "Whole");
  assert.deepEqual(turn.degradations, [waited, instead]);
  assert.deepEqual(turn.received, { deltas: 2, dup: 0, gap: 0, resumes: 0 });
});

test("who reads slowly gets fewer, larger changes, and is told when earlier text is void", async () => {
  const turn = live();
  const changes = turn[Symbol.asyncIterator]();
  turn._apply(delta(0, "one "));
  assert.deepEqual((await changes.next()).value, { text: "one ", added: "one ", replaced: false });
  turn._apply(delta(4, "two "));
  turn._apply(delta(8, "three"));
  assert.deepEqual((await changes.next()).value, { text: "one two three", added: "two three", replaced: false });
  turn._apply({ type: "text.reset", turn: "t", step: 1, reason: "fallback" });
  turn._apply(delta(0, "other"));
  assert.deepEqual((await changes.next()).value, { text: "other", added: "other", replaced: true });
  turn._apply({ type: "turn.cancelled", turn: "t", by: "user", text: "other" });
  assert.equal((await changes.next()).done, true);
});

test("events that nobody takes are joined, and do not pile up", async () => {
  const turn = live();
  const events = turn.events();
  const first = events.next();
  for (let i = 0; i < 5000; i++) turn._apply(delta(i, "x"));
  assert.equal((await first).value.text.length, 5000);
  for (let i = 0; i < 2000; i++) turn._apply({ type: "turn.queued", turn: "t", position: i });
  await assert.rejects(events.next(), /not taken in time/);
});
