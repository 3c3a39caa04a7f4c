// A line to the server that can be cut and mended: what a network does, which a browser's own
// "offline" does not do to a WebSocket that is open.

import net from "node:net";

export class Line {
  #sockets = new Set();
  #cut = false;
  #server;

  static async to(server) {
    const line = new Line();
    const { port, hostname } = new URL(server);
    line.#server = net.createServer((near) => {
      if (line.#cut) return void near.resetAndDestroy();
      const far = net.connect(Number(port), hostname);
      for (const [from, to] of [[near, far], [far, near]]) {
        line.#sockets.add(from);
        from.on("error", () => to.destroy());
        from.on("close", () => {
          line.#sockets.delete(from);
          to.destroy();
        });
        from.pipe(to);
      }
    });
    await new Promise((up) => line.#server.listen(0, "127.0.0.1", up));
    line.address = `http://127.0.0.1:${line.#server.address().port}`;
    return line;
  }

  /** Ends all that is open; what comes next gets through. */
  drop() {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  /** Ends all that is open and lets nothing through until it is mended. */
  cut() {
    this.#cut = true;
    this.drop();
  }

  mend() {
    this.#cut = false;
  }

  close() {
    this.drop();
    this.#server.close();
  }
}
