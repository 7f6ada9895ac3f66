package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"
)

// deployment is a server that runs, and the shell beside it.
type deployment struct {
	t       *testing.T
	dir     string
	environ []string
	base    string
}

// serveDev starts latchkey dev in this process.
func serveDev(t *testing.T, environ ...string) *deployment {
	t.Helper()
	port := freePort(t)
	d := &deployment{t: t, dir: t.TempDir(), base: "http://localhost:" + port}
	d.environ = append([]string{"AUTH_SERVICE_HTTP_PORT=" + port, "LOGIN_OTP=off", "RATE_LIMITS=off"}, environ...)
	ctx, stop := context.WithCancel(context.Background())
	log, ended := &inTurn{Writer: new(bytes.Buffer)}, make(chan int)
	go func() {
		ended <- command(ctx, []string{"dev"}, &console{Out: io.Discard, Err: log, Environ: d.environ, Dir: d.dir})
	}()
	t.Cleanup(func() {
		stop()
		if code := <-ended; code != 0 || t.Failed() {
			told := log.Writer.(*bytes.Buffer).String()
			t.Errorf("the server ended with %d:\n%s", code, told[max(0, len(told)-4000):])
		}
	})
	d.eventually("the server answers", func() bool { return d.ask("GET", "/healthz", "", nil).status == http.StatusOK })
	return d
}

// eventually waits for what another process, or the work beside the requests,
// brings about.
func (d *deployment) eventually(what string, holds func() bool) {
	d.t.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	patience := time.After(3 * time.Minute) // a second, where nothing else runs
	for !holds() {
		select {
		case <-tick.C:
		case <-patience:
			d.t.Fatalf("not seen in time: %s", what)
		}
	}
}

// shell runs a command with something on its standard input.
func (d *deployment) shell(in string, args ...string) (out, errs string, code int) {
	var stdout, stderr bytes.Buffer
	code = command(d.t.Context(), args, &console{In: strings.NewReader(in), Out: &stdout, Err: &stderr, Environ: d.environ, Dir: d.dir})
	return stdout.String(), stderr.String(), code
}

// does runs a command that must do its work, and reads its JSON.
func (d *deployment) does(into any, args ...string) {
	d.t.Helper()
	d.doesWith("", into, args...)
}

func (d *deployment) doesWith(in string, into any, args ...string) {
	d.t.Helper()
	out, errs, code := d.shell(in, append(args, "--json")...)
	if code != 0 || errs != "" {
		d.t.Fatalf("latchkey %s: exit code %d\n%s%s", strings.Join(args, " "), code, out, errs)
	}
	if into == nil {
		into = new(any)
	}
	if err := json.Unmarshal([]byte(out), into); err != nil {
		d.t.Fatalf("latchkey %s: %v in\n%s", strings.Join(args, " "), err, out)
	}
}

// fails runs a command that must fail with a code of the rules.
func (d *deployment) fails(code string, args ...string) {
	d.t.Helper()
	if out, errs, exit := d.shell("", args...); exit != 1 || out != "" || !strings.Contains(errs, code) {
		d.t.Errorf("latchkey %s: exit code %d, want 1 and %s\n%s%s", strings.Join(args, " "), exit, code, out, errs)
	}
}

// reply is as much of an answer as is looked at here.
type reply struct {
	status int
	Data   json.RawMessage
	Meta   struct{ Code string }
}

// ask asks the server about a tenant.
func (d *deployment) ask(method, path, tenant string, body any, headers ...string) (a reply) {
	d.t.Helper()
	var text io.Reader = http.NoBody
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			d.t.Fatal(err)
		}
		text = bytes.NewReader(b)
	}
	r, err := http.NewRequestWithContext(d.t.Context(), method, d.base+path, text)
	if err != nil {
		d.t.Fatal(err)
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if tenant != "" {
		r.Header.Set("X-Tenant-Id", tenant)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	got, err := http.DefaultClient.Do(r)
	if err != nil {
		return reply{} // it does not listen yet
	}
	defer got.Body.Close()
	read, err := io.ReadAll(got.Body)
	if err != nil {
		d.t.Fatal(err)
	}
	a.status = got.StatusCode
	if err := json.Unmarshal(read, &a); err != nil && path != "/healthz" {
		d.t.Fatalf("%s %s: %v in %s", method, path, err, read)
	}
	return a
}

// logIn returns the code of a login and, where it worked, the access token.
func (d *deployment) logIn(tenant, email, password string) (code, token string) {
	d.t.Helper()
	a := d.ask("POST", "/auth/login", tenant, map[string]string{"email": email, "password": password})
	var grant struct{ AccessToken string }
	if a.Meta.Code == "LOGIN_SUCCESS" {
		if err := json.Unmarshal(a.Data, &grant); err != nil {
			d.t.Fatal(err)
		}
	}
	return a.Meta.Code, grant.AccessToken
}

// comesTo waits until a login is answered with a code.
func (d *deployment) comesTo(want, tenant, email, password string) (token string) {
	d.t.Helper()
	var got string
	d.eventually("a login of "+email+" is "+want, func() bool {
		got, token = d.logIn(tenant, email, password)
		return got == want
	})
	return token
}

// claims reads what an access token says.
func (d *deployment) claims(token string) (c struct {
	Role        string
	Permissions []string
}) {
	d.t.Helper()
	part := strings.Split(token, ".")
	if len(part) != 3 {
		d.t.Fatalf("no token: %d parts", len(part))
	}
	text, err := base64.RawURLEncoding.DecodeString(part[1])
	if err == nil {
		err = json.Unmarshal(text, &c)
	}
	if err != nil {
		d.t.Fatal(err)
	}
	return c
}

const aPassword = "quiet-orbit-42-lantern"

// freePort returns a port that nobody listens on.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return fmt.Sprint(l.Addr().(*net.TCPAddr).Port)
}

// TestCommandsBesideAServer: each command does its work on the files of a server
// that runs, and the server sees it: in the shared database, and where tenants
// have one of their own.
func TestCommandsBesideAServer(t *testing.T) {
	for _, isolation := range []string{"shared", "database"} {
		t.Run(isolation, func(t *testing.T) {
			t.Parallel()
			d := serveDev(t, "TENANT_ISOLATION="+isolation)
			signUp := func(email string, more ...string) string {
				in := map[string]string{"name": "Ann", "email": email, "password": aPassword}
				for i := 0; i+1 < len(more); i += 2 {
					in[more[i]] = more[i+1]
				}
				return d.ask("POST", "/auth/sign-up", "acme", in).Meta.Code
			}
			if got := signUp("ann@example.com"); got != "TENANT_NOT_FOUND" { // and that is held
				t.Fatalf("got %s", got)
			}
			var tenant struct{ ID, Name, Directory string }
			d.does(&tenant, "tenant", "create", "acme", "--otp", "off")
			if own := tenant.Directory != "default"; own != (isolation == "database") {
				t.Errorf("the directory is %s", tenant.Directory)
			}
			_, err := os.Stat(filepath.Join(d.dir, "latchkey.tenants", "acme.db"))
			if (err == nil) != (isolation == "database") {
				t.Errorf("the tenant's file: %v", err)
			}
			d.does(nil, "tenant", "space", "add", "acme", "seoul")
			d.eventually("the tenant and its space are there", func() bool { return signUp("ann@example.com", "spaceId", "seoul") == "USER_CREATED" })

			peopleBesideAServer(t, d)
			tenantBesideAServer(d, signUp)

			if out, errs, code := d.shell("", "audit", "verify"); code != 0 || isolation == "database" && !strings.Contains(out, "acme ("+tenant.Directory+")") {
				t.Errorf("audit verify: exit code %d\n%s%s", code, out, errs)
			}
			if out, errs, code := d.shell("", "audit", "export", "--directory", tenant.Directory); code != 0 || !strings.Contains(out, `"actor":"command-line"`) {
				t.Errorf("audit export: exit code %d\n%s%s", code, out, errs)
			}
		})
	}
}

// peopleBesideAServer changes people of the tenant acme.
func peopleBesideAServer(t *testing.T, d *deployment) {
	d.doesWith(aPassword+"\n", nil, "user", "create", "--tenant", "acme", "--email", "ben@example.com", "--name", "Ben", "--username", "ben", "--role", "manager", "--password-stdin")
	token := d.comesTo("LOGIN_SUCCESS", "acme", "ben@example.com", aPassword)

	d.does(nil, "role", "create", "billing", "--tenant", "acme", "--permission", "invoices:read")
	d.does(nil, "user", "role", "ben", "billing", "--tenant", "acme")
	d.eventually("a live session has the new role", func() bool {
		a := d.ask("GET", "/auth/me", "acme", nil, "Authorization", "Bearer "+token)
		return bytes.Contains(a.Data, []byte(`"role":"billing"`))
	})
	d.does(nil, "role", "set", "billing", "--tenant", "acme", "--permission", "invoices:read", "--permission", "invoices:write")
	d.eventually("a token has the new permissions", func() bool {
		_, token := d.logIn("acme", "ben@example.com", aPassword)
		return len(d.claims(token).Permissions) == 2
	})
	d.fails("ROLE_IN_USE", "role", "delete", "billing", "--tenant", "acme")

	d.does(nil, "user", "lock", "ben@example.com", "--tenant", "acme")
	d.comesTo("ACCOUNT_LOCKED", "acme", "ben@example.com", aPassword)
	d.eventually("the sessions have ended", func() bool {
		return d.ask("GET", "/auth/me", "acme", nil, "Authorization", "Bearer "+token).status == http.StatusUnauthorized
	})
	var users []struct{ ID, Email, Status string }
	d.does(&users, "user", "list", "--tenant", "acme", "--search", "BEN")
	if len(users) != 1 || users[0].Status != "locked" {
		t.Fatalf("got %+v", users)
	}
	d.does(nil, "user", "unlock", users[0].ID, "--tenant", "acme")
	d.comesTo("LOGIN_SUCCESS", "acme", "ben@example.com", aPassword)

	d.does(nil, "user", "invite", "eve@example.com", "--tenant", "acme", "--role", "billing")
	d.eventually("the invitation is mailed", func() bool {
		a := d.ask("GET", "/dev/mail?to=eve@example.com", "", nil, "Accept", "application/json")
		return bytes.Contains(a.Data, []byte("eve@example.com"))
	})

	importBesideAServer(t, d)

	d.does(nil, "user", "remove", "ben@example.com", "--tenant", "acme")
	d.comesTo("INVALID_CREDENTIALS", "acme", "ben@example.com", aPassword)
	d.fails("USER_NOT_FOUND", "user", "lock", "ben@example.com", "--tenant", "acme")
	d.does(nil, "role", "delete", "billing", "--tenant", "acme")
}

func importBesideAServer(t *testing.T, d *deployment) {
	hash, err := bcrypt.GenerateFromPassword([]byte(aPassword), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	var file strings.Builder
	file.WriteString("email,name,passwordHash,role\n")
	for i := range 500 {
		fmt.Fprintf(&file, "user%d@example.com,User %d,%s,\n", i, i, hash)
	}
	fmt.Fprintf(&file, "ann@example.com,Ann,%s,\nwrong,Wrong,%s,\nx@example.com,X,%s,king\n", hash, hash, hash)
	write(t, filepath.Join(d.dir, "users.csv"), file.String())
	for _, c := range []struct {
		more []string
		want importTally
	}{
		{[]string{"--dry-run"}, importTally{Read: 503, Created: 500, Unchanged: 1, Refused: 2}},
		{nil, importTally{Read: 503, Created: 500, Unchanged: 1, Refused: 2}},
		{nil, importTally{Read: 503, Unchanged: 501, Refused: 2}},
	} {
		out, errs, code := d.shell("", append([]string{"user", "import", "users.csv", "--tenant", "acme", "--json"}, c.more...)...)
		var got importTally
		if err := json.Unmarshal([]byte(out), &got); err != nil || code != 1 || got != c.want {
			t.Fatalf("exit code %d, %v, got %s want %+v\n%s", code, err, out, c.want, errs)
		}
		for _, want := range []string{"line 503: email must be", "line 504: role must be"} {
			if !strings.Contains(errs, want) {
				t.Errorf("no %q in\n%s", want, errs)
			}
		}
		if strings.Contains(out+errs, string(hash)) {
			t.Error("a hash is told")
		}
	}
	d.comesTo("LOGIN_SUCCESS", "acme", "user321@example.com", aPassword)
}

// tenantBesideAServer changes the tenant acme, and deletes it.
func tenantBesideAServer(d *deployment, signUp func(string, ...string) string) {
	d.does(nil, "tenant", "set", "acme", "--sign-up", "closed", "--display-name", "Acme Ltd")
	d.eventually("sign-up is closed", func() bool { return signUp("col@example.com") == "SIGN_UP_CLOSED" })
	d.does(nil, "tenant", "set", "acme", "--reset", "signUp")
	d.eventually("sign-up is open", func() bool { return signUp("dot@example.com") == "USER_CREATED" })

	d.does(nil, "tenant", "status", "acme", "SUSPENDED")
	d.comesTo("TENANT_INACTIVE", "acme", "ann@example.com", aPassword)
	d.does(nil, "tenant", "status", "acme", "ACTIVE")
	d.comesTo("LOGIN_SUCCESS", "acme", "ann@example.com", aPassword)

	var key struct{ ID, Name, Key string }
	d.does(&key, "operator-key", "create", "--name", "ci", "--expires", "1d")
	listed := func() reply { return d.ask("GET", "/tenants", "", nil, "Authorization", "Bearer "+key.Key) }
	d.eventually("the key is good", func() bool { return listed().status == http.StatusOK })
	d.fails("DUPLICATE_ENTRY", "operator-key", "create", "--name", "ci")
	d.does(nil, "operator-key", "revoke", "ci")
	d.eventually("the key is revoked", func() bool { return listed().Meta.Code == "TOKEN_INVALID" })

	d.does(nil, "tenant", "delete", "acme", "--yes")
	d.comesTo("TENANT_NOT_FOUND", "acme", "ann@example.com", aPassword)
	d.fails("DUPLICATE_ENTRY", "tenant", "create", "acme")
	d.fails("TENANT_NOT_FOUND", "tenant", "show", "acme")
}

// TestAnotherMasterKeyWritesNothing: also where there is no signing key that
// would not open.
func TestAnotherMasterKeyWritesNothing(t *testing.T) {
	dir := t.TempDir()
	environ := []string{"JWT_SECRET=0123456789-0123456789-0123456789"}
	do := func(environ []string, args ...string) (string, int) {
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute) // a server that starts must be stopped
		defer cancel()
		var out bytes.Buffer
		code := command(ctx, args, &console{In: strings.NewReader(""), Out: &out, Err: &out, Environ: environ, Dir: dir})
		return out.String(), code
	}
	if out, code := do(environ, "migrate"); code != 0 {
		t.Fatal(out)
	}
	for _, args := range [][]string{{"tenant", "create", "acme"}, {"operator-key", "create", "--name", "one"}} {
		if out, code := do(environ, args...); code != 0 {
			t.Fatal(out)
		}
	}
	before, _ := do(environ, "audit", "verify")
	other := append([]string{"LATCHKEY_SECRET=" + key32}, environ...)
	for _, args := range [][]string{
		{"tenant", "create", "other"}, {"operator-key", "create", "--name", "two"}, {"keys", "list"}, {"migrate"}, {"audit", "verify"},
		{"dev", "--auth-service-http-port", freePort(t)},
	} {
		if out, code := do(other, args...); code != 1 || !strings.Contains(out, errOtherKey.Error()) {
			t.Errorf("%s: exit code %d, %s", strings.Join(args, " "), code, out)
		}
	}
	if after, code := do(environ, "audit", "verify"); code != 0 || after != before {
		t.Errorf("exit code %d: the record was\n%s, and is\n%s", code, before, after)
	}
}
