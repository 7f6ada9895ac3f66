package attacks

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// TestA27Injection: what means something to a database, a template or a mail
// server means no more here than other letters do: it is answered as such text
// is, gets nobody in, and changes nothing but what any text would.
func TestA27Injection(t *testing.T) {
	t.Parallel()
	s := start(t, open().with(env{"LOG_LEVEL": "warn"}))
	v, c := judge(t), s.client()
	victim, g := c.join(t)
	routes := slices.DeleteFunc(s.routes(t), func(r route) bool { return r.path == "/auth/signup" || r.path == "/auth/token/refresh" })
	account := func() string {
		return strings.Join(append(s.rows("SELECT id, email, password_hash FROM users WHERE email = '"+victim.Email+"'"),
			s.rows("SELECT email FROM users WHERE status = 'disabled'")...), "\n")
	}
	before := account()

	each(injections, func(payload string) {
		for _, r := range routes {
			for field := range r.body {
				if _, isText := r.body[field].(string); !isText || r.method == "GET" || r.path == "/auth/login" && field == "deviceName" {
					continue
				}
				q := request{method: r.method, path: r.path, body: r.with(field, payload), headers: g.bearer()}
				a := c.must(t, q)
				if !slices.Contains(asText, a.Meta.Code) {
					v.breach(payload, "%s %s: %v, no answer that other text gets", r.path, field, a)
				}
			}
		}
		loginAs(t, v, c, payload, victim)
		inHeaders(t, v, c, payload, g)
	})
	each(objects, func(object string) { // where an object could stand, text must
		for _, r := range routes {
			for field := range r.body {
				raw := text(t, r.with(field, "PLACE"))
				a := c.must(t, request{method: r.method, path: r.path, body: strings.Replace(raw, `"PLACE"`, object, 1), headers: g.bearer()})
				list := strings.HasPrefix(object, "[") && (field == "reset" || field == "permissions" || field == "scopes")
				if list && a.Meta.Code == "FORBIDDEN" || object == "[]" && list || object == "{}" && field == "policy" { // what may stand there, and says nothing
					continue
				}
				if a.Meta.Code != "VALIDATION_FAILED" {
					v.breach(object, "%s %s: %v", r.path, field, a)
				}
			}
		}
	})
	if now := account(); now != before {
		v.breach("the accounts", "are\n%s\nwere\n%s", now, before)
	}
	if roles := s.rows("SELECT DISTINCT role FROM memberships"); strings.Join(roles, " ") != "user" {
		v.breach("the memberships", "there are the roles %q", roles)
	}
	c.want(t, "CURRENT_USER_OK", g.me())
	literally(t, v, s)
}

// asText are the answers that a text which is no one's name, code or token gets.
var asText = []string{
	"VALIDATION_FAILED", "INVALID_CREDENTIALS", "OTP_EXPIRED_OR_INVALID", "INVALID_OTP", "INVALID_REFRESH_TOKEN", "SESSION_NOT_FOUND", "SPACE_NOT_FOUND",
	"FORBIDDEN", "PROFILE_UPDATED", // what is for others; one's own name may be anything
	"INVALID_OR_EXPIRED_TOKEN", "UNLOCK_SENT_IF_LOCKED", "RESET_SENT_IF_KNOWN", "DUPLICATE_ENTRY", "USER_CREATED", "AMBIGUOUS_CREDENTIALS",
}

var injections = []string{
	`' OR '1'='1`, `' OR 1=1--`, `" OR ""="`, `'; DROP TABLE users;--`, `' UNION SELECT password_hash FROM users--`, `\' OR 1=1--`, `') OR ('1'='1`, `1;ATTACH DATABASE '/tmp/x' AS x`,
	`'||(SELECT sqlite_version())||'`, `%27%20OR%201=1`, `' AND randomblob(1000000000)--`, "'\x00OR 1=1--", `%`, `_`, `%%`, `someone%`, `someone_@example.com`, `someone%@example.com`, `%@example.com`, `x'or'1'or'@example.com`, `x'||'@example.com`, `[a-z]%`, `*`, `?`,
	`{"$ne":null}`, `{"$gt":""}`, `{"$where":"sleep(1000)"}`, `{"$regex":".*"}`, `$ne`, `';return true;var x='`, `[$ne]=1`, `true, $where: '1 == 1'`,
	`user:1`, `sessions/*`, "a\r\nFLUSHALL\r\n", `code_failures/x`, `x:y:z`, `..:..`, `*)(uid=*))(|(uid=*`, `*)(&`, `)(cn=*`, `\2a`,
	`{{.Code}}`, `{{7*7}}`, `${7*7}`, `#{7*7}`, `<%= 7*7 %>`, `{{constructor.constructor('return 1')()}}`, `{{printf "%s" .}}`, `{% debug %}`, `${jndi:ldap://127.0.0.1:1/a}`, `%n%n%s%x`, `$(id)`, "`id`", `|id`, `;id`,
	"x\r\nBcc: mallory@evil.test", "x\nRCPT TO:<mallory@evil.test>", "x\r\n.\r\nMAIL FROM:<x>", "x%0d%0aBcc:mallory@evil.test", `<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `javascript:alert(1)`, `../../../../etc/passwd`, `file:///etc/passwd`,
	`<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>`, "\u202etxt.exe", "\ud7ff\ufffe\uffff", strings.Repeat("'", 250),
}

// objects are what a loose decoder would hand to a database as an operator.
var objects = []string{
	`{"$ne":null}`, `{"$ne":""}`, `{"$gt":""}`, `{"$where":"1==1"}`, `{"$regex":".*"}`, `{"$in":["a"]}`, `{"$exists":true}`, `["a"]`, `[]`, `{}`, `[{"$ne":null}]`, `null`, `0`, `1e9`,
	`{"toString":"x"}`, `{"__proto__":{"x":1}}`, `{"length":6}`,
}

// loginAs: a payload beside or instead of the victim's name or password.
func loginAs(t *testing.T, v *verdict, c *client, payload string, victim person) {
	for _, body := range []fields{
		{"email": payload, "password": victim.Password}, {"usernameOrEmailOrMobile": payload, "password": victim.Password},
		{"email": victim.Email + payload, "password": payload},
	} {
		if a := c.must(t, post("/auth/login", body)); a.Meta.Code != "INVALID_CREDENTIALS" && a.Meta.Code != "VALIDATION_FAILED" {
			v.breach(payload, "login with %v: %v", body["email"], a)
		}
	}
}

// inHeaders: a payload in a header is a tenant that is not there, a token that is
// none; in a User-Agent it is nothing at all.
func inHeaders(t *testing.T, v *verdict, c *client, payload string, g grant) {
	if strings.ContainsAny(payload, "\r\n\x00") {
		payload = url.QueryEscape(payload) // a header cannot hold it
	}
	for name, want := range map[string]int{"X-Tenant-Id": 404, "X-Space-Id": 403, "User-Agent": 200, "X-Request-Id": 200, "Accept-Language": 200, "X-Forwarded-For": 200} {
		if a := c.must(t, get("/auth/me", append(g.bearer(), name, payload)...)); a.status != want {
			v.breach(payload, "as %s: %v, want %d", name, a, want)
		}
	}
	if a := c.must(t, get("/auth/me", "X-Access-Token", payload)); a.Meta.Code != "TOKEN_INVALID" {
		v.breach(payload, "as a token: %v", a)
	}
	if a := c.must(t, get("/dev/mail?to="+url.QueryEscape(payload), "Accept", "application/json")); string(a.Data) != "[]" {
		v.breach(payload, "as an address in the mailbox: %.100s", a.Data)
	}
}

// literally: a name that is a template or markup is shown as it is written, and
// in mails it adds no recipient, no header and no tag.
func literally(t *testing.T, v *verdict, s *server) {
	t.Helper()
	c := s.client()
	for i, name := range []string{`{{.Code}}{{7*7}}`, `${7*7}#{7*7}`, `<b>x</b><img src=//evil.test/x>`, `"><script>alert(1)</script>`, `Ann, Bcc: <mallory@evil.test>`, `=?utf-8?q?x=0d=0aBcc:_m?=`} {
		p := newPerson()
		a := c.want(t, "USER_CREATED", post("/auth/sign-up", fields{"name": name, "email": fmt.Sprintf("literal%d@example.com", i), "password": p.Password}))
		if !strings.Contains(string(a.body), strings.Trim(text(t, name), `"`)) && !strings.Contains(string(a.body), name) {
			v.breach(name, "it is answered as %.300s", a.body)
		}
		to := fmt.Sprintf("literal%d@example.com", i)
		eventually(t, "the welcome has come", func() bool { return len(s.letters(t, to)) > 0 })
		l := s.letters(t, to)[0]
		if strings.Contains(l.Text+l.Subject, "49") || strings.Contains(l.HTML, "<script") || strings.Contains(l.HTML, "<img") || strings.Contains(l.HTML, "<b>x") || strings.ContainsAny(l.Subject, "\r\n") {
			v.breach(name, "the letter holds it as more than text:\n%s\n%s\n%s", l.Subject, l.Text, l.HTML)
		}
	}
	if n := len(s.letters(t, "mallory@evil.test")); n > 0 {
		v.breach("a second recipient", "%d letters", n)
	}
}
