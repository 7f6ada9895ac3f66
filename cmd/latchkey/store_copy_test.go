package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
)

// serveAgain runs latchkey dev for a deployment until stop is called.
func (d *deployment) serveAgain(database string) (stop func()) {
	d.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	log, ended := &inTurn{Writer: new(bytes.Buffer)}, make(chan int)
	go func() {
		ended <- command(ctx, []string{"dev", "--database-url", database}, &console{Out: io.Discard, Err: log, Environ: d.environ, Dir: d.dir})
	}()
	d.eventually("the server answers", func() bool { return d.ask("GET", "/healthz", "", nil).status == http.StatusOK })
	return func() {
		cancel()
		if code := <-ended; code != 0 {
			d.t.Errorf("the server ended with %d:\n%s", code, log.Writer.(*bytes.Buffer))
		}
	}
}

// tokens are what a login gives.
type tokens struct{ AccessToken, RefreshToken string }

func (d *deployment) tokens(path, tenant string, body any) (a reply, v tokens) {
	d.t.Helper()
	a = d.ask("POST", path, tenant, body, "X-Token-Delivery", "body")
	if a.status < 300 {
		if err := json.Unmarshal(a.Data, &v); err != nil {
			d.t.Fatal(err)
		}
	}
	return a, v
}

// copies runs latchkey store copy from a.db to b.db and returns how many rows
// were put, by database and kind.
func (d *deployment) copies() map[string]int64 {
	d.t.Helper()
	var lines []copiedLine
	d.does(&lines, "store", "copy", "--from", "sqlite:a.db", "--to", "sqlite:copy/b.db")
	put := map[string]int64{}
	for _, l := range lines {
		put[l.Database+" "+l.Kind] = l.Put
		if len(l.Sum) != 64 || l.TargetRows != nil {
			d.t.Errorf("%+v: want the same on both sides", l)
		}
	}
	return put
}

// copiedLine is a line of what the command prints.
type copiedLine struct {
	Database, Kind string
	Rows, Put      int64
	Sum            string `json:"sha256"`
	TargetRows     *int64
}

// TestSessionsGoOnInACopy: what servers wrote is in the other database, those of
// tenants with it, and nobody is logged out.
func TestSessionsGoOnInACopy(t *testing.T) {
	port := freePort(t)
	d := &deployment{t: t, dir: t.TempDir(), base: "http://localhost:" + port}
	d.environ = []string{
		"DATABASE_URL=sqlite:a.db", "AUTH_SERVICE_HTTP_PORT=" + port, "LOGIN_OTP=off", "RATE_LIMITS=off", "TENANT_ISOLATION=database",
	}
	stop := d.serveAgain("sqlite:a.db")
	people := map[string]tokens{"default": {}, "acme": {}, "beta": {}}
	d.does(nil, "tenant", "create", "acme", "--otp", "off")
	d.does(nil, "tenant", "create", "beta", "--otp", "off", "--database-url", "sqlite:own.db")
	for tenant := range people {
		in := map[string]string{"name": "Ann", "email": "ann@example.com", "password": aPassword}
		d.eventually("sign-up at "+tenant, func() bool { return d.ask("POST", "/auth/sign-up", tenant, in).Meta.Code == "USER_CREATED" })
		people[tenant] = d.logsIn(tenant)
	}
	first := d.copies() // beside the server
	if first["deployment tenants"] != 3 || first["acme accounts"] != 1 || first["beta accounts"] != 1 || first["deployment accounts"] != 1 {
		t.Errorf("rows put first: got %v", first)
	}
	d.logsIn("acme")
	stop()
	if again := d.copies(); again["acme accounts"] != 1 || again["beta accounts"] != 0 || again["deployment tenants"] != 0 {
		t.Errorf("rows put when the server had stopped: got %v", again)
	}

	stop = d.serveAgain("sqlite:copy/b.db")
	for tenant, was := range people {
		a, now := d.tokens("/auth/refresh", tenant, map[string]string{"refreshToken": was.RefreshToken})
		if a.Meta.Code != "TOKENS_REFRESHED" || now.RefreshToken == was.RefreshToken {
			t.Errorf("refresh at %s: got %d %s", tenant, a.status, a.Meta.Code)
		}
		if a := d.ask("GET", "/auth/me", tenant, nil, "Authorization", "Bearer "+was.AccessToken); a.status != http.StatusOK {
			t.Errorf("the access token at %s: got %d %s", tenant, a.status, a.Meta.Code)
		}
	}
	stop()
	if out, errs, code := d.shell("", "audit", "verify", "--database-url", "sqlite:copy/b.db"); code != 0 || strings.Count(out, ", whole") != 3 {
		t.Errorf("audit verify: exit code %d\n%s%s", code, out, errs)
	}
	// What happened there would be lost.
	d.fails("has been used since", "store", "copy", "--to", "sqlite:copy/b.db")
}

func (d *deployment) logsIn(tenant string) tokens {
	d.t.Helper()
	a, v := d.tokens("/auth/login", tenant, map[string]string{"email": "ann@example.com", "password": aPassword})
	if a.Meta.Code != "LOGIN_SUCCESS" || v.RefreshToken == "" {
		d.t.Fatalf("login at %s: got %d %s", tenant, a.status, a.Meta.Code)
	}
	return v
}
