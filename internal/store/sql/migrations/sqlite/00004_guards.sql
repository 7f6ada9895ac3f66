-- +goose Up

-- Services have API keys beside operators, in the same table. The release before
-- this one lists them as operators' keys, and lets nobody in with one.
ALTER TABLE operator_keys ADD COLUMN kind TEXT NOT NULL DEFAULT 'operator';
ALTER TABLE operator_keys ADD COLUMN tenant_id TEXT NOT NULL DEFAULT ''; -- '': the deployment
ALTER TABLE operator_keys ADD COLUMN scopes TEXT NOT NULL DEFAULT '[]'; -- JSON
DROP INDEX operator_keys_name;
CREATE UNIQUE INDEX operator_keys_name ON operator_keys (kind, tenant_id, name) WHERE revoked_at = 0;
DROP INDEX operator_keys_age;
CREATE INDEX operator_keys_age ON operator_keys (kind, created_at, id);

-- What guards elsewhere must know until every token that it is about is over.
CREATE TABLE bulletin (
    id    TEXT    NOT NULL PRIMARY KEY,
    until INTEGER NOT NULL,
    body  BLOB    NOT NULL -- JSON
) STRICT, WITHOUT ROWID;
CREATE INDEX bulletin_until ON bulletin (until);
