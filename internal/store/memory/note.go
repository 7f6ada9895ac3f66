package memory

import (
	"bytes"
	"cmp"
	"context"
	"slices"

	"github.com/latchkey/latchkey/internal/auth"
)

// write adds a note; the caller holds the lock.
func (s *Store) write(n auth.Note) {
	for _, e := range n.Events {
		s.link(e)
	}
	for _, m := range n.Mails {
		m.Sealed = bytes.Clone(m.Sealed)
		m.CreatedAt, m.NotAfter = stamp(m.CreatedAt), stamp(m.NotAfter)
		s.mails[m.ID] = mailRow{mail: m, due: m.CreatedAt}
	}
}

// Write implements [auth.Records].
func (s *Store) Write(ctx context.Context, n auth.Note) error {
	if err := s.begin(ctx, "Write"); err != nil {
		return err
	}
	defer s.mu.Unlock()
	s.write(n)
	return nil
}

// Events implements [auth.Records].
func (s *Store) Events(ctx context.Context, q auth.EventQuery) ([]auth.Event, error) {
	if err := s.begin(ctx, "Events"); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	var out []auth.Event
	for _, l := range s.trails[q.Directory].links {
		e := l.Event
		if e.Tenant == q.Tenant && (q.User == "" || e.User == q.User) && (q.Action == "" || e.Action == q.Action) &&
			!e.At.Before(stamp(q.Since)) && before(e, q.Before) {
			out = append(out, e)
		}
	}
	slices.SortFunc(out, func(a, b auth.Event) int {
		return cmp.Or(b.At.Compare(a.At), cmp.Compare(b.ID, a.ID))
	})
	return out[:min(q.Max, len(out))], nil
}

// before reports whether an event comes after a place in a list of the newest
// first.
func before(e auth.Event, p auth.EventPlace) bool {
	if p == (auth.EventPlace{}) {
		return true
	}
	return cmp.Or(e.At.Compare(stamp(p.At)), cmp.Compare(e.ID, p.ID)) < 0
}
