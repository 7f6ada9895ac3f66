package httpd_test

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/latchkey/latchkey/internal/httpd"
)

// behind makes the door believe proxies.
func behind(prefixes ...string) func(*httpd.Config) {
	return func(c *httpd.Config) {
		for _, p := range prefixes {
			c.Proxies = append(c.Proxies, netip.MustParsePrefix(p))
		}
	}
}

// seenFrom logs in and returns the address that the session was opened from.
func seenFrom(t testing.TB, w *world, p person, headers ...string) string {
	t.Helper()
	var got []struct {
		IP      string
		Current bool
	}
	w.do(t, "GET /auth/sessions", nil, w.login(t, p, headers...).bearer()...).into(t, &got)
	for _, s := range got {
		if s.Current {
			return s.IP
		}
	}
	t.Fatal("no current session")
	return ""
}

// TestTheAddressOfAClient: through proxies that are trusted, and no further
// (SECURITY.md A-11).
func TestTheAddressOfAClient(t *testing.T) {
	t.Parallel()
	const xff = "X-Forwarded-For"
	for _, world := range []struct {
		name    string
		trusted []string
		cases   map[string][]string // address → headers
	}{
		{"no proxy is trusted", nil, map[string][]string{
			"127.0.0.1": {xff, "203.0.113.7", "X-Real-IP", "203.0.113.7", "Forwarded", "for=203.0.113.7", "True-Client-IP", "203.0.113.7", "CF-Connecting-IP", "203.0.113.7"},
		}},
		{"another proxy is trusted", []string{"10.0.0.0/8"}, map[string][]string{"127.0.0.1": {xff, "203.0.113.7"}}},
	} {
		t.Run(world.name, func(t *testing.T) {
			w := newWorld(t, behind(world.trusted...))
			p := w.join(t, "")
			for want, headers := range world.cases {
				if got := seenFrom(t, w, p, headers...); got != want {
					t.Errorf("%q: got %s, want %s", headers, got, want)
				}
			}
		})
	}
	t.Run("loopback and 10/8 are trusted", func(t *testing.T) {
		w := newWorld(t, behind("127.0.0.0/8", "10.0.0.0/8", "2001:db8:ffff::/48"))
		p := w.join(t, "")
		for _, tt := range []struct {
			name, want string
			chain      []string
		}{
			{"nothing said", "127.0.0.1", nil},
			{"one", "203.0.113.7", []string{"203.0.113.7"}},
			{"what the client wrote is left of it", "203.0.113.7", []string{"198.51.100.1, 203.0.113.7"}},
			{"two proxies", "203.0.113.7", []string{"198.51.100.1, 203.0.113.7, 10.1.2.3"}},
			{"in several headers", "203.0.113.7", []string{"198.51.100.1", "203.0.113.7", "10.1.2.3"}},
			{"only proxies", "10.9.9.9", []string{"10.9.9.9, 10.1.2.3"}},
			{"no spaces", "203.0.113.7", []string{"198.51.100.1,203.0.113.7,10.1.2.3"}},
			{"IPv6", "2001:db8::7", []string{"2001:db8::7"}},
			{"IPv6 written long", "2001:db8::7", []string{"2001:0DB8:0000:0000:0000:0000:0000:0007"}},
			{"IPv6 proxy", "203.0.113.7", []string{"203.0.113.7, 2001:db8:ffff::1"}},
			{"mapped", "203.0.113.7", []string{"::ffff:203.0.113.7"}},
			{"mapped, in hex", "203.0.113.7", []string{"::ffff:cb00:7107"}},
			{"mapped proxy", "203.0.113.7", []string{"203.0.113.7, ::ffff:10.1.2.3"}},
			{"zone", "fe80::1", []string{"fe80::1%eth0"}},
			{"garbage", "127.0.0.1", []string{"unknown"}},
			{"garbage on the left", "203.0.113.7", []string{"unknown, 203.0.113.7"}},
			{"garbage on the right", "127.0.0.1", []string{"203.0.113.7, unknown"}},
			{"garbage behind a proxy", "10.1.2.3", []string{"203.0.113.7, _hidden, 10.1.2.3"}},
			{"empty", "127.0.0.1", []string{""}},
			{"empty on the right", "127.0.0.1", []string{"203.0.113.7,"}},
			{"port", "127.0.0.1", []string{"203.0.113.7:80"}},
			{"brackets", "127.0.0.1", []string{"[2001:db8::7]"}},
			{"octal", "127.0.0.1", []string{"0313.0.113.7"}},
			{"decimal", "127.0.0.1", []string{"3405803783"}},
			{"short", "127.0.0.1", []string{"127.1"}},
			{"prefix", "127.0.0.1", []string{"203.0.113.0/24"}},
		} {
			t.Run(tt.name, func(t *testing.T) {
				var headers []string
				for _, line := range tt.chain {
					headers = append(headers, xff, line)
				}
				if got := seenFrom(t, w, p, headers...); got != tt.want {
					t.Errorf("%q: got %s, want %s", tt.chain, got, tt.want)
				}
			})
		}
	})
}

// TestMetricsAreForAllowedPeers, and never go through a proxy.
func TestMetricsAreForAllowedPeers(t *testing.T) {
	t.Parallel()
	near := newWorld(t, behind("127.0.0.0/8"))
	near.join(t, "")
	a := near.do(t, "GET /metrics", nil)
	for _, line := range []string{
		`latchkey_http_requests_total{code="USER_CREATED",method="POST",route="/auth/sign-up",status="201"} 1`,
		`latchkey_http_request_seconds_count{route="/auth/sign-up"} 1`,
	} {
		if a.status != 200 || !strings.Contains(string(a.body), line) {
			t.Errorf("metrics without %s:\n%d %s", line, a.status, a.body)
		}
	}
	for _, headers := range [][]string{
		{"X-Forwarded-For", "127.0.0.1"}, {"X-Forwarded-For", ""}, {"X-Forwarded-For", "", "X-Forwarded-For", "203.0.113.7"},
		{"Forwarded", "for=127.0.0.1"}, {"X-Real-IP", "127.0.0.1"}, {"Via", "1.1 proxy"}, {"Via", ""},
	} {
		near.do(t, "GET /metrics", nil, headers...).want(t, 404, "NOT_FOUND")
	}
	far := newWorld(t, behind("127.0.0.0/8"), func(c *httpd.Config) { c.MetricsAllow = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")} })
	far.do(t, "GET /metrics", nil).want(t, 404, "NOT_FOUND")
	far.do(t, "GET /metrics", nil, "X-Forwarded-For", "10.0.0.1").want(t, 404, "NOT_FOUND")
}

// TestMetricsHaveBoundedLabels: what clients make up is not counted by name.
func TestMetricsHaveBoundedLabels(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, request := range []string{"GET /auth/" + canary, canary + " /auth/login", "GET /" + canary + "?" + canary} {
		w.do(t, request, nil, "x-tenant-id", canary)
	}
	a := w.do(t, "GET /metrics", nil)
	if strings.Contains(string(a.body), canary) || !strings.Contains(string(a.body), `route="none"`) || !strings.Contains(string(a.body), `method="other"`) {
		t.Errorf("metrics:\n%s", a.body)
	}
}
