package guard

import (
	"context"
	"net/http"
)

// Rule says what a request needs. Rules add up: all of them must hold. A rule that makes no sense panics where it is
// made or used, as [http.ServeMux] does with patterns.
type Rule struct {
	put     func(*demand)
	pattern string // of On
	rules   []Rule
}

// Public needs nothing and looks at no credential. It stands alone among the rules of its route.
func Public() Rule { return Rule{put: func(d *demand) { d.public = true }} }

// Roles needs a user with one of these roles.
func Roles(roles ...string) Rule {
	need("Roles", roles)
	return Rule{put: func(d *demand) { d.roles = append(d.roles, roles) }}
}

// Permissions needs a user or a service with all of these permissions.
func Permissions(permissions ...string) Rule {
	need("Permissions", permissions)
	return Rule{put: func(d *demand) { d.permissions = append(d.permissions, permissions...) }}
}

// Tenant needs a user or a service of this tenant, by its slug.
func Tenant(tenant string) Rule {
	need("Tenant", []string{tenant})
	return Rule{put: func(d *demand) { d.tenants = append(d.tenants, tenant) }}
}

// Strict answers 503 as soon as the feed is not live: for routes where a second of doubt is too long. Without a [Feed]
// it always does.
func Strict() Rule { return Rule{put: func(d *demand) { d.use(strict) }} }

// Lenient goes on without the feed until the token ends: for routes where being there matters more.
func Lenient() Rule { return Rule{put: func(d *demand) { d.use(lenient) }} }

// On binds rules to the requests that match a pattern of [http.ServeMux], which names no host. They come on top of
// those that stand outside any On; Public, which takes the place of those, is the exception, as are Strict and Lenient.
// The most specific pattern wins.
//
// The handler behind may read a path in another way than ServeMux. So where there is an On, a path that can be read in
// two ways is refused: one with // or dot segments, encoded slashes, backslashes, dots or NUL. A slash at the end, or
// its lack, never saves a request from the rules of the other spelling. CONNECT matches no pattern. Letter case counts:
// give a handler that ignores it rules outside On.
func On(pattern string, rules ...Rule) Rule { return Rule{pattern: pattern, rules: rules} }

// Protect lets requests through to next that fulfil the rules, and answers the others. next finds who asks with [From].
func (g *Guard) Protect(next http.Handler, rules ...Rule) http.Handler {
	return g.wrap(next, newTable(rules))
}

// Middleware is Protect as routers take it. Inside of what the same guard protects already, it verifies nothing again
// and holds its rules against the same identity.
func (g *Guard) Middleware(rules ...Rule) func(http.Handler) http.Handler {
	t := newTable(rules)
	return func(next http.Handler) http.Handler { return g.wrap(next, t) }
}

// Authorize is Protect for other frameworks: who a request comes from, if it fulfils the rules, else an [Error], which
// [Refuse] writes. On a public route it returns the zero Identity. Rules with On cost a table of patterns on each call.
func (g *Guard) Authorize(r *http.Request, rules ...Rule) (Identity, error) {
	p, err := g.pass(r, newTable(rules))
	return p.identity, err
}

// Error is why a request was refused. It holds nothing of the credential.
type Error struct {
	Status     int    // of HTTP
	Code       string // for programs, one of those below
	Reason     string // why a token is invalid (expired, malformed, signature, claims, revoked, …) or a session ended
	Message    string // for people
	RetryAfter int    // seconds, 0 where trying again is no use
}

// The codes of an [Error]. They are Latchkey's own, so that a client need not tell whom it asked.
const (
	CodeTokenMissing      = "ACCESS_TOKEN_MISSING"  // 401
	CodeTokenInvalid      = "TOKEN_INVALID"         // 401
	CodeSessionEnded      = "SESSION_NOT_FOUND"     // 401
	CodeUserGone          = "USER_NOT_FOUND"        // 401: removed, locked or disabled
	CodeTenantMismatch    = "TENANT_MISMATCH"       // 403
	CodeTenantInactive    = "TENANT_INACTIVE"       // 403
	CodeForbidden         = "FORBIDDEN"             // 403
	CodeCrossOrigin       = "CROSS_ORIGIN"          // 403
	CodeAmbiguous         = "AMBIGUOUS_CREDENTIALS" // 400
	CodeInvalid           = "VALIDATION_FAILED"     // 400: too many cookies, a path with two meanings
	CodeRevocationUnknown = "REVOCATION_UNKNOWN"    // 503: the feed is silent
	CodeKeysUnavailable   = "KEYS_UNAVAILABLE"      // 503: nothing to verify with
	CodeInternal          = "INTERNAL_ERROR"        // 500: Refuse was given another error
)

// Error tells the code and the reason.
func (e Error) Error() string {
	if e.Reason != "" {
		return "guard: " + e.Code + " (" + e.Reason + "): " + e.Message
	}
	return "guard: " + e.Code + ": " + e.Message
}

// Refuse writes an error of [Guard.Authorize] or [Guard.Verify] as the answer: the envelope, with WWW-Authenticate on
// 401 (RFC 6750 §3) and Retry-After where trying again is of use. Any other error is an unexplained 500.
func Refuse(w http.ResponseWriter, r *http.Request, err error) { refuse(w, r, err) }

func (g *Guard) wrap(next http.Handler, t *table) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p, err := g.pass(r, t)
		switch {
		case err != nil:
			refuse(w, r, err)
		case p.by == nil:
			next.ServeHTTP(w, r)
		default:
			next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), passKey{}, p)))
		}
	})
}
