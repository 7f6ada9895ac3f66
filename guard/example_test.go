package guard_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"
	"time"

	"github.com/latchkey/latchkey/guard"
)

// A service of which everything needs a token, but for its health; what is below /admin/ also a role.
func ExampleGuard_Protect() {
	g, err := guard.New(guard.Config{
		Issuer: "https://auth.example.com",
		Feed:   guard.Feed{Key: os.Getenv("LATCHKEY_KEY")},
	})
	if err != nil {
		log.Fatal(err)
	}
	defer g.Close()

	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "fine") })
	mux.HandleFunc("GET /orders", func(w http.ResponseWriter, r *http.Request) {
		who, _ := guard.From(r.Context())
		fmt.Fprintln(w, "orders of", who.UserID)
	})
	service := g.Protect(mux, guard.On("GET /healthz", guard.Public()), guard.On("/admin/", guard.Roles("admin")))

	for _, path := range []string{"/healthz", "/orders"} {
		w := httptest.NewRecorder()
		service.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		fmt.Println(path, w.Code)
	}
	// Output:
	// /healthz 200
	// /orders 401
}

// Routers that take middleware give each group its own rules. What is inside counts on top.
func ExampleGuard_Middleware() {
	g, err := guard.New(guard.Config{Issuer: "https://auth.example.com"})
	if err != nil {
		log.Fatal(err)
	}
	defer g.Close()
	orders := http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})

	mux := http.NewServeMux()
	mux.Handle("GET /orders", orders)
	mux.Handle("POST /orders", g.Middleware(guard.Permissions("orders:write"), guard.Strict())(orders))
	service := g.Middleware()(mux)

	w := httptest.NewRecorder()
	service.ServeHTTP(w, httptest.NewRequest("POST", "/orders", nil))
	fmt.Println(w.Code)
	// Output: 401
}

// Other frameworks ask, and refuse in the same words.
func ExampleGuard_Authorize() {
	g, err := guard.New(guard.Config{Issuer: "https://auth.example.com"})
	if err != nil {
		log.Fatal(err)
	}
	defer g.Close()

	handle := func(w http.ResponseWriter, r *http.Request) {
		who, err := g.Authorize(r, guard.Roles("admin"))
		if err != nil {
			guard.Refuse(w, r, err)
			return
		}
		r = r.WithContext(guard.With(r.Context(), who)) // for guard.From
		fmt.Fprintln(w, "hello", r.Method)
	}
	w := httptest.NewRecorder()
	handle(w, httptest.NewRequest("GET", "/", nil))
	fmt.Println(w.Code, w.Header().Get("WWW-Authenticate"))
	// Output: 401 Bearer
}

// A token that came by another way than HTTP.
func ExampleGuard_Verify() {
	g, err := guard.New(guard.Config{
		Issuer: "https://auth.example.com",
		Keys:   guard.Secret("the JWT_SECRET of a deployment that has one"),
	})
	if err != nil {
		log.Fatal(err)
	}
	defer g.Close()

	_, err = g.Verify(context.Background(), "what.a.mess")
	var refused guard.Error
	if errors.As(err, &refused) {
		fmt.Println(refused.Status, refused.Code, refused.Reason)
	}
	// Output: 401 TOKEN_INVALID malformed
}

// A readiness probe: no traffic before the keys are there and the feed has told all.
func ExampleGuard_Ready() {
	g, err := guard.New(guard.Config{Issuer: "https://auth.example.com", Keys: guard.Secret("the JWT_SECRET of a deployment that has one")})
	if err != nil {
		log.Fatal(err)
	}
	defer g.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	fmt.Println(g.Ready(ctx))
	// Output: <nil>
}

func TestIdentity(t *testing.T) {
	id := guard.Identity{Kind: guard.User, Role: "admin", Permissions: []string{"orders:read"}}
	for permission, want := range map[string]bool{"orders:read": true, "orders:*": false, "orders": false, "Orders:read": false, "": false, "admin": false} {
		if got := id.Has(permission); got != want {
			t.Errorf("%q: got %v, want %v", permission, got, want)
		}
	}
	if _, ok := guard.From(t.Context()); ok {
		t.Error("there is somebody in an empty context")
	}
	got, ok := guard.From(guard.With(t.Context(), id))
	if !ok || got.Role != "admin" {
		t.Errorf("got %+v, %v", got, ok)
	}
}
