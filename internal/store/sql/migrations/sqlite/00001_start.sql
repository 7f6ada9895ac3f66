-- +goose Up

-- Times are milliseconds since 1970 in UTC; 0 is "never". Ids are UUIDv7 as
-- text. Rows of a directory carry its id and refer only to rows of the same
-- directory: a directory may have a database of its own, without the registry.

CREATE TABLE directories (
    id         TEXT    NOT NULL PRIMARY KEY,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Tenants are never removed: a slug is not used twice.
CREATE TABLE tenants (
    id            TEXT    NOT NULL PRIMARY KEY,
    slug          TEXT    NOT NULL UNIQUE,
    name          TEXT    NOT NULL,
    contact_email TEXT    NOT NULL DEFAULT '',
    directory     TEXT    NOT NULL REFERENCES directories (id),
    status        TEXT    NOT NULL,
    policy        TEXT    NOT NULL DEFAULT '{}', -- JSON
    branding      TEXT    NOT NULL DEFAULT '{}', -- JSON
    database_url  BLOB    NOT NULL DEFAULT x'',  -- sealed with the master key
    created_at    INTEGER NOT NULL,
    updated_at    INTEGER NOT NULL,
    deleted_at    INTEGER NOT NULL DEFAULT 0,
    version       INTEGER NOT NULL DEFAULT 0     -- counts updates
) STRICT;
CREATE INDEX tenants_directory ON tenants (directory);

CREATE TABLE signing_keys (
    id          TEXT    NOT NULL PRIMARY KEY,
    algorithm   TEXT    NOT NULL,
    sealed      BLOB    NOT NULL,
    created_at  INTEGER NOT NULL,
    signs_from  INTEGER NOT NULL
) STRICT;
CREATE INDEX signing_keys_age ON signing_keys (created_at, id);

CREATE TABLE spaces (
    directory  TEXT    NOT NULL,
    tenant_id  TEXT    NOT NULL,
    id         TEXT    NOT NULL,
    slug       TEXT    NOT NULL,
    name       TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (directory, tenant_id, id),
    UNIQUE (directory, tenant_id, slug)
) STRICT, WITHOUT ROWID;

CREATE TABLE users (
    directory     TEXT    NOT NULL,
    id            TEXT    NOT NULL,
    name          TEXT    NOT NULL,
    nickname      TEXT    NOT NULL,
    email         TEXT    NOT NULL,
    username      TEXT    NOT NULL, -- '' when there is none
    mobile        TEXT    NOT NULL, -- '' when there is none
    password_hash TEXT    NOT NULL,
    status        TEXT    NOT NULL,
    locked_until  INTEGER NOT NULL,
    created_at    INTEGER NOT NULL,
    updated_at    INTEGER NOT NULL,
    last_login_at INTEGER NOT NULL,
    version       INTEGER NOT NULL DEFAULT 0, -- counts updates
    PRIMARY KEY (directory, id),
    UNIQUE (directory, email)
) STRICT;
CREATE UNIQUE INDEX users_username ON users (directory, username) WHERE username <> '';
CREATE UNIQUE INDEX users_mobile ON users (directory, mobile) WHERE mobile <> '';

-- Roles that a tenant made itself; the built-in ones have no row.
CREATE TABLE roles (
    directory   TEXT    NOT NULL,
    tenant_id   TEXT    NOT NULL,
    name        TEXT    NOT NULL,
    permissions TEXT    NOT NULL DEFAULT '[]', -- JSON
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL,
    PRIMARY KEY (directory, tenant_id, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE memberships (
    directory TEXT    NOT NULL,
    user_id   TEXT    NOT NULL,
    tenant_id TEXT    NOT NULL,
    space_id  TEXT    NOT NULL,
    role      TEXT    NOT NULL,
    main      INTEGER NOT NULL CHECK (main IN (0, 1)),
    PRIMARY KEY (directory, user_id, tenant_id, space_id),
    FOREIGN KEY (directory, user_id) REFERENCES users (directory, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX memberships_main ON memberships (directory, user_id) WHERE main = 1;

-- sweep_at is never later than the moment at which the session is over, and
-- usually earlier: a rotation leaves it alone, so that it touches no index, and
-- the sweep moves it on when it finds the session alive.
CREATE TABLE sessions (
    directory   TEXT    NOT NULL,
    id          TEXT    NOT NULL,
    user_id     TEXT    NOT NULL,
    tenant_id   TEXT    NOT NULL,
    space_id    TEXT    NOT NULL,
    device      TEXT    NOT NULL,
    device_name TEXT    NOT NULL,
    ip          TEXT    NOT NULL,
    agent       TEXT    NOT NULL,
    counter     INTEGER NOT NULL,
    created_at  INTEGER NOT NULL,
    rotated_at  INTEGER NOT NULL,
    last_seen   INTEGER NOT NULL,
    idle_until  INTEGER NOT NULL,
    expires_at  INTEGER NOT NULL,
    ended_at    INTEGER NOT NULL,
    end_reason  TEXT    NOT NULL,
    sweep_at    INTEGER NOT NULL,
    PRIMARY KEY (directory, id),
    FOREIGN KEY (directory, user_id) REFERENCES users (directory, id) ON DELETE CASCADE
) STRICT;
CREATE INDEX sessions_user ON sessions (directory, user_id, created_at, id);
CREATE INDEX sessions_sweep ON sessions (sweep_at);

CREATE TABLE tickets (
    directory  TEXT    NOT NULL,
    tenant_id  TEXT    NOT NULL,
    kind       TEXT    NOT NULL,
    id         TEXT    NOT NULL,
    user_id    TEXT    NOT NULL,
    proof      BLOB    NOT NULL,
    tries      INTEGER NOT NULL,
    data       BLOB    NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (directory, tenant_id, kind, id)
) STRICT;
CREATE INDEX tickets_sweep ON tickets (expires_at);

CREATE TABLE counters (
    directory TEXT    NOT NULL,
    name      TEXT    NOT NULL,
    n         INTEGER NOT NULL,
    resets_at INTEGER NOT NULL,
    PRIMARY KEY (directory, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX counters_sweep ON counters (resets_at);

-- due_at is, of a waiting mail, when it may be given out (its next try, or the
-- end of its lease), else when it was sent or buried.
CREATE TABLE outbox (
    id         TEXT    NOT NULL PRIMARY KEY,
    directory  TEXT    NOT NULL,
    tenant_id  TEXT    NOT NULL,
    user_id    TEXT    NOT NULL,
    kind       TEXT    NOT NULL,
    sealed     BLOB    NOT NULL,
    created_at INTEGER NOT NULL,
    not_after  INTEGER NOT NULL,
    attempts   INTEGER NOT NULL,
    state      TEXT    NOT NULL CHECK (state IN ('waiting', 'sent', 'dead')),
    due_at     INTEGER NOT NULL,
    problem    TEXT    NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX outbox_due ON outbox (state, due_at);
CREATE INDEX outbox_age ON outbox (state, created_at, id, due_at);

CREATE TABLE audit_events (
    directory  TEXT    NOT NULL,
    tenant_id  TEXT    NOT NULL,
    at         INTEGER NOT NULL,
    id         TEXT    NOT NULL,
    action     TEXT    NOT NULL,
    user_id    TEXT    NOT NULL,
    session_id TEXT    NOT NULL,
    ip         TEXT    NOT NULL,
    agent      TEXT    NOT NULL,
    request_id TEXT    NOT NULL,
    reason     TEXT    NOT NULL,
    PRIMARY KEY (directory, tenant_id, at, id)
) STRICT;
CREATE INDEX audit_events_sweep ON audit_events (at);
