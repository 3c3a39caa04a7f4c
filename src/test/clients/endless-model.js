// A model behind OpenAI's API that talks until its listener has had enough: an answer is as long as
// a test needs it, however fast the machine is. The message to it names the answer.
import http from "node:http";

const SAYINGS = ["the", " load", " line", " — ", "is\n", " 12", " é", " 👍🏽", "👨‍👩‍👧", " \\n\"'", "🚢"];

export class EndlessModel {
  #answers = new Map(); // name → { enough, text }
  #server = http.createServer((request, response) => this.#serve(request, response));

  async start(port) {
    await new Promise((up) => this.#server.listen(port, "127.0.0.1", up));
  }

  /** What it says to a message that is this name, until `enough()`. */
  answer(name, enough) {
    const answer = { enough, text: "" };
    this.#answers.set(name, answer);
    return answer;
  }

  async #serve(request, response) {
    let body = "";
    for await (const chunk of request) body += chunk;
    const answer = this.#answers.get(JSON.parse(body).messages.at(-1).content);
    response.writeHead(200, { "Content-Type": "text/event-stream" });
    const say = (delta, finish = null) => {
      const choice = { index: 0, delta, finish_reason: finish };
      const chunk = { id: "x", object: "chat.completion.chunk", choices: [choice] };
      response.write(`data: ${JSON.stringify(chunk)}\n\n`);
    };
    say({ role: "assistant", content: "" });
    let said = 0;
    const timer = setInterval(() => {
      if (answer.enough()) {
        clearInterval(timer);
        say({}, "stop");
        response.end("data: [DONE]\n\n");
        return;
      }
      const saying = SAYINGS[said++ % SAYINGS.length];
      answer.text += saying;
      // by UTF-16 units, so that pairs come in halves
      for (const half of saying.length > 2 ? [saying.slice(0, 2), saying.slice(2)] : saying.split("")) {
        say({ content: half });
      }
    }, 20);
    response.on("close", () => clearInterval(timer));
  }

  close() {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}
