// Command nethttp is an orders API behind guard, with nothing but the standard
// library: health for everybody, orders for who is logged in, some for fewer.
package main

import (
	"fmt"
	"log"
	"net/http"
	"os"
	"time"

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

// handler is the API. What stands in no rule needs a token.
func handler(g *guard.Guard) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /orders", list)
	mux.HandleFunc("POST /orders", create)
	mux.HandleFunc("DELETE /orders/{id}", remove)
	return g.Protect(mux,
		guard.On("GET /healthz", guard.Public()),
		guard.On("POST /orders", guard.Permissions("orders:write")),
		guard.On("DELETE /orders/", guard.Roles("admin")),
	)
}

func list(w http.ResponseWriter, r *http.Request) {
	who, _ := guard.From(r.Context()) // there is one: the route is not public
	fmt.Fprintf(w, "orders of %s in %s\n", who.UserID, who.TenantID)
}

func create(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusCreated) }

func remove(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }
