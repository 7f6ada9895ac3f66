// Command chi is an orders API behind guard, with the router chi: one guard for
// all routes, and at some of them what they need beyond a token.
package main

import (
	"fmt"
	"log"
	"net/http"
	"os"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/latchkey/latchkey/guard"
)

func main() {
	if err := run(); err != nil {
		log.Fatal(err)
	}
}

func run() error {
	g, err := guard.New(guard.Config{
		Issuer: os.Getenv("LATCHKEY_URL"),                  // such as https://auth.example.com
		Feed:   guard.Feed{Key: os.Getenv("LATCHKEY_KEY")}, // lks_…, with the scope revocations:read
	})
	if err != nil {
		return err
	}
	defer g.Close()
	server := &http.Server{Addr: ":8080", Handler: handler(g), ReadHeaderTimeout: 10 * time.Second}
	return server.ListenAndServe()
}

// handler is the API. The guard of the whole router comes first, so that a route somebody adds needs a token; what
// stands at a route comes on top, and verifies nothing again.
func handler(g *guard.Guard) http.Handler {
	r := chi.NewRouter()
	r.Use(g.Middleware(guard.On("GET /healthz", guard.Public())))
	r.Get("/healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	r.Get("/orders", list)
	r.With(g.Middleware(guard.Permissions("orders:write"))).Post("/orders", create)
	r.With(g.Middleware(guard.Roles("admin"))).Delete("/orders/{id}", remove)
	return r
}

func list(w http.ResponseWriter, r *http.Request) {
	who, _ := guard.From(r.Context()) // there is one: the route is not public
	fmt.Fprintf(w, "orders of %s in %s\n", who.UserID, who.TenantID)
}

func create(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusCreated) }

func remove(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }
