package sql

import "github.com/latchkey/latchkey/internal/auth"

var copiedSpaces = copied{
	table: "spaces", key: []string{"directory", "tenant_id", "id"}, columns: spaceColumns,
	scan: rowOf(scanSpace, auth.SpaceRow),
	values: valuesOf(auth.Row.Space, func(sp auth.Space) []any {
		return []any{sp.Directory, sp.Tenant, sp.ID, sp.Slug, sp.Name, ms(sp.CreatedAt)}
	}),
}

// copiedRoles has a version last, which scanRole reads and a copy counts anew.
var copiedRoles = copied{
	table: "roles", key: []string{"directory", "tenant_id", "name"}, columns: roleColumns + ", version",
	scan: func(r scanner) (auth.Row, error) {
		v, err := scanRole(r)
		if err != nil {
			return auth.Row{}, err
		}
		return auth.RoleRow(v.Role)
	},
	values: func(r auth.Row) ([]any, error) {
		v, err := r.Role()
		if err != nil {
			return nil, err
		}
		permissions, err := permissionsJSON(v.Permissions)
		return []any{v.Directory, v.Tenant, v.Name, v.Description, permissions, ms(v.CreatedAt), ms(v.UpdatedAt), 0}, err
	},
}

var copiedTickets = copied{
	table: "tickets", key: []string{"directory", "tenant_id", "kind", "id"},
	columns: "directory, tenant_id, kind, id, user_id, proof, tries, data, created_at, expires_at",
	scan: rowOf(func(r scanner) (v auth.Ticket, err error) {
		var created, expires int64
		err = r.Scan(&v.Directory, &v.Tenant, &v.Kind, &v.ID, &v.User, &v.Proof, &v.Tries, &v.Data, &created, &expires)
		v.CreatedAt, v.ExpiresAt = at(created), at(expires)
		return v, err
	}, auth.TicketRow),
	values: valuesOf(auth.Row.Ticket, func(v auth.Ticket) []any {
		return []any{v.Directory, v.Tenant, string(v.Kind), v.ID, v.User, blob(v.Proof), v.Tries, blob(v.Data), ms(v.CreatedAt), ms(v.ExpiresAt)}
	}),
}

var copiedCounters = copied{
	table: "counters", key: []string{"directory", "name"}, columns: "directory, name, n, resets_at",
	scan: rowOf(func(r scanner) (c auth.Counter, err error) {
		var resets int64
		err = r.Scan(&c.Directory, &c.Key, &c.N, &resets)
		c.Resets = at(resets)
		return c, err
	}, auth.CounterRow),
	values: valuesOf(auth.Row.Counter, func(c auth.Counter) []any {
		return []any{c.Directory, c.Key, c.N, ms(c.Resets)}
	}),
}

var copiedMails = copied{
	table: "outbox", key: []string{"id"},
	columns: "id, directory, tenant_id, user_id, kind, sealed, created_at, not_after, attempts, state, due_at, problem",
	scan: rowOf(func(r scanner) (l auth.Letter, err error) {
		var created, notAfter, due int64
		err = r.Scan(&l.ID, &l.Directory, &l.Tenant, &l.User, &l.Kind, &l.Sealed, &created, &notAfter, &l.Attempts, &l.State, &due, &l.Problem)
		l.CreatedAt, l.NotAfter, l.DueAt = at(created), at(notAfter), at(due)
		return l, err
	}, auth.MailRow),
	values: valuesOf(auth.Row.Letter, func(l auth.Letter) []any {
		return []any{l.ID, l.Directory, l.Tenant, l.User, string(l.Kind), blob(l.Sealed), ms(l.CreatedAt), ms(l.NotAfter), l.Attempts,
			string(l.State), ms(l.DueAt), l.Problem}
	}),
}

// copiedEvents are those that are in the chain; Open puts the others into it.
var copiedEvents = copied{
	table: "audit_events", key: []string{"directory", "number"}, number: true, columns: linkColumns, where: " AND number > 0",
	scan: rowOf(scanLink, auth.EventRow),
	values: valuesOf(auth.Row.Link, func(l auth.Link) []any {
		return []any{l.Directory, l.Tenant, ms(l.At), l.ID, string(l.Action), l.User, l.Session, l.IP, l.Agent, l.RequestID, l.Reason, l.Actor,
			l.Number, blob(l.Hash)}
	}),
}

var copiedHeads = copied{
	table: "audit_heads", key: []string{"directory"}, columns: "directory, number, hash", where: " AND number > 0", replace: "directory",
	scan: rowOf(func(r scanner) (h auth.Head, err error) {
		err = r.Scan(&h.Directory, &h.Number, &h.Hash)
		return h, err
	}, auth.HeadRow),
	values: valuesOf(auth.Row.Head, func(h auth.Head) []any { return []any{h.Directory, h.Number, blob(h.Hash)} }),
}
