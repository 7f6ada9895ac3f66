package attacks

import (
	"fmt"
	"net/http"
	"net/url"
	"testing"
)

// TestA32PartialAuth: between two steps of a login, or of a way back in,
// nothing that was handed out so far opens a guarded route.
func TestA32PartialAuth(t *testing.T) {
	t.Parallel()
	s := start(t, lockable())
	v, c := judge(t), s.client()
	all := s.routes(t)
	p := newPerson()
	var id, token string
	h := &holder{seen: map[string]bool{}}
	steps := []struct {
		name, code string
		take       func() request
	}{
		{"sign-up", "USER_CREATED", p.signUp},
		{"sign-up again", "DUPLICATE_ENTRY", p.signUp},
		{"wrong password", "INVALID_CREDENTIALS", func() request { return wrong(p.Email) }},
		{"right password", "OTP_SENT", func() request { return p.logIn() }},
		{"right password in a browser", "OTP_SENT", func() request { return p.logIn("Sec-Fetch-Site", "same-origin") }},
		{"wrong code", "INVALID_OTP", func() request { return verify(id, otherCode(s.code(t, p.Email), 0)) }},
		{"new code", "OTP_SENT", func() request { return post("/auth/login/resend", fields{"loginId": id}) }},
		{"password forgotten", "RESET_SENT_IF_KNOWN", func() request { return forgot(p) }},
		{"reset link opened", "RESET_READY", func() request {
			token = s.linkToken(t, p.Email, resetPage, 1)
			h.hold(token)
			return get(resetPage + "?" + url.Values{"token": {token}}.Encode())
		}},
		{"reset refused", "VALIDATION_FAILED", func() request { return reset(token, "short") }},
		{"reset done", "PASSWORD_CHANGED", func() request {
			p.Password = newPerson().Password
			return reset(token, p.Password)
		}},
		{"locked", "ACCOUNT_LOCKED", func() request {
			token = s.lockOut(t, p)
			h.hold(token)
			return p.logIn()
		}},
		{"unlock link opened", "UNLOCK_READY", func() request { return get(unlockPage + "?" + url.Values{"token": {token}}.Encode()) }},
		{"unlocked", "ACCOUNT_UNLOCKED", func() request { return post(unlockPage, fields{"token": token}) }},
		{"right password again", "OTP_SENT", func() request { return p.logIn() }},
	}
	for _, step := range steps {
		a := c.want(t, step.code, step.take())
		if got := a.grant(); got.LoginID != "" {
			id = got.LoginID
		}
		h.take(a)
		h.tryAll(t, v, c, step.name, all)
	}
	// And the last step opens them: what was refused was refused for a reason.
	g := c.want(t, "LOGIN_SUCCESS", verify(id, s.code(t, p.Email))).grant()
	c.want(t, "CURRENT_USER_OK", g.me())
}

// A holder keeps all that was handed out.
type holder struct {
	seen map[string]bool
	all  []string
}

func (h *holder) hold(values ...string) {
	for _, value := range values {
		if value != "" && !h.seen[value] {
			h.seen[value] = true
			h.all = append(h.all, value)
		}
	}
}

// take holds every id, token and cookie of an answer.
func (h *holder) take(a reply) {
	g := a.grant()
	h.hold(g.ID, g.LoginID, g.SessionID, g.AccessToken, g.RefreshToken, g.DeviceToken, g.User.ID)
	for _, cookie := range (&http.Response{Header: a.header}).Cookies() {
		h.hold(cookie.Value)
	}
}

// tryAll presents everything at every guarded route, at every place where a
// token may stand, and wherever sessions are made of tokens.
func (h *holder) tryAll(t *testing.T, v *verdict, c *client, step string, all []route) {
	t.Helper()
	var tries []request
	for _, r := range all {
		if !r.guarded {
			continue
		}
		var body any
		if r.body != nil {
			body = r.body
		}
		tries = append(tries, request{method: r.method, path: r.path, body: body})
		for _, value := range h.all {
			for _, headers := range [][]string{
				{"Authorization", "Bearer " + value}, {"X-Access-Token", value}, {"Cookie", "accessToken=" + value + "; refreshToken=" + value},
			} {
				tries = append(tries, request{method: r.method, path: r.path, body: body, headers: headers})
			}
		}
	}
	guarded := len(tries)
	for _, value := range h.all {
		tries = append(tries, post("/auth/refresh", fields{"refreshToken": value}), post("/auth/refresh", nil, "Cookie", "refreshToken="+value),
			get("/auth/new-token", "Cookie", "refreshToken="+value), verify(value, "000000"))
	}
	if guarded < 8 {
		t.Fatalf("%d requests to guarded routes, want all of them", guarded)
	}
	each(tries, func(q request) {
		if a := c.must(t, q); a.status < 400 || a.status >= 500 {
			v.breach("after "+step, "%s %s with %s: %v", q.method, q.path, fmt.Sprintf("%.20q", q.headers), a)
		}
	})
}
