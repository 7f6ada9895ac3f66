package main

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

// An illness is a deployment in which one thing is wrong, or nothing.
type illness struct {
	name    string
	mode    runMode // modeServe when it is left out
	bare    bool    // there is no database yet
	environ []string
	prepare func(t *testing.T, dir string) []string // breaks something; may add to environ
	change  func(*patient)                          // what cannot be broken for real: the kernel, the time
	want    finding                                 // Finding and Mend: a part of them
}

// diagnose runs a check on each deployment.
func diagnose(t *testing.T, run func(context.Context, *patient) []finding, all []illness) {
	t.Helper()
	model := t.TempDir()
	if slices.ContainsFunc(all, func(c illness) bool { return !c.bare }) {
		establish(t, model)
	}
	for _, c := range all {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			if !c.bare {
				twin(t, filepath.Join(model, "data"), filepath.Join(dir, "data"))
			}
			environ := append([]string{"DATABASE_URL=sqlite:data/latchkey.db", "SMTP_HOST=127.0.0.1"}, c.environ...)
			if c.prepare != nil {
				environ = append(environ, c.prepare(t, dir)...)
			}
			if c.mode == modeTool {
				c.mode = modeServe
			}
			p := admit(c.mode, nil, &console{Environ: environ, Dir: dir})
			p.kernel.synced = func() (string, error) { return "", nil }
			if c.change != nil {
				c.change(p)
			}
			got := examine(t.Context(), p, []check{{"settings", func(context.Context, *patient) []finding { return nil }}, {"it", run}})
			if !p.loaded {
				got = examine(t.Context(), p, []check{{"it", run}})
			}
			if !tells(got, c.want) {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
			for _, f := range got {
				if (f.Mend == "") != (f.Status == fine) {
					t.Errorf("%+v: what is wrong has a mend, and nothing else", f)
				}
				if c.want.Status == fine && f.Status != fine {
					t.Errorf("%+v in a deployment that is well", f)
				}
			}
		})
	}
}

// tells reports whether one of the findings is the wanted one.
func tells(got []finding, want finding) bool {
	for _, f := range got {
		if f.Status == want.Status && strings.Contains(f.Finding, want.Finding) && strings.Contains(f.Mend, want.Mend) {
			return true
		}
	}
	return false
}

// establish makes a database with its master key and a signing key, in data.
func establish(t *testing.T, dir string, environ ...string) {
	t.Helper()
	w := &console{Out: io.Discard, Err: io.Discard, Dir: dir, Environ: append([]string{"DATABASE_URL=sqlite:data/latchkey.db"}, environ...)}
	if err := (&migrateCmd{settingFlags: newSettingFlags(false, nil)}).Run(t.Context(), w); err != nil {
		t.Fatal(err)
	}
	if err := (&keysRotateCmd{settingFlags: newSettingFlags(false, nil)}).Run(t.Context(), w); err != nil {
		t.Fatal(err)
	}
}

// twin copies a folder and its files, for nobody else to read.
func twin(t *testing.T, from, to string) {
	t.Helper()
	entries, err := os.ReadDir(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(to, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		content, err := os.ReadFile(filepath.Join(from, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(to, e.Name()), string(content))
	}
}

// alter runs statements on the database, as another program would.
func alter(t *testing.T, dir string, statements ...string) {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(dir, "data", "latchkey.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, s := range statements {
		if _, err := db.ExecContext(t.Context(), s); err != nil {
			t.Fatal(err)
		}
	}
}

// altering breaks the database by statements.
func altering(statements ...string) func(*testing.T, string) []string {
	return func(t *testing.T, dir string) []string {
		alter(t, dir, statements...)
		return nil
	}
}

func TestDoctorSettings(t *testing.T) {
	diagnose(t, checkSettings, []illness{
		{name: "all well", bare: true, want: ok("every setting can be read")},
		{
			name: "a wrong value", bare: true, environ: []string{"JWT_EXPIRES_IN=900"},
			want: fail("JWT_EXPIRES_IN (from the environment): \"900\" has no unit", "write 900s or 15m"),
		},
		{
			name: "one of several", bare: true, environ: []string{"JWT_EXPIRES_IN=900", "JWT_SECRET=c4n4ry"},
			want: fail("JWT_SECRET (from the environment): 6 bytes, at least 32 are needed", "make one with"),
		},
		{name: "a database of a kind that there is not", bare: true, environ: []string{"DATABASE_URL=mysql://u:c4n4ry@db/x"}, want: fail("DATABASE_URL", "write sqlite:PATH")},
		{name: "everybody is trusted", bare: true, environ: []string{"TRUSTED_PROXIES=::/0"}, want: fail("trusts everyone", "write the addresses of your proxies")},
		{
			name: "a line that is none", bare: true, want: fail(".env line 1: there is no =", "write NAME=value"),
			prepare: func(t *testing.T, dir string) []string { write(t, filepath.Join(dir, ".env"), "hello\n"); return nil },
		},
		{
			name: "others' names", bare: true, want: ok("no settings of latchkey: OTHER"),
			prepare: func(t *testing.T, dir string) []string { write(t, filepath.Join(dir, ".env"), "OTHER=1\n"); return nil },
		},
	})
	diagnose(t, checkLimits, []illness{
		{name: "limits", bare: true, want: ok("clients are limited")},
		{name: "no limits", bare: true, environ: []string{"RATE_LIMITS=off"}, want: fail("RATE_LIMITS is off", "unset RATE_LIMITS")},
		{name: "no limits in dev", bare: true, mode: modeDev, environ: []string{"RATE_LIMITS=off"}, want: ok("RATE_LIMITS is off")},
	})
}

// A way to send mail that is missing keeps nobody from hearing of the rest.
func TestDoctorLooksOnWithoutMail(t *testing.T) {
	p := admit(modeServe, nil, &console{Dir: t.TempDir()})
	got := examine(t.Context(), p, checks())
	want := []finding{
		fail("SMTP_HOST: is not set", "set it"), ok("there is none yet"), warn("APP_BASE_URL is http://localhost", "set it to the public one"),
	}
	for _, f := range want {
		if !tells(got, f) {
			t.Errorf("%+v is missing in %+v", f, got)
		}
	}
}

func TestDoctorReports(t *testing.T) {
	all := []finding{
		{"a", fine, "well", ""}, {"b", warning, "so-so", "do this"}, {"c", failing, "bad & <worse>", "do that"},
	}
	var text, js bytes.Buffer
	if err := report(&text, all, false); err != nil {
		t.Fatal(err)
	}
	const want = "ok    a         well\nwarn  b         so-so\n      mend      do this\nfail  c         bad & <worse>\n      mend      do that\n\n1 ok, 1 to look at, 1 to mend\n"
	if diff := cmp.Diff(want, text.String()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if err := report(&js, all, true); err != nil {
		t.Fatal(err)
	}
	var got []map[string]string
	if err := json.Unmarshal(js.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]string{"check": "b", "status": "warn", "finding": "so-so", "mend": "do this"}, got[1]); diff != "" || len(got) != 3 {
		t.Errorf("%d entries, -want +got:\n%s", len(got), diff)
	}
}

// What another machine answered can hold anything.
func TestDoctorReportsOnOneLine(t *testing.T) {
	got := plain("a\x1b[31m\nb\xff " + strings.Repeat("x", 900))
	if strings.ContainsAny(got, "\x1b\n") || !utf8.ValidString(got) || len(got) > 500 || !strings.HasPrefix(got, "a [31m b? x") {
		t.Errorf("got %q", got)
	}
}

// TestDoctorExit: warnings let a script go on, failures do not.
func TestDoctorExit(t *testing.T) {
	for name, c := range map[string]struct {
		environ string
		fails   bool
	}{
		"warnings alone": {"ALLOWED_ORIGINS=http://app.example.com", false},
		"a failure":      {"JWT_EXPIRES_IN=900", true},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			w := &console{Out: &out, Err: io.Discard, Dir: t.TempDir(), Environ: []string{c.environ, "AUTH_SERVICE_HTTP_PORT=1"}}
			err := (&doctorCmd{settingFlags: newSettingFlags(false, nil), Mode: "dev"}).Run(t.Context(), w)
			if (err != nil) != c.fails {
				t.Errorf("got %v, want an error: %v\n%s", err, c.fails, out.String())
			}
			if _, wrongLine := err.(problems); wrongLine { //nolint:errorlint // it is this type that makes the exit code 2
				t.Errorf("%v would look like a wrong command line", err)
			}
		})
	}
}

// TestDoctorTellsNoSecret has every secret of a deployment somewhere in it.
func TestDoctorTellsNoSecret(t *testing.T) {
	dir := t.TempDir()
	establish(t, dir)
	key, err := os.ReadFile(filepath.Join(dir, "data", "latchkey.db.key"))
	if err != nil {
		t.Fatal(err)
	}
	for _, environ := range [][]string{
		{"JWT_SECRET=c4n4ry-secret-c4n4ry-secret-c4n4ry", "SMTP_PASS=c4n4ry", "SMTP_USER=u", "SMTP_HOST=127.0.0.1", "SMTP_PORT=1"},
		{"LATCHKEY_SECRET=YzRuNHJ5YzRuNHJ5YzRuNHJ5YzRuNHJ5YzRuNHJ5YzQ="},
		{"LATCHKEY_SECRET=c4n4ry", "JWT_SECRET=c4n4ry", "APP_BASE_URL=https://u:c4n4ry@example.com", "SMTP_HOST=smtp://u:c4n4ry@mail"},
	} {
		p := admit(modeServe, nil, &console{Dir: dir, Environ: append(environ, "DATABASE_URL=sqlite:data/latchkey.db", "AUTH_SERVICE_HTTP_PORT=1")})
		var out bytes.Buffer
		if err := report(&out, examine(t.Context(), p, checks()), true); err != nil {
			t.Fatal(err)
		}
		for _, secret := range []string{"c4n4ry", "YzRuNHJ5", strings.TrimSpace(string(key))} {
			if strings.Contains(out.String(), secret) {
				t.Errorf("%q is in\n%s", secret, out.String())
			}
		}
	}
}
