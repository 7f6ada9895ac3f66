package e2e

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestSDKNest: a NestJS application behind the SDK's guards lets in who is
// logged in, refuses who has logged out or was demoted a moment ago, and goes on
// while the server restarts.
func TestSDKNest(t *testing.T) {
	t.Parallel()
	s := start(t, "dev", quick().with(env{"LOGIN_OTP": "off", "RATE_LIMITS": "off"}))
	c, ops := s.client(), s.operator(t)
	var made struct{ Key string }
	s.run(t, &made, "api-key", "create", "--tenant", "default", "--name", "orders", "--scope", "revocations:read")
	secret(made.Key)
	app := openNestApp(t, s.base, made.Key)
	app.live(t)

	who, leaves := c.join(t)
	again := func() grant {
		return c.want(t, "LOGIN_SUCCESS", "POST", "/auth/login", who.logIn(), "x-device-token", leaves.DeviceToken).grant(t)
	}
	stays := again()
	for _, g := range []grant{leaves, stays} {
		app.want(t, "", "/orders", g)
		app.want(t, "", "/strict", g)
		app.want(t, "FORBIDDEN", "/admin", g)
	}
	app.want(t, "ACCESS_TOKEN_MISSING", "/orders", grant{})
	c.want(t, "LOGGED_OUT", "POST", "/auth/logout", nil, leaves.bearer()...)
	app.turns(t, "SESSION_NOT_FOUND", "/orders", leaves)
	app.want(t, "", "/orders", stays)

	role := func(of grant, role string) {
		c.want(t, "USER_ROLE_UPDATED", "POST", "/auth/change-role", dict{"userId": of.User.ID, "newRole": role}, ops("")...)
	}
	_, other := c.join(t) // there has to be another admin
	role(other, "admin")
	role(stays, "admin")
	boss := again()
	app.turns(t, "", "/admin", boss)
	role(boss, "user")
	app.turns(t, "FORBIDDEN", "/admin", boss)
	app.want(t, "", "/orders", boss)

	s.stop()
	app.turns(t, "REVOCATION_UNKNOWN", "/strict", boss)
	app.want(t, "", "/orders", boss)
	app.want(t, "SESSION_NOT_FOUND", "/orders", leaves)
	s.launch()
	s.await()
	app.turns(t, "", "/strict", boss)
	app.want(t, "SESSION_NOT_FOUND", "/orders", leaves)
	c.want(t, "LOGGED_OUT", "POST", "/auth/logout", nil, boss.bearer()...)
	app.turns(t, "SESSION_NOT_FOUND", "/orders", boss)
}

// A nestApp is sdk/test/nest-app in a process of its own.
type nestApp struct {
	base string
	http *http.Client
}

// openNestApp builds the SDK in a copy of its folder and starts the application
// with it, and with a key for the feed.
func openNestApp(t *testing.T, issuer, key string) *nestApp {
	t.Helper()
	folder := t.TempDir()
	for _, name := range []string{"package.json", "package-lock.json", "tsconfig.json", "tsconfig.nest.json", "src", "test/nest-app"} {
		run(t, ".", "cp", "-r", filepath.Join("..", "sdk", name), folder)
	}
	run(t, folder, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
	run(t, folder, "npm", "run", "build", "--loglevel=error")
	said := new(lineBuffer)
	cmd := exec.Command("node", "by-require.cjs", jsonOf(t, dict{"issuer": issuer, "feed": dict{"key": key}}))
	cmd.Dir, cmd.Stderr = filepath.Join(folder, "nest-app"), said
	stdin, inErr := cmd.StdinPipe()
	stdout, outErr := cmd.StdoutPipe()
	if err := errors.Join(inErr, outErr); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(stdout)
	t.Cleanup(func() { // it ends when nothing is left to read
		if err := stdin.Close(); err != nil {
			t.Error(err)
		}
		rest, readErr := io.ReadAll(lines)
		if err := errors.Join(readErr, cmd.Wait()); err != nil {
			t.Errorf("the application: %v", err)
		}
		if strings.Contains(said.String()+string(rest), key) {
			t.Error("the application wrote its key to its log")
		}
		if t.Failed() {
			t.Logf("the application says:\n%s", tail(said.String()))
		}
	})
	var told struct{ Port int }
	for told.Port == 0 {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			t.Fatalf("the application told no port: %v\n%s", err, said.String())
		}
		if strings.HasPrefix(string(line), "{") {
			if err := json.Unmarshal(line, &told); err != nil {
				t.Fatal(err)
			}
		}
	}
	return &nestApp{fmt.Sprintf("http://127.0.0.1:%d", told.Port), &http.Client{Timeout: patience}}
}

// ask returns the code of a refusal, or "".
func (n *nestApp) ask(t *testing.T, path string, who grant) string {
	t.Helper()
	r, err := http.NewRequest(http.MethodGet, n.base+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	if who.AccessToken != "" {
		r.Header.Set("Authorization", "Bearer "+who.AccessToken)
	}
	got, err := n.http.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer got.Body.Close()
	var said answer
	if err := json.NewDecoder(got.Body).Decode(&said); err != nil {
		t.Fatal(err)
	}
	if got.StatusCode != http.StatusOK && said.Meta.Code == "" {
		t.Fatalf("%s: %d, and no code", path, got.StatusCode)
	}
	return said.Meta.Code
}

func (n *nestApp) want(t *testing.T, code, path string, who grant) {
	t.Helper()
	if got := n.ask(t, path, who); got != code {
		t.Errorf("%s: got %q, want %q", path, got, code)
	}
}

// turns asks until the answer has the code, which is there a moment later.
func (n *nestApp) turns(t *testing.T, code, path string, who grant) {
	t.Helper()
	eventually(t, fmt.Sprintf("%s answers %q", path, code), func() bool { return n.ask(t, path, who) == code })
}

// live waits until the application's feed is connected and complete.
func (n *nestApp) live(t *testing.T) {
	t.Helper()
	eventually(t, "the feed is live", func() bool {
		got, err := n.http.Get(n.base + "/healthz")
		if err != nil {
			t.Fatal(err)
		}
		defer got.Body.Close()
		var status struct{ Live bool }
		return json.NewDecoder(got.Body).Decode(&status) == nil && status.Live
	})
}
