package sql

import (
	"context"
	"errors"

	"github.com/latchkey/latchkey/internal/auth"
)

const (
	linkColumns = eventColumns + ", number, hash"

	headByDirectory = "SELECT number, hash FROM audit_heads WHERE directory = $1"
	headSet         = `INSERT INTO audit_heads (directory, number, hash) VALUES ($1, $2, $3)
		ON CONFLICT (directory) DO UPDATE SET number = excluded.number, hash = excluded.hash`
	headsAll = "SELECT directory FROM audit_heads ORDER BY directory"

	linksAfter = "SELECT " + linkColumns + ` FROM audit_events
		WHERE directory = $1 AND number > 0 AND number > $2 ORDER BY number LIMIT $3`
)

// head is where a directory's record ends.
type head struct {
	number int64
	hash   []byte
}

func scanHead(row scanner) (h head, err error) {
	err = row.Scan(&h.number, &h.hash)
	return h, err
}

// extend gives events the next places in the records of their directories and
// has put store each link. The head is read from the database every time: it is
// one row that is in memory, another process may have moved it on, and a job
// that is undone moves it back.
func extend(t *tx, events []auth.Event, put func(auth.Link) error) error {
	heads := map[string]head{}
	for _, e := range events {
		h, read := heads[e.Directory]
		if !read {
			err := t.one(t.dialect.head, into(&h, scanHead), e.Directory)
			if err != nil && !absent(err) {
				return err
			}
		}
		e.At = at(ms(e.At)) // as it will be read
		h.number++
		h.hash = t.chain(h.hash, h.number, e)
		if err := put(auth.Link{Number: h.number, Event: e, Hash: h.hash}); err != nil {
			return err
		}
		heads[e.Directory] = h
	}
	for directory, h := range heads {
		if _, err := t.exec(headSet, directory, h.number, blob(h.hash)); err != nil {
			return err
		}
	}
	return nil
}

// Trail implements [auth.Records].
func (s *Store) Trail(ctx context.Context, directory string, after int64, max int) ([]auth.Link, error) {
	var links []auth.Link
	err := s.readAll(ctx, "Trail", linksAfter, list(&links, scanLink), directory, after, max)
	return links, err
}

// TrailEnd implements [auth.Records].
func (s *Store) TrailEnd(ctx context.Context, directory string) (number int64, hash []byte, err error) {
	var h head
	err = s.readOne(ctx, "TrailEnd", headByDirectory, into(&h, scanHead), directory)
	if err != nil && !errors.Is(err, auth.ErrNoRecord) {
		return 0, nil, err
	}
	return h.number, h.hash, nil
}

// Trails implements [auth.Records].
func (s *Store) Trails(ctx context.Context) ([]string, error) {
	var directories []string
	err := s.readAll(ctx, "Trails", headsAll, list(&directories, scanText))
	return directories, err
}

func scanLink(row scanner) (l auth.Link, err error) {
	e := &l.Event
	var when int64
	err = row.Scan(&e.Directory, &e.Tenant, &when, &e.ID, &e.Action, &e.User, &e.Session, &e.IP, &e.Agent, &e.RequestID, &e.Reason, &e.Actor,
		&l.Number, &l.Hash)
	e.At = at(when)
	return l, err
}
