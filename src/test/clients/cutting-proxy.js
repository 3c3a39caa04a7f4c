// A TCP proxy that cuts connections in the middle, by FIN or by RST, after a number of bytes (both
// directions together) that a seeded generator draws: within requests, heads, frames and events.
import net from "node:net";

/** Numbers in [0, 1) that are the same for the same seed (mulberry32). */
export function seeded(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

export class CuttingProxy {
  cutting = true;
  cuts = 0;
  /** How much further than usual connections get. */
  room = 1;
  onCut = () => {};
  #target;
  #random;
  #server;
  #sockets = new Set();

  constructor(target, random) {
    this.#target = new URL(target);
    this.#random = random;
  }

  async start() {
    this.#server = net.createServer((client) => this.#take(client));
    await new Promise((up) => this.#server.listen(0, "127.0.0.1", up));
    return `http://127.0.0.1:${this.#server.address().port}`;
  }

  /** Most connections get far enough to carry some text, some do not get past their heads. */
  #bytes() {
    if (!this.cutting) return Infinity;
    const short = this.#random() < 0.1;
    return Math.floor((short ? this.#random() * 700 : 700 + this.#random() * 2000) * this.room);
  }

  #take(client) {
    const upstream = net.connect(Number(this.#target.port), this.#target.hostname);
    let left = this.#bytes();
    let over = false;
    const end = (reset) => {
      over = true;
      for (const socket of [client, upstream]) {
        this.#sockets.delete(socket);
        if (reset) socket.resetAndDestroy();
        else socket.destroySoon();
      }
    };
    const pass = (from, to) => {
      this.#sockets.add(from);
      from.setNoDelay(true);
      from.on("error", () => {});
      from.on("close", () => over || end(false));
      from.on("data", (bytes) => {
        if (over) return;
        if (bytes.length < left) {
          left -= bytes.length;
          to.write(bytes);
          return;
        }
        to.write(bytes.subarray(0, left));
        this.cuts++;
        end(this.#random() < 0.5);
        this.onCut();
      });
    };
    pass(client, upstream);
    pass(upstream, client);
  }

  /** Cuts all that is open now. */
  cutAll() {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  close() {
    this.cutAll();
    this.#server.close();
  }
}
