package main

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestHealth(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/healthz" { // up, and not ready
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}))
	port := server.Listener.Addr().(*net.TCPAddr).Port
	ask := func(environ string, args ...string) int {
		var out bytes.Buffer
		w := &console{Out: &out, Err: io.Discard, Dir: t.TempDir(), Environ: []string{environ, fmt.Sprint("AUTH_SERVICE_HTTP_PORT=", port), "HTTP_PROXY=http://127.0.0.1:1"}}
		code := command(t.Context(), append([]string{"health"}, args...), w)
		if (out.String() == "ok\n") != (code == 0) {
			t.Errorf("exit code %d, printed %q", code, out.String())
		}
		return code
	}
	for _, c := range []struct {
		name, environ string
		args          []string
		want          int
	}{
		{"up", "LISTEN_HOST=0.0.0.0", nil, 0},
		{"up, at the address", "LISTEN_HOST=127.0.0.1", nil, 0},
		{"not ready", "LISTEN_HOST=0.0.0.0", []string{"--ready"}, 1},
		{"a wrong setting", "LISTEN_HOST=nowhere at all", nil, 2},
	} {
		if got := ask(c.environ, c.args...); got != c.want {
			t.Errorf("%s: exit code %d, want %d", c.name, got, c.want)
		}
	}
	server.Close()
	if got := ask("LISTEN_HOST=0.0.0.0"); got != 1 {
		t.Errorf("nobody there: exit code %d, want 1", got)
	}
}

func TestReachableHost(t *testing.T) {
	for listens, want := range map[string]string{"0.0.0.0": "127.0.0.1", "::": "::1", "10.1.2.3": "10.1.2.3", "localhost": "localhost"} {
		if got := reachableHost(listens); got != want {
			t.Errorf("%s: got %s, want %s", listens, got, want)
		}
	}
}
