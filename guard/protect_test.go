package guard_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/latchkey/latchkey/guard"
	"github.com/latchkey/latchkey/guard/guardtest"
)

// people are tokens of a tenant acme, by role.
func people(auth *guardtest.Server) map[string]string {
	seat := guardtest.User{TenantID: "acme", Role: "user", Permissions: []string{"orders:read"}}
	user := auth.Token(seat)
	seat.Role, seat.Permissions = "admin", []string{"orders:read", "orders:write"}
	admin := auth.Token(seat)
	seat.TenantID = "globex"
	return map[string]string{
		"nobody": "", "user": user, "admin": admin, "stranger": auth.Token(seat),
		"service": auth.TenantServiceKey("acme", "orders:read"), "everywhere": auth.ServiceKey("orders:write"),
	}
}

// ask sends a request the way a server reads it: target may be a path that no client would send.
func ask(t *testing.T, h http.Handler, method, target, token string) (status int, code string) {
	t.Helper()
	r := httptest.NewRequest(method, target, nil)
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Code, codeOf(t, w).Code
}

func fine(http.ResponseWriter, *http.Request) {}

func TestRules(t *testing.T) {
	auth := guardtest.New(t)
	g := auth.Guard()
	who := people(auth)
	for name, c := range map[string]struct {
		rules []guard.Rule
		want  map[string]string // code by person; "" is let in
	}{
		"no rule": {nil, map[string]string{"nobody": "ACCESS_TOKEN_MISSING", "user": "", "admin": "", "stranger": "", "service": "", "everywhere": ""}},
		"Public":  {[]guard.Rule{guard.Public()}, map[string]string{"nobody": "", "user": ""}},
		"Roles": {[]guard.Rule{guard.Roles("owner", "admin")}, map[string]string{
			"nobody": "ACCESS_TOKEN_MISSING", "user": "FORBIDDEN", "admin": "", "stranger": "", "service": "FORBIDDEN", "everywhere": "FORBIDDEN",
		}},
		"Permissions": {[]guard.Rule{guard.Permissions("orders:read", "orders:write")}, map[string]string{
			"nobody": "ACCESS_TOKEN_MISSING", "user": "FORBIDDEN", "admin": "", "service": "FORBIDDEN", "everywhere": "FORBIDDEN",
		}},
		"Permissions that a service has": {[]guard.Rule{guard.Permissions("orders:read")}, map[string]string{"user": "", "service": "", "everywhere": "FORBIDDEN"}},
		"Tenant": {[]guard.Rule{guard.Tenant("acme")}, map[string]string{
			"nobody": "ACCESS_TOKEN_MISSING", "user": "", "stranger": "TENANT_MISMATCH", "service": "", "everywhere": "TENANT_MISMATCH",
		}},
		"Tenant and Roles": {[]guard.Rule{guard.Tenant("acme"), guard.Roles("admin")}, map[string]string{
			"user": "FORBIDDEN", "admin": "", "stranger": "TENANT_MISMATCH",
		}},
		"two Roles": {[]guard.Rule{guard.Roles("admin", "user"), guard.Roles("user")}, map[string]string{"user": "", "admin": "FORBIDDEN"}},
	} {
		t.Run(name, func(t *testing.T) {
			h := g.Protect(http.HandlerFunc(fine), c.rules...)
			for person, want := range c.want {
				if _, got := ask(t, h, "GET", "/", who[person]); got != want {
					t.Errorf("%s: got %q, want %q", person, got, want)
				}
			}
		})
	}
}

// A Public pattern opens its own route and no other, whatever the handler behind makes of the path.
func TestPublicOpensNothingElse(t *testing.T) {
	auth := guardtest.New(t)
	g := auth.Guard()
	user := people(auth)["user"]
	h := g.Protect(http.HandlerFunc(fine),
		guard.On("GET /healthz", guard.Public()), guard.On("/assets/", guard.Public()), guard.On("/docs/{$}", guard.Public()),
		guard.On("/assets/private/", guard.Roles("admin")), guard.On("/exact", guard.Roles("admin")))
	const closed, bad, open, forbidden = "ACCESS_TOKEN_MISSING", "VALIDATION_FAILED", "", "FORBIDDEN"
	for _, c := range []struct{ method, target, nobody, user string }{
		{"GET", "/healthz", open, open},
		{"HEAD", "/healthz", open, open},
		{"POST", "/healthz", closed, open},
		{"get", "/healthz", closed, open},
		{"GET", "/healthz?x=/../admin", open, open},
		{"GET", "/healthz/", closed, open},
		{"GET", "/healthz/admin", closed, open},
		{"GET", "/HEALTHZ", closed, open},
		{"GET", "//healthz", bad, bad},
		{"GET", "/admin/../healthz", bad, bad},
		{"GET", "/healthz/../admin", bad, bad},
		{"GET", "/assets/", open, open},
		{"GET", "/assets", closed, open},
		{"GET", "/assets/app.js", open, open},
		{"GET", "/assets/../admin", bad, bad},
		{"GET", "/assets/./app.js", bad, bad},
		{"GET", "/assets//app.js", bad, bad},
		{"GET", "/assets/%2e%2e/admin", bad, bad},
		{"GET", "/assets/%2E%2E%2Fadmin", bad, bad},
		{"GET", "/assets/..%2fadmin", bad, bad},
		{"GET", "/assets%2f..%2fadmin", bad, bad},
		{"GET", "/assets%2Fapp.js", bad, bad},
		{"GET", "/assets/..%5cadmin", bad, bad},
		{"GET", `/assets/..\admin`, bad, bad},
		{"GET", "/assets/%00", bad, bad},
		{"GET", "/assets/app%20x.js", open, open},
		{"GET", "/%61ssets/app.js", open, open},
		{"GET", "/assets/..;/admin", open, open}, // a segment of its own for all that read it as Go does
		{"GET", "/assets/private/key", closed, forbidden},
		{"GET", "/assets/private/", closed, forbidden},
		{"GET", "/assets/private", closed, forbidden},
		{"GET", "/assets/%70rivate/key", closed, forbidden},
		{"GET", "/exact", closed, forbidden},
		{"GET", "/exact/", closed, forbidden},
		{"GET", "/docs/", open, open},
		{"GET", "/docs", closed, open},
		{"GET", "/docs/x", closed, open},
		{"CONNECT", "/assets/app.js", closed, open},
		{"CONNECT", "open.example:443", closed, open},
		{"OPTIONS", "*", closed, open},
		{"OPTIONS", "/assets/app.js", open, open},
		{"GET", "/other", closed, open},
	} {
		t.Run(c.method+" "+c.target, func(t *testing.T) {
			if _, got := ask(t, h, c.method, c.target, ""); got != c.nobody {
				t.Errorf("nobody: got %q, want %q", got, c.nobody)
			}
			if _, got := ask(t, h, c.method, c.target, user); got != c.user {
				t.Errorf("a user: got %q, want %q", got, c.user)
			}
		})
	}
}

// Where the whole is public, a pattern still closes its routes, in every spelling.
func TestAPatternClosesWhatIsPublicAround(t *testing.T) {
	auth := guardtest.New(t)
	user := people(auth)["user"]
	h := auth.Guard().Protect(http.HandlerFunc(fine), guard.Public(), guard.On("/admin/", guard.Roles("admin")), guard.On("POST /orders"))
	for target, want := range map[string]string{
		"/": "", "/x": "", "/admin/": "FORBIDDEN", "/admin": "FORBIDDEN", "/admin/x": "FORBIDDEN", "/%61dmin/x": "FORBIDDEN",
		"//admin/x": "VALIDATION_FAILED", "/x/../admin/x": "VALIDATION_FAILED", "/admin%2fx": "VALIDATION_FAILED", "/administrator": "",
	} {
		if _, got := ask(t, h, "GET", target, user); got != want {
			t.Errorf("GET %s: got %q, want %q", target, got, want)
		}
	}
	if _, got := ask(t, h, "POST", "/orders", ""); got != "ACCESS_TOKEN_MISSING" {
		t.Errorf("a pattern without rules: got %q, want a token to be needed", got)
	}
	if _, got := ask(t, h, "CONNECT", "/admin/x", ""); got != "ACCESS_TOKEN_MISSING" {
		t.Errorf("CONNECT: got %q, want a token to be needed", got)
	}
}

// Rules outside of On hold for every pattern as well, but for Public ones; of two patterns the more specific wins.
func TestRulesAddUp(t *testing.T) {
	auth := guardtest.New(t)
	who := people(auth)
	h := auth.Guard().Protect(http.HandlerFunc(fine), guard.Tenant("acme"),
		guard.On("/orders/", guard.Permissions("orders:read")), guard.On("POST /orders/", guard.Permissions("orders:write")), guard.On("/ping", guard.Public()))
	for _, c := range []struct{ person, method, target, want string }{
		{"user", "GET", "/orders/1", ""},
		{"user", "POST", "/orders/1", "FORBIDDEN"},
		{"admin", "POST", "/orders/1", ""},
		{"stranger", "GET", "/orders/1", "TENANT_MISMATCH"},
		{"stranger", "GET", "/", "TENANT_MISMATCH"},
		{"stranger", "GET", "/ping", ""},
		{"nobody", "GET", "/ping", ""},
		{"service", "GET", "/orders/1", ""},
		{"service", "POST", "/orders/1", "FORBIDDEN"},
	} {
		if _, got := ask(t, h, c.method, c.target, who[c.person]); got != c.want {
			t.Errorf("%s: %s %s: got %q, want %q", c.person, c.method, c.target, got, c.want)
		}
	}
}

func TestMisusePanics(t *testing.T) {
	for name, make := range map[string]func() guard.Rule{
		"Roles without a role":       func() guard.Rule { return guard.Roles() },
		"an empty role":              func() guard.Rule { return guard.Roles("admin", "") },
		"Permissions without any":    func() guard.Rule { return guard.Permissions() },
		"Tenant without a name":      func() guard.Rule { return guard.Tenant("") },
		"the zero Rule":              func() guard.Rule { return guard.Rule{} },
		"Public beside another":      func() guard.Rule { return guard.On("/", guard.Public(), guard.Roles("admin")) },
		"another beside Public":      func() guard.Rule { return guard.On("/", guard.Roles("admin"), guard.Public()) },
		"Strict and Lenient":         func() guard.Rule { return guard.On("/", guard.Strict(), guard.Lenient()) },
		"On inside On":               func() guard.Rule { return guard.On("/", guard.On("/x")) },
		"no pattern":                 func() guard.Rule { return guard.On("", guard.Public()) },
		"a pattern that is wrong":    func() guard.Rule { return guard.On("GET healthz", guard.Public()) },
		"a host":                     func() guard.Rule { return guard.On("GET open.example/", guard.Public()) },
		"a pattern that comes twice": func() guard.Rule { return guard.On("/twice", guard.Public()) },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("it is taken, want a panic")
				}
			}()
			new(guard.Guard).Protect(nil, guard.On("/twice"), make())
		})
	}
}

// A guard inside of its own protection holds its rules against the identity that is there.
func TestMiddlewareInside(t *testing.T) {
	auth := guardtest.New(t)
	who := people(auth)
	g, stranger := auth.Guard(), guardtest.New(t).Guard()
	from := func(w http.ResponseWriter, r *http.Request) {
		id, ok := guard.From(r.Context())
		w.Header().Set("X-Role", id.Role)
		w.Header().Set("X-There", map[bool]string{true: "yes", false: "no"}[ok])
	}
	admins := g.Middleware(guard.Roles("admin"))
	inner := admins(http.HandlerFunc(from))
	for name, c := range map[string]struct {
		h            http.Handler
		person, want string
	}{
		"outer and inner fulfilled":      {g.Protect(inner), "admin", ""},
		"inner not fulfilled":            {g.Protect(inner), "user", "FORBIDDEN"},
		"inner alone":                    {inner, "admin", ""},
		"inner behind a public route":    {g.Protect(inner, guard.Public()), "nobody", "ACCESS_TOKEN_MISSING"},
		"another guard's word":           {stranger.Protect(inner, guard.Public()), "user", "FORBIDDEN"},
		"another guard inside":           {g.Protect(stranger.Protect(inner)), "admin", "TOKEN_INVALID"},
		"a public route inside":          {g.Protect(g.Protect(http.HandlerFunc(from), guard.Public())), "admin", ""},
		"a handler's word is not enough": {forged(inner), "nobody", "ACCESS_TOKEN_MISSING"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, got := ask(t, c.h, "GET", "/", who[c.person]); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
	// The token is read once: what an inner handler does to the header is of no account.
	drop := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Header.Del("Authorization")
		inner.ServeHTTP(w, r)
	})
	r := httptest.NewRequest("GET", "/", nil)
	r.Header.Set("Authorization", "Bearer "+who["admin"])
	w := httptest.NewRecorder()
	g.Protect(drop).ServeHTTP(w, r)
	if w.Code != 200 || w.Header().Get("X-Role") != "admin" || w.Header().Get("X-There") != "yes" {
		t.Errorf("got %d %v, want the identity of outside", w.Code, w.Header())
	}
	w = httptest.NewRecorder()
	g.Protect(http.HandlerFunc(from), guard.Public()).ServeHTTP(w, r)
	if w.Header().Get("X-There") != "no" {
		t.Error("a public route has an identity that nobody checked")
	}
}

// forged says of itself that an admin is there.
func forged(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, r.WithContext(guard.With(r.Context(), guard.Identity{Kind: guard.User, Role: "admin"})))
	})
}

func TestCrossOrigin(t *testing.T) {
	auth := guardtest.New(t)
	c := auth.Config()
	c.Origins = []string{"https://app.example.com"}
	g, err := guard.New(c)
	if err != nil {
		t.Fatal(err)
	}
	defer g.Close()
	h := g.Protect(http.HandlerFunc(fine))
	token := people(auth)["user"]
	for name, c := range map[string]struct {
		method, origin, site, upgrade string
		want                          int
	}{
		"an allowed origin":                 {"POST", "https://app.example.com", "same-site", "", 200},
		"an allowed origin with a port":     {"POST", "https://app.example.com:8443", "same-site", "", 403},
		"an allowed origin over plain http": {"POST", "http://app.example.com", "same-site", "", 403},
		"one that begins alike":             {"POST", "https://app.example.com.evil.example", "cross-site", "", 403},
		"its own":                           {"POST", "https://service.example", "", "", 200},
		"a WebSocket of another site":       {"GET", "https://evil.example", "cross-site", "websocket", 403},
		"a WebSocket by a browser of old":   {"GET", "https://evil.example", "", "WebSocket", 403},
		"a WebSocket of an allowed origin":  {"GET", "https://app.example.com", "same-site", "websocket", 200},
		"a WebSocket of the same origin":    {"GET", "https://service.example", "same-origin", "websocket", 200},
		"a method that nobody has heard of": {"MERGE", "https://evil.example", "cross-site", "", 403},
		"a look":                            {"HEAD", "https://evil.example", "cross-site", "", 200},
	} {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequest(c.method, "https://service.example/x", nil)
			r.AddCookie(&http.Cookie{Name: "accessToken", Value: token})
			for name, value := range map[string]string{"Origin": c.origin, "Sec-Fetch-Site": c.site, "Upgrade": c.upgrade} {
				if value != "" {
					r.Header.Set(name, value)
				}
			}
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if w.Code != c.want {
				t.Errorf("got %d %s, want %d", w.Code, w.Body, c.want)
			}
		})
	}
}

func TestRefuse(t *testing.T) {
	for name, c := range map[string]struct {
		err                    error
		status                 int
		code, challenge, again string
	}{
		"no token":  {guard.Error{Status: 401, Code: guard.CodeTokenMissing, Message: "m"}, 401, "ACCESS_TOKEN_MISSING", "Bearer", ""},
		"a bad one": {guard.Error{Status: 401, Code: guard.CodeTokenInvalid, Reason: "expired", Message: "m"}, 401, "TOKEN_INVALID", `Bearer error="invalid_token", error_description="m"`, ""},
		"silence":   {guard.Error{Status: 503, Code: guard.CodeRevocationUnknown, Message: "m", RetryAfter: 5}, 503, "REVOCATION_UNKNOWN", "", "5"},
		"another":   {http.ErrBodyNotAllowed, 500, "INTERNAL_ERROR", "", ""},
	} {
		w := httptest.NewRecorder()
		guard.Refuse(w, httptest.NewRequest("GET", "/", nil), c.err)
		got := codeOf(t, w)
		h := w.Header()
		if w.Code != c.status || got.Code != c.code || h.Get("WWW-Authenticate") != c.challenge || h.Get("Retry-After") != c.again {
			t.Errorf("%s: got %d %v %v, want %+v", name, w.Code, got, h, c)
		}
		if !strings.HasPrefix(w.Body.String(), `{"httpStatus":`) {
			t.Errorf("%s: got %s, want httpStatus first", name, w.Body)
		}
	}
}
