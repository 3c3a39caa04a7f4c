// All conversations of the one who looks: the list, and the one that is open. No DOM.

import * as keep from "./keep.js";
import { Talk } from "./talk.js";

const PAGE = 50;
export const NEW = "new";

export class Talks {
  list = []; // newest first
  more; // cursor of older ones
  open; // the Talk that is shown
  agents = [];
  agent; // chosen for new conversations
  #client;
  #listed;
  #changed;

  /**
   * @param listed called when the list is another
   * @param changed called with an exchange of the open talk, or with nothing when all of it changed
   */
  constructor(client, { listed, changed }) {
    this.#client = client;
    this.#listed = listed;
    this.#changed = changed;
  }

  async start() {
    const [agents] = await Promise.all([this.#client.agents(), this.refresh()]);
    this.agents = agents.items;
    this.agent = this.agents[0]?.name;
  }

  /** Reads the newest conversations anew. */
  async refresh() {
    const page = await this.#client.conversations({ limit: PAGE });
    const fresh = new Set(page.items.map((each) => each.id));
    const older = this.more === undefined ? [] : this.list.slice(PAGE).filter((each) => !fresh.has(each.id));
    this.list = [...page.items, ...older];
    if (older.length === 0) this.more = page.next;
    this.#listed();
  }

  async loadMore() {
    const page = await this.#client.conversations({ limit: PAGE, before: this.more });
    const known = new Set(this.list.map((each) => each.id));
    this.list.push(...page.items.filter((each) => !known.has(each.id)));
    this.more = page.next;
    this.#listed();
  }

  agentOf(name) {
    return this.agents.find((each) => each.name === name);
  }

  titleOf(id) {
    return this.list.find((each) => each.id === id)?.title;
  }

  /** Shows a conversation; without an id, or with `new`, the place where one begins. */
  show(id) {
    if (this.open && this.open.id === id) return;
    this.open?.close();
    this.open = undefined;
    if (id !== undefined && id !== NEW) {
      this.open = new Talk(this.#client, id, { changed: this.#changed, gone: (gone) => this.#drop(gone) });
      void this.open.load();
    }
    this.#changed();
    this.#listed();
  }

  /** Begins a conversation with its first message and answers its id. */
  begin(text) {
    const { id } = this.#client.conversation();
    this.open?.close();
    this.open = new Talk(this.#client, id, { agent: this.agent, changed: this.#changed, gone: (gone) => this.#drop(gone) });
    this.open.title = text.trim().split("\n")[0].slice(0, 80);
    const now = new Date().toISOString();
    this.list.unshift({ id, agent: this.agent, created: now, updated: now, messages: 1, waiting: [], title: this.open.title });
    this.open.send(text);
    this.#listed();
    return id;
  }

  async delete(id) {
    try {
      await this.#client.conversation(id).delete();
    } catch (e) {
      if (e.status !== 404) throw e;
    }
    keep.keepDraft(id, "");
    for (const message of keep.unsent()) if (message.conversation === id) keep.sent(message.key);
    this.#drop(id);
    if (this.open?.id === id) {
      this.open.close();
      this.open = undefined;
      this.#changed();
    }
  }

  #drop(id) {
    this.list = this.list.filter((each) => each.id !== id);
    this.#listed();
  }
}
