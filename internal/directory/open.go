package directory

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

// openLimit bounds the opening of one database, migration included.
const openLimit = time.Minute

// How long it is remembered that a database could not be opened: doubled with
// each failure in a row.
const (
	firstPause = time.Second
	mostPause  = 30 * time.Second
)

// failure is a database that could not be opened.
type failure struct {
	until time.Time // it is not tried again before
	pause time.Duration
}

// lasts reports whether it is too early for another try. A clock that went
// backwards does not make it longer.
func (f failure) lasts(now time.Time) bool {
	left := f.until.Sub(now)
	return left > 0 && left <= f.pause
}

// after returns the failure that comes after f.
func (f failure) after(now time.Time) failure {
	pause := min(max(2*f.pause, firstPause), mostPause)
	return failure{until: now.Add(pause), pause: pause}
}

// connect opens the database of a slot, for all who wait for it.
func (p *Pool) connect(s *slot, w want) {
	ctx, cancel := context.WithTimeout(p.life, openLimit)
	defer cancel()
	d, err := p.find(ctx, w)
	var db Database
	known := err == nil
	if known {
		db, err = p.config.Open(ctx, d, s.create)
	}

	p.mu.Lock()
	defer p.mu.Unlock()
	defer p.notify()
	defer close(s.ready)
	if err == nil {
		s.db, s.mail = db, true // there may be some from before
		if !w.quietly {
			s.used = p.config.Now()
		}
		p.stats.Opened++
		delete(p.fails, s.directory)
		return
	}
	s.err = unavailable(s.directory, err.Error())
	delete(p.slots, s.directory)
	close(s.gone)
	p.stats.Failed++
	// That the registry has no such directory, or cannot be asked, says nothing
	// of its database.
	if known && !p.closed {
		f := p.fails[s.directory].after(p.config.Now())
		p.fails[s.directory] = f
		p.config.Log.Warn("database of a directory cannot be opened", slog.String("directory", s.directory),
			slog.String("name", d.Name), slog.Any("error", err), slog.Duration("pause", f.pause))
	}
}

// find returns where a directory is: as the registry says, else as who wants to
// make it does.
func (p *Pool) find(ctx context.Context, w want) (auth.Directory, error) {
	d, err := p.config.Control.Directory(ctx, w.directory)
	if w.create != nil && errors.Is(err, auth.ErrNoRecord) {
		return *w.create, nil
	}
	return d, err
}

// forgive forgets failures that are long over.
func (p *Pool) forgive() {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.config.Now()
	for id, f := range p.fails {
		if now.Sub(f.until) > mostPause {
			delete(p.fails, id)
		}
	}
}
