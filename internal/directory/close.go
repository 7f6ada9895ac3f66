package directory

import (
	"context"
	"log/slog"
	"time"
)

const (
	// askEvery is how often a database that is kept open for its mail only is
	// asked whether it has any.
	askEvery = 30 * time.Second
	// askLimit bounds the wait for the answer of one database where many are
	// asked in turn.
	askLimit = time.Second
	// mailTime is how long after its last use a database with mail is spared when
	// another has to be closed: it is time for Lease to come by.
	mailTime = 15 * time.Second
	// owingPause is how long a database that had to be closed with mail in it
	// stays closed, unless somebody wants it.
	owingPause = 30 * time.Second
)

// evict begins to close the database that was not used for the longest time: one
// with fresh mail only when there is no other, and none that is in use. The mutex
// is held.
func (p *Pool) evict() {
	now := p.config.Now()
	var victim *slot
	for _, s := range p.slots {
		if s.idle() && (victim == nil || s.goesBefore(victim, now)) {
			victim = s
		}
	}
	if victim != nil {
		p.shut(victim)
	}
}

// idle reports whether the slot is open and nobody holds it.
func (s *slot) idle() bool { return s.holders == 0 && !s.closing && s.db != nil }

func (s *slot) goesBefore(t *slot, now time.Time) bool {
	if a, b := s.spared(now), t.spared(now); a != b {
		return b
	}
	return s.used.Before(t.used)
}

func (s *slot) spared(now time.Time) bool { return s.mail && now.Sub(s.used) < mailTime }

// shut begins to close an idle slot. The mutex is held.
func (p *Pool) shut(s *slot) {
	s.closing = true
	p.closing++
	go p.close(s)
}

// close closes a database. One that has mail is remembered, for Run to come
// back to it.
func (p *Pool) close(s *slot) {
	owes := s.mail && p.mailIn(p.life, s) // nobody else has the slot any more
	if err := s.db.Close(); err != nil {
		p.config.Log.Warn("database of a directory does not close", slog.String("directory", s.directory), slog.Any("error", err))
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.owing, s.directory)
	if owes {
		p.owing[s.directory] = p.config.Now().Add(owingPause)
	}
	delete(p.slots, s.directory)
	close(s.gone)
	p.closing--
	p.stats.Closed++
	p.notify()
}

// mailIn reports whether an open database has mail to send, or does not say.
func (p *Pool) mailIn(ctx context.Context, s *slot) bool {
	ctx, cancel := context.WithTimeout(ctx, askLimit)
	defer cancel()
	queued, _, err := s.db.Waiting(ctx)
	return err != nil || queued > 0
}

// ask brings up to date whether there may be mail in a slot that is held.
func (p *Pool) ask(ctx context.Context, s *slot) (mail bool) {
	p.mu.Lock()
	s.mail, s.asked = false, p.config.Now() // first: what is written from now on says so itself
	p.mu.Unlock()
	if mail = p.mailIn(ctx, s); mail {
		p.hasMail(s)
	}
	return mail
}

func (p *Pool) hasMail(s *slot) {
	p.mu.Lock()
	s.mail = true
	p.mu.Unlock()
}

// closeLost closes what is no longer where it was, as a file that was removed or
// replaced while it was open: what is written to it would be lost. The next call
// finds out, and is told so.
func (p *Pool) closeLost() {
	for _, s := range p.open((*slot).idle) {
		check, can := s.db.(interface{ Intact() error })
		if !can {
			continue
		}
		err := check.Intact()
		if err == nil {
			continue
		}
		p.config.Log.Error("database of a directory is closed: it is not what was opened", slog.String("directory", s.directory), slog.Any("error", err))
		p.mu.Lock()
		if s.idle() {
			p.shut(s)
		}
		p.mu.Unlock()
	}
}

// closeIdle closes what nobody has used for long and has no mail.
func (p *Pool) closeIdle(ctx context.Context) {
	now := p.config.Now()
	for _, s := range p.open(func(s *slot) bool { return p.over(s, now) && (!s.mail || now.Sub(s.asked) >= askEvery) }) {
		if !p.keep(s) {
			continue
		}
		p.ask(ctx, s)
		p.release(s, true)
		p.mu.Lock()
		if !s.mail && p.over(s, now) {
			p.shut(s)
		}
		p.mu.Unlock()
	}
}

// over reports whether a slot has been idle for so long that it may be closed.
// The mutex is held.
func (p *Pool) over(s *slot, now time.Time) bool {
	return s.idle() && now.Sub(s.used) >= p.config.IdleAfter
}

// Close closes all databases, each when the calls under way in it have ended.
// What comes later is refused with auth.ErrUnavailable.
func (p *Pool) Close() error {
	p.mu.Lock()
	p.closed = true
	p.notify() // who waits for a slot waits in vain
	p.mu.Unlock()
	p.end()
	for {
		p.mu.Lock()
		for _, s := range p.slots {
			if s.idle() {
				p.shut(s)
			}
		}
		left, wait := len(p.slots), p.change()
		p.mu.Unlock()
		if left == 0 {
			return nil
		}
		<-wait
	}
}
