-- +goose Up

-- What the migrations of SQLite have made by the third, at once: both count in
-- step, so that a version means the same everywhere. Texts are compared byte by
-- byte, which on UTF-8 is by code points, as everywhere in the program.

-- Times are milliseconds since 1970 in UTC; 0 is "never". Ids are UUIDv7 as
-- text. Rows of a directory carry its id and refer only to rows of the same
-- directory: a directory may have a database of its own, without the registry.

CREATE TABLE directories (
    id         TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    name       TEXT COLLATE "C" NOT NULL DEFAULT '',
    sealed     BYTEA            NOT NULL DEFAULT '',
    flagged_at BIGINT           NOT NULL DEFAULT 0,
    created_at BIGINT           NOT NULL
);
CREATE INDEX directories_flagged ON directories (id) WHERE flagged_at <> 0;

-- Tenants are never removed: a slug is not used twice.
CREATE TABLE tenants (
    id            TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    slug          TEXT COLLATE "C" NOT NULL UNIQUE,
    name          TEXT COLLATE "C" NOT NULL,
    contact_email TEXT COLLATE "C" NOT NULL DEFAULT '',
    directory     TEXT COLLATE "C" NOT NULL REFERENCES directories (id),
    status        TEXT COLLATE "C" NOT NULL,
    policy        TEXT COLLATE "C" NOT NULL DEFAULT '{}', -- JSON
    branding      TEXT COLLATE "C" NOT NULL DEFAULT '{}', -- JSON
    logo          BYTEA            NOT NULL DEFAULT '',
    created_at    BIGINT           NOT NULL,
    updated_at    BIGINT           NOT NULL,
    deleted_at    BIGINT           NOT NULL DEFAULT 0,
    version       BIGINT           NOT NULL DEFAULT 0     -- counts updates
);
CREATE INDEX tenants_directory ON tenants (directory);
CREATE INDEX tenants_list ON tenants (slug) WHERE deleted_at = 0;
CREATE INDEX tenants_status ON tenants (status, slug) WHERE deleted_at = 0;

-- The origins in the policies of the tenants that are there.
CREATE TABLE tenant_origins (
    origin    TEXT COLLATE "C" NOT NULL,
    tenant_id TEXT COLLATE "C" NOT NULL REFERENCES tenants (id),
    PRIMARY KEY (origin, tenant_id)
);
CREATE INDEX tenant_origins_tenant ON tenant_origins (tenant_id);

CREATE TABLE operator_keys (
    id         TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    name       TEXT COLLATE "C" NOT NULL,
    proof      BYTEA            NOT NULL,
    created_at BIGINT           NOT NULL,
    expires_at BIGINT           NOT NULL,
    used_at    BIGINT           NOT NULL,
    revoked_at BIGINT           NOT NULL
);
CREATE UNIQUE INDEX operator_keys_name ON operator_keys (name) WHERE revoked_at = 0;
CREATE INDEX operator_keys_age ON operator_keys (created_at, id);

CREATE TABLE signing_keys (
    id         TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    algorithm  TEXT COLLATE "C" NOT NULL,
    sealed     BYTEA            NOT NULL,
    created_at BIGINT           NOT NULL,
    signs_from BIGINT           NOT NULL
);
CREATE INDEX signing_keys_age ON signing_keys (created_at, id);

CREATE TABLE settings_seen (
    name   TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    digest TEXT COLLATE "C" NOT NULL
);

-- Counts what changed and could not be told to the other processes.
CREATE TABLE alarms (
    one INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    n   BIGINT  NOT NULL
);

-- What clients owe to their limits, for all processes: until when, and when that
-- was written down, in nanoseconds since 1970 by the server's clock. A crash of
-- the server forgets it.
CREATE UNLOGGED TABLE limits (
    id      BYTEA  NOT NULL PRIMARY KEY,
    full_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL
) WITH (fillfactor = 50);
CREATE INDEX limits_sweep ON limits (full_at);

-- Adds to each debt its interval if then none is above its span, else to none,
-- and returns what they were. The first statement holds the rows, in one order
-- for all, and makes those that are missing: only what comes after it sees what
-- others had done. After the clock went back a debt is what it was, and shrinks
-- from there.
-- +goose StatementBegin
CREATE FUNCTION limits_charge(ids BYTEA[], intervals BIGINT[], spans BIGINT[]) RETURNS BIGINT[] LANGUAGE plpgsql AS $$
DECLARE
    now_at BIGINT;
    debt   BIGINT;
    owed   BIGINT[] := '{}';
    fits   BOOLEAN  := TRUE;
    back   BOOLEAN  := FALSE;
    seen   BIGINT;
BEGIN
    INSERT INTO limits (id, full_at, seen_at) SELECT c.id, 0, 0 FROM unnest(ids) AS c (id) ORDER BY c.id
        ON CONFLICT (id) DO UPDATE SET full_at = limits.full_at;
    now_at := (extract(epoch FROM clock_timestamp()) * 1000000)::BIGINT * 1000;
    FOR i IN 1 .. cardinality(ids) LOOP
        SELECT LEAST(GREATEST(full_at - GREATEST(now_at, seen_at), 0), spans[i]), seen_at INTO debt, seen FROM limits WHERE id = ids[i];
        -- The greater of the two: no time has passed for a clock that went back.
        back := back OR seen > now_at;
        owed := owed || debt;
        fits := fits AND debt + intervals[i] <= spans[i];
    END LOOP;
    IF fits OR back THEN
        FOR i IN 1 .. cardinality(ids) LOOP
            UPDATE limits SET full_at = now_at + owed[i] + CASE WHEN fits THEN intervals[i] ELSE 0 END, seen_at = now_at WHERE id = ids[i];
        END LOOP;
    END IF;
    RETURN owed;
END $$;
-- +goose StatementEnd

CREATE TABLE spaces (
    directory  TEXT COLLATE "C" NOT NULL,
    tenant_id  TEXT COLLATE "C" NOT NULL,
    id         TEXT COLLATE "C" NOT NULL,
    slug       TEXT COLLATE "C" NOT NULL,
    name       TEXT COLLATE "C" NOT NULL,
    created_at BIGINT           NOT NULL,
    PRIMARY KEY (directory, tenant_id, id),
    UNIQUE (directory, tenant_id, slug)
);

CREATE TABLE users (
    directory     TEXT COLLATE "C" NOT NULL,
    id            TEXT COLLATE "C" NOT NULL,
    name          TEXT COLLATE "C" NOT NULL,
    nickname      TEXT COLLATE "C" NOT NULL,
    email         TEXT COLLATE "C" NOT NULL,
    username      TEXT COLLATE "C" NOT NULL, -- '' when there is none
    mobile        TEXT COLLATE "C" NOT NULL, -- '' when there is none
    password_hash TEXT COLLATE "C" NOT NULL,
    status        TEXT COLLATE "C" NOT NULL,
    locked_until  BIGINT           NOT NULL,
    epoch         BIGINT           NOT NULL DEFAULT 0,
    created_at    BIGINT           NOT NULL,
    updated_at    BIGINT           NOT NULL,
    last_login_at BIGINT           NOT NULL,
    verified_at   BIGINT           NOT NULL DEFAULT 0,
    termed        SMALLINT         NOT NULL DEFAULT 0 CHECK (termed IN (0, 1)),
    version       BIGINT           NOT NULL DEFAULT 0, -- counts updates
    PRIMARY KEY (directory, id),
    UNIQUE (directory, email)
);
CREATE UNIQUE INDEX users_username ON users (directory, username) WHERE username <> '';
CREATE UNIQUE INDEX users_mobile ON users (directory, mobile) WHERE mobile <> '';
CREATE INDEX users_termless ON users (directory, id) WHERE termed = 0;

-- What users are found by: a row for each of their terms and each tenant in
-- which they have a seat.
CREATE TABLE user_terms (
    directory TEXT COLLATE "C" NOT NULL,
    tenant_id TEXT COLLATE "C" NOT NULL,
    term      TEXT COLLATE "C" NOT NULL,
    user_id   TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (directory, tenant_id, term, user_id),
    FOREIGN KEY (directory, user_id) REFERENCES users (directory, id) ON DELETE CASCADE
);
CREATE INDEX user_terms_user ON user_terms (directory, user_id, tenant_id, term);

-- Roles that a tenant made itself; the built-in ones have no row.
CREATE TABLE roles (
    directory   TEXT COLLATE "C" NOT NULL,
    tenant_id   TEXT COLLATE "C" NOT NULL,
    name        TEXT COLLATE "C" NOT NULL,
    description TEXT COLLATE "C" NOT NULL DEFAULT '',
    permissions TEXT COLLATE "C" NOT NULL DEFAULT '[]', -- JSON
    created_at  BIGINT           NOT NULL,
    updated_at  BIGINT           NOT NULL,
    version     BIGINT           NOT NULL DEFAULT 0, -- counts updates
    PRIMARY KEY (directory, tenant_id, name)
);

-- A seat repeats the status of its user, so that a list of a tenant's users of
-- one status is a walk of an index, however many others there are.
CREATE TABLE memberships (
    directory TEXT COLLATE "C" NOT NULL,
    user_id   TEXT COLLATE "C" NOT NULL,
    tenant_id TEXT COLLATE "C" NOT NULL,
    space_id  TEXT COLLATE "C" NOT NULL,
    role      TEXT COLLATE "C" NOT NULL,
    main      SMALLINT         NOT NULL CHECK (main IN (0, 1)),
    status    TEXT COLLATE "C" NOT NULL DEFAULT 'active',
    PRIMARY KEY (directory, user_id, tenant_id, space_id),
    FOREIGN KEY (directory, user_id) REFERENCES users (directory, id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX memberships_main ON memberships (directory, user_id) WHERE main = 1;
CREATE INDEX memberships_tenant ON memberships (directory, tenant_id, status, user_id);
CREATE INDEX memberships_role ON memberships (directory, tenant_id, role, status, user_id);

-- +goose StatementBegin
CREATE FUNCTION users_status() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE memberships SET status = new.status WHERE directory = new.directory AND user_id = new.id;
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER users_status AFTER UPDATE OF status ON users FOR EACH ROW WHEN (old.status <> new.status)
    EXECUTE FUNCTION users_status();

-- sweep_at is never later than the moment at which the session is over, and
-- usually earlier: a rotation leaves it alone, so that it touches no index, and
-- the sweep moves it on when it finds the session alive. A rotated row finds its
-- next version room in the same page.
CREATE TABLE sessions (
    directory   TEXT COLLATE "C" NOT NULL,
    id          TEXT COLLATE "C" NOT NULL,
    user_id     TEXT COLLATE "C" NOT NULL,
    tenant_id   TEXT COLLATE "C" NOT NULL,
    space_id    TEXT COLLATE "C" NOT NULL,
    device      TEXT COLLATE "C" NOT NULL,
    known       SMALLINT         NOT NULL DEFAULT 0 CHECK (known IN (0, 1)),
    coded       SMALLINT         NOT NULL DEFAULT 0 CHECK (coded IN (0, 1)),
    device_name TEXT COLLATE "C" NOT NULL,
    ip          TEXT COLLATE "C" NOT NULL,
    agent       TEXT COLLATE "C" NOT NULL,
    counter     BIGINT           NOT NULL,
    created_at  BIGINT           NOT NULL,
    rotated_at  BIGINT           NOT NULL,
    last_seen   BIGINT           NOT NULL,
    idle_until  BIGINT           NOT NULL,
    expires_at  BIGINT           NOT NULL,
    ended_at    BIGINT           NOT NULL,
    end_reason  TEXT COLLATE "C" NOT NULL,
    sweep_at    BIGINT           NOT NULL,
    PRIMARY KEY (directory, id),
    FOREIGN KEY (directory, user_id) REFERENCES users (directory, id) ON DELETE CASCADE
) WITH (fillfactor = 70);
CREATE INDEX sessions_user ON sessions (directory, user_id, created_at, id);
CREATE INDEX sessions_sweep ON sessions (sweep_at);
CREATE INDEX sessions_open ON sessions (directory, user_id, created_at, id) WHERE ended_at = 0;

CREATE TABLE devices (
    directory  TEXT COLLATE "C" NOT NULL,
    user_id    TEXT COLLATE "C" NOT NULL,
    id         TEXT COLLATE "C" NOT NULL,
    generation BIGINT           NOT NULL,
    seen_at    BIGINT           NOT NULL,
    PRIMARY KEY (directory, user_id, id),
    FOREIGN KEY (directory, user_id) REFERENCES users (directory, id) ON DELETE CASCADE
);
CREATE INDEX devices_sweep ON devices (seen_at);

CREATE TABLE tickets (
    directory  TEXT COLLATE "C" NOT NULL,
    tenant_id  TEXT COLLATE "C" NOT NULL,
    kind       TEXT COLLATE "C" NOT NULL,
    id         TEXT COLLATE "C" NOT NULL,
    user_id    TEXT COLLATE "C" NOT NULL,
    proof      BYTEA            NOT NULL,
    tries      BIGINT           NOT NULL,
    data       BYTEA            NOT NULL,
    created_at BIGINT           NOT NULL,
    expires_at BIGINT           NOT NULL,
    PRIMARY KEY (directory, tenant_id, kind, id)
);
CREATE INDEX tickets_sweep ON tickets (expires_at);

CREATE TABLE counters (
    directory TEXT COLLATE "C" NOT NULL,
    name      TEXT COLLATE "C" NOT NULL,
    n         BIGINT           NOT NULL,
    resets_at BIGINT           NOT NULL,
    PRIMARY KEY (directory, name)
);
CREATE INDEX counters_sweep ON counters (resets_at);

-- due_at is, of a waiting mail, when it may be given out (its next try, or the
-- end of its lease), else when it was sent or buried.
CREATE TABLE outbox (
    id         TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    directory  TEXT COLLATE "C" NOT NULL,
    tenant_id  TEXT COLLATE "C" NOT NULL,
    user_id    TEXT COLLATE "C" NOT NULL,
    kind       TEXT COLLATE "C" NOT NULL,
    sealed     BYTEA            NOT NULL,
    created_at BIGINT           NOT NULL,
    not_after  BIGINT           NOT NULL,
    attempts   BIGINT           NOT NULL,
    state      TEXT COLLATE "C" NOT NULL CHECK (state IN ('waiting', 'sent', 'dead')),
    due_at     BIGINT           NOT NULL,
    problem    TEXT COLLATE "C" NOT NULL DEFAULT ''
);
CREATE INDEX outbox_due ON outbox (state, due_at);
CREATE INDEX outbox_age ON outbox (state, created_at, id, due_at);

CREATE TABLE audit_events (
    directory  TEXT COLLATE "C" NOT NULL,
    tenant_id  TEXT COLLATE "C" NOT NULL,
    at         BIGINT           NOT NULL,
    id         TEXT COLLATE "C" NOT NULL,
    action     TEXT COLLATE "C" NOT NULL,
    user_id    TEXT COLLATE "C" NOT NULL,
    session_id TEXT COLLATE "C" NOT NULL,
    ip         TEXT COLLATE "C" NOT NULL,
    agent      TEXT COLLATE "C" NOT NULL,
    request_id TEXT COLLATE "C" NOT NULL,
    reason     TEXT COLLATE "C" NOT NULL,
    actor      TEXT COLLATE "C" NOT NULL DEFAULT '',
    number     BIGINT           NOT NULL DEFAULT 0,
    hash       BYTEA            NOT NULL DEFAULT '',
    PRIMARY KEY (directory, tenant_id, at, id)
);
CREATE UNIQUE INDEX audit_events_trail ON audit_events (directory, number) WHERE number > 0;
CREATE INDEX audit_events_loose ON audit_events (directory, at, id) WHERE number = 0;
CREATE INDEX audit_events_user ON audit_events (directory, tenant_id, user_id, at, id) WHERE user_id <> '';
CREATE INDEX audit_events_action ON audit_events (directory, tenant_id, action, at, id);

-- Where each directory's record ends; it stays when events are swept.
CREATE TABLE audit_heads (
    directory TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    number    BIGINT           NOT NULL,
    hash      BYTEA            NOT NULL
) WITH (fillfactor = 50);
