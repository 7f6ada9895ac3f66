package httpd

import (
	"net/http"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
	"github.com/latchkey/latchkey/internal/feed"
)

const sessionBeat = 15 * time.Second

// sessionHello is the first event of GET /auth/session/events.
type sessionHello struct {
	SessionID string `json:"sessionId"`
	Heartbeat int    `json:"heartbeat"` // seconds
}

// sessionOver is its last one.
type sessionOver struct {
	SessionID string `json:"sessionId"`
	Reason    string `json:"reason"`
}

// sessionRefresh says that there are newer tokens to be had.
type sessionRefresh struct {
	Reason string `json:"reason"`
}

// serveSessionEvents tells a session what becomes of it.
func serveSessionEvents(x *exchange) error {
	if err := x.read(&none{}); err != nil {
		return err
	}
	if x.r.Method == http.MethodHead {
		x.streamHeader()
		return nil
	}
	leave, err := x.server.streams.enter(x.by.Account.User.ID)
	if err != nil {
		return err
	}
	defer leave()
	w, err := x.watch()
	if err != nil {
		return err
	}
	defer w.Close()
	// Once more, now that no end of the session goes unheard.
	if x.by, err = x.caller(x.table); err != nil {
		return err
	}
	hello, err := event("hello", sessionHello{SessionID: x.by.Session.ID, Heartbeat: int(sessionBeat.Seconds())})
	if err != nil {
		return err
	}
	s, err := x.stream()
	if err != nil {
		return err
	}
	if s.send(hello) == nil {
		s.attend(w)
	}
	return nil
}

func (x *exchange) watch() (*feed.Watcher, error) {
	if x.server.config.Feed == nil {
		return nil, errSilent
	}
	w, err := x.server.config.Feed.Watch(x.r.Context(), feed.Watched{
		Session: x.by.Session.ID, User: x.by.Account.User.ID, Tenant: x.by.Tenant.Slug, Space: x.by.Seat.Space, Role: x.by.Seat.Role,
	})
	if err != nil {
		return nil, errSilent
	}
	return w, nil
}

// attend sends what becomes of the session until it is over, or the reader goes
// or has to.
func (s *stream) attend(w *feed.Watcher) {
	tick := time.NewTicker(sessionBeat)
	defer tick.Stop()
	end := time.NewTimer(s.x.by.Session.ExpiresAt.Sub(s.x.server.now()))
	defer end.Stop()
	for {
		select {
		case <-w.Wake():
			if c, changed := w.Take(); changed && !s.tell(c) {
				return
			}
		case <-end.C:
			s.tell(feed.Change{Ended: true, Reason: string(auth.EndExpired)})
			return
		case <-tick.C:
			if w.Good() != nil || s.send(beat) != nil {
				return
			}
		case <-w.Cut():
			return
		case <-s.x.server.streams.over:
			return
		case <-s.x.r.Context().Done():
			return
		}
	}
}

// tell sends a change, and reports whether there may be more to come.
func (s *stream) tell(c feed.Change) bool {
	name, data := "refresh", any(sessionRefresh{c.Reason})
	if c.Ended {
		name, data = "session.ended", sessionOver{s.x.by.Session.ID, c.Reason}
	}
	e, err := event(name, data)
	return err == nil && s.send(e) == nil && !c.Ended
}
