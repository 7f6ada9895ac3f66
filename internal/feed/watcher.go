package feed

import (
	"context"

	"github.com/latchkey/latchkey/internal/auth"
)

// Watched is a session that is watched, as it is.
type Watched struct {
	Session string
	User    string
	Tenant  string // slug
	Space   string
	Role    string // in that space; "": not known
}

// Change is what happened to a session that is watched. Changes come together:
// who looks late sees the last one.
type Change struct {
	Ended  bool // else its tokens are out of date
	Reason string
}

// Watcher hears what becomes of one session.
type Watcher struct {
	hub    *Hub
	window *window
	wake   chan struct{} // has one in it when there is a change

	// Under the window's lock.
	who     Watched
	change  Change
	changed bool
}

// Watch begins to watch a session. Whoever looks once more whether the session
// lives, after that, misses nothing. ErrDown when nothing can be read. Close the
// watcher.
func (h *Hub) Watch(ctx context.Context, who Watched) (*Watcher, error) {
	w, err := h.enter(ctx)
	if err != nil {
		return nil, err
	}
	watcher := &Watcher{hub: h, window: w, wake: make(chan struct{}, 1), who: who}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.watchers.add(watcher)
	watcher.lookBack(w.recent)
	return watcher, nil
}

// lookBack ends what was ended a moment ago: that another look finds a session
// alive may be because its end has been read here and not been dropped yet.
func (w *Watcher) lookBack(all []recent) {
	user, tenant := latest(all, func(n auth.News) bool {
		return n.UserID == w.who.User && (n.Event == auth.NewsUserLocked || n.Event == auth.NewsUserRemoved || n.Event == auth.NewsUserChanged)
	}), latest(all, func(n auth.News) bool {
		return n.Event == auth.NewsTenantStatus && n.TenantID == w.who.Tenant
	})
	ended := latest(all, func(n auth.News) bool {
		return n.Event == auth.NewsSessionEnded && n.SessionID == w.who.Session
	})
	if user.Event == auth.NewsUserChanged {
		w.reseat(user.Seats)
	}
	switch {
	case ended.Event != "":
		w.end(ended.Reason)
	case user.Event == auth.NewsUserLocked:
		w.end("locked")
	case user.Event == auth.NewsUserRemoved:
		w.end("removed")
	case tenant.Event != "" && tenant.Reason != string(auth.TenantActive):
		w.end("tenant")
	}
}

// latest returns the last news of a sort, the zero News when there are none.
func latest(all []recent, of func(auth.News) bool) (last auth.News) {
	for _, r := range all {
		if of(r.news) && !r.news.At.Before(last.At) {
			last = r.news
		}
	}
	return last
}

// Close ends watching.
func (w *Watcher) Close() {
	w.window.mu.Lock()
	w.window.watchers.remove(w)
	w.window.mu.Unlock()
	w.hub.leave(w.window)
}

// Wake has one in it when there is a change to take.
func (w *Watcher) Wake() <-chan struct{} { return w.wake }

// Cut is closed when nothing can be heard any more.
func (w *Watcher) Cut() <-chan struct{} { return w.window.cut }

// Good returns nil as long as nothing is missed: a beat may be sent.
func (w *Watcher) Good() error { return w.window.good() }

// Take takes the last change, if there was one.
func (w *Watcher) Take() (c Change, ok bool) {
	w.window.mu.Lock()
	defer w.window.mu.Unlock()
	c, ok = w.change, w.changed
	w.changed = w.change.Ended
	return c, ok
}

func (w *Watcher) end(reason string) { w.tell(Change{Ended: true, Reason: reason}) }

func (w *Watcher) refresh(reason string) { w.tell(Change{Reason: reason}) }

// tell notes a change and wakes. What has ended stays so.
func (w *Watcher) tell(c Change) {
	if w.change.Ended {
		return
	}
	w.change, w.changed = c, true
	select {
	case w.wake <- struct{}{}:
	default: // it has not looked yet
	}
}
