package httpd_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/uuid"
)

// malformed are bodies that no route takes.
func malformed() map[string]string {
	utf16LE := "\xff\xfe"
	for _, unit := range utf16.Encode([]rune(`{}`)) {
		utf16LE += string([]byte{byte(unit), byte(unit >> 8)})
	}
	return map[string]string{
		"array": `[]`, "array of objects": `[{}]`, "null": `null`, "string": `"{}"`, "number": `1`, "true": `true`, "blank": ` `,
		"cut off": `{`, "cut off in a name": `{"emai`, "cut off in a value": `{"email":"a`, "no quotes": `{email:1}`, "single quotes": `{'email':'a'}`,
		"trailing object": `{} {}`, "trailing letter": `{}x`, "trailing NUL": "{}\x00", "trailing comma": `{"email":"a",}`, "comment": `{/**/}`,
		"NaN": `{"email":NaN}`, "Infinity": `{"email":-Infinity}`, "leading zero": `{"email":01}`, "hex": `{"email":0x1}`,
		"byte order mark": "\xef\xbb\xbf{}", "UTF-16": utf16LE, "UTF-16 without a mark": "{\x00}\x00",
		"not UTF-8": "{\"email\":\"\xff\"}", "overlong UTF-8": "{\"email\":\"\xc0\xaf\"}", "surrogate": `{"email":"\ud800"}`, "raw line break": "{\"email\":\"a\nb\"}",
		"deep array": `{"email":` + strings.Repeat("[", 30_000), "deep array, closed": `{"email":` + strings.Repeat("[", 30_000) + strings.Repeat("]", 30_000) + `}`,
		"deep object": strings.Repeat(`{"a":`, 10_000) + "1" + strings.Repeat("}", 10_000), "depth 33": strings.Repeat(`{"a":`, 33) + "1" + strings.Repeat("}", 33),
		"unknown field": `{"nonsense":1}`, "empty name": `{"":1}`, "prototype": `{"__proto__":{"admin":true}}`, "operator": `{"$where":"1"}`,
		"unknown twice": `{"x":1,"x":2}`, "server's field": `{"role":"admin"}`, "long name": `{"` + strings.Repeat("n", 9000) + `":1}`,
		"line break in a name": `{"a\r\nSet-Cookie: x":1}`,
	}
}

// misfits returns bodies that break one field of a route each.
func misfits(field string, good object) map[string]string {
	all := map[string]string{}
	values := []string{`1`, `-1e999`, `true`, `[]`, `["a"]`, `{}`, `{"$ne":""}`, `{"$gt":""}`, `{"$regex":".*"}`}
	switch field {
	case "keepCurrent", "everywhere", "now":
		values = append(without(values, `true`), `"true"`, `""`)
	case "reset", "permissions", "scopes":
		values = append(without(values, `[]`, `["a"]`), `"a"`, `[1]`, `[{}]`)
	case "policy", "brand":
		values = append(without(values, `{}`), `"a"`, `{"role":"admin"}`, `{"nonsense":{}}`)
	}
	for _, v := range values {
		all[field+" is "+v] = withField(good, field, field, v)
	}
	value, err := json.Marshal(good[field])
	if err != nil || good[field] == nil {
		value = []byte(`""`)
	}
	text := strings.TrimSuffix(withField(good, field, field, string(value)), "}")
	all[field+" twice"] = text + fmt.Sprintf(`,%q:%s}`, field, value)
	all[field+" twice, escaped"] = text + fmt.Sprintf(`,"\u%04x%s":%s}`, field[0], field[1:], value)
	for _, wrong := range []string{strings.ToUpper(field), strings.ToUpper(field[:1]) + field[1:], field + " ", strings.ReplaceAll(field, "s", "\u017f"), strings.ReplaceAll(field, "k", "\u212a")} {
		if wrong != field {
			all[field+" as "+wrong] = withField(good, field, wrong, string(value))
		}
	}
	return all
}

// withField returns the object with a field replaced by raw JSON under a name.
func withField(good object, field, name, value string) string {
	raw := map[string]json.RawMessage{name: json.RawMessage(value)}
	for k, v := range good {
		if k != field {
			raw[k], _ = json.Marshal(v)
		}
	}
	parts := []string{}
	for k, v := range raw {
		parts = append(parts, fmt.Sprintf("%q:%s", k, v))
	}
	return "{" + strings.Join(parts, ",") + "}"
}

// goods returns a body that each route would take.
func goods(p person) map[string]object {
	fresh := stranger("")
	in := fresh.signUp()
	in["nickname"] = "Ann"
	return map[string]object{
		"/auth/sign-up": in, "/auth/login": {"usernameOrEmailOrMobile": p.Email, "password": p.Password, "deviceName": "x"},
		"/auth/login/verify": {"loginId": uuid.NewString(), "otp": "123456"}, "/auth/login/resend": {"loginId": uuid.NewString()},
		"/auth/refresh": {"refreshToken": p.RefreshToken}, "/auth/new-token": {}, "/auth/logout": {},
		"/auth/logout/session": {"sessionId": p.SessionID}, "/auth/logout/all": {"keepCurrent": false},
		"/auth/unlock/request": {"email": fresh.Email}, "/auth/password/forgot": {"email": fresh.Email},
		"/auth/unlock": {"token": strings.Repeat("A", 88)}, "/auth/disown": {"token": strings.Repeat("A", 88)},
		"/auth/password/reset":  {"token": strings.Repeat("A", 88), "password": "loud-comet-17-harbour"},
		"/auth/password/change": {"currentPassword": p.Password, "newPassword": "loud-comet-17-harbour"},
		"/auth/switch-tenant":   {"tenantId": "default"}, "/auth/tenants/main": {"tenantId": "default"}, "/auth/tenants/leave": {"tenantId": "default"},
		"/auth/me": {"name": "Ann"}, "/auth/change-role": {"userId": anyPlace, "newRole": "user"}, "/invitations": {"email": fresh.Email},
		"/invitations/revoke": {"email": fresh.Email}, "/users/{id}/end-session": {"sessionId": anyPlace},
		"/auth/invitation": {"token": strings.Repeat("A", 88), "name": "Ann", "password": "loud-comet-17-harbour"},
		"/tenants":         {"name": "acme", "displayName": "Acme", "policy": object{}}, "/tenants/{id}": {"displayName": "Acme", "reset": []string{}},
		"/users": {"name": "Ann", "email": fresh.Email, "password": fresh.Password}, "/users/{id}": {"name": "Ann", "reset": []string{}},
		"/roles": {"name": "clerk", "permissions": []string{}}, "/roles/{name}": {"permissions": []string{}}, "/spaces": {"name": "seoul"},
		"/api-keys": {"name": "billing", "scopes": []string{}}, "/signing-keys/rotate": {"now": false},
	}
}

// TestMalformedBodiesChangeNothing sends every bad body to every route, with
// all else as it should be.
func TestMalformedBodiesChangeNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.join(t, "")
	before := w.dump(t)
	good := goods(p)
	for _, r := range contract {
		t.Run(r.String(), func(t *testing.T) {
			bodies := malformed()
			if slices.Contains(r.fields, "role") {
				delete(bodies, "server's field")
			}
			for _, field := range r.fields {
				for name, text := range misfits(field, good[r.path]) {
					bodies[name] = text
				}
			}
			for name, text := range bodies {
				a := w.do(t, r.String(), text, p.jar()...)
				if a.status != 400 || a.code() != "VALIDATION_FAILED" || len(a.Meta.Fields) != 1 {
					t.Errorf("%s: got %d %s", name, a.status, a.body)
				}
				for _, f := range a.Meta.Fields {
					if len(f.Field) > 64 || strings.ContainsAny(f.Field, "\r\n\x1b<>\"'") || strings.Contains(a.Message+f.Problem, canary) {
						t.Errorf("%s: told with %q", name, f)
					}
				}
			}
		})
	}
	same(t, before, w.dump(t))
}

// TestMissingAndOverlongFieldsChangeNothing.
func TestMissingAndOverlongFieldsChangeNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.join(t, "")
	before := w.dump(t)
	long, good := strings.Repeat("x", 5000), goods(p)
	for _, tt := range []struct {
		path               string
		required, bounded  []string
		missing            int
		missingCode, empty string
	}{
		{"/auth/sign-up", []string{"name", "email", "password"}, []string{"name", "email", "password", "username", "nickname", "mobile"}, 400, "VALIDATION_FAILED", "VALIDATION_FAILED"},
		{"/auth/login", []string{"usernameOrEmailOrMobile", "password"}, []string{"usernameOrEmailOrMobile", "password", "deviceName"}, 400, "VALIDATION_FAILED", "VALIDATION_FAILED"},
		{"/auth/login/verify", []string{"loginId", "otp"}, []string{"loginId", "otp", "deviceName"}, 400, "VALIDATION_FAILED", "VALIDATION_FAILED"},
		{"/auth/login/resend", []string{"loginId"}, []string{"loginId"}, 400, "VALIDATION_FAILED", "VALIDATION_FAILED"},
		{"/auth/refresh", []string{"refreshToken"}, nil, 401, "REFRESH_TOKEN_NOT_FOUND", "REFRESH_TOKEN_NOT_FOUND"},
		{"/auth/logout/session", []string{"sessionId"}, []string{"sessionId"}, 400, "VALIDATION_FAILED", "VALIDATION_FAILED"},
	} {
		for _, path := range []string{tt.path, "/api/v1" + tt.path} {
			for _, body := range []any{nil, "", "{}"} {
				w.do(t, "POST "+path, body, p.bearer()...).want(t, tt.missing, tt.missingCode)
			}
			for _, field := range tt.required {
				for _, text := range []string{
					withField(good[tt.path], field, field, `""`), withoutField(good[tt.path], field),
				} {
					w.do(t, "POST "+path, text, p.bearer()...).want(t, tt.missing, tt.empty)
				}
				w.do(t, "POST "+path, withField(good[tt.path], field, field, `null`), p.bearer()...).
					want(t, 400, "VALIDATION_FAILED").wantFields(t, field)
			}
			for _, field := range tt.bounded {
				w.do(t, "POST "+path, withField(good[tt.path], field, field, `"`+long+`"`), p.bearer()...).want(t, 400, "VALIDATION_FAILED").wantFields(t, field)
			}
		}
	}
	same(t, before, w.dump(t))
}

func withoutField(good object, field string) string {
	rest := object{}
	for k, v := range good {
		if k != field {
			rest[k] = v
		}
	}
	text, err := json.Marshal(rest)
	if err != nil {
		panic(err)
	}
	return string(text)
}

// TestOtherContentTypesAreRefused on every route, and the body is not read.
func TestOtherContentTypesAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.join(t, "")
	before := w.dump(t)
	good := goods(p)
	refused := [][]string{
		{"Content-Type", ""}, {"Content-Type", "text/plain"}, {"Content-Type", "text/json"}, {"Content-Type", "application/x-www-form-urlencoded"},
		{"Content-Type", "multipart/form-data; boundary=x"}, {"Content-Type", "application/jsonx"}, {"Content-Type", "application/json-patch+json"},
		{"Content-Type", "application/vnd.api+json"}, {"Content-Type", "application/json; charset=utf-16"}, {"Content-Type", "application/json; charset=iso-8859-1"},
		{"Content-Type", "application/json, text/plain"}, {"Content-Type", "text/plain, application/json"}, {"Content-Type", "text/plain; application/json"},
		{"Content-Type", "application/json", "Content-Type", "text/plain"}, {"Content-Type", "*/*"}, {"Content-Type", "application/json; charset"},
		{"Content-Encoding", "gzip"}, {"Content-Encoding", "deflate"}, {"Content-Encoding", "identity, gzip"}, {"Content-Encoding", "identity", "Content-Encoding", "gzip"},
	}
	for _, r := range contract {
		for _, headers := range refused {
			if r.linked && r.method == "POST" && headers[1] == "application/x-www-form-urlencoded" {
				continue // the form on its page
			}
			body := good[r.path]
			if body == nil {
				body = object{}
			}
			a := w.do(t, r.String(), body, p.bearer(headers...)...)
			if a.status != 415 || a.code() != "UNSUPPORTED_MEDIA_TYPE" {
				t.Errorf("%s with %q: got %d %s", r, headers, a.status, a.code())
			}
		}
	}
	same(t, before, w.dump(t))
	for _, headers := range [][]string{
		{"Content-Type", "application/json"}, {"Content-Type", "Application/JSON"}, {"Content-Type", "application/json; charset=utf-8"},
		{"Content-Type", "application/json;charset=\"UTF-8\""}, {"Content-Encoding", "identity"},
	} {
		w.do(t, "POST /auth/login", good["/auth/login"], headers...).want(t, 200, "LOGIN_SUCCESS")
	}
	// No body has no type.
	w.do(t, "POST /auth/refresh", nil, "Cookie", "refreshToken="+p.RefreshToken, "Content-Type", "text/plain").want(t, 200, "TOKENS_REFRESHED")
}

// TestBodiesThatAreTooLongOrWronglyFramed, by bytes on the wire.
func TestBodiesThatAreTooLongOrWronglyFramed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.join(t, "")
	before := w.dump(t)
	chunk := fmt.Sprintf("%x\r\n%s\r\n", 4096, strings.Repeat("x", 4096))
	for _, r := range contract {
		head := fmt.Sprintf("%s %s HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nAuthorization: Bearer %s\r\n", r.method, fill(r.path, ""), p.AccessToken)
		for _, tt := range []struct {
			name, bytes string
			status      int
			code        string
		}{
			{"announced", "Content-Length: 65537\r\n\r\n" + strings.Repeat("x", 65537), 413, "BODY_TOO_LARGE"},
			{"announced, 100 MB", "Content-Length: 104857600\r\n\r\n{", 413, "BODY_TOO_LARGE"},
			{"chunked", "Transfer-Encoding: chunked\r\n\r\n" + strings.Repeat(chunk, 17) + "0\r\n\r\n", 413, "BODY_TOO_LARGE"},
			{"chunked without an end", "Transfer-Encoding: chunked\r\n\r\n" + strings.Repeat(chunk, 17), 413, "BODY_TOO_LARGE"},
			{"chunked and wrong type", "Transfer-Encoding: chunked\r\n\r\n" + strings.Repeat(chunk, 3) + "0\r\n\r\n", 400, "VALIDATION_FAILED"},
			{"shorter than announced", "Content-Length: 100\r\n\r\n{}" + hangUp, 400, "VALIDATION_FAILED"},
			{"broken chunk", "Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n", 400, "VALIDATION_FAILED"},
			{"chunk without an end", "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n" + hangUp, 400, "VALIDATION_FAILED"},
		} {
			a := w.raw(t, r.String(), head+tt.bytes)
			if a.status != tt.status || a.code() != tt.code {
				t.Errorf("%s, %s: got %d %s, want %d %s", r, tt.name, a.status, a.code(), tt.status, tt.code)
			}
		}
	}
	same(t, before, w.dump(t))
	fits := `{"email":"` + p.Email + `","password":"` + p.Password + `"}`
	w.do(t, "POST /auth/login", strings.Repeat(" ", 64<<10-len(fits))+fits).want(t, 200, "LOGIN_SUCCESS")
	w.do(t, "POST /auth/login", strings.Repeat(" ", 64<<10-len(fits)+1)+fits).want(t, 413, "BODY_TOO_LARGE")
}

// TestAFaultNamesItsField, and says what is wrong without repeating the value.
func TestAFaultNamesItsField(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, tt := range []struct{ body, field, problem string }{
		{`{"email":"a","email":"` + canary + `"}`, "email", "is given twice"},
		{`{"Email":"` + canary + `"}`, "Email", "is not a known field"},
		{`{"a\r\n<b>":"` + canary + `"}`, "a???b?", "is not a known field"},
		{`{"password":123456}`, "password", "must be a string"},
		{`{"password":{"` + canary + `":1}}`, "password", "must be a string"},
		{`{"password":"` + canary + `}`, "body", "is not valid JSON in UTF-8"},
		{`["` + canary + `"]`, "body", "must be a JSON object"},
		{strings.Repeat(`{"a":`, 33) + `"` + canary + `"` + strings.Repeat("}", 33), "body", "is nested too deeply"},
	} {
		a := w.do(t, "POST /auth/login", tt.body).want(t, 400, "VALIDATION_FAILED").wantFields(t, tt.field)
		if got := a.Meta.Fields[0].Problem; got != tt.problem || strings.Contains(string(a.body), canary) {
			t.Errorf("%s: got %s", tt.body, a.body)
		}
	}
	for body, problem := range map[string]string{
		`{"reset":"otp"}`: "reset must be a list", `{"reset":[1]}`: "reset.0 must be a string", `{"policy":[]}`: "policy must be an object",
		`{"policy":{"accessLife":15}}`: `policy.accessLife must be a text such as "15m"`, `{"policy":{"accessLife":"15"}}`: `policy.accessLife must be a text such as "15m"`,
		`{"policy":{"lockMinutes":"1"}}`: "policy.lockMinutes must be a number", `{"policy":{"lockMinutes":1.5}}`: "policy.lockMinutes must be a number",
		`{"policy":{"browserTokens":"yes"}}`: "policy.browserTokens must be true or false", `{"policy":{"x":1}}`: "policy.x is not a known field",
	} {
		a := w.do(t, "PATCH /tenants/default", body, w.operator()...).want(t, 400, "VALIDATION_FAILED")
		if got := a.Meta.Fields[0].Field + " " + a.Meta.Fields[0].Problem; got != problem {
			t.Errorf("%s: got %q, want %q", body, got, problem)
		}
	}
	w.do(t, "POST /auth/logout/all", object{"keepCurrent": "yes"}, w.join(t, "").bearer()...).want(t, 400, "VALIDATION_FAILED").wantFields(t, "keepCurrent")
}
