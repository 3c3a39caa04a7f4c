// In which order the exchanges of a conversation are shown. Pure.

const [BEGUN, WAITS, UNSENT] = [0, 1, 2];

/**
 * The order in which a conversation is shown, the same in every tab: what has begun, in the order in
 * which it began (its number `began` is given here); what waits, by its position; what the server
 * has not got yet, last.
 */
export class Order {
  #statusOf;
  #first = 0;
  #last = 0;

  constructor(statusOf) {
    this.#statusOf = statusOf;
  }

  /** What was read of the time before all that is there. */
  before(exchange) {
    exchange.began = --this.#first;
  }

  /**
   * Sorts in place; among equals nothing moves. True if something has begun that waited behind
   * others: turns are told of one by one, so which of two began first is the server's to say.
   */
  sort(exchanges) {
    const groups = new Map(exchanges.map((each) => [each, this.#group(each)]));
    let asked = false;
    const waiting = exchanges.filter((each) => groups.get(each) === WAITS);
    const several = waiting.length > 1 || exchanges.some((each) => ["running", "waiting"].includes(this.#statusOf(each)));
    for (const each of waiting) each.behind ||= several;
    for (const each of exchanges) {
      if (groups.get(each) !== BEGUN || each.began !== undefined) continue;
      each.began = ++this.#last;
      asked ||= each.behind === true;
    }
    const place = (each) => (groups.get(each) === BEGUN ? each.began : groups.get(each) === WAITS ? (each.live?.position ?? each.place ?? Infinity) : 0);
    exchanges.sort((a, b) => groups.get(a) - groups.get(b) || place(a) - place(b) || 0);
    return asked;
  }

  /** The newest page was read, in this order: what had begun here and is not in it began later. */
  read(told, all) {
    const later = all.filter((each) => each.began !== undefined && !told.includes(each));
    later.sort((a, b) => a.began - b.began);
    const begun = told.filter((each) => this.#group(each) === BEGUN);
    for (const each of [...begun, ...later]) each.began = ++this.#last;
  }

  /** What began unseen is numbered as the server has it: `told` are exchanges in that order. */
  correct(told) {
    const begun = told.filter((each) => this.#group(each) === BEGUN);
    for (const each of begun) each.began ??= ++this.#last;
    const numbers = begun.map((each) => each.began).sort((a, b) => a - b);
    begun.forEach((each, i) => (each.began = numbers[i]));
  }

  #group(exchange) {
    if (!exchange.turn && !exchange.answer) return UNSENT;
    return this.#statusOf(exchange) === "queued" ? WAITS : BEGUN;
  }
}
