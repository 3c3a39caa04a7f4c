-- Tokens used by principals that have a limit of them. The day is in days since 1970, UTC.
CREATE TABLE token_use (
  tenant TEXT NOT NULL,
  usr TEXT NOT NULL,
  day BIGINT NOT NULL,
  tokens BIGINT NOT NULL,
  PRIMARY KEY (tenant, usr, day)
);
