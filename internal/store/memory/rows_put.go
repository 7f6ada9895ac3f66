package memory

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/latchkey/latchkey/internal/auth"
)

// PutRows implements [auth.Rows]. All rows are read before the first is put.
func (s *Store) PutRows(ctx context.Context, rows []auth.Row) error {
	if err := s.begin(ctx, "PutRows"); err != nil {
		return err
	}
	defer s.mu.Unlock()
	puts := make([]func(), len(rows))
	for i, r := range rows {
		put, err := s.putting(r)
		if err == nil && r.Kind != rows[0].Kind {
			err = fmt.Errorf("rows of the kinds %q and %q are not put together", rows[0].Kind, r.Kind)
		}
		if err != nil {
			return err
		}
		puts[i] = put
	}
	for _, put := range puts {
		put()
	}
	return nil
}

// putting reads a row and returns what puts it; the caller holds the lock.
func (s *Store) putting(r auth.Row) (put func(), err error) {
	switch r.Kind {
	case auth.RowDirectories:
		d, err := r.Directory()
		return func() { s.directories[d.ID] = d }, err
	case auth.RowTenants:
		t, err := r.Tenant()
		return func() {
			s.setLogo(t.ID, append([]byte{}, t.Logo...))
			t.Logo = nil
			s.tenants[t.ID] = tenantRow{t, s.tenants[t.ID].version + 1}
		}, err
	case auth.RowAPIKeys:
		k, err := r.APIKey()
		return func() { s.apiKeys[k.ID] = k }, err
	case auth.RowKeys:
		k, err := r.SigningKey()
		return func() { s.putKey(k) }, err
	case auth.RowSettings:
		name, digest, err := r.Setting()
		return func() { s.putSetting(name, digest) }, err
	case auth.RowSpaces:
		sp, err := r.Space()
		return func() {
			s.dropRow(auth.RowSpaces, r.Key)
			s.addSpace(sp)
		}, err
	case auth.RowRoles:
		v, err := r.Role()
		return func() { s.roles[roleKey{v.Directory, v.Tenant, v.Name}] = v }, err
	case auth.RowAccounts:
		a, err := r.Account()
		return func() { s.putAccount(a) }, err
	}
	return s.puttingFlow(r)
}

// puttingFlow is putting for what comes and goes, and for the record.
func (s *Store) puttingFlow(r auth.Row) (put func(), err error) {
	switch r.Kind {
	case auth.RowTickets:
		t, err := r.Ticket()
		return func() { s.tickets[t.TicketKey] = t }, err
	case auth.RowCounters:
		c, err := r.Counter()
		return func() { s.counters[ref{c.Directory, c.Key}] = tallyRow{c.N, c.Resets} }, err
	case auth.RowMails:
		l, err := r.Letter()
		return func() {
			row := mailRow{mail: l.Mail, due: l.DueAt, buried: l.State == auth.MailDead, why: l.Problem}
			if l.State != auth.MailWaiting {
				row.over = l.DueAt
			}
			s.mails[l.ID] = row
		}, err
	case auth.RowEvents:
		l, err := r.Link()
		return func() { s.putLink(l) }, err
	case auth.RowHeads:
		h, err := r.Head()
		return func() {
			t := s.trails[h.Directory]
			t.number, t.hash = h.Number, h.Hash
			s.trails[h.Directory] = t
		}, err
	}
	return nil, fmt.Errorf("there are no rows of the kind %q", r.Kind)
}

func (s *Store) putKey(k auth.KeyRecord) {
	s.dropRow(auth.RowKeys, k.ID)
	s.keys = append(s.keys, k)
	slices.SortStableFunc(s.keys, func(a, b auth.KeyRecord) int {
		return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(a.ID, b.ID))
	})
}

func (s *Store) putSetting(name, digest string) {
	if s.settings == nil {
		s.settings = map[string]string{}
	}
	s.settings[name] = digest
}

// putAccount puts an account in place of the one with its id, and of those that
// have its names.
func (s *Store) putAccount(a auth.Dossier) {
	u := a.User
	for k, other := range s.users {
		if k.directory == u.Directory && (k.id == u.ID || other.Email == u.Email ||
			u.Username != "" && other.Username == u.Username || u.Mobile != "" && other.Mobile == u.Mobile) {
			s.remove(k)
		}
	}
	k := ref{u.Directory, u.ID}
	s.users[k], s.seats[k] = u, a.Seats
	for _, v := range a.Sessions {
		s.sessions[ref{v.Directory, v.ID}] = v
	}
	for _, d := range a.Devices {
		s.devices[deviceKey{d.Directory, d.User, d.ID}] = d
	}
}

// putLink puts a link in its place.
func (s *Store) putLink(l auth.Link) {
	t := s.trails[l.Directory]
	i, there := slices.BinarySearchFunc(t.links, l.Number, byNumber)
	if there {
		t.links[i] = l
	} else {
		t.links = slices.Insert(t.links, i, l)
	}
	s.trails[l.Directory] = t
}

func byNumber(l auth.Link, number int64) int { return cmp.Compare(l.Number, number) }
