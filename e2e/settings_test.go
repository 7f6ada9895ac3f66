package e2e

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// TestSettingsReachTheProcess: a setting, and what is seen of it from outside.
func TestSettingsReachTheProcess(t *testing.T) {
	t.Parallel()
	templates := t.TempDir()
	if err := os.MkdirAll(filepath.Join(templates, "en"), 0o700); err != nil {
		t.Fatal(err)
	}
	own := "Subject: Hello from us\n\nHello {{.Name}}.\n"
	if err := os.WriteFile(filepath.Join(templates, "en", "welcome.txt"), []byte(own), 0o600); err != nil {
		t.Fatal(err)
	}
	off := env{"LOGIN_OTP": "off"}
	for name, c := range map[string]struct {
		set env
		see func(*testing.T, *server)
	}{
		"SIGN_UP=closed": {env{"SIGN_UP": "closed"}, func(t *testing.T, s *server) {
			s.client().want(t, "SIGN_UP_CLOSED", "POST", "/auth/sign-up", newPerson().signUp())
		}},
		"RATE_LIMITS=off":                {env{"RATE_LIMITS": "off"}, func(t *testing.T, s *server) { sixCodes(t, s, "OTP_SENT") }},
		"RATE_LIMITS=on":                 {env{}, func(t *testing.T, s *server) { sixCodes(t, s, "RATE_LIMITED") }},
		"COOKIE_SECURE=auto on loopback": {off, func(t *testing.T, s *server) { cookiesSecure(t, s, false) }},
		"COOKIE_SECURE=true":             {off.with(env{"COOKIE_SECURE": "true"}), func(t *testing.T, s *server) { cookiesSecure(t, s, true) }},
		"JWT_AUDIENCE": {off.with(env{"JWT_AUDIENCE": "https://api.example.com"}), func(t *testing.T, s *server) {
			if got := claimsOf(t, s)["aud"]; got != "https://api.example.com" {
				t.Errorf("aud is %v", got)
			}
		}},
		"DEFAULT_TENANT": {off.with(env{"DEFAULT_TENANT": "acme"}), func(t *testing.T, s *server) {
			if got := claimsOf(t, s)["tenantId"]; got != "acme" {
				t.Errorf("tenantId is %v", got)
			}
			s.client().want(t, "TENANT_NOT_FOUND", "POST", "/auth/sign-up", newPerson().signUp(), "X-Tenant-Id", "default")
		}},
		"JWT_EXPIRES_IN": {off.with(env{"JWT_EXPIRES_IN": "2s"}), func(t *testing.T, s *server) {
			_, g := s.client().join(t)
			eventually(t, "the access token has run out", func() bool {
				a, err := s.client().send("GET", "/auth/verify-token", nil, g.bearer()...)
				return err == nil && a.Meta.Code == "TOKEN_INVALID" && a.Meta.Reason == "expired"
			})
			s.client().want(t, "TOKENS_REFRESHED", "POST", "/auth/refresh", g.refresh())
		}},
		"JWT_REFRESH_EXPIRES_IN": {off.with(env{"JWT_EXPIRES_IN": "1s", "JWT_REFRESH_EXPIRES_IN": "2s", "SESSION_MAX_AGE": "1h"}),
			func(t *testing.T, s *server) {
				_, g := s.client().join(t)
				over := time.Now().Add(2 * time.Second)
				eventually(t, "two seconds are over", func() bool { return time.Now().After(over) })
				s.client().want(t, "REFRESH_TOKEN_EXPIRED", "POST", "/auth/refresh", g.refresh())
			}},
		"SESSION_MAX_AGE": {off.with(env{"JWT_EXPIRES_IN": "1s", "JWT_REFRESH_EXPIRES_IN": "3s", "SESSION_MAX_AGE": "3s"}),
			func(t *testing.T, s *server) {
				_, g := s.client().join(t)
				eventually(t, "the session is at its end however often it is refreshed", func() bool {
					a, err := s.client().send("POST", "/auth/refresh", g.refresh())
					if err == nil && a.Meta.Code == "TOKENS_REFRESHED" {
						g = a.grant(t)
						return false
					}
					return err == nil && a.Meta.Code == "REFRESH_TOKEN_EXPIRED"
				})
			}},
		"METRICS_ALLOW": {env{"METRICS_ALLOW": "10.0.0.1"}, func(t *testing.T, s *server) {
			s.client().want(t, "NOT_FOUND", "GET", "/metrics", nil)
		}},
		"MAIL_TEMPLATES": {off.with(env{"MAIL_TEMPLATES": templates}), func(t *testing.T, s *server) {
			p, _ := s.client().join(t)
			eventually(t, "the welcome mail is the operator's", func() bool {
				for _, l := range s.mailbox(t) {
					if l.To == p.Email && l.Subject == "Hello from us" {
						return true
					}
				}
				return false
			})
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c.see(t, start(t, "dev", quick().with(c.set)))
		})
	}
}

// sixCodes logs in six times; want is the code of the last answer.
func sixCodes(t *testing.T, s *server, want string) {
	t.Helper()
	c, p := s.client(), newPerson()
	c.want(t, "USER_CREATED", "POST", "/auth/sign-up", p.signUp())
	for range 5 {
		c.want(t, "OTP_SENT", "POST", "/auth/login", p.logIn())
	}
	c.want(t, want, "POST", "/auth/login", p.logIn())
	s.mailbox(t) // its codes are secrets
}

func cookiesSecure(t *testing.T, s *server, want bool) {
	t.Helper()
	a := s.client().want(t, "USER_CREATED", "POST", "/auth/sign-up", newPerson().signUp())
	set := (&http.Response{Header: a.header}).Cookies()
	if len(set) != 3 {
		t.Errorf("%d cookies", len(set))
	}
	for _, cookie := range set {
		if cookie.Secure != want {
			t.Errorf("cookie %s: Secure is %v", cookie.Name, cookie.Secure)
		}
	}
}

// claimsOf signs somebody up and reads what the access token says.
func claimsOf(t *testing.T, s *server) jwt.MapClaims {
	t.Helper()
	_, g := s.client().join(t)
	claims := jwt.MapClaims{}
	if _, _, err := jwt.NewParser().ParseUnverified(strings.TrimSpace(g.AccessToken), claims); err != nil {
		t.Fatal(err)
	}
	return claims
}
