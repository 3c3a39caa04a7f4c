import { Backoff, Loadline, LoadlineError, SseParser } from "./client/loadline.js";
import type { ConnectionState, LiveTurn, Message, TextChange, TurnEvent } from "./client/loadline.js";

const client = new Loadline({
  url: new URL("http://127.0.0.1:8080"),
  token: async () => "key",
  transport: "auto",
  WebSocket: globalThis.WebSocket,
  fetch: globalThis.fetch,
  random: () => 0.5,
  pollMs: 1000,
});
const off: () => void = client.on("state", ({ state, retryInMs, problem }: ConnectionState) => {
  const label: string = state === "waiting" ? `again in ${retryInMs} ms: ${problem?.detail}` : state;
  console.log(label);
});

const turn: LiveTurn = client.send({ agent: "assistant", text: "Hi", whenBusy: "steer", metadata: { a: "b" } });
turn.on("change", ({ status, steps }) => console.log(status === "sending", steps[0]?.calls[0]?.status));
turn.on("event", (event: TurnEvent) => {
  switch (event.type) {
    case "text.delta": {
      const end: number = event.at + event.text.length;
      return end;
    }
    case "turn.failed":
      return event.problem.code;
    case "snapshot":
      return event.timings;
    default:
      return event.turn;
  }
});
for await (const { text, added, replaced } of turn) {
  const change: TextChange = { text, added, replaced };
  console.log(change);
}
for await (const event of turn.events()) console.log(event.type, event.id);
const { answer, usage, received }: LiveTurn = await turn.done;
console.log(answer?.length, usage?.cost, received.dup + received.gap);
await turn.cancel();

const watch = client.watch(turn.conversation, { since: "m1" });
watch.on("message", (message: Message) => console.log(message.text));
watch.on("turn", (each) => each.done.then(({ problem }) => problem?.retryAfterMs));
watch.on("error", ({ code, status }) => console.log(code === "not_found", status));
watch.close();

try {
  const door = client.conversation("c1");
  const { running, waiting } = await door.get();
  const page = await door.messages({ after: "m1", limit: 10 });
  console.log(running?.length, waiting.length, page.next, page.items[0]?.role);
  console.log((await client.me()).roles, (await client.agents()).items[0]?.rehearsal);
  console.log((await client.turn("t1")).status, (await client.cancel("t1")).cancelledBy);
  client.follow("t1", { after: "t1.1.0.0" }).detach();
} catch (e) {
  if (e instanceof LoadlineError) console.log(e.problem.retryAfterMs);
}

// @ts-expect-error a message has a text
client.send({ agent: "assistant" });
// @ts-expect-error there is no such event
turn.on("text", () => {});
// @ts-expect-error it is read only
turn.text = "";

console.log(new Backoff({ maxMs: 1000 }).next(5));
new SseParser(({ type, id, data }) => console.log(type, id, data)).push(new Uint8Array());
off();
client.close();
export {};
