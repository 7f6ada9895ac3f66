package main

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/latchkey/latchkey/internal/testserver"
)

// holdings are what a copy found on both sides: count and checksum by database and
// kind.
type holdings map[string]copiedLine

// carries copies a deployment and returns what both sides hold then.
func (d *deployment) carries(from, to string) holdings {
	d.t.Helper()
	var lines []copiedLine
	d.does(&lines, "store", "copy", "--from", from, "--to", to)
	held := holdings{}
	for _, l := range lines {
		if l.TargetRows != nil || len(l.Sum) != 64 {
			d.t.Errorf("%s → %s: %s %s differs", from, to, l.Database, l.Kind)
		}
		l.Put = 0 // of no interest
		held[l.Database+" "+l.Kind] = l
	}
	return held
}

// TestADeploymentGoesRound: from SQLite to PostgreSQL, to MongoDB, and back to
// SQLite, with a tenant's own database. In the end it holds what it held in the
// beginning, and wherever it stopped a session goes on.
func TestADeploymentGoesRound(t *testing.T) {
	port := freePort(t)
	d := &deployment{t: t, dir: t.TempDir(), base: "http://localhost:" + port}
	d.environ = []string{
		"DATABASE_URL=sqlite:a.db", "AUTH_SERVICE_HTTP_PORT=" + port, "LOGIN_OTP=off", "RATE_LIMITS=off", "TENANT_ISOLATION=database",
		"LATCHKEY_SECRET=" + key32,
	}
	mongo, err := url.Parse(testserver.Mongo(t))
	if err != nil {
		t.Fatal(err)
	}
	mongo.Path = "/round" + uuid.NewString()[:8]
	stops := []string{"sqlite:a.db", testserver.Postgres(t), mongo.String(), "sqlite:z/z.db"}

	stop := d.serveAgain(stops[0])
	people := map[string]tokens{"default": {}, "acme": {}}
	d.does(nil, "tenant", "create", "acme", "--otp", "off")
	for tenant := range people {
		in := map[string]string{"name": "Ann", "email": "ann@example.com", "password": aPassword}
		d.eventually("sign-up at "+tenant, func() bool { return d.ask("POST", "/auth/sign-up", tenant, in).Meta.Code == "USER_CREATED" })
		people[tenant] = d.logsIn(tenant)
	}
	stop()
	first := d.carries(stops[0], stops[1])
	if first["deployment accounts"].Rows != 1 || first["acme accounts"].Rows != 1 || first["acme events"].Rows == 0 {
		t.Errorf("on the way are %v", first)
	}
	for i := 1; i < len(stops)-1; i++ {
		if diff := cmp.Diff(first, d.carries(stops[i], stops[i+1])); diff != "" {
			t.Errorf("%s → %s (-first +now):\n%s", stops[i], stops[i+1], diff)
		}
	}
	for _, at := range stops[1:] {
		stop := d.serveAgain(at)
		for tenant, was := range people {
			if a, now := d.tokens("/auth/refresh", tenant, map[string]string{"refreshToken": was.RefreshToken}); a.Meta.Code != "TOKENS_REFRESHED" ||
				now.RefreshToken == was.RefreshToken {
				t.Errorf("%s: refresh at %s: got %d %s", at, tenant, a.status, a.Meta.Code)
			}
			if a := d.ask("GET", "/auth/me", tenant, nil, "Authorization", "Bearer "+was.AccessToken); a.status != http.StatusOK {
				t.Errorf("%s: the access token at %s: got %d %s", at, tenant, a.status, a.Meta.Code)
			}
		}
		stop()
		if out, errs, code := d.shell("", "audit", "verify", "--database-url", at); code != 0 {
			t.Errorf("%s: audit verify: exit code %d\n%s%s", at, code, out, errs)
		}
	}
}
