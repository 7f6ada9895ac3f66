package gateway_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/latchkey/latchkey/guard/guardtest"
	"github.com/latchkey/latchkey/internal/nest"
)

// commandsFunc is a NestJS microservice.
type commandsFunc func(ctx context.Context, r nest.Request) ([]byte, error)

// Serve implements nest.Handler.
func (f commandsFunc) Serve(ctx context.Context, r nest.Request) ([]byte, error) { return f(ctx, r) }

// startCommands starts a microservice and returns where it listens.
func startCommands(t *testing.T, f commandsFunc) string {
	t.Helper()
	at, _ := startCommandsAt(t, "127.0.0.1:0", f)
	return at
}

func startCommandsAt(t *testing.T, address string, f commandsFunc) (string, *nest.Server) {
	t.Helper()
	l, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	s := nest.NewServer(nest.Config{Handler: f, Log: slog.New(slog.DiscardHandler)})
	done := make(chan error, 1)
	go func() { done <- s.Serve(l) }()
	t.Cleanup(func() {
		if err := s.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
		if err := <-done; !errors.Is(err, nest.ErrServerClosed) {
			t.Error(err)
		}
	})
	return l.Addr().String(), s
}

// nobodyThere is an address that refuses connections.
func nobodyThere(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	return l.Addr().String()
}

// echoing answers with the payload that came, and the command.
func echoing(_ context.Context, r nest.Request) ([]byte, error) {
	return fmt.Appendf(nil, `{"command":%q,"data":%s}`, r.Command, r.Data), nil
}

const commandRoutes = `  list: {url: "nest://%[1]s/product.list"}
  change: {url: "nest://%[1]s/product.change"}
routes:
  - {path: "/products", upstream: list, methods: [GET], public: true}
  - {path: "/products/{id}", upstream: change, methods: [PATCH]}
  - {path: "/products/{id}/parts/{rest...}", upstream: change, methods: [GET]}
  - {path: "/stock", upstream: change, methods: [POST], roles: [manager]}
`

// sendJSON sends a request with a body.
func (s *scene) sendJSON(t *testing.T, what, body string, headers ...string) *http.Response {
	t.Helper()
	head := lines(append([]string{what + " HTTP/1.1", "Host: a", "User-Agent: tests/1", "Content-Type: application/json", fmt.Sprintf("Content-Length: %d", len(body))}, headers...)...)
	return s.raw(t, head+body)
}

// echoed is the payload that a command came with.
func echoed(t *testing.T, a *http.Response, command string) map[string]any {
	t.Helper()
	text, err := io.ReadAll(a.Body)
	var got struct {
		Command string
		Data    map[string]any
	}
	if err != nil || a.StatusCode != http.StatusOK || json.Unmarshal(text, &got) != nil || got.Command != command {
		t.Fatalf("%d %s %v", a.StatusCode, text, err)
	}
	return got.Data
}

func TestCommands(t *testing.T) {
	s := playWith(t, "", fmt.Sprintf(commandRoutes, startCommands(t, echoing)))
	user := guardtest.User{ID: "0190b6a2-7f3e-7a51-8a1e-000000000001", TenantID: "acme", Role: "user"}
	token := "Authorization: Bearer " + s.Token(user)
	req := map[string]any{"headers": map[string]any{"user-agent": "tests/1", "host": "127.0.0.1"}}
	for _, c := range []struct {
		name, what, body, command string
		headers                   []string
		want                      map[string]any // but req.user
	}{
		{"a query", "GET /products?page=2&tag=a&tag=b", "", "product.list", nil, map[string]any{"page": "2", "tag": []any{"a", "b"}}},
		{"a tenant that is named", "GET /products", "", "product.list", []string{"X-Tenant-Id: acme"}, map[string]any{"tenantId": "acme"}},
		{"a tenant that is none", "GET /products", "", "product.list", []string{"X-Tenant-Id: ../acme"}, map[string]any{}},
		{"tenants", "GET /products", "", "product.list", []string{"X-Tenant-Id: acme", "X-Tenant-Id: other"}, map[string]any{}},
		{"who asks on a public route is nobody", "GET /products?req=me&tenantId=other", "", "product.list", []string{token}, map[string]any{}},
		{"nor their ancestors", "GET /products?__proto__=me", `{"__proto__":{"tenantId":"other"}}`, "product.list", nil, map[string]any{}},
		{"a body over a query, a path over both", "PATCH /products/p%201?id=2&name=a&n=1", `{"id":3,"name":"책 🔑","tags":[1,{"a":null}]}`, "product.change", []string{token},
			map[string]any{"id": "p 1", "n": "1", "name": "책 🔑", "tags": []any{1.0, map[string]any{"a": nil}}, "tenantId": "acme"}},
		{"an identity that is made up", "PATCH /products/1?tenantId=other", `{"tenantId":"other","req":{"user":{"sub":"x","role":"admin"}}}`, "product.change",
			[]string{token, "X-Tenant-Id: acme", "X-User-Id: x", "X-Role: admin"}, map[string]any{"id": "1", "tenantId": "acme"}},
		{"in other letters", "PATCH /products/1", `{"\u0074enantId":"other","r\u0065q":{"user":{"sub":"x"}}}`, "product.change", []string{token}, map[string]any{"id": "1", "tenantId": "acme"}},
		{"the rest of a path", "GET /products/7/parts/a/b", "", "product.change", []string{token}, map[string]any{"id": "7", "rest": "a/b", "tenantId": "acme"}},
		{"no body", "PATCH /products/1", "", "product.change", []string{token}, map[string]any{"id": "1", "tenantId": "acme"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := echoed(t, s.sendJSON(t, c.what, c.body, c.headers...), c.command)
			by, _ := got["req"].(map[string]any)
			if who, ok := by["user"].(map[string]any); ok {
				if who["sub"] != user.ID || who["role"] != "user" || who["tenantId"] != "acme" || who["sid"] == "" || who["exp"] == nil {
					t.Errorf("the user is %v", who)
				}
				delete(by, "user")
			} else if c.command == "product.change" {
				t.Errorf("nobody asks: %v", got)
			}
			c.want["req"] = req
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// A service that asks is no user: who looks for one finds nobody.
func TestCommandsOfServices(t *testing.T) {
	s := playWith(t, "", fmt.Sprintf(commandRoutes, startCommands(t, echoing)))
	got := echoed(t, s.sendJSON(t, "PATCH /products/1", `{}`, "Authorization: Bearer "+s.TenantServiceKey("acme", "products:write")), "product.change")
	by, _ := got["req"].(map[string]any)
	service, _ := by["service"].(map[string]any)
	if by["user"] != nil || got["tenantId"] != "acme" || service["id"] == "" || !cmp.Equal(service["permissions"], []any{"products:write"}) {
		t.Errorf("got %v", got)
	}
}

// The client's address is what a proxy that is trusted says, and what it says alone.
func TestCommandsHearTheAddress(t *testing.T) {
	at := startCommands(t, echoing)
	for name, c := range map[string]struct{ top, said, want string }{
		"a stranger":           {"", "6.6.6.6", "127.0.0.1"},
		"a trusted proxy":      {"trusted_proxies: [127.0.0.1]\n", "6.6.6.6", "6.6.6.6"},
		"behind a made-up one": {"trusted_proxies: [127.0.0.1]\n", "7.7.7.7, 6.6.6.6", "6.6.6.6"},
		"two that are trusted": {"trusted_proxies: [127.0.0.1, 10.0.0.0/8]\n", "7.7.7.7, 6.6.6.6, 10.1.2.3", "6.6.6.6"},
		"that says nonsense":   {"trusted_proxies: [127.0.0.1]\n", "me", "127.0.0.1"},
	} {
		t.Run(name, func(t *testing.T) {
			s := playWith(t, c.top, fmt.Sprintf(commandRoutes, at))
			got := echoed(t, s.sendJSON(t, "GET /products", "", "X-Forwarded-For: "+c.said), "product.list")
			want := map[string]any{"req": map[string]any{"headers": map[string]any{"user-agent": "tests/1", "host": c.want}}}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestCommandsThatAreNotSent(t *testing.T) {
	s := playWith(t, "", fmt.Sprintf(commandRoutes, startCommands(t, func(context.Context, nest.Request) ([]byte, error) {
		t.Error("a command was sent")
		return nil, nest.ErrUnknown
	})))
	token := "Authorization: Bearer " + s.Token(guardtest.User{})
	for name, c := range map[string]struct {
		what, body, kind string
		headers          []string
		status           int
		code             string
	}{
		"no token":           {"PATCH /products/1", `{}`, "application/json", nil, 401, "ACCESS_TOKEN_MISSING"},
		"not the role":       {"POST /stock", `{}`, "application/json", []string{token}, 403, "FORBIDDEN"},
		"another method":     {"POST /products", `{}`, "application/json", nil, 405, "METHOD_NOT_ALLOWED"},
		"no object":          {"PATCH /products/1", `[]`, "application/json", []string{token}, 400, "VALIDATION_FAILED"},
		"null":               {"PATCH /products/1", `null`, "application/json", []string{token}, 400, "VALIDATION_FAILED"},
		"no JSON":            {"PATCH /products/1", `{`, "application/json", []string{token}, 400, "VALIDATION_FAILED"},
		"two objects":        {"PATCH /products/1", `{}{}`, "application/json", []string{token}, 400, "VALIDATION_FAILED"},
		"a name twice":       {"PATCH /products/1", `{"a":1,"\u0061":2}`, "application/json", []string{token}, 400, "VALIDATION_FAILED"},
		"no UTF-8":           {"PATCH /products/1", "{\"a\":\"\xff\"}", "application/json", []string{token}, 400, "VALIDATION_FAILED"},
		"too deep":           {"PATCH /products/1", `{"a":` + strings.Repeat("[", 31) + strings.Repeat("]", 31) + `}`, "application/json", []string{token}, 400, "VALIDATION_FAILED"},
		"a form":             {"PATCH /products/1", `a=b`, "application/x-www-form-urlencoded", []string{token}, 415, "UNSUPPORTED_MEDIA_TYPE"},
		"packed":             {"PATCH /products/1", `{}`, "application/json", []string{token, "Content-Encoding: gzip"}, 415, "UNSUPPORTED_MEDIA_TYPE"},
		"too much":           {"PATCH /products/1", `{"a":"` + strings.Repeat("x", 64<<10) + `"}`, "application/json", []string{token}, 413, "BODY_TOO_LARGE"},
		"a query":            {"PATCH /products/1?a=%zz", `{}`, "application/json", []string{token}, 400, "VALIDATION_FAILED"},
		"a query in Latin-1": {"PATCH /products/1?a=%ff", `{}`, "application/json", []string{token}, 400, "VALIDATION_FAILED"},
		"an upgrade":         {"PATCH /products/1", ``, "application/json", []string{token, "Connection: Upgrade", "Upgrade: websocket"}, 400, "VALIDATION_FAILED"},
	} {
		t.Run(name, func(t *testing.T) {
			head := lines(append([]string{c.what + " HTTP/1.1", "Host: a", "Content-Type: " + c.kind, fmt.Sprintf("Content-Length: %d", len(c.body))}, c.headers...)...)
			if a := s.raw(t, head+c.body); a.StatusCode != c.status || codeOf(t, a) != c.code {
				t.Errorf("%d, want %d %s", a.StatusCode, c.status, c.code)
			}
		})
	}
	t.Run("too much, of a length that is not told", func(t *testing.T) {
		long := fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", 65<<10, bytes.Repeat([]byte("x"), 65<<10))
		a := s.raw(t, lines("PATCH /products/1 HTTP/1.1", "Host: a", "Content-Type: application/json", "Transfer-Encoding: chunked", token)+long)
		if a.StatusCode != 413 || codeOf(t, a) != "BODY_TOO_LARGE" {
			t.Errorf("%d, want 413", a.StatusCode)
		}
	})
}

// oneCommand is a table with one public route, /products.
func oneCommand(at, more string) string {
	return fmt.Sprintf("  list: {urls: [\"nest://%s/product.list\"]%s}\nroutes:\n  - {path: /products, methods: [GET], upstream: list, public: true}\n", at, more)
}

func TestWhatComesOfCommands(t *testing.T) {
	failing := func(value string) commandsFunc {
		return func(context.Context, nest.Request) ([]byte, error) { return nil, &nest.Error{Value: []byte(value)} }
	}
	answering := func(value string) commandsFunc {
		return func(context.Context, nest.Request) ([]byte, error) { return []byte(value), nil }
	}
	for name, c := range map[string]struct {
		serve  commandsFunc
		status int
		want   string // in the body
	}{
		"a list":                  {answering(`[1,2]`), 200, "[1,2]\n"},
		"a text":                  {answering(`"a"`), 200, "\"a\"\n"},
		"null":                    {answering(`null`), 200, "null\n"},
		"nothing":                 {answering(""), 204, ""},
		"an envelope":             {answering(`{"data":1,"meta":{"status":"success","code":"A"}}`), 200, `"code":"A"`},
		"an envelope of an error": {answering(`{"data":null,"meta":{"status":"error","code":"B"}}`), 400, `"code":"B"`},
		"with a status of ours":   {answering(`{"httpStatus":201,"data":1}`), 201, `"data":1`},
		"with a status of Nest's": {answering(`{"statusCode":404,"message":"x"}`), 404, `"message":"x"`},
		"an error with a status":  {failing(`{"statusCode":409,"message":"There is one.","code":"DUPLICATE_ENTRY","stack":"secret"}`), 409, `"message":"There is one.","data":null,"meta":{"status":"error","code":"DUPLICATE_ENTRY"`},
		"with several messages":   {failing(`{"statusCode":422,"message":["a is bad","b too"]}`), 422, `"message":"a is bad; b too","data":null,"meta":{"status":"error","code":"UPSTREAM_REFUSED"`},
		"with a long message":     {failing(`{"statusCode":422,"message":"` + strings.Repeat("secret", 1000) + `"}`), 422, `"message":"Unprocessable Entity"`},
		"a status that is none":   {answering(`{"statusCode":99}`), 200, `99`},
		"a status in between":     {answering(`{"statusCode":101}`), 200, `101`},
		"a status that is text":   {answering(`{"statusCode":"404"}`), 200, `404`},
		"an error of its own":     {failing(`{"status":"error","message":"a secret of the database"}`), 502, `"code":"UPSTREAM_FAILED"`},
		"an error that is a text": {failing(`"a secret of the database"`), 502, `"code":"UPSTREAM_FAILED"`},
		"a success as an error":   {failing(`{"statusCode":200}`), 502, `"code":"UPSTREAM_FAILED"`},
		"no such command":         {func(context.Context, nest.Request) ([]byte, error) { return nil, nest.ErrUnknown }, 502, `"code":"UPSTREAM_FAILED"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := playWith(t, "", oneCommand(startCommands(t, c.serve), ""))
			a := s.ask(t, "GET /products")
			text, err := io.ReadAll(a.Body)
			if err != nil || a.StatusCode != c.status || !strings.Contains(string(text), c.want) || strings.Contains(string(text), "secret") {
				t.Errorf("%d %s %v", a.StatusCode, text, err)
			}
			if strings.Contains(s.log.String(), "secret") {
				t.Error("the log says what the service said")
			}
		})
	}
}

// What is made for somebody is in no cache.
func TestAnswersOfCommandsAreNotKept(t *testing.T) {
	s := playWith(t, "", fmt.Sprintf(commandRoutes, startCommands(t, echoing)))
	a := s.sendJSON(t, "PATCH /products/1", `{}`, "Authorization: Bearer "+s.Token(guardtest.User{}))
	if got := a.Header.Get("Cache-Control"); got != "private, no-store" {
		t.Errorf("Cache-Control: %q", got)
	}
	if len(a.Header["X-Request-Id"]) != 1 || a.Header.Get("X-Content-Type-Options") != "nosniff" || !strings.HasPrefix(a.Header.Get("Content-Type"), "application/json") {
		t.Errorf("got %v", a.Header)
	}
	if a := s.ask(t, "HEAD /products"); a.StatusCode != 200 {
		t.Errorf("HEAD: %d", a.StatusCode)
	}
}

// A command that is not answered is over with its time, or with the session of
// who sent it.
func TestCommandsThatWaitEnd(t *testing.T) {
	came, release := make(chan struct{}, 2), make(chan struct{})
	at := startCommands(t, func(context.Context, nest.Request) ([]byte, error) {
		came <- struct{}{}
		<-release
		return nil, nil
	})
	t.Cleanup(func() { close(release) }) // before the service is shut down, which waits
	s := playWith(t, "", oneCommand(at, ", timeout: 50ms"))
	if a := s.ask(t, "GET /products"); a.StatusCode != 504 || codeOf(t, a) != "UPSTREAM_TIMEOUT" {
		t.Errorf("%d, want 504", a.StatusCode)
	}
	<-came
	s = playWith(t, "", fmt.Sprintf(commandRoutes, at))
	go func() {
		<-came
		s.EndSession("s1", "logout")
	}()
	a := s.sendJSON(t, "PATCH /products/1", `{}`, "Authorization: Bearer "+s.Token(guardtest.User{SessionID: "s1"}))
	if a.StatusCode != 401 || codeOf(t, a) != "SESSION_NOT_FOUND" {
		t.Errorf("%d, want 401", a.StatusCode)
	}
}

// A service of several instances goes on with those that can be reached.
func TestCommandsGoOn(t *testing.T) {
	s := playWith(t, "", fmt.Sprintf(`  list: {urls: ["nest://%s/a", "nest://%s/a"]}
  alone: {url: "nest://%[1]s/a"}
routes:
  - {path: "/list", upstream: list, methods: [POST], public: true}
  - {path: "/alone", upstream: alone, methods: [GET], public: true}
`, nobodyThere(t), startCommands(t, echoing)))
	for range 4 {
		if a := s.ask(t, "POST /list"); a.StatusCode != 200 {
			t.Errorf("with an instance away: %d %s", a.StatusCode, codeOf(t, a))
		}
		if a := s.ask(t, "GET /alone"); a.StatusCode != 502 || codeOf(t, a) != "UPSTREAM_UNAVAILABLE" {
			t.Errorf("with the only instance away: %d", a.StatusCode)
		}
	}
}

// An instance that could not be reached is left alone for a while.
func TestCommandsLeaveAnInstanceAlone(t *testing.T) {
	gone := nobodyThere(t)
	s := playWith(t, "", oneCommand(fmt.Sprintf(`%s/product.list", "nest://%s`, gone, startCommands(t, echoing)), ""))
	s.ask(t, "GET /products") // one of the two begins where nobody is
	s.ask(t, "GET /products")
	startCommandsAt(t, gone, func(context.Context, nest.Request) ([]byte, error) {
		t.Error("it is asked at once")
		return nil, nil
	})
	for range 4 {
		if a := s.ask(t, "GET /products"); a.StatusCode != 200 {
			t.Errorf("%d", a.StatusCode)
		}
	}
}

// With its table a connection ends.
func TestCommandsOfAnOldTable(t *testing.T) {
	at, service := startCommandsAt(t, "127.0.0.1:0", echoing)
	s := playWith(t, "", oneCommand(at, ""))
	if a := s.ask(t, "GET /products"); a.StatusCode != 200 || service.Stats().Connections != 1 {
		t.Fatalf("%d, with %d connections", a.StatusCode, service.Stats().Connections)
	}
	ctx, stop := context.WithCancel(t.Context())
	var beside sync.WaitGroup
	beside.Go(func() { s.gate.Run(ctx) })
	t.Cleanup(beside.Wait)
	t.Cleanup(stop)
	s.write(t, "routes:\n  - {path: /other/, upstream: orders, public: true}\n")
	eventually(t, "the connection is over", func() bool { return service.Stats().Connections == 0 })
}

// A command that was sent is not sent again: it may have been carried out.
func TestCommandsAreSentOnce(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var got atomic.Int32
	var beside sync.WaitGroup
	beside.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			got.Add(1)
			_, _ = c.Read(make([]byte, 1<<10))
			_ = c.Close()
		}
	})
	t.Cleanup(beside.Wait)
	t.Cleanup(func() { _ = l.Close() })
	s := playWith(t, "", oneCommand(fmt.Sprintf(`%s/product.list", "nest://%[1]s`, l.Addr()), ""))
	if a := s.ask(t, "GET /products"); a.StatusCode != 502 || codeOf(t, a) != "UPSTREAM_UNAVAILABLE" {
		t.Errorf("%d, want 502", a.StatusCode)
	}
	if n := got.Load(); n != 1 {
		t.Errorf("it was sent %d times", n)
	}
}
