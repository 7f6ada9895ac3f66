package directory

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

const (
	// lookLimit bounds one look at the flags, and one visit.
	lookLimit = 5 * time.Second
	// visitsEach is how many directories one look opens at most, so that ten
	// thousand are through in about ten minutes; visitsAtOnce how many at a time,
	// so that one that is slow holds up few.
	visitsEach   = 16
	visitsAtOnce = 4
	// flagAge is how old a flag has to be to be taken away: a write of the same
	// millisecond is long over then, and nobody else needs the flag any more.
	flagAge = 5 * time.Second
)

// visitor is what watch remembers from one look to the next.
type visitor struct {
	*Pool
	last   string // directory that was opened last
	failed bool   // the last look, which is in the log
}

// look visits the directories that are flagged or owe mail: those that are open
// already, and some of the others, each time the next ones.
func (v *visitor) look(ctx context.Context) {
	flags, err := v.flags(ctx)
	if err != nil {
		if !v.failed && ctx.Err() == nil {
			v.config.Log.Warn("flags of directories cannot be read", slog.Any("error", err))
		}
		v.failed = true
		return
	}
	v.failed = false
	var all sync.WaitGroup
	hands := make(chan struct{}, visitsAtOnce)
	for _, id := range v.pick(flags) {
		hands <- struct{}{}
		all.Go(func() {
			defer func() { <-hands }()
			v.visit(ctx, id, flags[id])
		})
	}
	all.Wait()
}

func (v *visitor) flags(ctx context.Context) (map[string]time.Time, error) {
	ctx, cancel := context.WithTimeout(ctx, lookLimit)
	defer cancel()
	return v.config.Control.FlaggedDirectories(ctx)
}

// pick chooses whom to visit.
func (v *visitor) pick(flags map[string]time.Time) []string {
	v.mu.Lock()
	defer v.mu.Unlock()
	now := v.config.Now()
	var here, away []string
	for id := range flags {
		if v.slots[id] != nil {
			here = append(here, id)
		} else if _, owes := v.owing[id]; !owes {
			away = append(away, id)
		}
	}
	for id, next := range v.owing {
		if v.slots[id] == nil && !now.Before(next) {
			away = append(away, id)
		}
	}
	slices.Sort(away)
	at, _ := slices.BinarySearch(away, v.last+"\x00") // the first after the last one
	away = slices.Concat(away[at:], away[:at])
	away = away[:min(visitsEach, len(away), v.room(now))]
	if len(away) > 0 {
		v.last = away[len(away)-1]
	}
	return append(here, away...)
}

// room is how many databases can be open beside those that are in use or have
// mail that Lease has yet to see. The mutex is held.
func (p *Pool) room(now time.Time) int {
	room := p.config.Most
	for _, s := range p.slots {
		if !s.idle() || s.spared(now) {
			room--
		}
	}
	return room
}

// visit opens a directory, so that its mail can be leased, or finds out that it
// has none: then it owes nothing, and its flag goes when it is old enough.
func (p *Pool) visit(ctx context.Context, id string, flagged time.Time) {
	ctx, cancel := context.WithTimeout(ctx, lookLimit)
	defer cancel()
	age := p.config.Now().Sub(flagged)
	fresh := !flagged.IsZero() && age > -flagAge && age < flagAge
	if id != auth.DefaultDirectory {
		s, err := p.hold(ctx, want{directory: id, quietly: true})
		if err != nil {
			return // it is in the log, and this comes again
		}
		mail := p.ask(ctx, s)
		if p.yield(s, mail || fresh); mail {
			return
		}
	}
	if flagged.IsZero() || fresh {
		return
	}
	if err := p.config.Control.UnflagDirectory(ctx, id, flagged); err != nil && ctx.Err() == nil {
		p.config.Log.Warn("flag of a directory not taken away", slog.String("directory", id), slog.Any("error", err))
	}
}

// yield lets go of a slot that was opened to be looked at: it stays open when
// somebody is to come back to it, such as Lease, or uses it already.
func (p *Pool) yield(s *slot, stay bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	s.holders--
	switch {
	case stay && s.used.IsZero():
		s.used = p.config.Now()
	case s.idle() && s.used.IsZero() && !s.mail:
		p.shut(s)
	}
	p.notify()
}
