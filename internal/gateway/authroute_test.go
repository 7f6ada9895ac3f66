package gateway_test

import (
	"net/http"
	"testing"

	"github.com/latchkey/latchkey/guard/guardtest"
)

// The auth service under another path, as old clients know it, hears which
// tenant its client means, and nobody's word for who that is.
func TestAuthServiceElsewhere(t *testing.T) {
	s := play(t, "routes:\n  - {path: /gateway/auth/, upstream: auth, strip_prefix: /gateway, public: true, forward_token: true}\n  - {path: /told/auth/, upstream: auth, strip_prefix: /told}\n")
	heard := make(chan http.Header, 1)
	s.auth.Store("/auth/login", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { heard <- r.Header }))
	token := "Authorization: Bearer " + s.Token(guardtest.User{TenantID: "acme"})
	hear := func(path string, headers ...string) http.Header {
		t.Helper()
		if a := s.ask(t, "GET "+path, append(headers, token, "X-User-Id: x", "X-Role: admin")...); a.StatusCode != http.StatusOK {
			t.Fatalf("%s: %d", path, a.StatusCode)
		}
		return <-heard
	}
	h := hear("/gateway/auth/login", "X-Tenant-Id: other", "X-Space-Id: 7")
	if h.Get("X-Tenant-Id") != "other" || h.Get("X-Space-Id") != "7" || h.Get("X-User-Id")+h.Get("X-Role") != "" || h.Get("Authorization") == "" {
		t.Errorf("on a public route it heard %v", h)
	}
	h = hear("/told/auth/login", "X-Tenant-Id: acme")
	if h.Get("X-Tenant-Id") != "acme" || h.Get("X-User-Id")+h.Get("X-Role")+h.Get("Authorization") != "" {
		t.Errorf("of somebody it heard %v", h)
	}
}
