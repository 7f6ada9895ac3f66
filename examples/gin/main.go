// Command gin is an orders API behind guard, with the framework Gin: one guard
// around everything, and at some routes what they need beyond a token.
package main

import (
	"log"
	"net/http"
	"os"
	"time"

	"github.com/gin-gonic/gin"

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

// handler is the API. Protect stands around all of it, so that a route somebody adds needs a token; what stands at a
// route comes on top, and verifies nothing again.
func handler(g *guard.Guard) http.Handler {
	r := gin.New()
	r.Use(gin.Recovery())
	r.GET("/healthz", func(c *gin.Context) { c.String(http.StatusOK, "ok\n") })
	r.GET("/orders", list)
	r.POST("/orders", need(g, guard.Permissions("orders:write")), create)
	r.DELETE("/orders/:id", need(g, guard.Roles("admin")), remove)
	return g.Protect(r, guard.On("GET /healthz", guard.Public()))
}

// need is what a route asks for beyond a token.
func need(g *guard.Guard, rules ...guard.Rule) gin.HandlerFunc {
	return func(c *gin.Context) {
		if _, err := g.Authorize(c.Request, rules...); err != nil {
			guard.Refuse(c.Writer, c.Request, err)
			c.Abort()
		}
	}
}

func list(c *gin.Context) {
	who, _ := guard.From(c.Request.Context()) // there is one: the route is not public
	c.String(http.StatusOK, "orders of %s in %s\n", who.UserID, who.TenantID)
}

func create(c *gin.Context) { c.Status(http.StatusCreated) }

func remove(c *gin.Context) { c.Status(http.StatusNoContent) }
