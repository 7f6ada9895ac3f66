package httpd_test

import (
	"context"
	"testing"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
	"github.com/latchkey/latchkey/internal/feed"
	"github.com/latchkey/latchkey/internal/httpd"
)

// told is the data of an event of a session's stream.
type told struct{ SessionID, Reason string }

// TestWhatASessionIsTold: each change, by what it is called, and the end as the
// last thing. Nobody else is told.
func TestWhatASessionIsTold(t *testing.T) {
	t.Parallel()
	w := newStreaming(t)
	for name, c := range map[string]struct {
		change func(t *testing.T, tenant string, p, elsewhere person)
		event  string
		reason string
	}{
		"ended elsewhere": {func(t *testing.T, _ string, p, elsewhere person) {
			w.do(t, "POST /auth/logout/session", object{"sessionId": p.SessionID}, elsewhere.bearer()...).want(t, 200, "SESSION_REVOKED")
		}, "session.ended", string(auth.EndRemoteLogout)},
		"logged out": {func(t *testing.T, _ string, p, _ person) {
			w.do(t, "POST /auth/logout", nil, p.bearer()...).want(t, 200, "LOGGED_OUT")
		}, "session.ended", string(auth.EndLogout)},
		"another role": {func(t *testing.T, tenant string, p, _ person) {
			_, err := w.service.ChangeRole(t.Context(), w.commandLine(t, tenant), auth.ChangeRoleInput{UserID: p.ID, NewRole: auth.RoleManager})
			must(t, err)
		}, "refresh", "account"},
		"suspended": {func(t *testing.T, tenant string, _, _ person) {
			w.do(t, "PATCH /tenants/"+tenant+"/status", object{"status": "SUSPENDED"}, w.operator()...).want(t, 200, "TENANT_STATUS_CHANGED")
		}, "session.ended", "tenant"},
	} {
		t.Run(name, func(t *testing.T) {
			tenant := w.newTenant(t)
			p := w.join(t, tenant)
			elsewhere, stranger := w.login(t, p), w.join(t, "")
			mine, other := w.open(t, "/auth/session/events", p.bearer()...), w.open(t, "/api/v1/auth/session/events", stranger.jar()...)
			var got hello
			mine.want(t).is(t, "hello", &got)
			if want := (hello{SessionID: p.SessionID, Heartbeat: 15}); got != want {
				t.Errorf("hello %+v, want %+v", got, want)
			}
			other.want(t).is(t, "hello", nil)
			c.change(t, tenant, p, elsewhere)
			var said told
			mine.want(t).is(t, c.event, &said)
			if said.Reason != c.reason {
				t.Errorf("%s because of %q, want %q", c.event, said.Reason, c.reason)
			}
			if c.event == "session.ended" {
				if said.SessionID != p.SessionID {
					t.Errorf("the end of %q, want %q", said.SessionID, p.SessionID)
				}
				mine.ends(t)
			}
			w.do(t, "POST /auth/logout", nil, stranger.bearer()...).want(t, 200, "LOGGED_OUT")
			other.want(t).is(t, "session.ended", &said) // as the first thing
			if said.SessionID != stranger.SessionID {
				t.Errorf("the end of %q, want %q", said.SessionID, stranger.SessionID)
			}
			other.ends(t)
		})
	}
}

// TestASessionsStreamEndsWithItByTime: nobody announces that.
func TestASessionsStreamEndsWithItByTime(t *testing.T) {
	t.Parallel()
	w := newStreaming(t)
	w.service.Lifetimes.Refresh, w.service.Lifetimes.Session = 2*time.Second, 2*time.Second
	s := w.open(t, "/auth/session/events", w.join(t, "").bearer()...)
	s.want(t).is(t, "hello", nil)
	var said told
	s.want(t).is(t, "session.ended", &said)
	if said.Reason != string(auth.EndExpired) {
		t.Errorf("because of %q", said.Reason)
	}
	s.ends(t)
}

// TestWhoIsToldOfASession: its user, by the session's token.
func TestWhoIsToldOfASession(t *testing.T) {
	t.Parallel()
	w := newStreaming(t)
	gone := w.join(t, "")
	w.do(t, "POST /auth/logout", nil, gone.bearer()...).want(t, 200, "LOGGED_OUT")
	key := w.serviceKey(t, "default", 0, auth.ScopeRevocations)
	for _, c := range []struct {
		headers []string
		status  int
		code    string
	}{
		{nil, 401, "ACCESS_TOKEN_MISSING"},
		{gone.bearer(), 401, "SESSION_NOT_FOUND"},
		{w.operator(), 401, "TOKEN_INVALID"},
		{[]string{"Authorization", "Bearer " + string(key.Key)}, 401, "TOKEN_INVALID"},
	} {
		w.do(t, "GET /auth/session/events", nil, c.headers...).want(t, c.status, c.code)
	}
	p := w.join(t, pages)
	s := w.open(t, "/auth/session/events", p.jar("Origin", pagesOrigin, "Sec-Fetch-Site", "cross-site")...)
	if got := s.header.Get("Access-Control-Allow-Origin"); got != pagesOrigin || s.header.Get("Access-Control-Allow-Credentials") != "true" {
		t.Errorf("a page may not read it: %v", s.header)
	}
	if a := w.do(t, "HEAD /auth/session/events", nil, p.bearer()...); a.status != 200 {
		t.Errorf("HEAD: %d", a.status)
	}
}

// TestStreamsAreCounted: those of an account, and all.
func TestStreamsAreCounted(t *testing.T) {
	t.Parallel()
	w := newStreaming(t)
	p, q := w.join(t, ""), w.join(t, "")
	var last *events
	for range 64 {
		last = w.open(t, "/auth/session/events", p.bearer()...)
		last.want(t).is(t, "hello", nil)
	}
	a := w.do(t, "GET /auth/session/events", nil, p.bearer()...).want(t, 429, "RATE_LIMITED")
	if a.Meta.RetryAfter == 0 {
		t.Error("not told when to come again")
	}
	w.open(t, "/auth/session/events", q.bearer()...).want(t).is(t, "hello", nil)
	// One that ended makes room.
	w.do(t, "POST /auth/logout", nil, p.bearer()...).want(t, 200, "LOGGED_OUT")
	last.want(t).is(t, "session.ended", nil)
	last.ends(t)
	w.open(t, "/auth/session/events", w.login(t, p).bearer()...).want(t).is(t, "hello", nil)
}

// TestGuardsHaveRoom where sessions have none.
func TestGuardsHaveRoom(t *testing.T) {
	t.Parallel()
	w := newStreaming(t, func(c *httpd.Config) { c.Streams = 10 })
	for range 9 {
		w.open(t, "/auth/session/events", w.join(t, "").bearer()...).want(t).is(t, "hello", nil)
	}
	w.do(t, "GET /auth/session/events", nil, w.join(t, "").bearer()...).want(t, 503, "OVERLOADED")
	guard := w.guard(t, auth.Token(w.key))
	a := w.do(t, "GET /auth/revocations", nil, w.operator()...).want(t, 503, "OVERLOADED")
	if a.header.Get("Retry-After") == "" {
		t.Error("not told when to come again")
	}
	guard.close()
}

// TestNobodyListensToWhatCannotBeRead: with no feed, and with one that is down.
func TestNobodyListensToWhatCannotBeRead(t *testing.T) {
	t.Parallel()
	for name, hub := range map[string]*feed.Hub{"none": nil, "down": ended(t)} {
		w := newWorld(t, func(c *httpd.Config) { c.Feed = hub })
		for path, headers := range map[string][]string{"/auth/revocations": w.operator(), "/auth/session/events": w.join(t, "").bearer()} {
			if a := w.do(t, "GET "+path, nil, headers...).want(t, 503, "TENANT_CONNECTION_MISSING"); a.header.Get("Retry-After") == "" {
				t.Errorf("%s: %s: not told when to come again", name, path)
			}
		}
	}
}

// ended is a hub that does not run any more.
func ended(t *testing.T) *feed.Hub {
	t.Helper()
	hub := feed.New(feed.Config{})
	ctx, stop := context.WithCancel(t.Context())
	stop()
	hub.Run(ctx)
	return hub
}
