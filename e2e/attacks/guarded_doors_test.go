package attacks

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/latchkey/latchkey/guard"
)

// doors are the other ways in for what a server makes: package guard in a
// service, and latchkey gateway in front of one. The third, GET /auth/verify,
// is the server's own.
type doors struct {
	guard   *guard.Guard
	gateway *server // the process, looked after like a server
	client  *client // of the gateway
	service *service
	let     atomic.Int64 // requests that had to reach the service
}

// guarded returns a client whose refuses and opens try the doors, too.
func (s *server) guarded(t *testing.T) *client {
	t.Helper()
	c := s.client()
	c.doors = s.open(t, "")
	return c
}

// open opens the doors; more goes to the top of the gateway's table.
func (s *server) open(t *testing.T, more string) *doors {
	t.Helper()
	d := &doors{guard: s.library(t, s.serviceKey(t, "guard", "revocations:read")), service: openService(t)}
	d.gateway = s.gate(t, more+routeTable, d.service)
	d.client = d.gateway.client()
	if err := d.guard.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	return d
}

// serviceKey makes an API key for every tenant.
func (s *server) serviceKey(t *testing.T, name string, scopes ...string) string {
	t.Helper()
	args := []string{"api-key", "create", "--name", name, "--all-tenants", "--json"}
	for _, scope := range scopes {
		args = append(args, "--scope", scope)
	}
	var made struct{ Key string }
	if err := json.Unmarshal([]byte(s.command(args...)), &made); err != nil || made.Key == "" {
		t.Fatalf("latchkey api-key create printed no key: %v", err)
	}
	secret(made.Key)
	return made.Key
}

// library is package guard in this process, with what the server has told it.
func (s *server) library(t *testing.T, key string) *guard.Guard {
	t.Helper()
	config := guard.Config{Issuer: s.base, Feed: guard.Feed{Key: key}, Log: slog.New(slog.DiscardHandler)}
	if shared := s.env["JWT_SECRET"]; shared != "" {
		config.Keys = guard.Secret(shared)
	}
	return s.keep(t, config)
}

// keep makes a guard that is closed before its server stops.
func (s *server) keep(t *testing.T, config guard.Config) *guard.Guard {
	t.Helper()
	g, err := guard.New(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := g.Close(); err != nil {
			t.Error(err)
		}
	})
	return g
}

// routeTable is what stands in every gateway's table.
const routeTable = `
assertion: {}
routes:
  - {path: /orders/, upstream: orders}
  - {path: /orders/admin/, upstream: orders, roles: [admin]}
  - {path: /public/, upstream: orders, public: true}
  - {path: /vouched/, upstream: orders, assertion: orders}
  - {path: /api/, upstream: orders, strip_prefix: /api}
`

// gate starts latchkey gateway in front of a service.
func (s *server) gate(t *testing.T, rest string, behind *service) *server {
	t.Helper()
	port := freePort(t)
	g := &server{t: t, dir: t.TempDir(), port: port, base: fmt.Sprintf("http://localhost:%d", port), args: []string{"gateway", "--config", "table.yaml"}}
	g.env = env{"KEY": s.serviceKey(t, fmt.Sprint("gateway ", port), "revocations:read")}
	table := fmt.Sprintf("listen: 127.0.0.1:%d\nissuer: %s\nkey_env: KEY\nupstreams:\n  orders: {url: %q}\n", port, s.base, behind.url)
	if shared := s.env["JWT_SECRET"]; shared != "" {
		maps.Copy(g.env, env{"JWT_SECRET": shared})
		table += "secret_env: JWT_SECRET\n"
	}
	if err := os.WriteFile(filepath.Join(g.dir, "table.yaml"), []byte(table+rest), 0o600); err != nil {
		t.Fatal(err)
	}
	g.launch()
	return g
}

// places are those at which a request may carry an access token.
func places(token string) [][]string {
	return [][]string{{"Authorization", "Bearer " + token}, {"X-Access-Token", token}, {"Cookie", "accessToken=" + token}}
}

// refuse tries a token at the doors.
func (d *doors) refuse(v *verdict, variant, token string) {
	v.t.Helper()
	if d == nil {
		return
	}
	if id, err := d.guard.Verify(v.t.Context(), token); !turnedAway(err) {
		v.breach(variant, "by guard.Verify: %+v, %v", id.Kind, err)
	}
	for _, headers := range places(token) {
		if id, err := d.guard.Authorize(asked("/orders/1", headers...)); !turnedAway(err) {
			v.breach(variant, "by guard.Authorize as %s: %+v, %v", headers[0], id.Kind, err)
		}
		// A header that cannot be sent, or is too long, comes to nobody.
		if a, err := d.client.do(get("/orders/1", headers...)); err == nil && !shut(a.status) {
			v.breach(variant, "by the gateway as %s: %v", headers[0], a)
		}
	}
}

// asked is a request as a service has it from net/http.
func asked(path string, headers ...string) *http.Request {
	r, err := get(path, headers...).make("http://service.test")
	if err != nil {
		panic(err) // the paths are the suite's
	}
	return r
}

// turnedAway reports whether a guard said no for what was presented to it, and not
// because it could not know.
func turnedAway(err error) bool {
	var e guard.Error
	return errors.As(err, &e) && shut(e.Status)
}

// shut: a request is refused for its credential, or for how it is written down.
func shut(status int) bool {
	return status == http.StatusUnauthorized || status == http.StatusBadRequest || status == http.StatusRequestHeaderFieldsTooLarge
}

// opens wants a session's token to be good at every door, and nothing else to
// have come through to the service.
func (c *client) opens(t *testing.T, g grant) {
	t.Helper()
	c.want(t, "CURRENT_USER_OK", g.me())
	d := c.doors
	if id, err := d.guard.Verify(t.Context(), g.AccessToken); err != nil || id.SessionID != g.SessionID {
		t.Fatalf("guard.Verify refuses a session: %v", err)
	}
	for _, headers := range places(g.AccessToken) {
		if id, err := d.guard.Authorize(asked("/orders/1", headers...)); err != nil || id.SessionID != g.SessionID {
			t.Fatalf("guard.Authorize refuses a session by %s: %v", headers[0], err)
		}
		if a := c.must(t, get("/auth/verify", headers...)); a.status != http.StatusOK || a.header.Get("X-Session-Id") != g.SessionID {
			t.Fatalf("GET /auth/verify refuses a session by %s: %v", headers[0], a)
		}
		if a := d.client.must(t, get("/orders/1", headers...)); a.status != http.StatusOK {
			t.Fatalf("the gateway refuses a session by %s: %v", headers[0], a)
		}
		d.let.Add(1)
	}
	if got, want := d.service.count(), int(d.let.Load()); got != want {
		t.Errorf(through+"%d requests came to the service, want the %d of sessions", got, want)
	}
}
