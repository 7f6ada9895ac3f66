package gateway_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/latchkey/latchkey/guard/guardtest"
	"github.com/latchkey/latchkey/guard/jwt"
)

// A request that is under way goes on when the table under it is another; and who
// issues tokens cannot be changed under way.
func TestRequestsOutliveTheirTable(t *testing.T) {
	s := play(t, open)
	arrived, goOn := make(chan struct{}), make(chan struct{})
	hold := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		close(arrived)
		<-goOn
		_, _ = io.WriteString(w, "done")
	})
	s.serve.Store(&hold)
	ctx, stop := context.WithCancel(t.Context())
	var beside sync.WaitGroup
	beside.Go(func() { s.gate.Run(ctx) })
	t.Cleanup(beside.Wait)
	t.Cleanup(stop)
	got := make(chan string, 1)
	beside.Go(func() {
		text, err := io.ReadAll(s.ask(t, "GET /public/x").Body)
		if err != nil {
			t.Error(err)
		}
		got <- string(text)
	})
	<-arrived
	s.write(t, "routes:\n  - {path: /other/, upstream: orders, public: true}\n")
	eventually(t, "the new table is in force", func() bool { return s.ask(t, "GET /public/x").StatusCode == 404 })
	close(goOn)
	if text := <-got; text != "done" {
		t.Errorf("got %q of a request under the old table", text)
	}
	s.top = strings.Replace(s.top, "issuer: http", "issuer: https", 1)
	s.write(t, open)
	eventually(t, "another issuer is refused", func() bool { return strings.Contains(s.log.String(), "restart the gateway") })
	if a := s.ask(t, "GET /public/x"); a.StatusCode != 404 {
		t.Errorf("got %d, want the table that was in force", a.StatusCode)
	}
}

// What the gateway signs is for one service and a moment, and anybody can check it.
func TestAssertionsVerify(t *testing.T) {
	s := playWith(t, "assertion: {life: 20s}\n", "routes:\n  - {path: /orders/, upstream: orders, assertion: orders}\n")
	text, err := io.ReadAll(s.ask(t, "GET /.well-known/gateway-jwks.json").Body)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := jwt.ParseJWKS(text)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ token, subject, tenant string }{
		"user":    {s.Token(guardtest.User{ID: "ann", TenantID: "acme"}), "ann", "acme"},
		"service": {s.TenantServiceKey("acme"), "", "acme"},
	} {
		t.Run(name, func(t *testing.T) {
			a := s.ask(t, "GET /orders/x", "Authorization: Bearer "+c.token)
			r := s.came()
			if r == nil {
				t.Fatalf("got %d", a.StatusCode)
			}
			signed := r.Header.Get("X-Identity-Assertion")
			verify := func(audience string, ahead time.Duration) (jwt.Claims, error) {
				v, err := jwt.New(jwt.Config{Issuer: "latchkey-gateway", Audience: audience, Keys: jwt.Keys(keys...), Now: func() time.Time { return time.Now().Add(ahead) }})
				if err != nil {
					t.Fatal(err)
				}
				return v.Verify(signed)
			}
			got, err := verify("orders", 0)
			if err != nil || c.subject != "" && got.Subject != c.subject || got.TenantID != c.tenant {
				t.Errorf("got %q in %q, %v", got.Subject, got.TenantID, err)
			}
			if _, err := verify("billing", 0); err == nil {
				t.Error("it is good for another service")
			}
			if _, err := verify("orders", 5*time.Minute); err == nil {
				t.Error("it is good for minutes")
			}
		})
	}
}

// The client's tokens stay at the gateway, unless a route hands them on; its other
// cookies arrive as they were written.
func TestTokensStay(t *testing.T) {
	s := play(t, open+"  - {path: /own/, upstream: orders, forward_token: true}\n")
	token := s.Token(guardtest.User{})
	for path, want := range map[string]string{
		"/orders/x": `a="b c"; d=e`,
		"/public/x": `a="b c"; d=e`,
		"/own/x":    `a="b c"; accessToken=` + token + `; refreshToken=r; deviceId=d; d=e`,
	} {
		s.ask(t, "GET "+path, "Authorization: Bearer "+token, "X-Access-Token: "+token, "X-Device-Token: t",
			`Cookie: a="b c"; accessToken=`+token+"; refreshToken=r; deviceId=d; d=e")
		r := s.came()
		if r == nil {
			t.Fatalf("%s: nothing came", path)
		}
		if got := r.Header.Get("Cookie"); got != want {
			t.Errorf("%s: got the cookies %s, want %s", path, got, want)
		}
		for _, n := range []string{"Authorization", "X-Access-Token", "X-Device-Token"} {
			if kept := r.Header.Get(n) != ""; kept != strings.HasPrefix(path, "/own/") {
				t.Errorf("%s: %s arrives: %t", path, n, kept)
			}
		}
	}
}
