package main

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/latchkey/latchkey/examples/internal/trial"
	"github.com/latchkey/latchkey/guard/guardtest"
)

func TestOrders(t *testing.T) { trial.Run(t, handler) }

// TestLogout is what a test of your own may look like.
func TestLogout(t *testing.T) {
	auth := guardtest.New(t)
	api := handler(auth.Guard())
	token := auth.Token(guardtest.User{ID: "ann", TenantID: "acme", SessionID: "s1"})
	list := func() *httptest.ResponseRecorder {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/orders", nil)
		r.Header.Set("Authorization", "Bearer "+token)
		w := httptest.NewRecorder()
		api.ServeHTTP(w, r)
		return w
	}
	if got, want := list().Body.String(), "orders of ann in acme\n"; got != want {
		t.Fatalf("got %q, want %q", got, want)
	}
	auth.EndSession("s1", "logout")
	if got := list().Code; got != http.StatusUnauthorized {
		t.Errorf("after the logout: got %d", got)
	}
}
