package memory

import (
	"bytes"
	"context"
	"maps"
	"slices"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

// trail is the record of a directory, and its end, which stays when links are
// swept.
type trail struct {
	links  []auth.Link
	number int64
	hash   []byte
}

// link adds an event to its directory's record; the caller holds the lock.
func (s *Store) link(e auth.Event) {
	e.At = stamp(e.At)
	t := s.trails[e.Directory]
	t.number++
	t.hash = s.chain(t.hash, t.number, e)
	t.links = append(t.links, auth.Link{Number: t.number, Event: e, Hash: t.hash})
	s.trails[e.Directory] = t
}

// Trail implements [auth.Records].
func (s *Store) Trail(ctx context.Context, directory string, after int64, max int) ([]auth.Link, error) {
	if err := s.begin(ctx, "Trail"); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	var out []auth.Link
	for _, l := range s.trails[directory].links {
		if l.Number > after && len(out) < max {
			l.Hash = bytes.Clone(l.Hash)
			out = append(out, l)
		}
	}
	return out, nil
}

// TrailEnd implements [auth.Records].
func (s *Store) TrailEnd(ctx context.Context, directory string) (number int64, hash []byte, err error) {
	if err := s.begin(ctx, "TrailEnd"); err != nil {
		return 0, nil, err
	}
	defer s.mu.Unlock()
	t := s.trails[directory]
	return t.number, bytes.Clone(t.hash), nil
}

// Trails implements [auth.Records]. A record of which everything was swept is
// still one: it has an end.
func (s *Store) Trails(ctx context.Context) ([]string, error) {
	if err := s.begin(ctx, "Trails"); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	return slices.Sorted(maps.Keys(s.trails)), nil
}

// sweepTrails removes the links at the front of each record that are older than
// keep, but never the newest; the caller holds the lock.
func (s *Store) sweepTrails(keep time.Time) {
	for directory, t := range s.trails {
		n := slices.IndexFunc(t.links, func(l auth.Link) bool { return !l.At.Before(keep) })
		if n < 0 {
			n = max(len(t.links)-1, 0)
		}
		t.links = slices.Delete(t.links, 0, n)
		s.trails[directory] = t
	}
}
