-- Conversations, their turns and messages, and who owns them.
-- In the dialect that SQLite and PostgreSQL share. Times are ms since 1970; flags are 0 or 1.

-- One row a node: the lease of its current life, by the database's clock.
CREATE TABLE nodes (
  node TEXT NOT NULL PRIMARY KEY,
  epoch BIGINT NOT NULL,
  lease_until BIGINT NOT NULL,
  -- 1: this life ended by itself, its turns wait for whoever takes over
  has_left BIGINT NOT NULL
);

CREATE TABLE conversations (
  tenant TEXT NOT NULL,
  usr TEXT NOT NULL,
  id TEXT NOT NULL,
  agent TEXT NOT NULL,
  -- of the newest submission; may have gaps
  seq BIGINT NOT NULL,
  owner TEXT,
  epoch BIGINT NOT NULL,
  -- 1: the owner left it behind on purpose
  handed_over BIGINT NOT NULL,
  -- which of its owner's takeovers brought it; 0: none
  taken BIGINT NOT NULL,
  -- turns that have not ended
  unfinished BIGINT NOT NULL,
  messages BIGINT NOT NULL,
  title TEXT,
  created BIGINT NOT NULL,
  updated BIGINT NOT NULL,
  PRIMARY KEY (tenant, usr, id)
);

CREATE INDEX conversations_newest ON conversations (tenant, usr, created, id);
CREATE INDEX conversations_unfinished ON conversations (owner, epoch) WHERE unfinished > 0;

CREATE TABLE turns (
  id TEXT NOT NULL PRIMARY KEY,
  tenant TEXT NOT NULL,
  usr TEXT NOT NULL,
  conversation TEXT NOT NULL,
  seq BIGINT NOT NULL,
  agent TEXT NOT NULL,
  origin TEXT NOT NULL,
  work_class TEXT NOT NULL,
  status TEXT NOT NULL,
  -- behind how many turns it waited when it was accepted
  place BIGINT NOT NULL,
  attempt BIGINT NOT NULL,
  takeovers BIGINT NOT NULL,
  node TEXT,
  memo_version BIGINT NOT NULL,
  memo TEXT NOT NULL,
  cancel_asked BIGINT NOT NULL,
  created BIGINT NOT NULL,
  deadline BIGINT NOT NULL,
  metadata TEXT,
  chain TEXT NOT NULL,
  -- of an ended turn
  ended BIGINT,
  outcome TEXT,
  last_cursor TEXT,
  next_turn TEXT,
  -- 1: retention has deleted its steps
  stripped BIGINT NOT NULL,
  UNIQUE (tenant, usr, conversation, seq),
  FOREIGN KEY (tenant, usr, conversation)
    REFERENCES conversations (tenant, usr, id) ON DELETE CASCADE
);

CREATE INDEX turns_unfinished ON turns (tenant, usr, conversation, seq) WHERE ended IS NULL;
CREATE INDEX turns_cancel_asked ON turns (id) WHERE cancel_asked = 1 AND ended IS NULL;
CREATE INDEX turns_unstripped ON turns (ended) WHERE stripped = 0;

-- In the order of turns, then idx: the inputs, then what the turn said.
CREATE TABLE messages (
  id TEXT NOT NULL PRIMARY KEY,
  turn TEXT NOT NULL REFERENCES turns (id) ON DELETE CASCADE,
  idx BIGINT NOT NULL,
  -- in which order the conversation's messages were written: what polling goes by
  written BIGINT NOT NULL,
  role TEXT NOT NULL,
  body TEXT NOT NULL,
  said_at BIGINT NOT NULL,
  client_key TEXT,
  origin TEXT NOT NULL,
  cut BIGINT NOT NULL,
  calls TEXT,
  degraded TEXT,
  UNIQUE (turn, idx)
);

-- A client's key for a message, and of what text: after NFC and trim.
CREATE TABLE submit_keys (
  tenant TEXT NOT NULL,
  usr TEXT NOT NULL,
  conversation TEXT NOT NULL,
  client_key TEXT NOT NULL,
  text_hash TEXT NOT NULL,
  turn TEXT NOT NULL REFERENCES turns (id) ON DELETE CASCADE,
  PRIMARY KEY (tenant, usr, conversation, client_key)
);

CREATE INDEX submit_keys_turn ON submit_keys (turn);

CREATE TABLE steps (
  turn TEXT NOT NULL REFERENCES turns (id) ON DELETE CASCADE,
  step BIGINT NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (turn, step)
);
