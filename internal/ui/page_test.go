package ui

import (
	"io"
	"net/http"
	"strings"
	"testing"
)

const csp = "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// sheet is the address of the style sheet in the page.
func sheet(t *testing.T) string {
	t.Helper()
	for _, n := range all(tree(t, fixture(t)), "link") {
		if attribute(n, "rel") == "stylesheet" {
			return attribute(n, "href")
		}
	}
	t.Fatal("no style sheet")
	return ""
}

func TestHeaders(t *testing.T) {
	h, css := serve(t, fixture(t)), sheet(t)
	for _, tt := range []struct{ path, kind, cache string }{
		{"/docs", "text/html; charset=utf-8", "no-cache"},
		{"/docs/", "text/html; charset=utf-8", "no-cache"},
		{css, "text/css; charset=utf-8", "public, max-age=31536000, immutable"},
	} {
		t.Run(tt.path, func(t *testing.T) {
			for _, method := range []string{http.MethodGet, http.MethodHead} {
				r := ask(h, method, tt.path)
				if r.StatusCode != http.StatusOK {
					t.Errorf("%s: got %d, want 200", method, r.StatusCode)
				}
				for name, want := range map[string]string{
					"Content-Type": tt.kind, "Cache-Control": tt.cache, "Content-Security-Policy": csp, "X-Content-Type-Options": "nosniff",
				} {
					if got := r.Header.Get(name); got != want {
						t.Errorf("%s: %s: got %q, want %q", method, name, got, want)
					}
				}
				body, err := io.ReadAll(r.Body)
				if err != nil {
					t.Fatal(err)
				}
				if empty := len(body) == 0; empty != (method == http.MethodHead) {
					t.Errorf("%s: got %d bytes", method, len(body))
				}
			}
		})
	}
}

func TestAnUnchangedPageIsNotSentAgain(t *testing.T) {
	h := serve(t, fixture(t))
	tag := ask(h, http.MethodGet, "/docs").Header.Get("ETag")
	if got := ask(h, http.MethodGet, "/docs", "If-None-Match", tag).StatusCode; got != http.StatusNotModified {
		t.Errorf("same tag: got %d, want 304", got)
	}
	changed := []byte(strings.Replace(string(fixture(t)), "Sign-up, login, sessions.", "Another text.", 1))
	other := serve(t, changed)
	if got := ask(other, http.MethodGet, "/docs", "If-None-Match", tag).StatusCode; got != http.StatusOK {
		t.Errorf("another page: got %d, want 200", got)
	}
}

func TestOnlyReading(t *testing.T) {
	h := serve(t, fixture(t))
	for _, path := range []string{"/docs", "/docs/", sheet(t)} {
		for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions, "BREW"} {
			r := ask(h, method, path)
			if r.StatusCode != http.StatusMethodNotAllowed || r.Header.Get("Allow") != "GET, HEAD" {
				t.Errorf("%s %s: got %d, Allow %q, want 405, GET, HEAD", method, path, r.StatusCode, r.Header.Get("Allow"))
			}
		}
	}
}

func TestNothingElseIsServed(t *testing.T) {
	h := serve(t, fixture(t))
	for _, path := range []string{"/docs/style.css", "/docs/style.0000000000000000.css", "/docs/docs.html", "/docs/../doc.go", "/", "/docs/x"} {
		if got := ask(h, http.MethodGet, path).StatusCode; got != http.StatusNotFound {
			t.Errorf("%s: got %d, want 404", path, got)
		}
	}
}
