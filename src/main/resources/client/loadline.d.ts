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
    waitP50Ms: number;
    waitP99Ms: number;
    serviceP50Ms: number;
  }[];
  refused: {
    mailbox: string;
    workClass: string;
    reason: "full" | "late" | "expired" | "draining" | "share";
    count: number;
  }[];
};
