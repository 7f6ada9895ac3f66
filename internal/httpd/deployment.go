package httpd

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"

	"github.com/latchkey/latchkey/guard/jwt"
	"github.com/latchkey/latchkey/internal/auth"
)

// How the routes that are about the deployment answer.
var (
	outcomeHealthy = auth.Outcome{Code: "HEALTHY", Text: "The process is up."}
	outcomeReady   = auth.Outcome{Code: "READY", Text: "Requests can be served."}
	errNotReady    = &auth.Error{Kind: auth.KindUnavailable, Code: "NOT_READY", Text: "Requests cannot be served at the moment."}
)

// deploymentRoutes are the routes that belong to no tenant.
func deploymentRoutes() []*route {
	const group = groupDeployment
	get := []string{http.MethodGet}
	plain := func(path, summary string, serve func(*exchange) error) *route {
		return &route{methods: get, paths: []string{path}, public: true, tenantless: true, group: group, summary: summary, status: http.StatusOK, serve: serve}
	}
	health := plain("/auth/health", "Whether the service can reach its database (bare, as in seed 002)", serveSeedHealth)
	health.errors, health.bare = []*auth.Error{errNotReady}, exampleHealth
	up := plain("/healthz", "Whether the process is up", func(x *exchange) error {
		x.write(success(http.StatusOK, outcomeHealthy, true, x.server.now()))
		return nil
	})
	up.outcomes, up.examples = []auth.Outcome{outcomeHealthy}, examples{out: []any{true}}
	ready := plain("/readyz", "Whether requests can be served", serveReady)
	ready.outcomes, ready.examples, ready.errors = []auth.Outcome{outcomeReady}, examples{out: []any{true}}, []*auth.Error{errNotReady}
	metrics := plain("/metrics", "Prometheus metrics, for addresses in METRICS_ALLOW", serveMetrics)
	metrics.errors = []*auth.Error{auth.ErrNoRoute}
	jwks := plain("/.well-known/jwks.json", "The keys that verify access tokens (RFC 7517)", serveJWKS)
	jwks.bare = exampleJWKS
	return []*route{
		health, up, ready, metrics, jwks,
		plain("/openapi.json", "This document", serveDocument),
	}
}

// ready says why requests cannot be served.
func (x *exchange) ready() error {
	if x.server.draining.Load() {
		return errNotReady.With(auth.Meta{Reason: "draining"})
	}
	if err := x.server.config.Ready(x.r.Context()); err != nil {
		x.server.log.WarnContext(x.r.Context(), "not ready", "error", err.Error())
		return errNotReady.With(auth.Meta{Reason: "database"})
	}
	return nil
}

func serveReady(x *exchange) error {
	if err := x.ready(); err != nil {
		return err
	}
	x.write(success(http.StatusOK, outcomeReady, true, x.server.now()))
	return nil
}

func serveSeedHealth(x *exchange) error {
	if err := x.ready(); err != nil {
		return err
	}
	x.code = outcomeHealthy.Code
	writeJSON(x.w, http.StatusOK, []byte(`{"ok":true,"service":"auth-service","mode":"HTTP"}`))
	return nil
}

func serveJWKS(x *exchange) error {
	set, err := jwt.JWKS(x.server.service.Keys.Published()...)
	if err != nil {
		return err
	}
	// Shorter than the time for which a key is published before it signs.
	x.cacheable("public, max-age=300", set)
	return nil
}

func serveDocument(x *exchange) error {
	x.cacheable("no-cache", x.server.document)
	return nil
}

// cacheable answers what is the same for everybody.
func (x *exchange) cacheable(control string, body []byte) {
	h := x.w.Header()
	sum := sha256.Sum256(body)
	tag := `"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`
	h.Set("Cache-Control", control)
	h.Set("ETag", tag)
	if h.Get("Access-Control-Allow-Origin") == "" {
		h.Set("Access-Control-Allow-Origin", "*")
	}
	x.code = "DOCUMENT"
	if x.r.Header.Get("If-None-Match") == tag {
		x.w.WriteHeader(http.StatusNotModified)
		return
	}
	writeJSON(x.w, http.StatusOK, body)
}
