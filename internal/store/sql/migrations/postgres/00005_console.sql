-- +goose Up

-- The mails of one tenant are listed, by how far they have come.
CREATE INDEX outbox_tenant ON outbox (directory, tenant_id, state, created_at, id);
-- How many sessions of one tenant live, and lived, is counted.
CREATE INDEX sessions_tenant ON sessions (directory, tenant_id, created_at);
