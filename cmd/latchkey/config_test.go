package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// run prints the settings of a folder.
func run(t *testing.T, c configCmd, dotenv string, environ ...string) (out, errs string, err error) {
	t.Helper()
	c.settingFlags = newSettingFlags(false, nil)
	give(t, c.settingFlags, map[string]string{"LOG_LEVEL": "debug"})
	var stdout, stderr bytes.Buffer
	err = c.Run(&console{Out: &stdout, Err: &stderr, Environ: environ, Dir: folder(t, dotenv)})
	return stdout.String(), stderr.String(), err
}

func TestConfigPrintsWhatIsInForce(t *testing.T) {
	out, errs, err := run(t, configCmd{}, "B=1\nAPP_NAME='Some App'\nA=2\n", "JWT_SECRET="+key32)
	if err != nil {
		t.Fatal(err)
	}
	if want := "not used by latchkey: B, A\n"; errs != want {
		t.Errorf("standard error: got %q, want %q", errs, want)
	}
	lines := map[string]string{}
	for line := range strings.Lines(out) {
		name, rest, _ := strings.Cut(line, " ")
		lines[name] = strings.Join(strings.Fields(rest), " ")
	}
	for name, want := range map[string]string{
		"NAME":                   "VALUE ORIGIN",
		"AUTH_SERVICE_HTTP_PORT": "3502 default",
		"AUTH_SERVICE_TCP_PORT":  "default",
		"LISTEN_HOST":            "0.0.0.0 default",
		"APP_NAME":               "Some App .env:2",
		"JWT_SECRET":             "[set] environment",
		"JWT_ALGORITHM":          "HS256 default",
		"LOG_LEVEL":              "debug flag",
		"DATABASE_URL":           "sqlite:latchkey.db default",
	} {
		if lines[name] != want {
			t.Errorf("%s: got %q, want %q", name, lines[name], want)
		}
	}
	if got, want := len(lines), len(table())+1; got != want {
		t.Errorf("%d lines, want %d", got, want)
	}
}

func TestConfigPrintsJSON(t *testing.T) {
	out, errs, err := run(t, configCmd{JSON: true, Dev: true}, "", "JWT_SECRET="+key32, "APP_NAME=A&B")
	if err != nil || errs != "" {
		t.Fatalf("error %v, standard error %q", err, errs)
	}
	var got []shown
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatal(err)
	}
	for i, s := range table() {
		if got[i].Name != s.name {
			t.Errorf("entry %d is %s, want %s", i, got[i].Name, s.name)
		}
	}
	byName := map[string]shown{}
	for _, value := range got {
		byName[value.Name] = value
	}
	for _, want := range []shown{
		{"LISTEN_HOST", "127.0.0.1", "default"}, {"APP_NAME", "A&B", "environment"},
		{"JWT_SECRET", "[set]", "environment"}, {"SMTP_PASS", "", "default"}, {"LOG_LEVEL", "debug", "flag"},
	} {
		if diff := cmp.Diff(want, byName[want.Name]); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
	}
}

func TestConfigStopsAtWhatIsWrong(t *testing.T) {
	out, _, err := run(t, configCmd{}, "", "JWT_EXPIRES_IN=900", "RATE_LIMITS=no")
	const want = "RATE_LIMITS (from the environment): \"no\" is unknown; write on or off\n" +
		"JWT_EXPIRES_IN (from the environment): \"900\" has no unit; write 900s or 15m"
	if err == nil || err.Error() != want || out != "" {
		t.Errorf("printed %q, got %v, want %s", out, err, want)
	}
}
