// A proxy cuts every connection at random while one long answer is streamed: what has been shown is
// exactly what was said, nothing came twice, nothing was missing, and the message went out once.
// SERVER: a server whose agent `assistant` has its model at MODEL_PORT. BY: websocket or sse.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { EventSource } from "eventsource";
import WebSocket from "ws";
import { Loadline } from "./client/loadline.js";
import { CuttingProxy, seeded } from "./cutting-proxy.js";
import { EndlessModel } from "./endless-model.js";

const { SERVER, MODEL_PORT, BY, RUNS = 100 } = process.env;
const HITS = 20;
const straight = new Loadline({ url: SERVER });
const model = new EndlessModel();
before(() => model.start(Number(MODEL_PORT)));
after(() => {
  model.close();
  straight.close();
});

/** An answer that goes on until so many cuts have hit a connection on which text had come. */
class CutRun {
  hits = 0;
  #before = 0;

  constructor(name, seed, hits) {
    this.random = seeded(seed);
    this.name = name;
    this.answer = model.answer(name, () => this.hits >= hits);
    this.proxy = new CuttingProxy(SERVER, this.random);
    this.proxy.onCut = () => {
      const hit = this.deltas() > this.#before;
      this.#before = this.deltas();
      if (hit) this.hits++;
      // what has been said meanwhile comes in one frame, which has to get through some time
      this.proxy.room = hit ? 1 : this.proxy.room * 1.5;
      if (this.hits >= hits) this.proxy.cutting = false;
    };
  }
}

async function run(seed, transport) {
  const run = new CutRun(`${transport} ${seed}`, seed, HITS);
  const url = await run.proxy.start();
  const client = new Loadline({ url, transport, WebSocket, random: () => run.random() * 0.3 });
  const turn = client.send({ agent: "assistant", text: run.name });
  run.deltas = () => turn.received.deltas;
  let shown = "";
  for await (const { added, replaced } of turn) shown = replaced ? added : shown + added;
  client.close();
  run.proxy.close();
  return Object.assign(run, { turn, shown });
}

async function holds({ turn, shown, answer }) {
  assert.equal(turn.status, "completed", JSON.stringify(turn.problem));
  const stored = await straight.turn(turn.id);
  assert.equal(shown, answer.text);
  assert.equal(turn.text, answer.text);
  assert.equal(turn.steps.map((step) => step.text).join(""), answer.text);
  assert.equal(stored.text, answer.text);
  assert.deepEqual([turn.received.dup, turn.received.gap], [0, 0]);
  const { items } = await straight.conversation(turn.conversation).messages();
  assert.deepEqual(items.map((m) => m.role), ["user", "assistant"]);
}

test(`${RUNS} answers over ${BY}, each cut ${HITS} times`, async () => {
  const seeds = Array.from({ length: Number(RUNS) }, (_, i) => i);
  const runs = await Promise.all(seeds.map((seed) => run(seed, BY)));
  for (const each of runs) await holds(each);
  const sum = (of) => runs.reduce((all, each) => all + of(each), 0);
  const figures = {
    runs: runs.length,
    cuts: sum((r) => r.proxy.cuts),
    hits: sum((r) => r.hits),
    resumes: sum((r) => r.turn.received.resumes),
    deltas: sum((r) => r.turn.received.deltas),
    dup: sum((r) => r.turn.received.dup),
    gap: sum((r) => r.turn.received.gap),
    units: sum((r) => r.shown.length),
  };
  console.log(BY, JSON.stringify(figures));
  assert.ok(figures.hits >= HITS * figures.runs, JSON.stringify(figures));
});

const bySse = { skip: BY !== "sse" };
test("an EventSource resumes by Last-Event-ID through the same cuts, until 204", bySse, async () => {
  const run = new CutRun("eventsource", 1, 5);
  let deltas = 0;
  run.deltas = () => deltas;
  const url = await run.proxy.start();
  const turn = straight.send({ agent: "assistant", text: run.name });
  while (!turn.id) await new Promise((resolve) => turn.on("change", resolve));

  let text = "";
  let completed = 0;
  const source = new EventSource(`${url}/api/turns/${turn.id}/events`);
  source.addEventListener("text.delta", ({ data }) => {
    const delta = JSON.parse(data);
    assert.equal(delta.at, text.length, "neither twice nor missing");
    text += delta.text;
    deltas++;
  });
  source.addEventListener("turn.completed", () => completed++);
  // it comes back after the end of the answer, and gives up for good when told 204
  await new Promise((resolve) => {
    source.addEventListener("error", () => source.readyState === EventSource.CLOSED && resolve());
  });
  run.proxy.close();
  assert.equal(text, run.answer.text);
  assert.equal(completed, 1);
});
