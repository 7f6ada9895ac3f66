-- +goose Up

-- The release before this one may run beside it. It knows none of the columns
-- that are new, so each has a default; the events that it writes get the number
-- 0, which means: not in the chain yet. The next Open or Sweep chains them.

ALTER TABLE users ADD COLUMN epoch INTEGER NOT NULL DEFAULT 0;

ALTER TABLE sessions ADD COLUMN known INTEGER NOT NULL DEFAULT 0 CHECK (known IN (0, 1));
-- What a person logged out of stays for a while to be looked at; a login, which
-- counts the sessions that live, does not walk through it.
CREATE INDEX sessions_open ON sessions (directory, user_id, created_at, id) WHERE ended_at = 0;

CREATE TABLE devices (
    directory  TEXT    NOT NULL,
    user_id    TEXT    NOT NULL,
    id         TEXT    NOT NULL,
    generation INTEGER NOT NULL,
    seen_at    INTEGER NOT NULL,
    PRIMARY KEY (directory, user_id, id),
    FOREIGN KEY (directory, user_id) REFERENCES users (directory, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX devices_sweep ON devices (seen_at);

-- The events' index by time stays: the release before this one sweeps by it.
ALTER TABLE audit_events ADD COLUMN number INTEGER NOT NULL DEFAULT 0;
ALTER TABLE audit_events ADD COLUMN hash BLOB NOT NULL DEFAULT x'';
CREATE UNIQUE INDEX audit_events_trail ON audit_events (directory, number) WHERE number > 0;
CREATE INDEX audit_events_loose ON audit_events (directory, at, id) WHERE number = 0;

-- Where each directory's record ends; it stays when events are swept.
CREATE TABLE audit_heads (
    directory TEXT    NOT NULL PRIMARY KEY,
    number    INTEGER NOT NULL,
    hash      BLOB    NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE settings_seen (
    name   TEXT NOT NULL PRIMARY KEY,
    digest TEXT NOT NULL
) STRICT, WITHOUT ROWID;
