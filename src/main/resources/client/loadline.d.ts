// The shapes of Loadline's wire. Members marked `?` may be absent; nothing is ever null. Times are
// RFC 3339 in UTC with milliseconds, durations integer milliseconds, ids opaque. Unknown members in
// answers are to be ignored.

/** Newest-first lists: ask again with ?before=<next>. Messages: ?before=<prev> goes back, ?after=<next> forward. */
export type Page<T> = { items: T[]; next?: string; prev?: string };

/** RFC 9457, application/problem+json. */
export type Problem = {
  type: string;
  title: string;
  status: number;
  code: Code;
  detail?: string;
  retryable: boolean;
  retryAfterMs?: number;
  errors?: { path: string; message: string }[];
  turn?: string;
  dependency?: string;
  reason?: string;
};
export type Code =
  | "invalid_request"
  | "unauthenticated"
  | "forbidden"
  | "not_found"
  | "conflict"
  | "too_large"
  | "unsupported_media_type"
  | "context_too_large"
  | "quota_exceeded"
  | "overloaded"
  | "draining"
  | "store_unavailable"
  | "dependency_unavailable"
  | "model_refused"
  | "deadline_exceeded"
  | "attempts_exhausted"
  | "recursion_refused"
  | "internal";

export type Me = { principal: string; roles: ("user" | "operator")[]; quotas: Quota; used: Quota };
/** An absent limit does not exist. */
export type Quota = { turnsPerMinute?: number; streams?: number; tokensPerDay?: number };

export type Agent = {
  name: string;
  description?: string;
  tools: string[];
  model: string;
  rehearsal: boolean;
};

export type Conversation = {
  id: string;
  agent: string;
  created: string;
  updated: string;
  messages: number;
  running?: string;
  waiting: string[];
  title?: string;
};

/** One user message per input, one assistant message per ended turn that said anything. */
export type Message = {
  id: string;
  turn: string;
  role: "user" | "assistant";
  text: string;
  at: string;
  key?: string;
  origin: Origin;
  cut?: boolean;
  calls?: { call: string; tool: string; status: CallStatus }[];
  degraded?: string[];
};

/** text: 1..262144 UTF-16 units, not blank; key: at most 255; deadlineMs: 100..3600000; metadata: at most 16 pairs of 64/512 characters. */
export type Submit = {
  text: string;
  key?: string;
  whenBusy?: "enqueue" | "steer" | "collect" | "interrupt" | "reject";
  deadlineMs?: number;
  metadata?: Record<string, string>;
};

export type Submitted = {
  turn: string;
  conversation: string;
  duplicate: boolean;
  steered?: true;
  collected?: number;
  position?: number;
};

export type Origin = "chat" | "schedule" | "webhook" | "agent" | "probe";
export type Status = "queued" | "running" | "waiting" | "completed" | "failed" | "cancelled";
export type Waiting = {
  kind: "approval" | "delegate" | "rate_limit";
  call?: string;
  dependency?: string;
  /** How long it is thought to last yet, as of when this was sent. */
  untilMs?: number;
};
export type CallStatus =
  | "open"
  | "waiting"
  | "ok"
  | "error"
  | "denied"
  | "timeout"
  | "shed"
  | "unknown"
  | "cancelled"
  | "limit";

export type Turn = {
  turn: string;
  conversation: string;
  agent: string;
  status: Status;
  origin: Origin;
  cursor: string;
  waitingFor?: Waiting;
  attempt: number;
  node?: string;
  input: Message[];
  steps?: Step[];
  text: string;
  answer?: string;
  finish?: Finish;
  problem?: Problem;
  cancelledBy?: By;
  usage: Usage;
  timings: Timings;
  context?: Context;
  degradations: Degradation[];
  approvals: Approval[];
  chain: { root: string; parent?: string; depth: number; task?: string; children: string[] };
  created: string;
  ended?: string;
  metadata?: Record<string, string>;
};

/** Steps count from 1. */
export type Step = {
  step: number;
  model: string;
  text: string;
  reasoning?: string;
  calls: Call[];
  usage?: Usage;
  ms?: number;
};
export type Call = {
  call: string;
  tool: string;
  arguments: object | string;
  effect: "read" | "idempotent" | "once";
  status: CallStatus;
  ms?: number;
  preview?: string;
  truncated?: boolean;
  child?: string;
};
export type Finish = "stop" | "length" | "steps" | "toolCalls" | "sameCall" | "tokens" | "cost";
export type By = "user" | "interrupt" | "parent" | "operator" | "deleted" | "disconnect";

/** Tokens: input includes cached, output includes reasoning. */
export type Usage = {
  input: number;
  cached: number;
  output: number;
  reasoning: number;
  cost?: number;
  modelCalls: number;
  estimated?: true;
};

/** Milliseconds since the last byte of the request was read; queued, modelMs and overhead are lengths. */
export type Timings = {
  authenticated: number;
  accepted?: number;
  queued: number;
  state?: number;
  context?: number;
  modelRequest?: number;
  firstToken?: number;
  completed?: number;
  modelMs?: number;
  overhead?: number;
};

export type Context = { step: number; tokens: number; budget: number; ms: number; sources: Source[] };
/** found counts items; the others tokens: kept = offered − duplicate − trimmed. */
export type Source = {
  name: string;
  status: "ok" | "trimmed" | "late" | "failed" | "open" | "skipped";
  found: number;
  offered: number;
  kept: number;
  duplicate: number;
  trimmed: number;
  ms: number;
};

/** What a turn ran without, or had to wait for; `instead`: the model that answered in its place. */
export type Degradation = {
  dependency: string;
  reason: "timeout" | "open" | "shed" | "error" | "rate_limited";
  effect: "without" | "fallback" | "waited" | "partial";
  waitMs?: number;
  instead?: string;
  step?: number;
};

export type Approval = {
  step: number;
  call: string;
  tool: string;
  arguments: object;
  expiresAt: string;
  decision?: "approve" | "deny" | "expired";
  by?: string;
  note?: string;
};

export type Task = {
  id: string;
  agent: string;
  prompt: string;
  at?: string;
  cron?: string;
  zone?: string;
  conversation?: string;
  state: "active" | "paused" | "done" | "refused";
  misfire: "once" | "skip";
  overlap: "skip" | "enqueue";
  jitterMs: number;
  nextAt?: string;
  lastAt?: string;
  lastTurn?: string;
  lastStatus?: Status | "skipped";
  runs: number;
  origin: Origin;
  root: string;
  created: string;
  duplicate?: true;
};

export type Memory = {
  id: string;
  text: string;
  kind: "fact" | "preference" | "event";
  at: string;
  expires?: string;
  agent: string;
  source?: { turn: string; conversation: string };
  supersedes?: string;
  score?: number;
};

/**
 * Server-sent events by name; `id:` is a cursor to resume after. Exactly one of turn.completed,
 * turn.failed and turn.cancelled is the last; a response that ends without one means: resume.
 * `at` counts UTF-16 units within the step's text, and separately within its reasoning.
 */
export type Events = {
  "turn.accepted": { turn: string; conversation: string; agent: string; origin: Origin; input: Message };
  "turn.input": { turn: string; step: number; message: Message };
  "turn.queued": { turn: string; position: number };
  "turn.started": { turn: string; node: string; attempt: number };
  "turn.waiting": { turn: string } & Waiting;
  "turn.resumed": { turn: string };
  "context.ready": { turn: string } & Context;
  "turn.degraded": { turn: string } & Degradation;
  "text.delta": { turn: string; step: number; at: number; text: string };
  "reasoning.delta": { turn: string; step: number; at: number; text: string };
  "text.reset": { turn: string; step: number; reason: "takeover" | "fallback" | "retry" };
  "tool.call": {
    turn: string;
    step: number;
    call: string;
    tool: string;
    arguments: object | string;
    child?: string;
  };
  "tool.progress": {
    turn: string;
    step: number;
    call: string;
    at?: number;
    text?: string;
    done?: number;
    total?: number;
  };
  "tool.approval": { turn: string } & Approval;
  "tool.result": {
    turn: string;
    step: number;
    call: string;
    tool: string;
    status: CallStatus;
    ms: number;
    preview?: string;
    truncated: boolean;
  };
  "turn.completed": {
    turn: string;
    text: string;
    answer: string;
    finish: Finish;
    usage: Usage;
    timings: Timings;
    next?: string;
  };
  "turn.failed": { turn: string; problem: Problem; text: string };
  "turn.cancelled": { turn: string; by: By; text: string };
  snapshot: Turn;
};

/**
 * What a WebSocket at /api/ws, subprotocol loadline.v1, says by `type`, beside the events of turns:
 * those are `Events` with `type` and `id` in them. `ok` precedes the events that it leads to.
 */
export type SocketMessages = {
  hello: { type: "hello"; node: string; principal: string; heartbeatMs: number };
  ok: {
    type: "ok";
    ref: string;
    turn?: string;
    conversation?: string;
    duplicate?: boolean;
    steered?: true;
    collected?: number;
    position?: number;
    ended?: true;
    turns?: { turn: string; status: Status }[];
    messages?: Message[];
    more?: true;
  };
  error: { type: "error"; ref?: string; problem: Problem };
  detached: { type: "detached"; turn: string; reason: "ended" | "slow" };
  ping: { type: "ping"; at: number };
  pong: { type: "pong"; at: number };
  drain: { type: "drain"; reconnectAfterMs: number };
};
/** What it may be told. `ref`: 1..64 characters, echoed. */
export type SocketRequest =
  | { type: "auth"; token: string }
  | ({ type: "submit"; ref: string; conversation?: string; agent?: string; attach?: boolean } & Submit)
  | { type: "attach"; ref: string; turn: string; after?: string }
  | { type: "detach"; ref: string; turn: string }
  | { type: "watch"; ref: string; conversation: string; since?: string }
  | { type: "unwatch"; ref: string; conversation: string }
  | { type: "cancel"; ref: string; turn: string }
  | {
      type: "approve";
      ref: string;
      turn: string;
      call: string;
      decision: "approve" | "deny";
      note?: string;
      arguments?: object;
    }
  | { type: "ping"; at: number }
  | { type: "pong"; at: number }
  | { type: "felt"; turn: string; firstTokenMs: number };

/** GET /api/ops/<name>, for operators. Other nodes come with ?all=true. */
export type Reading<T> = T & { at: string; node: string; nodes?: (T & { at: string; node: string })[] };

/** level 0..1; at 1 interactive work is shed. */
export type Load = {
  level: number;
  /** What the level comes from; what has not been measured yet is not there. */
  causes: { queue?: number; turns?: number; lag?: number; heap?: number };
  activeTurns: number;
  maxTurns: number;
  parkedTurns: number;
  queuedTurns: number;
  streams: number;
  loopLagMs: number[];
  heapUsed: number;
  heapMax: number;
  draining: boolean;
  mailboxes: {
    name: string;
    depth: number;
    capacity: number;
    inWork: number;
    limit: number;
    oldestMs: number;
    waitP50Ms?: number;
    waitP99Ms?: number;
    serviceP50Ms?: number;
  }[];
  refused: {
    mailbox: string;
    workClass: string;
    reason: "full" | "late" | "expired" | "draining" | "share";
    count: number;
  }[];
};

/** What this node depends on, and what its turns wait for. A figure that too little was measured for is not there. */
export type Dependencies = {
  dependencies: Dependency[];
  /** From `agent:<name>`; optional: a turn of this agent can be answered without it. */
  edges: { from: string; to: string; stage: "auth" | "state" | "context" | "model" | "tool"; optional: boolean }[];
  /** After the breaker's window; ttftP95Ms of the turns that would answer, turnsFailing a share of all. */
  tenTimesSlower: { name: string; ttftP95Ms?: number; turnsFailing: number }[];
  /** Only where operators may make things fail (serve --drill). */
  drill?: { guarded: boolean; faults: Record<string, Fault> };
};
export type Dependency = {
  name: string;
  kind: "model" | "memory" | "tool" | "source" | "mcp" | "store" | "auth" | "embeddings";
  critical: boolean;
  normalMs: number;
  p50Ms?: number;
  p95Ms?: number;
  p99Ms?: number;
  samples: number;
  timeoutMs: number;
  timeoutToNormal: number;
  breaker: "closed" | "open" | "half-open" | "none";
  gate: { closedUntil?: string; reason?: "rate_limited" | "exhausted"; waiting: number };
  limit: number;
  inFlight: number;
  /** Models only: who shares its rate limit. */
  limitGroup?: string;
  calls: {
    ok: number;
    timed_out: number;
    cut_short: number;
    unavailable: number;
    server_error: number;
    rate_limited: number;
    exhausted: number;
    rejected: number;
    cancelled: number;
    refused: number;
  };
  originals: number;
  attempts: number;
  /** attempts / originals, of the last ten minutes. */
  amplification?: number;
  retries: { guard: number; fallback: number; takeover: number; outbox: number; model: number; user: number };
  budget: number;
  /** An operator lets no call to it go. */
  held?: true;
  /** It refuses our key. */
  misconfigured?: true;
};

/** PUT /api/ops/faults/{dependency}, in drills only. Rates 0..1; errorStatus default 500. */
export type Fault = {
  latencyFactor?: number;
  addLatencyMs?: number;
  errorRate?: number;
  errorStatus?: number;
  rateLimitRate?: number;
  retryAfterMs?: number;
  hang?: boolean;
  cutAfterChunks?: number;
};
/** PUT /api/ops/guards, in drills only; false: what a naive runtime would do. */
export type GuardSwitch = { enabled: boolean };

// ---- The client: what loadline.js exports ----

/** `connecting`: at work on it · `open` · `waiting`: tries again in `retryInMs` · `offline`: the device is, or the page is hidden · `unauthenticated`: refused until `connect()` · `closed`: by `close()`, or `connect()` was never needed. */
export type ConnectionState = {
  state: "connecting" | "open" | "waiting" | "offline" | "unauthenticated" | "closed";
  transport: "websocket" | "sse";
  /** With `waiting`. */
  retryInMs?: number;
  /** How often in a row it has failed; 0 once open. */
  failures: number;
  /** Why it was last cut or refused. */
  problem?: Problem;
};

export interface LoadlineOptions {
  /** Where the server is; default: where this module came from. */
  url?: string | URL;
  /** An API key or JWT, or what fetches a fresh one; asked again for each connection and request. */
  token?: string | (() => string | undefined | Promise<string | undefined>);
  /** Default `auto`: WebSocket, and server-sent events where a WebSocket can't be opened twice in a row though HTTP answers. */
  transport?: "auto" | "websocket" | "sse";
  /** Default: the global one; Node before 22 has none (the package `ws` will do), then `auto` is `sse`. */
  WebSocket?: new (url: string, protocols: string[]) => any;
  fetch?: typeof fetch;
  /** In [0, 1); default `Math.random`. */
  random?: () => number;
  /** How often the SSE transport asks what is new in a watched conversation; default 2000, ten times that while the page is hidden. */
  pollMs?: number;
}

export interface Outgoing {
  text: string;
  /** Default: a new one, whose id the turn has at once. */
  conversation?: string;
  /** Creates the conversation if it is missing. */
  agent?: string;
  /** One per composed message; made here if not given. Give it again when a page resends after a reload. */
  key?: string;
  whenBusy?: Submit["whenBusy"];
  deadlineMs?: number;
  metadata?: Record<string, string>;
}

/** Every event as it comes over a WebSocket; over SSE it is given the same shape. */
export type TurnEvent = { [K in keyof Events]: { type: K; id?: string } & Events[K] }[keyof Events];

/** What an iteration over a turn gives: all that is new since the one before, however much it is. */
export type TextChange = {
  /** The whole text so far. */
  text: string;
  /** What came behind the text of the change before; all of the text if `replaced`. */
  added: string;
  /** Earlier text was void (`text.reset`, `snapshot`) and is not the start of this. */
  replaced: boolean;
};

/** A step as far as it is known. */
export type LiveStep = {
  step: number;
  text: string;
  reasoning: string;
  calls: LiveCall[];
};
export type LiveCall = {
  call: string;
  tool: string;
  arguments: object | string;
  status: CallStatus;
  child?: string;
  ms?: number;
  preview?: string;
  truncated?: boolean;
  /** The newest `tool.progress`; `text` is all of it so far where it comes with `at`. */
  progress?: { text?: string; done?: number; total?: number };
};

/** A turn that is followed until it ends, over however many connections. One send() or follow() gives one; those of the same turn (steered, collected, resent texts) show the same. */
export declare class LiveTurn implements AsyncIterable<TextChange> {
  /** Known once the server has the message. */
  readonly id?: string;
  readonly conversation: string;
  readonly agent?: string;
  /** The message's key, where this client sent it. */
  readonly key?: string;
  /** What was asked: the text sent, then the messages that the server has. */
  readonly input: Message[];
  /** `sending`: the server has not yet said that the message is durable. A refused message is `failed` with a `problem` and no `id`. */
  readonly status: "sending" | Status;
  /**
   * While `sending`, once the message was refused for now (429, 503) or there is no connection:
   * when it goes out next, in ms as of `Date.now()` (`Infinity`: as soon as the device is online or
   * the page seen), and why not yet. Only the first unsent message of a conversation has it.
   */
  readonly retry?: { at: number; problem?: Problem };
  readonly ended: boolean;
  /** All steps' texts, joined. */
  readonly text: string;
  readonly steps: LiveStep[];
  readonly answer?: string;
  readonly origin?: Origin;
  readonly attempt: number;
  /** While `queued`. */
  readonly position?: number;
  /** While `waiting`; its `untilMs` counts from when the event came. */
  readonly waitingFor?: Waiting;
  readonly approvals: Approval[];
  readonly degradations: Degradation[];
  readonly context?: Context;
  readonly duplicate: boolean;
  readonly steered: boolean;
  readonly collected?: number;
  readonly finish?: Finish;
  readonly problem?: Problem;
  readonly cancelledBy?: By;
  readonly usage?: Usage;
  readonly timings?: Timings;
  /** The turn that took over a text that could not be steered into this one. */
  readonly next?: string;
  /** From send() to the first text shown, by this client's clock. */
  readonly firstTextMs?: number;
  /** Of the deltas received: `dup` brought what was there (it is not shown again), `gap` left something out (it is asked for again). */
  readonly received: { deltas: number; dup: number; gap: number; resumes: number };
  /** The cursor to resume after. */
  readonly cursor?: string;
  /** Resolves when the turn has ended or was refused, however it did: look at `status`. Never rejects. */
  readonly done: Promise<LiveTurn>;
  /** After each event, and when `status` or `retry` changes. Returns what takes the listener off again. */
  on(name: "change", listener: (turn: LiveTurn) => void): () => void;
  on(name: "event", listener: (event: TurnEvent) => void): () => void;
  [Symbol.asyncIterator](): AsyncIterator<TextChange>;
  /** The events from now on; while nobody takes them adjacent deltas are joined, and over 1000 waiting ones end it with an error. */
  events(): AsyncIterableIterator<TurnEvent>;
  /** Asks the server to cancel, and resolves once it has said yes. A message that never left, or that the server has refused for now, is taken back at once; one whose answer was lost, when the server has been asked again. */
  cancel(): Promise<void>;
  /** Stops following; the turn itself goes on. `done` then stays open. */
  detach(): void;
}

/** A conversation that is followed, whoever speaks in it, over however many connections. */
export declare class Watch {
  readonly conversation: string;
  /** Those that have not ended. */
  readonly turns: LiveTurn[];
  /** The last message up to which nothing is missing: what `since` can be next time. */
  readonly since?: string;
  /** A message that was not given before. Messages of one turn come in order; a queued turn's own text may come before the answer to the one ahead of it. */
  on(name: "message", listener: (message: Message) => void): () => void;
  /** A turn that runs or waits and was not given before; also those of send(). */
  on(name: "turn", listener: (turn: LiveTurn) => void): () => void;
  /** All that had been said and all that runs has been given; again after each reconnect. */
  on(name: "ready", listener: () => void): () => void;
  /** It has ended for good: the conversation is not there (any more). */
  on(name: "error", listener: (error: LoadlineError) => void): () => void;
  close(): void;
}

/** An answer that is a problem, or no answer: then `status` is 0, `code` `unreachable` and it is retryable. */
export declare class LoadlineError extends Error {
  readonly problem: Problem | (Omit<Problem, "code"> & { code: "unreachable" });
  readonly code: Code | "unreachable";
  readonly status: number;
  readonly retryable: boolean;
}

/** One conversation over HTTP. Reads that meet 408, 429, 503 or no answer are repeated three times. */
export interface ConversationDoor {
  readonly id: string;
  get(): Promise<Conversation>;
  /** The same again is the same. */
  create(agent: string): Promise<Conversation>;
  messages(page?: { before?: string; after?: string; limit?: number }): Promise<Page<Message>>;
  turns(page?: { before?: string; limit?: number }): Promise<Page<Turn>>;
  delete(): Promise<void>;
}

export declare class Loadline {
  constructor(options?: LoadlineOptions);
  readonly connection: ConnectionState;
  /** Connects now rather than with the first send() or watch(), and again after `unauthenticated` or close(). */
  connect(): void;
  /** Ends all connections and follows nothing any more; turns go on at the server. */
  close(): void;
  on(name: "state", listener: (state: ConnectionState) => void): () => void;

  me(): Promise<Me>;
  agents(): Promise<Page<Agent>>;
  conversations(page?: { before?: string; limit?: number }): Promise<Page<Conversation>>;
  /** Without an id: a new one, that create() makes. */
  conversation(id?: string): ConversationDoor;
  turn(id: string): Promise<Turn>;
  cancel(id: string): Promise<Turn>;
  approve(turn: string, call: string, decision: { decision: "approve" | "deny"; note?: string; arguments?: object }): Promise<Turn>;

  /** Sends a message and follows its turn. Sent again with the same key until the server has answered. After close() it throws: connect() first. */
  send(message: Outgoing): LiveTurn;
  /** Follows a turn, from its start or after a cursor; what is followed already is given again. */
  follow(turn: string, options?: { conversation?: string; after?: string }): LiveTurn;
  /** Follows a conversation; `since`: the last message that is known, else from now on. */
  watch(conversation: string, options?: { since?: string }): Watch;
}

/** How long to wait before the next attempt: exponential from `firstMs`, twice as long each time, at most `maxMs`, drawn from [0, that). */
export declare class Backoff {
  constructor(options?: { firstMs?: number; maxMs?: number; random?: () => number });
  /** Counts a failure; a server's own wish (`atLeastMs`) is added to. */
  next(atLeastMs?: number): number;
  readonly failures: number;
  reset(): void;
}

/** Server-sent events from bytes in any pieces. */
export declare class SseParser {
  constructor(listener: (event: { type: string; id: string; data: string }) => void);
  push(bytes: Uint8Array): void;
  /** The newest `retry:` in ms. */
  readonly retryMs?: number;
}
