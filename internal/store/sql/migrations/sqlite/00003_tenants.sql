-- +goose Up

-- The release before this one may run beside it. It knows none of the columns
-- that are new, so each has a default; the users that it adds have no search
-- terms (termed = 0) until the next Open or Sweep gives them theirs.

ALTER TABLE directories ADD COLUMN name TEXT NOT NULL DEFAULT '';
ALTER TABLE directories ADD COLUMN sealed BLOB NOT NULL DEFAULT x'';
ALTER TABLE directories ADD COLUMN flagged_at INTEGER NOT NULL DEFAULT 0;
CREATE INDEX directories_flagged ON directories (id) WHERE flagged_at <> 0;

ALTER TABLE tenants ADD COLUMN logo BLOB NOT NULL DEFAULT x'';
CREATE INDEX tenants_list ON tenants (slug) WHERE deleted_at = 0;
CREATE INDEX tenants_status ON tenants (status, slug) WHERE deleted_at = 0;

-- The origins in the policies of the tenants that are there.
CREATE TABLE tenant_origins (
    origin    TEXT NOT NULL,
    tenant_id TEXT NOT NULL REFERENCES tenants (id),
    PRIMARY KEY (origin, tenant_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX tenant_origins_tenant ON tenant_origins (tenant_id);
INSERT INTO tenant_origins (origin, tenant_id)
    SELECT DISTINCT o.value, t.id FROM tenants t, json_each(t.policy, '$.allowedOrigins') o
    WHERE t.deleted_at = 0 AND o.type = 'text';

CREATE TABLE operator_keys (
    id         TEXT    NOT NULL PRIMARY KEY,
    name       TEXT    NOT NULL,
    proof      BLOB    NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at    INTEGER NOT NULL,
    revoked_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX operator_keys_name ON operator_keys (name) WHERE revoked_at = 0;
CREATE INDEX operator_keys_age ON operator_keys (created_at, id);

ALTER TABLE roles ADD COLUMN description TEXT NOT NULL DEFAULT '';
ALTER TABLE roles ADD COLUMN version INTEGER NOT NULL DEFAULT 0; -- counts updates

ALTER TABLE users ADD COLUMN verified_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE users ADD COLUMN termed INTEGER NOT NULL DEFAULT 0 CHECK (termed IN (0, 1));
CREATE INDEX users_termless ON users (directory, id) WHERE termed = 0;

-- What users are found by: a row for each of their terms and each tenant in
-- which they have a seat.
CREATE TABLE user_terms (
    directory TEXT NOT NULL,
    tenant_id TEXT NOT NULL,
    term      TEXT NOT NULL,
    user_id   TEXT NOT NULL,
    PRIMARY KEY (directory, tenant_id, term, user_id),
    FOREIGN KEY (directory, user_id) REFERENCES users (directory, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX user_terms_user ON user_terms (directory, user_id, tenant_id, term);

-- A seat repeats the status of its user, so that a list of a tenant's users of
-- one status is a walk of an index, however many others there are. The trigger
-- is for the release before, too.
ALTER TABLE memberships ADD COLUMN status TEXT NOT NULL DEFAULT 'active';
UPDATE memberships SET status = (SELECT u.status FROM users u WHERE u.directory = memberships.directory AND u.id = memberships.user_id)
    WHERE (directory, user_id) IN (SELECT directory, id FROM users WHERE status <> 'active');
CREATE INDEX memberships_tenant ON memberships (directory, tenant_id, status, user_id);
CREATE INDEX memberships_role ON memberships (directory, tenant_id, role, status, user_id);
-- +goose StatementBegin
CREATE TRIGGER users_status AFTER UPDATE OF status ON users WHEN old.status <> new.status
BEGIN
    UPDATE memberships SET status = new.status WHERE directory = new.directory AND user_id = new.id;
END;
-- +goose StatementEnd

ALTER TABLE sessions ADD COLUMN coded INTEGER NOT NULL DEFAULT 0 CHECK (coded IN (0, 1));

ALTER TABLE audit_events ADD COLUMN actor TEXT NOT NULL DEFAULT '';
CREATE INDEX audit_events_user ON audit_events (directory, tenant_id, user_id, at, id) WHERE user_id <> '';
CREATE INDEX audit_events_action ON audit_events (directory, tenant_id, action, at, id);
