package memory

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"github.com/latchkey/latchkey/internal/auth"
)

// DropRows implements [auth.Rows].
func (s *Store) DropRows(ctx context.Context, kind string, keys []string) error {
	if err := s.begin(ctx, "DropRows"); err != nil {
		return err
	}
	defer s.mu.Unlock()
	if !slices.Contains(auth.RowKinds(), kind) {
		return fmt.Errorf("there are no rows of the kind %q", kind)
	}
	for _, key := range keys {
		s.dropRow(kind, key)
	}
	return nil
}

// dropRow removes a row; the caller holds the lock.
func (s *Store) dropRow(kind, key string) {
	two, three, four := auth.RowParts(key, 2), auth.RowParts(key, 3), auth.RowParts(key, 4)
	switch kind {
	case auth.RowDirectories:
		delete(s.directories, key)
		delete(s.flags, key)
	case auth.RowTenants:
		delete(s.tenants, key)
		delete(s.logos, key)
	case auth.RowAPIKeys:
		delete(s.apiKeys, key)
	case auth.RowKeys:
		s.keys = slices.DeleteFunc(s.keys, func(k auth.KeyRecord) bool { return k.ID == key })
	case auth.RowSettings:
		delete(s.settings, key)
	case auth.RowSpaces:
		s.spaces = slices.DeleteFunc(s.spaces, func(sp auth.Space) bool { return auth.RowKey(sp.Directory, sp.Tenant, sp.ID) == key })
	case auth.RowRoles:
		delete(s.roles, roleKey{three[0], three[1], three[2]})
	case auth.RowAccounts:
		s.remove(ref{two[0], two[1]})
	case auth.RowTickets:
		delete(s.tickets, auth.TicketKey{Directory: four[0], Tenant: four[1], Kind: auth.TicketKind(four[2]), ID: four[3]})
	case auth.RowCounters:
		delete(s.counters, ref{two[0], two[1]})
	case auth.RowMails:
		delete(s.mails, key)
	case auth.RowEvents:
		s.dropLink(two[0], two[1])
	case auth.RowHeads:
		s.dropHead(key)
	}
}

func (s *Store) dropLink(directory, number string) {
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil {
		return
	}
	t := s.trails[directory]
	t.links = slices.DeleteFunc(t.links, func(l auth.Link) bool { return l.Number == n })
	s.keepTrail(directory, t)
}

// dropHead forgets where a record ends. What is in it stays.
func (s *Store) dropHead(directory string) {
	t := s.trails[directory]
	t.number, t.hash = 0, nil
	s.keepTrail(directory, t)
}

// keepTrail keeps a record that has anything, or an end.
func (s *Store) keepTrail(directory string, t trail) {
	s.trails[directory] = t
	if t.number == 0 && len(t.links) == 0 {
		delete(s.trails, directory)
	}
}
