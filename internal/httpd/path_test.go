package httpd_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// TestWhatCannotBeAPlaceIsNothing: a place in a path is one segment of plain
// characters; an escaped slash ends none, and nothing is a fault of ours.
func TestWhatCannotBeAPlaceIsNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	admin := w.admin(t, "")
	p := w.join(t, "")
	before := w.dump(t)
	for _, place := range []string{
		"", ".", "..", "...", "%2e", "%2e%2e", "a%2fb", "a%2Fb", p.ID + "%2flock", "%2f" + p.ID, p.ID + "%00", p.ID + "%20", "%61", "%C3%A9", "%ff", "%zz",
		p.ID + ";x=y", p.ID + ",", p.ID + ":", p.ID + "@", p.ID + "!", "(" + p.ID + ")", "*", "$where", "'", `a\b`, "a+b", "a=b", "a&b", "{id}", "[1]", "%25" + p.ID,
		strings.Repeat("a", 129), strings.Repeat("a", 4000), p.ID + "/", p.ID + "/x", p.ID + "/sessions/", p.ID + "/sessions/x", "/" + p.ID, "./" + p.ID, "../users/" + p.ID,
	} {
		for _, request := range []string{"GET /users/", "DELETE /users/", "PATCH /tenants/", "DELETE /roles/"} {
			method, prefix, _ := strings.Cut(request, " ")
			a := w.raw(t, request+place, fmt.Sprintf("%s %s%s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Length: 0\r\n\r\n", method, prefix, place, admin.AccessToken))
			if a.status != 404 && a.header.Get("X-Request-Id") != "" || a.status >= 500 || a.status < 400 {
				t.Errorf("%s%s: got %d %s", request, place, a.status, a.body)
			}
			if a.status == 404 && a.code() != "NOT_FOUND" {
				t.Errorf("%s%s: got %s", request, place, a.code())
			}
		}
	}
	same(t, before, w.dump(t))
}

// TestWhatCouldBeAPlaceIsLookedUp, and has the not-found of its own.
func TestWhatCouldBeAPlaceIsLookedUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	bearer := w.admin(t, "").bearer()
	for _, place := range []string{
		"a", "~", "-", "_", "a.b", ".a", "..a", "0", strings.Repeat("a", 128), "null", "undefined", "status", "by-name", "lock", "sessions",
		"019A2F6B-7C1E-7D53-9B0A-5F2D8C4E6A10", "019a2f6b7c1e7d539b0a5f2d8c4e6a10", anyPlace,
	} {
		for _, tail := range []string{"", "/sessions"} {
			w.do(t, "GET /users/"+place+tail, nil, bearer...).want(t, 404, "USER_NOT_FOUND")
		}
		w.do(t, "POST /users/"+place+"/lock", nil, bearer...).want(t, 404, "USER_NOT_FOUND")
		w.do(t, "DELETE /roles/"+place, nil, bearer...).want(t, 404, "ROLE_NOT_FOUND")
		for _, who := range [][]string{bearer, w.operator()} {
			w.do(t, "GET /tenants/"+place, nil, who...).want(t, 404, "TENANT_NOT_FOUND")
			w.do(t, "GET /tenants/by-name/"+place+"/status", nil, who...).want(t, 404, "TENANT_NOT_FOUND")
		}
	}
	// An exact path goes before a pattern that would fit it too.
	w.do(t, "POST /auth/sessions", nil, bearer...).want(t, 405, "METHOD_NOT_ALLOWED")
	w.do(t, "POST /users/"+anyPlace, nil, bearer...).want(t, 405, "METHOD_NOT_ALLOWED")
}

// TestPlacesAreNotInTheLog: log and metrics have the pattern.
func TestPlacesAreNotInTheLog(t *testing.T) {
	w := newWorld(t)
	p := w.join(t, "")
	_, mark := logged.since(0)
	requests := map[string]string{
		"GET /users/" + p.ID: "/users/{id}", "POST /users/" + p.ID + "/lock": "/users/{id}/lock", "PUT /users/" + p.ID: "/users/{id}",
		"GET /users?q=" + p.Username: "/users", "GET /users/" + p.ID + "/nothing": "none",
	}
	for request := range requests {
		w.do(t, request, nil, p.bearer()...)
	}
	text, _ := logged.since(mark)
	for line := range strings.Lines(text) {
		var event struct{ Msg, Route string }
		must(t, json.Unmarshal([]byte(line), &event))
		if event.Msg == "request" && strings.Contains(line, p.ID) || strings.Contains(line, p.Username) {
			t.Errorf("a place or a query is in %s", line)
		}
	}
	metrics := string(w.plain(t, "GET", "/metrics", "").body)
	for request, route := range requests {
		if !strings.Contains(text, `"route":"`+route+`"`) || !strings.Contains(metrics, `route="`+route+`"`) {
			t.Errorf("%s is not told of as %s", request, route)
		}
	}
}

// TestQueriesAreReadStrictly on the routes of those who run things.
func TestQueriesAreReadStrictly(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	bearer := w.admin(t, "").bearer()
	for _, r := range contract {
		if !r.operated {
			continue
		}
		ask := func(query string) answer { return w.do(t, r.method+" "+fill(r.path, "")+"?"+query, nil, bearer...) }
		for _, query := range []string{"nonsense=1", "role%5B%5D=x", "Limit=1", "tenantId=default", "%ff=1", "=1", "nonsense"} {
			ask(query).want(t, 400, "VALIDATION_FAILED")
		}
		ask("nonsense=1").wantFields(t, "nonsense")
		ask("a;b").want(t, 400, "VALIDATION_FAILED").wantFields(t, "query")
		ask("q=%zz").want(t, 400, "VALIDATION_FAILED").wantFields(t, "query")
		for _, name := range r.params {
			for _, query := range []string{"%s=user&%[1]s=user", "%s=&%[1]s=", "%s=%%ff", "%s=%%00", "%s=a%%0d%%0ab", "%s=%%1b", "%s=" + strings.Repeat("a", 4000)} {
				ask(fmt.Sprintf(query, name)).want(t, 400, "VALIDATION_FAILED").wantFields(t, name)
			}
			if r.path == "/users" || r.path == "/tenants" || r.path == "/audit-events" {
				ask(name+"=").wantStatus(t, 200)
			}
		}
		for _, query := range []string{"limit=0", "limit=101", "limit=-1", "limit=1e1", "limit=one", "cursor=nonsense", "status=GONE", "status=%27%20OR%201=1", "userId=1"} {
			if name, _, _ := strings.Cut(query, "="); strings.Contains(strings.Join(r.params, " "), name) {
				ask(query).want(t, 400, "VALIDATION_FAILED").wantFields(t, name)
			}
		}
	}
	// As before, the other routes do not look at one.
	w.do(t, "GET /auth/me?nonsense=1", nil, bearer...).want(t, 200, "CURRENT_USER_OK")
}

// TestWhatIsInThePathOrTheQueryIsNotInTheBody, nor the other way round.
func TestWhatIsInThePathOrTheQueryIsNotInTheBody(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	bearer := w.admin(t, "").bearer()
	p := w.join(t, "")
	for request, field := range map[string]string{
		"PATCH /users/" + p.ID: "id", "PATCH /tenants/default": "id", "PATCH /roles/clerk": "name", "DELETE /users/" + p.ID: "id", "GET /users": "limit",
		"POST /users/" + p.ID + "/lock": "id", "PATCH /tenants/by-name/default/status": "name", "GET /audit-events": "userId",
	} {
		w.do(t, request, object{field: "1"}, bearer...).want(t, 400, "VALIDATION_FAILED").wantFields(t, field)
		w.do(t, request, object{"ID": "1"}, bearer...).want(t, 400, "VALIDATION_FAILED").wantFields(t, "ID")
	}
	w.do(t, "PATCH /users/"+p.ID+"?nickname=x", object{}, bearer...).want(t, 400, "VALIDATION_FAILED").wantFields(t, "nickname")
}
