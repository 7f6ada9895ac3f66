package gateway_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/latchkey/latchkey/guard/guardtest"
)

const manyRoutes = `  site: {url: "%s/base/"}
routes:
  - {path: "/orders/", upstream: orders}
  - {path: "/orders/report", upstream: orders, methods: [GET], public: true}
  - {path: "/orders/{id}/notes", upstream: orders, methods: [GET], public: true}
  - {path: "/orders/{order}/notes", upstream: site, methods: [POST], public: true}
  - {path: "/site/", upstream: site, strip_prefix: /site, public: true}
  - {path: "/admin", upstream: orders, roles: [admin]}
  - {path: "/open/", upstream: orders, public: true}
  - {path: "/open/closed", upstream: orders}
  - {path: "/open/written", upstream: orders, methods: [PUT], roles: [admin]}
`

// named is a service that says what reached it.
func named(name string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "%s %s %s", name, r.Method, r.URL.RequestURI())
	}
}

func playMany(t *testing.T) *scene {
	t.Helper()
	site := httptest.NewServer(named("site"))
	t.Cleanup(site.Close)
	s := playWith(t, "", fmt.Sprintf(manyRoutes, site.URL))
	orders := named("orders")
	s.serve.Store(&orders)
	return s
}

func TestRouting(t *testing.T) {
	s := playMany(t)
	token := "Authorization: Bearer " + s.Token(guardtest.User{})
	for _, c := range []struct {
		name, method, path, token string
		status                    int
		want                      string // the body of 200, else the code
	}{
		{"not in the table", "GET", "/elsewhere", token, 404, "ROUTE_NOT_FOUND"},
		{"the root is not in the table", "GET", "/", token, 404, "ROUTE_NOT_FOUND"},
		{"a longer name is another", "GET", "/ordersx", token, 404, "ROUTE_NOT_FOUND"},
		{"another letter case is another", "GET", "/Orders/1", token, 404, "ROUTE_NOT_FOUND"},
		{"no rule needs a token", "GET", "/orders/1", "", 401, "ACCESS_TOKEN_MISSING"},
		{"no rule lets a token in", "GET", "/orders/1?a=b&c=%20d", token, 200, "orders GET /orders/1?a=b&c=%20d"},
		{"every method where none is named", "DELETE", "/orders/1", token, 200, "orders DELETE /orders/1"},
		{"without the slash at the end, as it stands", "POST", "/orders", token, 200, "orders POST /orders"},
		{"without the slash at the end, under its rules", "GET", "/orders", "", 401, "ACCESS_TOKEN_MISSING"},
		{"public", "GET", "/orders/report", "", 200, "orders GET /orders/report"},
		{"HEAD goes with GET", "HEAD", "/orders/report", "", 200, ""},
		{"another method is none of a less exact route", "POST", "/orders/report", token, 405, "METHOD_NOT_ALLOWED"},
		{"one path by method: GET", "GET", "/orders/1/notes", "", 200, "orders GET /orders/1/notes"},
		{"one path by method: POST", "POST", "/orders/1/notes", "", 200, "site POST /base/orders/1/notes"},
		{"one path by method: others", "PUT", "/orders/1/notes", "", 405, "METHOD_NOT_ALLOWED"},
		{"a prefix is taken away", "GET", "/site/a/b%20c", "", 200, "site GET /base/a/b%20c"},
		{"all of it", "GET", "/site/", "", 200, "site GET /base/"},
		{"all of it, without the slash", "GET", "/site", "", 200, "site GET /base/"},
		{"a role", "GET", "/admin", token, 403, "FORBIDDEN"},
		{"a slash more is not in the table", "GET", "/admin/", token, 404, "ROUTE_NOT_FOUND"},
		{"a slash more does not make it public", "GET", "/open/closed/", "", 401, "ACCESS_TOKEN_MISSING"},
		{"another method does not make it public", "POST", "/open/written", "", 405, "METHOD_NOT_ALLOWED"},
		{"nor with a slash more", "PUT", "/open/written/", token, 403, "FORBIDDEN"},
		{"nor both", "POST", "/open/written/", "", 405, "METHOD_NOT_ALLOWED"},
		{"what is beside it is public", "GET", "/open/other/", "", 200, "orders GET /open/other/"},
		{"the gateway's own health", "GET", "/healthz", "", 200, ""},
		{"the gateway's own readiness", "GET", "/readyz", "", 200, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			headers := []string{"Accept: */*"}
			if c.token != "" {
				headers = append(headers, c.token)
			}
			answer := s.ask(t, c.method+" "+c.path, headers...)
			got := ""
			switch {
			case c.method == http.MethodHead || c.want == "":
			case c.status == http.StatusOK:
				text, err := io.ReadAll(answer.Body)
				if err != nil {
					t.Fatal(err)
				}
				got = string(text)
			default:
				got = codeOf(t, answer)
			}
			if answer.StatusCode != c.status || got != c.want {
				t.Errorf("%d %s, want %d %s", answer.StatusCode, got, c.status, c.want)
			}
		})
	}
}

func TestReadyzSaysNoWhileItDrains(t *testing.T) {
	s := playMany(t)
	s.gate.Drain()
	if a := s.ask(t, "GET /readyz"); a.StatusCode != 503 || codeOf(t, a) != "NOT_READY" {
		t.Errorf("%d, want 503 NOT_READY", a.StatusCode)
	}
	if a := s.ask(t, "GET /healthz"); a.StatusCode != 200 {
		t.Errorf("%d, want 200", a.StatusCode)
	}
}
