package memory

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/latchkey/latchkey/internal/auth"
)

var _ auth.Rows = (*Store)(nil)

// Rows implements [auth.Rows].
func (s *Store) Rows(ctx context.Context, kind, after string, max int) ([]auth.Row, error) {
	if err := s.begin(ctx, "Rows"); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	all, err := s.rowsOf(kind)
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(r auth.Row) bool { return r.Key <= after })
	slices.SortFunc(all, func(a, b auth.Row) int { return cmp.Compare(a.Key, b.Key) })
	return all[:min(max, len(all))], nil
}

// rowsOf returns the rows of a kind in any order; the caller holds the lock.
func (s *Store) rowsOf(kind string) ([]auth.Row, error) {
	switch kind {
	case auth.RowDirectories:
		return rowsOf(maps.Values(s.directories), auth.DirectoryRow)
	case auth.RowTenants:
		return rowsOf(maps.Values(s.tenants), func(row tenantRow) (auth.Row, error) {
			t := row.tenant
			t.Logo = s.logos[t.ID]
			return auth.TenantRow(t)
		})
	case auth.RowAPIKeys:
		return rowsOf(maps.Values(s.apiKeys), auth.APIKeyRow)
	case auth.RowKeys:
		return rowsOf(slices.Values(s.keys), auth.KeyRow)
	case auth.RowSettings:
		return rowsOf(maps.Keys(s.settings), func(name string) (auth.Row, error) { return auth.SettingRow(name, s.settings[name]) })
	case auth.RowSpaces:
		return rowsOf(slices.Values(s.spaces), auth.SpaceRow)
	case auth.RowRoles:
		return rowsOf(maps.Values(s.roles), auth.RoleRow)
	case auth.RowAccounts:
		return rowsOf(maps.Keys(s.users), func(k ref) (auth.Row, error) { return auth.AccountRow(s.dossier(k)) })
	case auth.RowTickets:
		return rowsOf(maps.Values(s.tickets), auth.TicketRow)
	case auth.RowCounters:
		return rowsOf(maps.Keys(s.counters), func(k ref) (auth.Row, error) {
			c := s.counters[k]
			return auth.CounterRow(auth.Counter{Directory: k.directory, Key: k.id, Tally: auth.Tally{N: c.n, Resets: c.resets}})
		})
	case auth.RowMails:
		return rowsOf(maps.Values(s.mails), func(row mailRow) (auth.Row, error) { return auth.MailRow(row.letter()) })
	case auth.RowEvents:
		return rowsOf(s.links(), auth.EventRow)
	case auth.RowHeads:
		return rowsOf(s.heads(), auth.HeadRow)
	}
	return nil, fmt.Errorf("there are no rows of the kind %q", kind)
}

// rowsOf makes rows of things.
func rowsOf[V any](things func(yield func(V) bool), row func(V) (auth.Row, error)) (rows []auth.Row, err error) {
	for v := range things {
		r, err := row(v)
		if err != nil {
			return nil, err
		}
		rows = append(rows, r)
	}
	return rows, nil
}

// dossier is all that there is of an account; the caller holds the lock.
func (s *Store) dossier(k ref) auth.Dossier {
	a := auth.Dossier{User: s.users[k], Seats: s.seats[k]}
	for id, v := range s.sessions {
		if id.directory == k.directory && v.User == k.id {
			a.Sessions = append(a.Sessions, v)
		}
	}
	for id, d := range s.devices {
		if id.directory == k.directory && id.user == k.id {
			a.Devices = append(a.Devices, d)
		}
	}
	return a
}

// links goes through the links of all records; the caller holds the lock.
func (s *Store) links() func(yield func(auth.Link) bool) {
	return func(yield func(auth.Link) bool) {
		for _, t := range s.trails {
			for _, l := range t.links {
				if !yield(l) {
					return
				}
			}
		}
	}
}

// heads goes through the ends of all records; the caller holds the lock.
func (s *Store) heads() func(yield func(auth.Head) bool) {
	return func(yield func(auth.Head) bool) {
		for directory, t := range s.trails {
			// Between the putting of events and of their end there is none yet.
			if t.number > 0 && !yield(auth.Head{Directory: directory, Number: t.number, Hash: t.hash}) {
				return
			}
		}
	}
}

// letter is a mail with how far it has come.
func (row mailRow) letter() auth.Letter {
	l := auth.Letter{Mail: row.mail, State: auth.MailWaiting, DueAt: row.due, Problem: row.why}
	switch {
	case row.buried:
		l.State, l.DueAt = auth.MailDead, row.over
	case !row.over.IsZero():
		l.State, l.DueAt = auth.MailSent, row.over
	}
	return l
}
