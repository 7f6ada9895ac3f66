// Package trial tries an orders API that guard protects, as everybody who may come
// to it. It does not know what the API is written with.
package trial

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/latchkey/latchkey/guard"
	"github.com/latchkey/latchkey/guard/guardtest"
)

// Run asks the API that handler makes for everything that it has, as everybody who may come.
func Run(t *testing.T, handler func(*guard.Guard) http.Handler) {
	issuer := guardtest.New(t)
	api := handler(issuer.Guard())

	user := issuer.Token(guardtest.User{})
	clerk := issuer.Token(guardtest.User{Role: "clerk", Permissions: []string{"orders:read", "orders:write"}})
	admin := issuer.Token(guardtest.User{Role: "admin"})
	service := issuer.ServiceKey("orders:write")
	for _, test := range []struct {
		name, token, request string
		want                 int
	}{
		{"anybody sees health", "", "GET /healthz", http.StatusOK},
		{"nobody gets in without a token", "", "GET /orders", http.StatusUnauthorized},
		{"nor with another's", "not-a-token", "GET /orders", http.StatusUnauthorized},
		{"nor on a path that is not there", "", "GET /nothing", http.StatusUnauthorized},
		{"nor by another method", "", "POST /healthz", http.StatusUnauthorized},
		{"a user reads", user, "GET /orders", http.StatusOK},
		{"a user finds nothing where nothing is", user, "GET /nothing", http.StatusNotFound},
		{"a user does not write", user, "POST /orders", http.StatusForbidden},
		{"a user does not delete", user, "DELETE /orders/7", http.StatusForbidden},
		{"who may write writes", clerk, "POST /orders", http.StatusCreated},
		{"who may write does not delete", clerk, "DELETE /orders/7", http.StatusForbidden},
		{"an admin deletes", admin, "DELETE /orders/7", http.StatusNoContent},
		{"a service writes", service, "POST /orders", http.StatusCreated},
		{"a service has no role", service, "DELETE /orders/7", http.StatusForbidden},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := ask(t, api, test.request, test.token); got != test.want {
				t.Errorf("%s: got %d, want %d", test.request, got, test.want)
			}
		})
	}

	t.Run("who has logged out is refused", func(t *testing.T) {
		token := issuer.Token(guardtest.User{SessionID: "s1"})
		if got := ask(t, api, "GET /orders", token); got != http.StatusOK {
			t.Fatalf("before: got %d", got)
		}
		issuer.EndSession("s1", "logout")
		if got := ask(t, api, "GET /orders", token); got != http.StatusUnauthorized {
			t.Errorf("afterwards: got %d", got)
		}
		if got := ask(t, api, "GET /orders", user); got != http.StatusOK {
			t.Errorf("somebody else: got %d", got)
		}
	})
}

func ask(t *testing.T, api http.Handler, request, token string) int {
	method, path, _ := strings.Cut(request, " ")
	r := httptest.NewRequestWithContext(t.Context(), method, path, nil)
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	w := httptest.NewRecorder()
	api.ServeHTTP(w, r)
	return w.Code
}
