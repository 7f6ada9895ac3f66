package doors

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/latchkey/latchkey/internal/nest"
)

// An op is what can be asked at both doors.
type op struct {
	command string
	method  string
	path    string // {ref} stands for what the request is about
	shape   shape  // of the command's payload

	tokenOnly bool // the command wants the access token itself
}

// shape says how a command about tenants names one.
type shape int

const (
	noRef  shape = iota // not at all: the payload is the body
	bare                // the payload is the name or id
	byID                // {id, …body}
	byName              // {name, …body}
	dto                 // {id, dto: body}
)

var ops = map[string]op{
	"sign up":        {command: "auth.signup", method: "POST", path: "/auth/sign-up"},
	"log in":         {command: "auth.login", method: "POST", path: "/auth/login"},
	"verify":         {command: "auth.verifyOtp", method: "POST", path: "/auth/login/verify"},
	"unlock":         {command: "auth.unlock", method: "POST", path: "/auth/unlock"},
	"refresh":        {command: "auth.refresh", method: "POST", path: "/auth/refresh"},
	"sessions":       {command: "auth.sessions", method: "GET", path: "/auth/sessions"},
	"log out one":    {command: "auth.logoutSession", method: "POST", path: "/auth/logout/session"},
	"log out all":    {command: "auth.logoutAll", method: "POST", path: "/auth/logout/all"},
	"me":             {command: "auth.get-current-user", method: "GET", path: "/auth/me", tokenOnly: true},
	"validate":       {command: "auth.session.validate", method: "GET", path: "/auth/verify-token", tokenOnly: true},
	"change role":    {command: "auth.changeUserRole", method: "POST", path: "/auth/change-role"},
	"make tenant":    {command: "tenant.create", method: "POST", path: "/tenants"},
	"list tenants":   {command: "tenant.findAll", method: "GET", path: "/tenants"},
	"tenant by id":   {command: "tenant.findById", method: "GET", path: "/tenants/{ref}", shape: bare},
	"tenant by name": {command: "tenant.findByName", method: "GET", path: "/tenants/{ref}", shape: bare},
	"change tenant":  {command: "tenant.update", method: "PATCH", path: "/tenants/{ref}", shape: dto},
	"set status":     {command: "tenant.changeStatus", method: "PATCH", path: "/tenants/{ref}/status", shape: byID},
	"status by name": {command: "tenant.changeStatusByName", method: "PATCH", path: "/tenants/by-name/{ref}/status", shape: byName},
	"what status":    {command: "tenant.getStatusByName", method: "GET", path: "/tenants/by-name/{ref}/status", shape: bare},
	"delete tenant":  {command: "tenant.softDelete", method: "DELETE", path: "/tenants/{ref}", shape: bare},
}

// tenants reports whether it is about tenants, and so for operators.
func (o op) tenants() bool { return strings.HasPrefix(o.command, "tenant.") }

// object is a JSON object.
type object map[string]any

func (o object) and(more object) object {
	all := maps.Clone(o)
	if all == nil {
		all = object{}
	}
	maps.Copy(all, more)
	return all
}

// said is what a door answered, as far as both must agree.
type said struct {
	Code   string
	Status int      // of a refused request about tenants
	Keys   []string // of data, with those of what is in it
	Fields []string // that are found fault with
	Reason string
	Field  string
	Tries  int  // that are left, and one; 0: not told
	Wait   bool // it is said when to come again
}

// meta is what programs read of an answer.
type meta struct {
	Status, Code, Reason, Field string
	Fields                      []struct{ Field, Problem string }
	RetryAfter                  int
	AttemptsLeft                *int
}

func (m meta) said(data json.RawMessage) said {
	s := said{Code: m.Code, Keys: keys(data), Reason: m.Reason, Field: m.Field, Wait: m.RetryAfter > 0}
	for _, f := range m.Fields {
		s.Fields = append(s.Fields, f.Field)
	}
	if m.AttemptsLeft != nil {
		s.Tries = 1 + *m.AttemptsLeft
	}
	return s
}

// keys are the members of data and of what is in them, each once.
func keys(data json.RawMessage) []string {
	var v any
	if json.Unmarshal(data, &v) != nil {
		return []string{"no JSON"}
	}
	found := map[string]bool{}
	walk(v, "", found)
	return slices.Sorted(maps.Keys(found))
}

func walk(v any, at string, found map[string]bool) {
	switch v := v.(type) {
	case map[string]any:
		for name, inner := range v {
			found[at+name] = true
			walk(inner, at+name+".", found)
		}
	case []any:
		for _, inner := range v {
			walk(inner, at+"[].", found)
		}
	}
}

// byHTTP asks at the HTTP door.
func (s scene) byHTTP(t testing.TB, who person, ref string, body object) said {
	t.Helper()
	path := strings.ReplaceAll(s.op.path, "{ref}", url.PathEscape(ref))
	var sent io.Reader
	if s.op.method == "GET" {
		query := url.Values{}
		for name, value := range body {
			query.Set(name, value.(string))
		}
		if len(query) > 0 {
			path += "?" + query.Encode()
		}
	} else if body != nil {
		text, err := json.Marshal(body)
		must(t, err)
		sent = bytes.NewReader(text)
	}
	r := httptest.NewRequestWithContext(t.Context(), s.op.method, path, sent)
	r.RemoteAddr = "203.0.113.7:4711"
	r.Header.Set("Content-Type", "application/json")
	if who.Tenant != "" {
		r.Header.Set("X-Tenant-Id", who.Tenant)
	}
	if token := who.AccessToken; token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	if s.op.tenants() {
		r.Header.Set("Authorization", "Bearer "+s.key)
	}
	w := httptest.NewRecorder()
	s.http.ServeHTTP(w, r)
	var e struct {
		HTTPStatus int
		Data       json.RawMessage
		Meta       meta
	}
	if err := json.Unmarshal(w.Body.Bytes(), &e); err != nil || e.HTTPStatus != w.Code {
		t.Fatalf("%s %s: %d %v in %s", s.op.method, path, w.Code, err, w.Body)
	}
	got := e.Meta.said(e.Data)
	if s.op.tenants() && e.Meta.Status != "success" {
		got.Status = w.Code
	}
	return got
}

// byCommand asks at the NestJS door, as a gateway does for a client at the same
// address: with the access token, or with what it says.
func (s scene) byCommand(t testing.TB, who person, ref string, body object) said {
	t.Helper()
	data, err := json.Marshal(s.payload(t, who, ref, body))
	must(t, err)
	response, err := s.nest.Serve(t.Context(), nest.Request{Command: s.op.command, Data: data})
	var refused *nest.Error
	if errors.As(err, &refused) {
		var e struct {
			StatusCode, RetryAfter int
			Code, Message          string
			Fields                 []struct{ Field, Problem string }
		}
		must(t, json.Unmarshal(refused.Value, &e))
		got := meta{Code: e.Code, Fields: e.Fields, RetryAfter: e.RetryAfter}.said(json.RawMessage("null"))
		got.Status = e.StatusCode
		return got
	}
	must(t, err)
	var e struct {
		HTTPStatus *int
		Data       json.RawMessage
		Meta       meta
	}
	must(t, json.Unmarshal(response, &e))
	if e.HTTPStatus != nil {
		t.Errorf("%s: an HTTP status: %s", s.op.command, response)
	}
	return e.Meta.said(e.Data)
}

// payload is what a gateway makes of a request.
func (s scene) payload(t testing.TB, who person, ref string, body object) any {
	t.Helper()
	switch s.op.shape {
	case bare:
		return ref
	case byID:
		return body.and(object{"id": ref})
	case byName:
		return body.and(object{"name": ref})
	case dto:
		return object{"id": ref, "dto": body}
	case noRef:
	}
	if s.op.tenants() {
		return body.and(nil)
	}
	req := object{"headers": object{"host": "203.0.113.7"}}
	all := body.and(object{"req": req})
	if who.Tenant != "" {
		all["tenantId"] = who.Tenant
	}
	switch {
	case who.AccessToken == "":
	case s.way == "claims":
		req["user"] = claims(t, who.AccessToken)
	default:
		all["token"] = who.AccessToken
	}
	return all
}

// claims are what an access token says, as a gateway passes it on.
func claims(t testing.TB, token string) (o object) {
	t.Helper()
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		t.Fatal("this is no access token, so that no gateway passes on what it says")
	}
	text, err := base64.RawURLEncoding.DecodeString(parts[1])
	must(t, err)
	must(t, json.Unmarshal(text, &o))
	return o
}
