package migrate

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// newTenant asks the gateway for a tenant, as an ordinary user.
func (r *reader) newTenant(name string) (status int, body string) {
	r.t.Helper()
	return r.through("POST", "/gateway/tenants", r.tokens()["access"], `{"name":"`+name+`","displayName":"Mine","contactEmail":"me@example.com"}`)
}

// through sends a request to the gateway.
func (r *reader) through(method, path, token, body string) (int, string) {
	r.t.Helper()
	q, err := http.NewRequestWithContext(r.t.Context(), method, "http://127.0.0.1:"+r.ports["3501"]+path, strings.NewReader(body))
	must(r.t, err)
	q.Header.Set("X-Tenant-Id", "darmist1")
	if body != "" {
		q.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		q.Header.Set("Authorization", "Bearer "+token)
	}
	a, err := http.DefaultClient.Do(q)
	must(r.t, err)
	defer a.Body.Close()
	text, err := io.ReadAll(a.Body)
	must(r.t, err)
	return a.StatusCode, string(text)
}

// anybodyMakesTenants: until the page closes it, as in the seed.
func (r *reader) anybodyMakesTenants() {
	r.t.Helper()
	if status, body := r.newTenant("anybodys"); status != 201 {
		r.t.Errorf("a user makes a tenant, before the hole is closed: %d %s", status, body)
	}
}

// holesAreClosed: with the public key the gateway goes on, and what was signed
// with a secret is refused; tenants can be read and not changed.
func (r *reader) holesAreClosed() {
	r.t.Helper()
	old := r.tokens()["access"]
	r.restart()
	if status, body := r.through("GET", "/gateway/auth/me", old, ""); status != 401 {
		r.t.Errorf("a token that was signed with the secret: %d %s, want 401", status, body)
	}
	out := r.run(r.login)
	if got := codes(out); !slices.Equal(got, loggedIn) {
		r.t.Fatalf("logging in again answers %s, want %s\n%s", got, loggedIn, out)
	}
	token, _, err := jwt.NewParser().ParseUnverified(r.tokens()["access"], jwt.MapClaims{})
	must(r.t, err)
	if token.Header["alg"] != "ES256" {
		r.t.Errorf("tokens are signed with %v, want ES256", token.Header["alg"])
	}
	if status, body := r.newTenant("mine"); status != 403 {
		r.t.Errorf("a user makes a tenant: %d %s, want 403", status, body)
	}
	if list := r.latchkey("tenant", "list"); strings.Contains(list, "mine") {
		r.t.Errorf("the tenant was made:\n%s", list)
	}
	r.tenantServiceAnswers()
}

// certificatesAreAsked: who has one is answered, and nobody else is. What the
// block added is taken back, for the gateway of this test is on this machine.
func (r *reader) certificatesAreAsked() {
	r.t.Helper()
	file := filepath.Join(r.folder, ".env")
	with, err := os.ReadFile(file)
	must(r.t, err)
	before, _, found := strings.Cut(string(with), "AUTH_SERVICE_TCP_HOST=")
	if !found {
		r.t.Fatal("the block sets no AUTH_SERVICE_TCP_HOST")
	}
	r.restartServe()
	authority, err := os.ReadFile(filepath.Join(r.folder, "ca.pem"))
	must(r.t, err)
	trust := x509.NewCertPool()
	trust.AppendCertsFromPEM(authority)
	pair, err := tls.LoadX509KeyPair(filepath.Join(r.folder, "gateway.pem"), filepath.Join(r.folder, "gateway.key"))
	must(r.t, err)
	theirs, err := tls.LoadX509KeyPair(filepath.Join(r.folder, "latchkey.pem"), filepath.Join(r.folder, "latchkey.key"))
	must(r.t, err)
	at := "127.0.0.1:" + r.ports["4503"]
	of := func(certificates ...tls.Certificate) *tls.Config {
		return &tls.Config{RootCAs: trust, ServerName: "latchkey.internal", Certificates: certificates, MinVersion: tls.VersionTLS12}
	}
	a, err := ask(at, of(pair), "tenant.getStatusByName", "darmist1")
	if err != nil || a.envelope().Meta.Code == "" {
		r.t.Errorf("with the gateway's certificate: %v, %s", err, a.Response)
	}
	for name, secure := range map[string]*tls.Config{"no TLS": nil, "no certificate": of(), "Latchkey's own": of(theirs)} {
		if a, err := ask(at, secure, "tenant.getStatusByName", "darmist1"); err == nil {
			r.t.Errorf("with %s it answers: %s", name, a.Response)
		}
	}
	must(r.t, os.WriteFile(file, []byte(before), 0o600))
	r.restartServe()
}

// gatewayGuards: the command came to its service with who asks, a refresh needs no access token,
// the seed's paths to Latchkey are gone, and a logout is heard of.
func (r *reader) gatewayGuards() {
	r.t.Helper()
	var told struct {
		TenantID string
		Req      struct {
			User struct{ Sub, Sid, TenantID, Role string }
		}
	}
	asked := r.products.last()
	text, err := json.Marshal(asked.Data)
	must(r.t, err)
	must(r.t, json.Unmarshal(text, &told))
	u := told.Req.User
	known := told.TenantID == "darmist1" && u.TenantID == "darmist1" && u.Sub != "" && u.Sid != "" && u.Role == "user"
	if asked.Pattern == nil || asked.Pattern.Cmd != "product.findAll" || !known {
		r.t.Errorf("the product service was asked %+v with %s", asked.Pattern, text)
	}
	tokens := r.tokens()
	if _, body := r.through("POST", "/auth/refresh", "", `{"refreshToken":"`+tokens["refresh"]+`"}`); !strings.Contains(body, "TOKENS_REFRESHED") {
		r.t.Errorf("a refresh without an access token: %s", body)
	}
	if status, body := r.through("GET", "/gateway/auth/me", tokens["access"], ""); status != 404 {
		r.t.Errorf("a path of the seed's gateway: %d %s, want 404", status, body)
	}
	if status, body := r.through("POST", "/auth/logout", tokens["access"], ""); status != 200 {
		r.t.Fatalf("logout: %d %s", status, body)
	}
	over := time.Now().Add(patience)
	for {
		status, body := r.through("GET", "/gateway/products", tokens["access"], "")
		if status == 401 {
			return
		}
		if time.Now().After(over) {
			r.t.Fatalf("after the logout: %d %s, want 401", status, body)
		}
	}
}

// seedIsBack: it has its file, and every document that it had.
func (r *reader) seedIsBack() {
	r.t.Helper()
	text, err := os.ReadFile(filepath.Join(r.seed.folder, ".env"))
	must(r.t, err)
	if string(text) != r.here.Replace(seedEnv) {
		r.t.Errorf("the seed's .env is\n%s", text)
	}
	r.seedIsUntouched()
}
