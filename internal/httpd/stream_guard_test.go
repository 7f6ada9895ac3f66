package httpd_test

import (
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/latchkey/latchkey/internal/auth"
)

type hello struct {
	TenantID        string
	AccessTokenLife int
	Heartbeat       int
	Resumed         bool
	SessionID       string
}

// TestWhatAGuardIsTold: what was, that this is all, and what comes.
func TestWhatAGuardIsTold(t *testing.T) {
	t.Parallel()
	w := newStreaming(t)
	p, q := w.join(t, ""), w.join(t, "")
	key := w.serviceKey(t, "default", 0, auth.ScopeRevocations)
	w.do(t, "POST /auth/logout", nil, p.bearer()...).want(t, 200, "LOGGED_OUT")

	s := w.open(t, "/api/v1/auth/revocations", "Authorization", "Bearer "+string(key.Key))
	for name, want := range map[string]string{"Cache-Control": "no-store", "X-Accel-Buffering": "no", "X-Content-Type-Options": "nosniff"} {
		if got := s.header.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	var got hello
	s.want(t).is(t, "hello", &got)
	if want := (hello{TenantID: "default", AccessTokenLife: 900, Heartbeat: 5}); got != want {
		t.Errorf("hello %+v, want %+v", got, want)
	}
	n := s.news(t)
	want := auth.News{
		ID: n.ID, Event: auth.NewsSessionEnded, At: w.clock.Now(), Tenants: []string{"default"},
		UserID: p.ID, SessionID: p.SessionID, Reason: string(auth.EndLogout),
	}
	if d := cmp.Diff(want, n); d != "" {
		t.Errorf("news (-want +got):\n%s", d)
	}
	s.want(t).is(t, "ready", nil)
	w.do(t, "POST /auth/logout", nil, q.bearer()...).want(t, 200, "LOGGED_OUT")
	if n := s.news(t); n.SessionID != q.SessionID {
		t.Errorf("got %+v", n)
	}
}

// TestAGuardGoesOn where it was, by either name of the last line it has.
func TestAGuardGoesOn(t *testing.T) {
	t.Parallel()
	w := newStreaming(t)
	key := w.serviceKey(t, "", 0, auth.ScopeRevocations)
	p := w.join(t, "")
	s := w.guard(t, key.Key)
	w.do(t, "POST /auth/logout", nil, p.bearer()...).want(t, 200, "LOGGED_OUT")
	last := s.news(t).ID
	for name, headers := range map[string][]string{
		"/auth/revocations": {"Last-Event-ID", last}, "/auth/revocations?lastEventId=" + last: nil,
		"/auth/revocations?lastEventId=" + strings.Repeat("0", 36): nil,
	} {
		again := w.open(t, name, append(headers, "Authorization", "Bearer "+string(key.Key))...)
		var got hello
		again.want(t).is(t, "hello", &got)
		if want := !strings.Contains(name, "000000"); got.Resumed != want || got.TenantID != "" {
			t.Errorf("%s: %+v, want resumed=%v", name, got, want)
		}
		if n := again.news(t); n.ID != last {
			t.Errorf("%s: told %+v", name, n)
		}
		again.want(t).is(t, "ready", nil)
		again.close()
	}
}

func TestWhoMayListen(t *testing.T) {
	t.Parallel()
	w := newStreaming(t)
	p := w.join(t, "")
	scope, other := w.serviceKey(t, "default", 0, auth.ScopeRevocations), w.serviceKey(t, "default", 0, "orders:write")
	with := func(key auth.Token, more ...string) []string {
		return append(more, "Authorization", "Bearer "+string(key))
	}
	for name, c := range map[string]struct {
		path    string
		headers []string
		status  int
		code    string
	}{
		"nobody":          {"", nil, 401, "ACCESS_TOKEN_MISSING"},
		"a user":          {"", p.bearer(), 403, "FORBIDDEN"},
		"an admin":        {"", w.admin(t, "").bearer(), 403, "FORBIDDEN"},
		"no scope":        {"", with(other.Key), 403, "FORBIDDEN"},
		"a broken key":    {"", with(scope.Key + "A"), 401, "TOKEN_INVALID"},
		"another tenant":  {"", with(scope.Key, "x-tenant-id", coded), 403, "TENANT_MISMATCH"},
		"no such tenant":  {"", with(auth.Token(w.key), "x-tenant-id", "nobody-there"), 404, "TENANT_NOT_FOUND"},
		"another query":   {"?since=1", with(scope.Key), 400, "VALIDATION_FAILED"},
		"the query twice": {"?lastEventId=1&lastEventId=2", with(scope.Key), 400, "VALIDATION_FAILED"},
	} {
		w.do(t, "GET /auth/revocations"+c.path, nil, c.headers...).want(t, c.status, c.code)
		if t.Failed() {
			t.Fatal(name)
		}
	}
	for _, headers := range [][]string{with(scope.Key), w.operator()} {
		if a := w.do(t, "HEAD /auth/revocations", nil, headers...); a.status != 200 || a.header.Get("Content-Type") != "text/event-stream" {
			t.Errorf("HEAD: %d %v", a.status, a.header)
		}
		w.open(t, "/auth/revocations", headers...).want(t).is(t, "hello", nil)
	}
}

// TestAGuardHearsItsOwnTenant, and one for all tenants hears all.
func TestAGuardHearsItsOwnTenant(t *testing.T) {
	t.Parallel()
	w := newStreaming(t)
	mine, other := w.newTenant(t), w.newTenant(t)
	p, q := w.join(t, mine), w.join(t, other)
	one := w.guard(t, w.serviceKey(t, mine, 0, auth.ScopeRevocations).Key)
	everywhere := w.serviceKey(t, "", 0, auth.ScopeRevocations).Key
	all, named := w.guard(t, everywhere), w.guard(t, everywhere, "x-tenant-id", mine)
	ops := w.guard(t, auth.Token(w.key), "x-tenant-id", mine)
	for _, who := range []person{q, p} {
		w.do(t, "POST /auth/logout", nil, who.bearer()...).want(t, 200, "LOGGED_OUT")
	}
	for name, s := range map[string]*events{"one": one, "named": named} {
		if got := s.news(t).SessionID; got != p.SessionID {
			t.Errorf("%s heard of %s", name, got)
		}
	}
	for name, s := range map[string]*events{"all": all, "an operator": ops} {
		if got := []string{s.news(t).SessionID, s.news(t).SessionID}; got[0] != q.SessionID || got[1] != p.SessionID {
			t.Errorf("%s heard of %s", name, got)
		}
	}
}

// TestAStreamEndsWithItsKey, and what ended it is told first where it is news.
func TestAStreamEndsWithItsKey(t *testing.T) {
	t.Parallel()
	w := newStreaming(t)
	tenant := w.newTenant(t)
	t.Run("revoked", func(t *testing.T) {
		key := w.serviceKey(t, tenant, 0, auth.ScopeRevocations)
		s := w.guard(t, key.Key)
		_, err := w.service.RevokeServiceKey(t.Context(), w.commandLine(t, tenant), auth.ServiceKeyRef{Key: key.ID})
		must(t, err)
		if n := s.news(t); n.Event != auth.NewsKeyRevoked || n.KeyID != key.ID {
			t.Errorf("told %+v", n)
		}
		s.ends(t)
	})
	t.Run("over", func(t *testing.T) {
		w.guard(t, w.serviceKey(t, tenant, time.Second, auth.ScopeRevocations).Key).ends(t)
	})
	t.Run("an operator's is revoked", func(t *testing.T) {
		s := w.guard(t, auth.Token(w.operatorKey(t, "gone")))
		_, err := w.service.RevokeOperatorKey(t.Context(), w.commandLine(t, ""), "gone")
		must(t, err)
		s.ends(t)
	})
	t.Run("suspended", func(t *testing.T) {
		s := w.guard(t, w.serviceKey(t, tenant, 0, auth.ScopeRevocations).Key)
		w.do(t, "PATCH /tenants/"+tenant+"/status", object{"status": "SUSPENDED"}, w.operator()...).want(t, 200, "TENANT_STATUS_CHANGED")
		if n := s.news(t); n.Event != auth.NewsTenantStatus || n.TenantID != tenant || n.Reason != string(auth.TenantSuspended) {
			t.Errorf("told %+v", n)
		}
		s.ends(t)
	})
}

// TestAStreamOutlivesTheServersPatience with requests, and beats.
func TestAStreamOutlivesTheServersPatience(t *testing.T) {
	t.Parallel()
	w := newStreaming(t)
	server := httptest.NewUnstartedServer(w.door)
	server.Config.ReadTimeout, server.Config.WriteTimeout = time.Second, time.Second
	server.Start()
	t.Cleanup(server.Close)
	t.Cleanup(w.door.Drain)
	w.url = server.URL
	s := w.guard(t, auth.Token(w.key))
	if e := s.want(t); e != (event{}) { // after five seconds
		t.Errorf("got %+v, want a comment", e)
	}
}

// TestStreamsEndWhenTheServerDrains, and new ones are sent elsewhere.
func TestStreamsEndWhenTheServerDrains(t *testing.T) {
	t.Parallel()
	w := newStreaming(t)
	p := w.join(t, "")
	guard, session := w.guard(t, auth.Token(w.key)), w.open(t, "/auth/session/events", p.bearer()...)
	session.want(t).is(t, "hello", nil)
	w.door.Drain()
	guard.ends(t)
	session.ends(t)
	for path, headers := range map[string][]string{"/auth/revocations": w.operator(), "/auth/session/events": p.bearer()} {
		a := w.do(t, "GET "+path, nil, headers...).want(t, 503, "NOT_READY")
		if a.header.Get("Retry-After") == "" {
			t.Errorf("%s: no Retry-After", path)
		}
	}
}

// TestAStreamIsCountedWhenItEnds, and not as an answer that took long.
func TestAStreamIsCountedWhenItEnds(t *testing.T) {
	t.Parallel()
	w := newStreaming(t)
	s := w.guard(t, auth.Token(w.key))
	w.door.Drain()
	s.ends(t)
	page := string(w.do(t, "GET /metrics", nil).body)
	if !strings.Contains(page, `latchkey_http_requests_total{code="STREAM",method="GET",route="/auth/revocations",status="200"} 1`) {
		t.Error("it is not counted")
	}
	if strings.Contains(page, `latchkey_http_request_seconds_count{route="/auth/revocations"}`) {
		t.Error("it is counted as an answer")
	}
}
