// Command echo is an orders API behind guard, with the framework Echo: one guard
// for all routes, and at some of them what they need beyond a token.
package main

import (
	"fmt"
	"log"
	"net/http"
	"os"
	"time"

	"github.com/labstack/echo/v4"

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

// handler is the API. The guard of the whole of it comes first, so that a route somebody adds needs a token; what
// stands at a route comes on top, and verifies nothing again.
func handler(g *guard.Guard) http.Handler {
	need := func(rules ...guard.Rule) echo.MiddlewareFunc { return echo.WrapMiddleware(g.Middleware(rules...)) }
	e := echo.New()
	e.Use(need(guard.On("GET /healthz", guard.Public())))
	e.GET("/healthz", func(c echo.Context) error { return c.String(http.StatusOK, "ok\n") })
	e.GET("/orders", list)
	e.POST("/orders", create, need(guard.Permissions("orders:write")))
	e.DELETE("/orders/:id", remove, need(guard.Roles("admin")))
	return e
}

func list(c echo.Context) error {
	who, _ := guard.From(c.Request().Context()) // there is one: the route is not public
	return c.String(http.StatusOK, fmt.Sprintf("orders of %s in %s\n", who.UserID, who.TenantID))
}

func create(c echo.Context) error { return c.NoContent(http.StatusCreated) }

func remove(c echo.Context) error { return c.NoContent(http.StatusNoContent) }
