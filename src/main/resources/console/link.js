// The line to the server: one client for the page, and who one is.

import { Backoff, Loadline } from "../client/loadline.js";
import * as keep from "./keep.js";

/** The client, with the key that this browser keeps. */
export function makeClient() {
  return new Loadline({ url: new URL("..", import.meta.url), token: keep.token });
}

/**
 * Asks who one is until there is an answer: `{ me }` (absent where the server has no such answer),
 * or `{ needsKey: true }`. `failed(error, retryInMs)` is told of each attempt without an answer.
 */
export async function whoAmI(client, failed) {
  const backoff = new Backoff();
  for (;;) {
    try {
      return { me: await client.me() };
    } catch (e) {
      if (e.status === 401 || e.status === 403) return { needsKey: e.status === 401, refused: e.problem };
      if (e.status === 404) return {};
      const ms = backoff.next(1000);
      failed(e, ms);
      await new Promise((resolve) => {
        setTimeout(resolve, ms);
        addEventListener("online", resolve, { once: true });
      });
    }
  }
}

/** Why what is sent now can't go out: `waits()` gives `{ problem?, at? }`, `at` by Date.now(). */
export function lineOf(client) {
  let at;
  client.on("state", ({ retryInMs }) => {
    at = retryInMs === undefined ? undefined : Date.now() + retryInMs;
  });
  return {
    waits() {
      const { state, problem } = client.connection;
      return state === "open" ? {} : { problem: problem ?? { code: "unreachable" }, at };
    },
  };
}
