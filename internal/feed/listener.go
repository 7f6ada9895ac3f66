package feed

import (
	"context"
	"errors"
	"time"
)

// The reasons for which a listener is sent away, beside [ErrDown].
var (
	// ErrSlow says that a listener takes what it is told too slowly.
	ErrSlow = errors.New("the listener is too slow")
	// ErrShut says that the key that it came with is revoked, or its tenant closed.
	ErrShut = errors.New("the listener may not listen any more")
)

// slowAfter is how long a line may wait for a listener that had all before it.
const slowAfter = 10 * time.Second

// Audience is who listens.
type Audience struct {
	Tenant string // slug; "": guards of all tenants
	Key    string // id of the API key
}

// Listener is a position in what is held. One goroutine uses it.
type Listener struct {
	hub     *Hub
	window  *window
	who     Audience
	from    string // ids of news that may be new; "": all
	next    uint64
	mark    uint64    // where what was there at the beginning ends
	level   bool      // has had all there was, once
	shut    bool      // its key is revoked, or its tenant closed
	status  time.Time // which was said then
	resumed bool
}

// Listen begins to listen, to everything that still matters, or, from a listener
// that names the last line that it has, to what may be new to it. ErrDown when
// nothing can be read. Close the listener.
func (h *Hub) Listen(ctx context.Context, who Audience, last string) (*Listener, error) {
	w, err := h.enter(ctx)
	if err != nil {
		return nil, err
	}
	l := &Listener{hub: h, window: w, who: who}
	w.mu.RLock()
	defer w.mu.RUnlock()
	l.next, l.mark = w.first, w.first+uint64(len(w.lines))
	// Another process told it the last one, perhaps, in another order: what it has
	// not is no older than clocks may differ, as for a deep read.
	if at, ok := made(last); ok {
		if _, l.resumed = w.held[last]; l.resumed {
			l.from = after(at.Add(-deep))
		}
	}
	return l, nil
}

// Close ends listening.
func (l *Listener) Close() { l.hub.leave(l.window) }

// Resumed reports whether the listener is told only what may be new to it.
func (l *Listener) Resumed() bool { return l.resumed }

// Ready reports whether it has been told all that was there when it began.
func (l *Listener) Ready() bool { return l.next >= l.mark }

// Take adds to into the lines that are next, as many as it has room for. They are
// shared: do not change them. When there are none, more is closed as soon as
// there may be. An error ends the listening, after the lines that come with it.
func (l *Listener) Take(into [][]byte) (lines [][]byte, more <-chan struct{}, err error) {
	w := l.window
	if err := l.Good(); err != nil {
		return into, nil, err
	}
	w.mu.RLock()
	defer w.mu.RUnlock()
	if l.next < w.first {
		if l.level {
			return into, nil, ErrSlow
		}
		l.next = w.first // what was let go before it began to hear was of no use
	}
	now, end := l.hub.config.Now(), w.first+uint64(len(w.lines))
	for l.next < end && len(into) < cap(into) {
		line := w.lines[l.next-w.first]
		if l.level && time.Since(line.arrived) > slowAfter {
			return into, nil, ErrSlow
		}
		l.next++
		if line.id < l.from && l.next <= l.mark || !line.until.After(now) || !line.heard(l.who.Tenant) {
			continue
		}
		into = append(into, line.as(l.who.Tenant))
		if l.suffer(line); l.shut && l.Ready() {
			break
		}
	}
	switch {
	case l.shut && l.Ready():
		return into, nil, ErrShut
	case l.next < end:
		return into, atOnce, nil
	}
	l.level = true
	return into, w.more, nil
}

// Good returns nil as long as nothing is missed: a beat may be sent.
func (l *Listener) Good() error { return l.window.good() }

// Cut is closed when the listener is to look at why it has to go.
func (l *Listener) Cut() <-chan struct{} { return l.window.cut }

// suffer notes what a line means for the listener itself.
func (l *Listener) suffer(of *line) {
	f := of.fate
	switch {
	case f == nil:
	case f.key != "" && f.key == l.who.Key:
		l.shut, l.status = true, forever
	case f.tenant != "" && f.tenant == l.who.Tenant && !f.at.Before(l.status):
		l.shut, l.status = !f.open, f.at
	}
}

// good reports whether what is held may be taken for all there is.
func (w *window) good() error {
	select {
	case <-w.cut:
		return ErrDown
	default:
	}
	if w.lapsed() {
		return ErrDown
	}
	return nil
}

// forever is later than any news: a key that is revoked stays so.
var forever = time.Unix(1<<40, 0)

// atOnce is closed: there is more already.
var atOnce = func() <-chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}()
