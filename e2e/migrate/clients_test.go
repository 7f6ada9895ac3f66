package migrate

import (
	"bufio"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

var tokenField = regexp.MustCompile(`"(access|refresh|device)Token":"([^"]+)"`)

// tokens are those of the last login.
func (r *reader) tokens() map[string]string {
	r.t.Helper()
	text, err := os.ReadFile(filepath.Join(r.folder, "tokens.json"))
	must(r.t, err)
	all := map[string]string{}
	for _, m := range tokenField.FindAllStringSubmatch(string(text), -1) {
		all[m[1]] = m[2]
	}
	if len(all) != 3 {
		r.t.Fatalf("the login answered %d kinds of tokens, want access, refresh and device", len(all))
	}
	return all
}

func login(tenant, name, password string) map[string]any {
	return map[string]any{"tenantId": tenant, "usernameOrEmailOrMobile": name, "password": password, "req": map[string]any{}}
}

func person(more map[string]any) map[string]any {
	p := map[string]any{
		"tenantId": "darmist1", "req": map[string]any{}, "name": "New", "username": "newcomer", "email": "new@example.com",
		"mobile": "01700000077", "password": "amber-window-19",
	}
	for name, value := range more {
		p[name] = value
	}
	return p
}

// clientsSee is the page's table of what changes for clients.
func (r *reader) clientsSee() {
	r.t.Helper()
	tokens := r.tokens()
	for _, c := range []struct {
		name, cmd string
		payload   map[string]any
		code      string
		shows     string // in the answer
	}{
		{"a wrong password", "auth.login", login("darmist1", "testuser", "wrong-horse-7"), "INVALID_CREDENTIALS", ""},
		{"an unknown name", "auth.login", login("darmist1", "nobody", "wrong-horse-7"), "INVALID_CREDENTIALS", ""},
		{"a locked account, to a stranger", "auth.login", login("darmist1", "shut", "wrong-horse-7"), "INVALID_CREDENTIALS", ""},
		{"a locked account, to its owner", "auth.login", login("darmist1", "shut", "secret123"), "ACCOUNT_LOCKED", ""},
		{"a tenant that does not exist", "auth.login", login("ghost", "testuser", "secret123"), "TENANT_NOT_FOUND", ""},
		{"a tenant that is suspended", "auth.login", login("darmist2", "testuser", "lantern-quiet-42"), "TENANT_INACTIVE", ""},
		{"no token", "auth.sessions", map[string]any{"tenantId": "darmist1", "req": map[string]any{}}, "ACCESS_TOKEN_MISSING", ""},
		{"garbage", "auth.session.validate", map[string]any{"tenantId": "darmist1", "token": "a.b.c"}, "TOKEN_INVALID", `"reason":"malformed"`},
		{"a refresh token as an access token", "auth.session.validate", map[string]any{"tenantId": "darmist1", "token": tokens["refresh"]}, "TOKEN_INVALID", ""},
		{"a weak password", "auth.signup", person(map[string]any{"password": "1"}), "VALIDATION_FAILED", `"fields":[{"field":"password"`},
		{"a taken address", "auth.signup", person(map[string]any{"email": "boss@example.com"}), "DUPLICATE_ENTRY", `"fields":[`},
		{"a role that one gives oneself", "auth.signup", person(map[string]any{"role": "admin"}), "USER_CREATED", `"role":"user"`},
		{"a refresh", "auth.refresh", map[string]any{"tenantId": "darmist1", "refreshToken": tokens["refresh"]}, "TOKENS_REFRESHED", ""},
	} {
		a, err := ask("127.0.0.1:"+r.ports["4502"], nil, c.cmd, c.payload)
		must(r.t, err)
		text := string(a.Response)
		if got := a.envelope().Meta.Code; got != c.code || !strings.Contains(text, c.shows) {
			r.t.Errorf("%s: %s, want %s and %q", c.name, text, c.code, c.shows)
		}
		if c.code == "ACCOUNT_LOCKED" && strings.Contains(text, "example.com") {
			r.t.Errorf("%s: the address is told: %s", c.name, text)
		}
	}
	if n := strings.Count(tokens["refresh"], "."); n != 0 {
		r.t.Errorf("the refresh token has %d dots: is it a JWT?", n)
	}
	r.codesAreCounted()
	r.refreshTokensAreSpent()
	r.tenantServiceAnswers()
	r.portHasStatuses()
}

// hear sends a command to the auth service, which answers with an envelope.
func (r *reader) hear(cmd string, payload map[string]any) envelope {
	r.t.Helper()
	a, err := ask("127.0.0.1:"+r.ports["4502"], nil, cmd, payload)
	must(r.t, err)
	if a.Response == nil {
		r.t.Fatalf("%s: an error in place of an envelope: %s", cmd, a.Err)
	}
	return a.envelope()
}

// bossBegins is the first half of a login, and the code that was mailed for it.
func (r *reader) bossBegins() (loginID, code string) {
	r.t.Helper()
	keyboard, typed, err := os.Pipe()
	must(r.t, err)
	defer keyboard.Close()
	r.office.typing(typed)
	defer r.office.typing(nil)
	var sent struct{ LoginID string }
	must(r.t, json.Unmarshal(r.hear("auth.login", login("darmist1", "boss", "lantern-quiet-42")).Data, &sent))
	code, err = bufio.NewReader(keyboard).ReadString('\n')
	must(r.t, err)
	return sent.LoginID, strings.TrimSpace(code)
}

func verify(loginID, code string) map[string]any {
	return map[string]any{"tenantId": "darmist1", "loginId": loginID, "otp": code, "req": map[string]any{}}
}

// codesAreCounted: after five wrong codes the right one is none.
func (r *reader) codesAreCounted() {
	r.t.Helper()
	loginID, code := r.bossBegins()
	wrong := "000000"
	if code == wrong {
		wrong = "000001"
	}
	for range 5 {
		if got := r.hear("auth.verifyOtp", verify(loginID, wrong)).Meta.Code; got != "INVALID_OTP" {
			r.t.Errorf("a wrong code: %s, want INVALID_OTP", got)
		}
	}
	if got := r.hear("auth.verifyOtp", verify(loginID, code)).Meta.Code; got != "OTP_EXPIRED_OR_INVALID" {
		r.t.Errorf("the right code after five wrong ones: %s, want OTP_EXPIRED_OR_INVALID", got)
	}
}

// refreshTokensAreSpent: a token can be repeated at once; an older one ends the
// session.
func (r *reader) refreshTokensAreSpent() {
	r.t.Helper()
	type pair struct{ AccessToken, RefreshToken string }
	var first, second, again, third pair
	must(r.t, json.Unmarshal(r.hear("auth.verifyOtp", verify(r.bossBegins())).Data, &first))
	refresh := func(token string, into *pair) string {
		r.t.Helper()
		e := r.hear("auth.refresh", map[string]any{"tenantId": "darmist1", "refreshToken": token})
		if e.Meta.Code == "TOKENS_REFRESHED" {
			must(r.t, json.Unmarshal(e.Data, into))
		}
		return e.Meta.Code
	}
	refresh(first.RefreshToken, &second)
	refresh(first.RefreshToken, &again)
	if second.RefreshToken == "" || again.RefreshToken != second.RefreshToken {
		r.t.Error("a refresh that is repeated at once has another successor")
	}
	refresh(second.RefreshToken, &third)
	if got := refresh(first.RefreshToken, &again); got != "INVALID_REFRESH_HASH" {
		r.t.Errorf("an older token: %s, want INVALID_REFRESH_HASH", got)
	}
	if got := r.hear("auth.session.validate", map[string]any{"tenantId": "darmist1", "token": third.AccessToken}).Meta.Code; got != "SESSION_NOT_FOUND" {
		r.t.Errorf("the session, after that: %s, want SESSION_NOT_FOUND", got)
	}
}

// tenantServiceAnswers: what services of the seed ask the tenant service
// themselves, at either port.
func (r *reader) tenantServiceAnswers() {
	r.t.Helper()
	for _, port := range []string{"4503", "4502"} {
		a, err := ask("127.0.0.1:"+r.ports[port], nil, "tenant.findByName", "darmist2")
		must(r.t, err)
		var t struct{ ID, Name, Status string }
		if err := json.Unmarshal(a.envelope().Data, &t); err != nil || t.Name != "darmist2" || t.Status != "SUSPENDED" || t.ID == "" {
			r.t.Errorf("tenant.findByName at %s: %s", port, a.Response)
		}
	}
}

// portHasStatuses: on Latchkey's own port an error has a status of its own, and
// neither list nor answer has what the seed gave away.
func (r *reader) portHasStatuses() {
	r.t.Helper()
	base := "http://127.0.0.1:" + r.ports["3502"]
	wrong := strings.NewReader(`{"usernameOrEmailOrMobile":"testuser","password":"wrong-horse-7"}`)
	for _, c := range []struct {
		method, path, token string
		body                *strings.Reader
		status              int
	}{
		{"POST", "/auth/login", "", wrong, 401},
		{"GET", "/auth/sessions", "", strings.NewReader(""), 401},
		{"GET", "/auth/sessions", r.tokens()["access"], strings.NewReader(""), 200},
	} {
		q, err := http.NewRequestWithContext(r.t.Context(), c.method, base+c.path, c.body)
		must(r.t, err)
		q.Header.Set("X-Tenant-Id", "darmist1")
		if c.method == "POST" {
			q.Header.Set("Content-Type", "application/json")
		}
		if c.token != "" {
			q.Header.Set("Authorization", "Bearer "+c.token)
		}
		a, err := http.DefaultClient.Do(q)
		must(r.t, err)
		var e envelope
		must(r.t, json.NewDecoder(a.Body).Decode(&e))
		must(r.t, a.Body.Close())
		if a.StatusCode != c.status {
			r.t.Errorf("%s %s: %d, want %d", c.method, c.path, a.StatusCode, c.status)
		}
		if c.status == 200 && !strings.Contains(string(e.Data), `"current":true`) || strings.Contains(string(e.Data), "Hash") {
			r.t.Errorf("%s %s: %s", c.method, c.path, e.Data)
		}
	}
}
