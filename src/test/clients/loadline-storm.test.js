// 500 real sockets cut at once come back, all of them, and spread out.
import assert from "node:assert/strict";
import { test } from "node:test";
import WebSocket, { WebSocketServer } from "ws";
import { Loadline } from "./client/loadline.js";

const CLIENTS = 500;

test(`${CLIENTS} sockets cut at once come back spread out`, async () => {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  server.on("connection", (socket) => socket.send('{"type":"hello","heartbeatMs":20000}'));
  await new Promise((up) => server.on("listening", up));
  const url = `http://127.0.0.1:${server.address().port}`;
  const waits = [];
  const clients = [];
  for (let i = 0; i < CLIENTS; i++) clients.push(new Loadline({ url, WebSocket, transport: "websocket" }));

  /** All are open, each for the next time. */
  const open = () =>
    Promise.all(
      clients.map((client) => {
        return new Promise((resolve) => {
          const off = client.on("state", ({ state, retryInMs }) => {
            if (state === "waiting") waits.push(retryInMs);
            if (state !== "open") return;
            off();
            resolve();
          });
        });
      }),
    );
  const first = open();
  for (const client of clients) client.connect();
  await first;
  waits.length = 0;
  const second = open();
  for (const socket of server.clients) socket.terminate();
  await second;

  const fifths = [0, 0, 0, 0, 0];
  const cut = waits.slice(0, CLIENTS);
  for (const wait of cut) fifths[Math.min(4, Math.floor(wait / 100))]++;
  assert.equal(cut.length, CLIENTS);
  assert.ok(Math.min(...fifths) > 50 && Math.max(...fifths) < 160, String(fifths));
  for (const client of clients) client.close();
  server.close();
});
