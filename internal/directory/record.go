package directory

import (
	"context"
	"slices"

	"github.com/latchkey/latchkey/internal/auth"
)

// Write implements [auth.Records].
func (p *Pool) Write(ctx context.Context, n auth.Note) error {
	return p.write(ctx, about(n), func(s auth.Store) error { return s.Write(ctx, n) })
}

// Events implements [auth.Records].
func (p *Pool) Events(ctx context.Context, q auth.EventQuery) (all []auth.Event, err error) {
	err = p.read(ctx, q.Directory, func(s auth.Store) error {
		all, err = s.Events(ctx, q)
		return err
	})
	return all, err
}

// Trail implements [auth.Records].
func (p *Pool) Trail(ctx context.Context, directory string, after int64, max int) (links []auth.Link, err error) {
	err = p.read(ctx, directory, func(s auth.Store) error {
		links, err = s.Trail(ctx, directory, after, max)
		return err
	})
	return links, err
}

// TrailEnd implements [auth.Records].
func (p *Pool) TrailEnd(ctx context.Context, directory string) (number int64, hash []byte, err error) {
	err = p.read(ctx, directory, func(s auth.Store) error {
		number, hash, err = s.TrailEnd(ctx, directory)
		return err
	})
	return number, hash, err
}

// directoryPage is how many directories are read from the registry at once.
const directoryPage = 500

// Trails implements [auth.Records]: the records of the control database and, for
// not to open every database there is, each directory that has one of its own,
// which has a record as soon as anybody is in it.
func (p *Pool) Trails(ctx context.Context) ([]string, error) {
	trails, err := p.config.Control.Trails(ctx)
	if err != nil {
		return nil, err
	}
	for after := ""; ; {
		page, err := p.config.Control.Directories(ctx, after, directoryPage)
		if err != nil {
			return nil, err
		}
		for _, d := range page {
			after = d.ID
			if d.ID != auth.DefaultDirectory {
				trails = append(trails, d.ID)
			}
		}
		if len(page) < directoryPage {
			break
		}
	}
	slices.Sort(trails)
	return slices.Compact(trails), nil
}

// Pulse implements [auth.PulseRecords].
func (p *Pool) Pulse(ctx context.Context, q auth.PulseQuery) (found auth.Pulse, err error) {
	err = p.read(ctx, q.Directory, func(s auth.Store) error {
		found, err = s.Pulse(ctx, q)
		return err
	})
	return found, err
}
