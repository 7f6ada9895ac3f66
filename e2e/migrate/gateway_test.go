package migrate

import (
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"github.com/golang-jwt/jwt/v5"
)

// A standIn does what the tutorial's gateway does with the requests of the page:
// which command it sends, with which payload, and what it makes of the answer.
type standIn struct {
	auth, tenants string // where the two services are
	secret        string
	server        *http.Server
}

var (
	lineOf = func(name string) *regexp.Regexp { return regexp.MustCompile(`(?m)^` + name + `=(.*)$`) }
	ports  = map[string]*regexp.Regexp{"auth": lineOf("AUTH_SERVICE_TCP_PORT"), "tenants": lineOf("TENANT_SERVICE_TCP_PORT")}
	secret = lineOf("JWT_SECRET")
)

// restart has the gateway read the seed's .env again.
func (r *reader) restart() {
	r.t.Helper()
	r.stopGateway()
	text, err := os.ReadFile(filepath.Join(r.seed.folder, ".env"))
	must(r.t, err)
	// It dials 0.0.0.0, which is this machine.
	g := &standIn{auth: "0.0.0.0:" + valueOf(text, ports["auth"]), tenants: "0.0.0.0:" + valueOf(text, ports["tenants"]), secret: valueOf(text, secret)}
	g.server = &http.Server{Handler: g.routes()}
	l, err := net.Listen("tcp", "127.0.0.1:"+r.ports["3501"])
	must(r.t, err)
	go g.server.Serve(l) //nolint:errcheck // it ends by being closed
	r.gateway = g
	r.all.Cleanup(r.stopGateway)
}

func (r *reader) stopGateway() {
	if r.gateway != nil {
		must(r.t, r.gateway.server.Close())
	}
	r.gateway = nil
}

// valueOf reads a line as dotenv does: in double quotes, \n is a new line.
func valueOf(text []byte, line *regexp.Regexp) string {
	m := line.FindSubmatch(text)
	if m == nil {
		return ""
	}
	if quoted, err := strconv.Unquote(string(m[1])); err == nil {
		return quoted
	}
	return string(m[1])
}

func (g *standIn) routes() http.Handler {
	mux := http.NewServeMux()
	public := func(route, cmd string) { mux.HandleFunc(route, g.public(cmd)) }
	public("POST /gateway/auth/signup", "auth.signup")
	public("POST /gateway/auth/login", "auth.login")
	public("POST /gateway/auth/login/verify", "auth.verifyOtp")
	guarded := func(route, cmd string, more ...string) { mux.HandleFunc(route, g.guarded(cmd, more...)) }
	guarded("GET /gateway/auth/me", "auth.get-current-user", "token")
	guarded("GET /gateway/auth/sessions", "auth.sessions")
	guarded("POST /gateway/auth/logout/all", "auth.logoutAll")
	guarded("POST /gateway/auth/refresh", "auth.refresh", "refreshToken")
	mux.HandleFunc("POST /gateway/tenants", g.tenant("Tenant created via Gateway", "tenant.create", func(r *http.Request) any { return bodyOf(r) }))
	mux.HandleFunc("GET /gateway/tenants/by-name/{name}/status", g.tenant("Tenant status via Gateway", "tenant.getStatusByName",
		func(r *http.Request) any { return r.PathValue("name") }))
	return mux
}

// bodyOf is the body, which the gateway checks for nothing.
func bodyOf(r *http.Request) map[string]any {
	body := map[string]any{}
	text, err := io.ReadAll(r.Body)
	if err != nil || json.Unmarshal(text, &body) != nil {
		return map[string]any{}
	}
	return body
}

// about is the member req of each payload.
func about(r *http.Request, user jwt.MapClaims) map[string]any {
	host, _, _ := net.SplitHostPort(r.RemoteAddr)
	req := map[string]any{"headers": map[string]any{"user-agent": r.UserAgent(), "host": host}}
	if user != nil {
		req["user"] = user
	}
	return req
}

func (g *standIn) public(cmd string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		payload := bodyOf(r)
		payload["tenantId"], payload["req"] = r.Header.Get("X-Tenant-Id"), about(r, nil)
		if payload["tenantId"] == "" {
			refuse(w, 400, "x-tenant-id is required")
			return
		}
		a, err := ask(g.auth, nil, cmd, payload)
		tell(w, r, a, err)
	}
}

func (g *standIn) guarded(cmd string, more ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		token, claims := g.admit(w, r)
		if claims == nil {
			return
		}
		payload := map[string]any{"tenantId": r.Header.Get("X-Tenant-Id"), "req": about(r, claims)}
		body := bodyOf(r)
		body["token"] = token
		for _, name := range more {
			payload[name] = body[name]
		}
		a, err := ask(g.auth, nil, cmd, payload)
		tell(w, r, a, err)
	}
}

// tenant is a route to the tenant service: any user's, and without a word of who
// asks.
func (g *standIn) tenant(message, cmd string, payload func(*http.Request) any) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if _, claims := g.admit(w, r); claims == nil {
			return
		}
		a, err := ask(g.tenants, nil, cmd, payload(r))
		var shaped struct {
			StatusCode int
			Message    string
		}
		if err == nil && a.Response == nil && json.Unmarshal(a.Err, &shaped) == nil && shaped.StatusCode > 0 {
			refuse(w, shaped.StatusCode, shaped.Message)
			return
		}
		if a.Response != nil {
			a.Response, err = json.Marshal(struct {
				Message string          `json:"message"`
				Data    json.RawMessage `json:"data"`
			}{message, a.envelope().Data})
		}
		tell(w, r, a, err)
	}
}

// admit are the gateway's guards: the signature, then the session. It has
// answered when it returns no claims.
func (g *standIn) admit(w http.ResponseWriter, r *http.Request) (string, jwt.MapClaims) {
	token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	claims := jwt.MapClaims{}
	_, err := jwt.ParseWithClaims(token, claims, func(*jwt.Token) (any, error) {
		if strings.HasPrefix(g.secret, "-----BEGIN PUBLIC KEY-----") {
			return jwt.ParseECPublicKeyFromPEM([]byte(g.secret))
		}
		return []byte(g.secret), nil
	})
	if err != nil {
		refuse(w, 401, "Unauthorized")
		return "", nil
	}
	a, err := ask(g.auth, nil, "auth.session.validate", map[string]any{
		"token": token, "tenantId": r.Header.Get("X-Tenant-Id"), "userId": claims["sub"], "sid": claims["sid"],
	})
	var who struct{ ID, SessionID string }
	if e := a.envelope(); err != nil || e.Meta.Code != "ACCESS_TOKEN_VALID" || json.Unmarshal(e.Data, &who) != nil ||
		who.ID != claims["sub"] && who.SessionID != claims["sid"] {
		refuse(w, 401, "Session validation failed")
		return "", nil
	}
	return token, claims
}

// tell passes an answer on: 201 for any answer to a POST, and 400 for an error.
func tell(w http.ResponseWriter, r *http.Request, a packet, err error) {
	switch {
	case err == nil && a.Response == nil:
		err = errors.New("Auth service error: " + string(a.Err))
		fallthrough
	case err != nil:
		refuse(w, 400, err.Error())
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	if r.Method == http.MethodPost {
		w.WriteHeader(http.StatusCreated)
	}
	w.Write(append(a.Response, '\n')) //nolint:errcheck // the client is this test's
}

func refuse(w http.ResponseWriter, status int, message string) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(map[string]any{"statusCode": status, "message": message}) //nolint:errcheck // the client is this test's
}
