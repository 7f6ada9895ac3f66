package httpd

import (
	"net/http"
	"strings"

	"github.com/latchkey/latchkey/internal/auth"
)

// keyRoutes are the API keys of services.
func keyRoutes() []*route {
	const group = groupKeys
	return []*route{
		run(route{
			methods: methodPost, group: group, status: http.StatusCreated, summary: "Make an API key for a service",
			text:     "For a tenant's admins, and for operators. The key is in this answer and nowhere else.",
			outcomes: []auth.Outcome{auth.OutcomeKeyCreated}, errors: []*auth.Error{auth.ErrKeyTaken},
			examples: examples{in: exampleNewKey, out: []any{exampleMadeKey}},
		}, "/api-keys", (*auth.Service).CreateServiceKey),
		run(route{
			methods: methodGet, group: group, summary: "List API keys of services", text: "Oldest first, also those that are revoked or over, never the keys themselves.",
			outcomes: []auth.Outcome{auth.OutcomeKeys}, examples: examples{out: []any{[]auth.APIKeyView{exampleKey}}},
		}, "/api-keys", (*auth.Service).ListServiceKeys),
		run(route{
			methods: methodDelete, group: group, summary: "Revoke an API key of a service", text: "This service refuses it from then on, guards elsewhere within a second.",
			outcomes: []auth.Outcome{auth.OutcomeKeyRevoked}, errors: []*auth.Error{auth.ErrKeyNotFound},
			examples: examples{out: []any{exampleRevokedKey}},
		}, "/api-keys/{id}", (*auth.Service).RevokeServiceKey),
	}
}

// verifyRoute is asked by proxies about each request that they have.
func verifyRoute() *route {
	return doWith(route{
		methods: methodGet, paths: []string{"/auth/verify"}, served: true, frequent: true, group: groupKeys,
		summary: "Ask who a request is from, and whether it may come in",
		text: "For nginx auth_request, Traefik ForwardAuth, Caddy forward_auth and Envoy ext_authz: the request's credentials are passed on as they came. " +
			"The answer says who it is in headers as well: X-Identity-Kind, X-User-Id, X-Tenant-Id, X-Space-Id, X-Role, X-Session-Id and X-Permissions, or X-Service-Id and X-Service-Name for the API key of a service.",
		outcomes: []auth.Outcome{auth.OutcomeIdentity}, errors: []*auth.Error{auth.ErrCrossOrigin},
		examples: examples{out: []any{exampleIdentity}},
	}, verifyFor)
}

// verifyFor is Identify for a request that a proxy describes.
func verifyFor(x *exchange, in auth.IdentityInput) (auth.Identity, error) {
	if x.changesBehind() && x.sent.jar != "" && x.crossOrigin(x.allowedOrigins()) {
		return auth.Identity{}, auth.ErrCrossOrigin
	}
	id, err := x.server.service.Identify(x.r.Context(), x.by, in)
	if err != nil {
		return auth.Identity{}, err
	}
	h := x.w.Header()
	for _, said := range []struct{ name, value string }{
		{"X-Identity-Kind", string(id.Kind)}, {"X-User-Id", id.UserID}, {"X-Tenant-Id", id.TenantID}, {"X-Space-Id", id.SpaceID},
		{"X-Role", id.Role}, {"X-Session-Id", id.SessionID}, {"X-Permissions", strings.Join(id.Permissions, ",")},
		{"X-Service-Id", id.KeyID}, {"X-Service-Name", id.Name},
	} {
		// Also those that say nothing: a proxy that copies what is there would else
		// let through what the client had put in its place.
		h.Set(said.name, printable(said.value))
	}
	return id, nil
}

// changesBehind reports whether the request that a proxy asks about changes
// something, by the header with which it names the method.
func (x *exchange) changesBehind() bool {
	for _, name := range []string{"X-Forwarded-Method", "X-Original-Method"} {
		for _, method := range x.r.Header[name] {
			switch method {
			case http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace:
			default:
				return true
			}
		}
	}
	return false
}

// printable is text as it may stand in a header: the name of a key is anybody's
// words.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, text)
}
