package httpd

import (
	"net/http"
	"slices"

	"github.com/latchkey/latchkey/internal/auth"
)

// The headers that page scripts of allowed origins may send and read.
const (
	corsRequestHeaders = "authorization, content-type, x-access-token, x-device-token, x-request-id, x-space-id, x-tenant-id, x-token-delivery"
	corsExposedHeaders = "RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, Retry-After, X-Request-Id"
	corsMethods        = "GET, POST, PATCH, DELETE"
)

// crossOrigin reports whether a request that carries our cookies comes from a
// page that is neither ours nor allowed (CONTRACT.md §4; ASVS 5.0 V3.5.1).
// Sec-Fetch-Site cannot be forged by page scripts; a browser without it sends
// Origin with what changes state. A client that sends neither is no browser.
func (x *exchange) crossOrigin(allowed []string) bool {
	h := x.r.Header
	if !x.sent.cookies() {
		return false
	}
	origin := h.Get("Origin")
	if origin != "" && slices.Contains(allowed, origin) {
		return false
	}
	switch h.Get("Sec-Fetch-Site") {
	case "same-origin", "none":
		return false
	case "":
		// A cross-site page cannot choose the Host header of its requests.
		return origin != "" && origin != x.server.origin && origin != x.server.config.BaseURL.Scheme+"://"+x.r.Host
	default: // same-site, cross-site, and what may come
		return true
	}
}

// allowedOrigins are those of the tenant that the request turned out to be for;
// before that is known, of the one that it names.
func (x *exchange) allowedOrigins() []string {
	if x.by.Tenant.ID != "" {
		return x.by.Tenant.Policy.AllowedOrigins
	}
	return x.server.service.TenantPolicy(x.r.Context(), x.r.Header.Get("X-Tenant-Id")).AllowedOrigins
}

// cors lets allowed origins read the answer. An origin is compared whole and
// never reflected unless it is in the list.
func (x *exchange) cors() {
	h := x.w.Header()
	h.Add("Vary", "Origin")
	origin := x.r.Header.Get("Origin")
	if origin == "" || !slices.Contains(x.allowedOrigins(), origin) {
		return
	}
	h.Set("Access-Control-Allow-Origin", origin)
	h.Set("Access-Control-Allow-Credentials", "true")
	h.Set("Access-Control-Expose-Headers", corsExposedHeaders)
}

// preflight answers the question that a browser asks before a cross-origin
// request (Fetch standard §3.2.2).
func (x *exchange) preflight() {
	h := x.w.Header()
	x.cors()
	// It names no tenant: what any of them allows is let through to be judged.
	if origin := x.r.Header.Get("Origin"); h.Get("Access-Control-Allow-Origin") == "" && x.server.service.OriginKnown(x.r.Context(), origin) {
		h.Set("Access-Control-Allow-Origin", origin)
		h.Set("Access-Control-Allow-Credentials", "true")
	}
	if h.Get("Access-Control-Allow-Origin") == "" {
		x.fail(auth.ErrCrossOrigin)
		return
	}
	h.Add("Vary", "Access-Control-Request-Method, Access-Control-Request-Headers")
	h.Set("Access-Control-Allow-Methods", corsMethods)
	h.Set("Access-Control-Allow-Headers", corsRequestHeaders)
	h.Set("Access-Control-Max-Age", "600")
	x.status, x.code = http.StatusNoContent, "PREFLIGHT"
	x.w.WriteHeader(http.StatusNoContent)
}

func isPreflight(r *http.Request) bool {
	return r.Method == http.MethodOptions && r.Header.Get("Origin") != "" && r.Header.Get("Access-Control-Request-Method") != ""
}
