package httpd

import (
	"cmp"
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
	"github.com/latchkey/latchkey/internal/feed"
)

const (
	guardBeat = 5 * time.Second
	// keyCheck is how often an operator's key is looked at, whose end no news tell.
	keyCheck = time.Second
	// atOnce is how many events are written together.
	atOnce = 64
)

// revocationsInput says where a guard goes on.
type revocationsInput struct {
	LastEventID string `query:"lastEventId" json:"-" maxLength:"64" doc:"Id of the last line that you have, as the header Last-Event-ID"`
}

// guardHello is the first event of GET /auth/revocations.
type guardHello struct {
	TenantID  string `json:"tenantId,omitempty"`
	Life      int    `json:"accessTokenLife"` // seconds, as the next one
	Heartbeat int    `json:"heartbeat"`
	Resumed   bool   `json:"resumed"`
}

var readyEvent = []byte("event: ready\ndata: {}\n\n")

// serveRevocations tells guards elsewhere what they must know.
func serveRevocations(x *exchange) error {
	var in revocationsInput
	if err := x.read(&in); err != nil {
		return err
	}
	if err := x.guards(); err != nil {
		return err
	}
	if x.r.Method == http.MethodHead {
		x.streamHeader()
		return nil
	}
	leave, err := x.server.streams.enter("")
	if err != nil {
		return err
	}
	defer leave()
	l, err := x.listen(cmp.Or(x.r.Header.Get("Last-Event-ID"), in.LastEventID))
	if err != nil {
		return err
	}
	defer l.Close()
	// Once more, now that no end of the key goes unheard.
	if x.by, err = x.program(x.table); err != nil {
		return err
	}
	if err := x.guards(); err != nil {
		return err
	}
	hello, err := event("hello", guardHello{
		TenantID: x.guardTenant(), Life: int(x.server.config.Feed.Life().Seconds()), Heartbeat: int(guardBeat.Seconds()), Resumed: l.Resumed(),
	})
	if err != nil {
		return err
	}
	s, err := x.stream()
	if err != nil {
		return err
	}
	if s.send(hello) == nil {
		s.relay(l)
	}
	return nil
}

// guards refuses who is neither a service that may listen nor an operator.
func (x *exchange) guards() error {
	if x.by.Service.ID != "" && slices.Contains(x.by.Service.Scopes, auth.ScopeRevocations) || x.by.Operator != "" {
		return nil
	}
	return auth.ErrForbidden
}

// guardTenant is whose guard listens; "" is one of all tenants. An operator's key
// is for all of them, whichever the request names.
func (x *exchange) guardTenant() string {
	if x.by.Service.ID == "" {
		return ""
	}
	return x.by.Tenant.Slug
}

func (x *exchange) listen(last string) (*feed.Listener, error) {
	if x.server.config.Feed == nil {
		return nil, errSilent
	}
	l, err := x.server.config.Feed.Listen(x.r.Context(), feed.Audience{Tenant: x.guardTenant(), Key: x.by.Service.ID}, last)
	if err != nil {
		return nil, errSilent
	}
	return l, nil
}

// relay sends what there is to hear, until the reader goes or has to.
func (s *stream) relay(l *feed.Listener) {
	tick := time.NewTicker(guardBeat)
	defer tick.Stop()
	over, look, stop := s.x.keyEnds()
	defer stop()
	var room [atOnce][]byte
	for said := false; ; {
		events, more, ended := l.Take(room[:0])
		if !said && ended == nil && l.Ready() {
			said, events = true, append(events, readyEvent)
		}
		if len(events) > 0 && s.send(events...) != nil || ended != nil {
			return
		}
		clear(room[:]) // lines that are let go are not kept by who waits
		select {
		case <-more:
		case <-tick.C:
			if l.Good() != nil || s.send(beat) != nil {
				return
			}
		case <-look:
			if s.x.keyGone() {
				return
			}
		case <-over:
			return
		case <-l.Cut():
			return
		case <-s.x.server.streams.over:
			return
		case <-s.x.r.Context().Done():
			return
		}
	}
}

// keyEnds tells when the key is over by time, if that is known, and else when to
// look at it.
func (x *exchange) keyEnds() (over, look <-chan time.Time, stop func()) {
	if x.by.Service.ID == "" {
		tick := time.NewTicker(keyCheck)
		return nil, tick.C, tick.Stop
	}
	if x.by.Service.ExpiresAt.IsZero() {
		return nil, nil, func() {}
	}
	timer := time.NewTimer(x.by.Service.ExpiresAt.Sub(x.server.now()))
	return timer.C, nil, func() { timer.Stop() }
}

// keyGone reports whether the key is refused. That it cannot be looked at is
// not for it to suffer.
func (x *exchange) keyGone() bool {
	_, err := x.program(x.table)
	return errors.Is(err, auth.ErrTokenInvalid) || errors.Is(err, auth.ErrTenantInactive)
}
