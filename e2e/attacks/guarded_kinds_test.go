package attacks

import (
	"log/slog"
	"net/http"
	"testing"
	"time"

	"github.com/latchkey/latchkey/guard"
)

// TestA05GuardedKinds: what guards let in is an access token or a service's API
// key, each as what it is; and neither, nor what a gateway vouches with, is good
// for anything else that the server gives out.
func TestA05GuardedKinds(t *testing.T) {
	t.Parallel()
	s := start(t, usual())
	v, c := judge(t), s.guarded(t)
	bag := s.collect(t, c)
	c.opens(t, bag.grant)
	each(s.uses(t, c, bag), func(u use) {
		for kind, token := range bag.tokens {
			switch good := u.accepts(token); {
			case good && kind != u.kind && kind != u.also:
				v.breach(kind+" as "+u.kind, "it was accepted by %s", u.name)
			case !good && kind == u.kind:
				t.Errorf("%s is refused by %s: the suite proves nothing", kind, u.name)
			}
		}
	})
	c.ended(t, v, s, bag)
}

// A bag has one token of each kind: one person's, and those who run things.
type bag struct {
	grant   grant
	pending grant
	code    string // of the pending login
	tokens  map[string]string
}

func (s *server) collect(t *testing.T, c *client) bag {
	t.Helper()
	p := newPerson()
	c.want(t, "USER_CREATED", p.signUp())
	first := c.want(t, "OTP_SENT", p.logIn()).grant()
	b := bag{grant: c.want(t, "LOGIN_SUCCESS", post("/auth/login/verify", fields{"loginId": first.LoginID, "otp": s.code(t, p.Email)})).grant()}
	b.pending = c.want(t, "OTP_SENT", p.logIn()).grant()
	b.code = s.code(t, p.Email)
	c.doors.client.must(t, get("/vouched/x", b.grant.bearer()...))
	came := c.doors.service.take()
	if len(came) != 1 {
		t.Fatalf("%d requests came to the service, want the one that the gateway vouches for", len(came))
	}
	b.tokens = map[string]string{
		"access token": b.grant.AccessToken, "refresh token": b.grant.RefreshToken, "device token": b.grant.DeviceToken,
		"login challenge": b.pending.LoginID, "mailed code": b.code, "session id": b.grant.SessionID,
		"operator's key": s.operatorKey(t), "service's key": s.serviceKey(t, "shop"),
		"listener's key": s.serviceKey(t, "listener", "revocations:read"), "assertion": came[0].header.Get("X-Identity-Assertion"),
	}
	for kind, token := range b.tokens {
		if token == "" {
			t.Fatalf("there is no %s", kind)
		}
	}
	return b
}

// A use is a place where one kind of token belongs.
type use struct {
	name, kind string
	also       string // another kind that is good there, by design
	accepts    func(token string) bool
}

func (s *server) uses(t *testing.T, c *client, b bag) []use {
	t.Helper()
	lock := c.doors.guard
	is := func(want guard.Kind) func(string) bool {
		return func(token string) bool {
			found := false
			for _, headers := range places(token) {
				id, err := lock.Authorize(asked("/orders/1", headers...))
				found = found || err == nil && id.Kind == want
			}
			id, err := lock.Verify(t.Context(), token)
			return found || err == nil && id.Kind == want
		}
	}
	says := func(by *client, path, header, want string) func(string) bool {
		return func(token string) bool {
			found := false
			for _, headers := range places(token) {
				a := by.must(t, get(path, headers...))
				found = found || a.status == http.StatusOK && (header == "" || a.header.Get(header) == want)
			}
			return found
		}
	}
	vouched := s.keep(t, guard.Config{
		Issuer: "latchkey-gateway", Audience: "orders", Keys: guard.JWKS(c.doors.gateway.base + "/.well-known/gateway-jwks.json"),
		VerifyURL: s.base + "/auth/verify", Log: slog.New(slog.DiscardHandler),
	})
	all := []use{
		{"guard, as a user", "access token", "", is(guard.User)},
		{"guard, as a service", "service's key", "listener's key", is(guard.Service)},
		{"GET /auth/verify, as a user", "access token", "", says(c, "/auth/verify", "X-Identity-Kind", "user")},
		{"GET /auth/verify, as a service", "service's key", "listener's key", says(c, "/auth/verify", "X-Identity-Kind", "service")},
		{"GET /auth/verify, with a scope", "listener's key", "", says(c, "/auth/verify?permission=revocations:read", "", "")},
		{"GET /auth/me", "access token", "", says(c, "/auth/me", "", "")},
		{"GET /auth/me through the gateway", "access token", "", says(c.doors.client, "/auth/me", "", "")},
		{"a service behind assertions", "assertion", "", func(token string) bool {
			id, err := vouched.Verify(t.Context(), token)
			return err == nil && id.Kind == guard.User
		}},
		{"GET /auth/revocations", "listener's key", "operator's key", c.listens},
		{"POST /auth/refresh", "", "", func(token string) bool {
			if token == b.grant.RefreshToken { // which TestA05TokenKinds presents
				return false
			}
			return c.must(t, post("/auth/refresh", fields{"refreshToken": token})).status == http.StatusOK
		}},
		{"POST /auth/login/verify", "", "", func(token string) bool {
			if token == b.pending.LoginID || token == b.code {
				return false
			}
			return c.must(t, post("/auth/login/verify", fields{"loginId": token, "otp": b.code})).status == http.StatusOK ||
				c.must(t, post("/auth/login/verify", fields{"loginId": b.pending.LoginID, "otp": token})).status == http.StatusOK
		}},
		{"an operator's route", "operator's key", "", func(token string) bool {
			return c.must(t, get("/tenants", "Authorization", "Bearer "+token)).status == http.StatusOK
		}},
	}
	return append(all, behind(t, c)...)
}

// behind are the ways through the gateway to the service, as who they lead there.
func behind(t *testing.T, c *client) (all []use) {
	through := func(kind string) func(string) bool {
		return func(token string) bool {
			for _, headers := range places(token) {
				path := "/orders/" + kind + "/" + newPerson().Email
				c.doors.client.must(t, get(path, headers...))
				for _, a := range c.doors.service.all() {
					if a.uri == path && a.header.Get("X-Identity-Kind") == kind {
						return true
					}
				}
			}
			return false
		}
	}
	return []use{
		{"the gateway, as a user", "access token", "", through("user")},
		{"the gateway, as a service", "service's key", "listener's key", through("service")},
	}
}

// listens reports whether the feed speaks to whoever has the token.
func (c *client) listens(token string) bool {
	for _, headers := range places(token) {
		r, err := get("/auth/revocations", headers...).make(c.base)
		if err != nil {
			return false
		}
		got, err := c.http.Do(r)
		if err != nil {
			return false
		}
		got.Body.Close()
		if got.StatusCode == http.StatusOK {
			return true
		}
	}
	return false
}

// ended: a token of a session that is over is of no kind at all, and neither is
// a key that was revoked.
func (c *client) ended(t *testing.T, v *verdict, s *server, b bag) {
	t.Helper()
	c.want(t, "LOGGED_OUT", post("/auth/logout", nil, b.grant.bearer()...))
	s.command("api-key", "revoke", "--all-tenants", "shop")
	for kind, token := range map[string]string{"an ended session's token": b.grant.AccessToken, "a revoked key": b.tokens["service's key"]} {
		for name, refuses := range map[string]func() bool{
			"guard": func() bool {
				_, err := c.doors.guard.Verify(t.Context(), token)
				return turnedAway(err)
			},
			"the gateway": func() bool {
				return shut(c.doors.client.must(t, get("/orders/1", "Authorization", "Bearer "+token)).status)
			},
			"GET /auth/verify": func() bool {
				return shut(c.must(t, get("/auth/verify", "Authorization", "Bearer "+token)).status)
			},
		} {
			if !within(ended, refuses) {
				v.breach(kind, "%s lets it in for %v", name, ended)
			}
		}
	}
}

// ended is more than a guard may take to hear that something is over; how long
// it takes is measured elsewhere.
const ended = 20 * time.Second
