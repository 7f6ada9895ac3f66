package e2e

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/latchkey/latchkey/guard"
)

// A door is a way to the example service, each with another guard in front.
type door struct{ name, base string }

// A guarded is a deployment and the service that it guards: by the library in
// it, behind latchkey gateway, and behind nginx.
type guarded struct {
	s     *server
	c     *client
	doors []door
	http  *http.Client
	ops   func(tenant string) []string
}

func openGuarded(t *testing.T) *guarded {
	t.Helper()
	_, post := openPost(t)
	port := freePort(t) // of nginx, and so where browsers see everything
	s := start(t, "serve", post.with(quick()).with(env{
		"LOGIN_OTP": "off", "RATE_LIMITS": "off", "TRUSTED_PROXIES": "127.0.0.1", "MAX_SESSIONS_PER_USER": "100",
	}))
	g := &guarded{s: s, c: s.client(), http: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 16}, Timeout: patience}, ops: s.operator(t)}
	var made struct{ Key string }
	s.run(t, &made, "api-key", "create", "--name", "guards", "--all-tenants", "--scope", "revocations:read")
	secret(made.Key)
	proxies[0].run(t, port, s.port, openService(t))
	g.doors = []door{
		{"guard", g.library(t, made.Key)}, {"gateway", g.gateway(t, made.Key, openService(t))}, {"nginx", fmt.Sprintf("http://localhost:%d", port)},
	}
	return g
}

// library is the service with package guard in it.
func (g *guarded) library(t *testing.T, key string) (base string) {
	t.Helper()
	lock, err := guard.New(guard.Config{Issuer: g.s.base, Feed: guard.Feed{Key: key}})
	if err != nil {
		t.Fatal(err)
	}
	service := httptest.NewServer(lock.Protect(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := json.NewEncoder(w).Encode(received{Method: r.Method, Path: r.URL.Path}); err != nil {
			t.Error(err)
		}
	}), guard.On("/admin/", guard.Roles("admin"))))
	t.Cleanup(func() {
		service.Close()
		if err := lock.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := lock.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	return service.URL
}

// gateway is the real binary in front of a service that believes it.
func (g *guarded) gateway(t *testing.T, key string, service int) (base string) {
	t.Helper()
	port, dir := freePort(t), t.TempDir()
	table := fmt.Sprintf(`
listen: 127.0.0.1:%d
issuer: %s
key_env: GATEWAY_KEY
upstreams:
  orders: {url: "http://127.0.0.1:%d"}
routes:
  - {path: /orders/, upstream: orders}
  - {path: /admin/, upstream: orders, roles: [admin]}
`, port, g.s.base, service)
	if err := os.WriteFile(filepath.Join(dir, "gateway.yaml"), []byte(table), 0o600); err != nil {
		t.Fatal(err)
	}
	said := new(lineBuffer)
	cmd := exec.Command(binary, "gateway")
	cmd.Dir, cmd.Env, cmd.Stderr = dir, env{"GATEWAY_KEY": key}.list(), said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() {
		if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
			t.Error(err)
		}
		if err := <-ended; err != nil {
			t.Errorf("the gateway: after SIGTERM: %v", err)
		}
		theLog.add(said.String())
		if t.Failed() {
			t.Logf("the gateway says:\n%s", tail(said.String()))
		}
	})
	base = fmt.Sprintf("http://localhost:%d", port)
	eventually(t, "the gateway is ready", func() bool {
		r, err := http.Get(base + "/readyz")
		return err == nil && r.Body.Close() == nil && r.StatusCode == http.StatusOK
	})
	return base
}

// ask asks at a door and returns the status and, of a refusal, the code.
func (g *guarded) ask(d door, path string, headers ...string) (status int, code string, err error) {
	r, err := http.NewRequest(http.MethodGet, d.base+path, nil)
	if err != nil {
		return 0, "", err
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	got, err := g.http.Do(r)
	if err != nil {
		return 0, "", err
	}
	defer got.Body.Close()
	var said answer
	text, err := io.ReadAll(got.Body)
	if err == nil {
		err = json.Unmarshal(text, &said)
	}
	return got.StatusCode, said.Meta.Code, err
}

// opens wants a door to let somebody in, and shuts to refuse them.
func (g *guarded) opens(t *testing.T, d door, path string, who grant) {
	t.Helper()
	if status, code, err := g.ask(d, path, who.bearer()...); status != http.StatusOK || err != nil {
		t.Errorf("%s of %s: got %d %s, %v, want 200", path, d.name, status, code, err)
	}
}

// shuts asks until somebody is refused with the code, and returns how long that
// took from a moment.
func (g *guarded) shuts(t *testing.T, d door, path, want string, who grant, since time.Time) time.Duration {
	t.Helper()
	for {
		status, code, err := g.ask(d, path, who.bearer()...)
		took := time.Since(since)
		switch {
		case err != nil:
			t.Errorf("%s of %s: %v", path, d.name, err)
			return took
		case status != http.StatusOK:
			if code != want {
				t.Errorf("%s of %s: got %d %s, want %s", path, d.name, status, code, want)
			}
			return took
		case took > patience:
			t.Errorf("%s of %s lets in who is out", path, d.name)
			return took
		}
	}
}

// slow is how long a door may take to learn of something on a machine that does
// a hundred other things; bench measures how long it takes on one that does not.
const slow = 15 * time.Second

// print tells how long doors took, and fails where one took too long to have
// been told.
func print(t *testing.T, what string, d door, all []time.Duration) {
	t.Helper()
	slices.Sort(all)
	n := len(all)
	tell(t, "%s, %s: %d tries, refused after (round trip included) p50 %v, p99 %v, worst %v", d.name, what, n, round(all[n/2]), round(all[n*99/100]), round(all[n-1]))
	if all[n-1] > slow {
		t.Errorf("%s, %s: worst %v", d.name, what, all[n-1])
	}
}

// TestGuardedEverywhere: what is ended, demoted or made up is refused behind
// every guard, and those who may come in do so while Latchkey restarts.
func TestGuardedEverywhere(t *testing.T) {
	t.Parallel()
	g := openGuarded(t)
	t.Run("logged out", g.loggedOut)
	t.Run("demoted", g.demoted)
	t.Run("tampered with", g.tampered)
	t.Run("restart", g.restart)
}

func (g *guarded) loggedOut(t *testing.T) {
	const people, devices = 10, 50 // 500 tries
	sessions := make([]grant, people*devices)
	spread(4, people, func(i int) {
		who, first := g.c.joinNow(t)
		sessions[i*devices] = first
		for d := 1; d < devices; d++ { // on a known device, or each login would be told of by mail
			sessions[i*devices+d] = g.c.must(t, "LOGIN_SUCCESS", "POST", "/auth/login", who.logIn(), "x-device-token", first.DeviceToken)
		}
	})
	if t.Failed() {
		return
	}
	took := make([][]time.Duration, len(g.doors))
	for i := range took {
		took[i] = make([]time.Duration, len(sessions))
	}
	spread(2, len(sessions), func(i int) {
		if t.Failed() {
			return
		}
		for _, d := range g.doors {
			g.opens(t, d, "/orders/1", sessions[i])
		}
		g.c.must(t, "LOGGED_OUT", "POST", "/auth/logout", nil, sessions[i].bearer()...)
		since := time.Now()
		together(len(g.doors), func(n int) { took[n][i] = g.shuts(t, g.doors[n], "/orders/1", "SESSION_NOT_FOUND", sessions[i], since) })
	})
	if !t.Failed() {
		for n, d := range g.doors {
			print(t, "logged out", d, took[n])
		}
	}
}

func (g *guarded) demoted(t *testing.T) {
	who, boss := g.c.joinNow(t)
	for round := range 10 {
		g.c.want(t, "USER_ROLE_UPDATED", "POST", "/auth/change-role", dict{"userId": boss.User.ID, "newRole": "admin"}, g.ops("")...)
		fresh := g.c.must(t, "LOGIN_SUCCESS", "POST", "/auth/login", who.logIn(), "x-device-token", boss.DeviceToken)
		var mu sync.Mutex
		for _, d := range g.doors { // which may hear of the promotion after the token of the same second
			eventually(t, d.name+" lets an admin in", func() bool {
				status, _, err := g.ask(d, "/admin/1", fresh.bearer()...)
				return err == nil && status == http.StatusOK
			})
		}
		// There has to be another admin.
		if round == 0 {
			_, other := g.c.joinNow(t)
			g.c.want(t, "USER_ROLE_UPDATED", "POST", "/auth/change-role", dict{"userId": other.User.ID, "newRole": "admin"}, g.ops("")...)
		}
		g.c.want(t, "USER_ROLE_UPDATED", "POST", "/auth/change-role", dict{"userId": boss.User.ID, "newRole": "user"}, g.ops("")...)
		since, took := time.Now(), time.Duration(0)
		together(len(g.doors), func(n int) {
			d := g.shuts(t, g.doors[n], "/admin/1", "FORBIDDEN", fresh, since)
			mu.Lock()
			defer mu.Unlock()
			took = max(took, d)
		})
		for _, d := range g.doors {
			g.opens(t, d, "/orders/1", fresh) // still somebody
		}
		if took > slow {
			t.Errorf("a demoted admin was let in for %v", took)
		}
	}
}

// tampered: no letter of a token may be another one.
func (g *guarded) tampered(t *testing.T) {
	_, who := g.c.joinNow(t)
	token := who.AccessToken
	forged := []string{"", "x", token + "A", token[:len(token)-1], strings.Replace(token, ".", "..", 1), who.RefreshToken}
	for i := 0; i < len(token); i += 7 {
		letter := byte('A')
		if token[i] == letter {
			letter = 'B'
		}
		forged = append(forged, token[:i]+string(letter)+token[i+1:])
	}
	var vectors struct {
		Vectors []struct{ Name, Token string }
	}
	text := read(t, "../guard/testdata/vectors.json")
	if err := json.Unmarshal(text, &vectors); err != nil {
		t.Fatal(err)
	}
	for _, v := range vectors.Vectors {
		if !strings.ContainsAny(v.Token, "\r\n\x00") { // which no header can carry
			forged = append(forged, v.Token)
		}
	}
	if len(forged) < 200 {
		t.Fatalf("only %d tokens", len(forged))
	}
	for _, d := range g.doors {
		g.opens(t, d, "/orders/1", who)
		spread(4, len(forged), func(i int) {
			if len(forged[i]) > 4096 {
				return // nginx refuses the header with 400, before anybody looks at it
			}
			status, code, err := g.ask(d, "/orders/1", "Authorization", "Bearer "+forged[i])
			if err != nil || status != http.StatusUnauthorized {
				t.Errorf("%s, token %d: got %d %s, %v, want 401", d.name, i, status, code, err)
			}
		})
		g.opens(t, d, "/orders/1", who)
	}
}

// restart: those whose guards are told go on while nobody tells, and what is
// ended afterwards is ended for them, too.
func (g *guarded) restart(t *testing.T) {
	_, who := g.c.joinNow(t)
	local := g.doors[:2] // nginx asks Latchkey itself
	for _, d := range local {
		g.opens(t, d, "/orders/1", who)
	}
	g.s.stop()
	for range 20 {
		for _, d := range local {
			g.opens(t, d, "/orders/1", who)
		}
	}
	if status, _, err := g.ask(g.doors[2], "/orders/1", who.bearer()...); status < 500 {
		t.Errorf("nginx without Latchkey: got %d, %v, want 5xx", status, err)
	}
	g.s.launch()
	g.s.await()
	for _, d := range g.doors {
		g.opens(t, d, "/orders/1", who)
	}
	g.c.must(t, "LOGGED_OUT", "POST", "/auth/logout", nil, who.bearer()...)
	since := time.Now()
	for _, d := range g.doors {
		if took := g.shuts(t, d, "/orders/1", "SESSION_NOT_FOUND", who, since); took > 2*slow {
			t.Errorf("%s took %v after a restart", d.name, took)
		}
	}
}
