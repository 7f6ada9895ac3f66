package attacks

import (
	"net/http"
	"testing"
	"time"
)

// TestA07Sessions: nobody is led into a session that another prepared, and
// whatever ends a session ends it: its tokens are dead from the answer on.
func TestA07Sessions(t *testing.T) {
	t.Parallel()
	s := start(t, open())
	v, c := judge(t), s.client()
	fixations(t, v, c)
	for _, tt := range []struct {
		name string
		end  func(t *testing.T, p person, victim, other grant)
		code string // of what the dead tokens get
		also bool   // the other session ends, too
	}{
		{"logout by a program", func(t *testing.T, _ person, g, _ grant) {
			c.want(t, "LOGGED_OUT", post("/auth/logout", nil, g.bearer()...))
		}, "SESSION_NOT_FOUND", false},
		{"logout without the refresh cookie", func(t *testing.T, _ person, g, _ grant) {
			c.want(t, "LOGGED_OUT", post("/auth/logout", nil, "Cookie", "accessToken="+g.AccessToken))
		}, "SESSION_NOT_FOUND", false},
		{"logout from another device", func(t *testing.T, _ person, g, other grant) {
			c.want(t, "SESSION_REVOKED", post("/auth/logout/session", fields{"sessionId": g.SessionID}, other.bearer()...))
		}, "SESSION_NOT_FOUND", false},
		{"logout of all others", func(t *testing.T, _ person, _, other grant) {
			c.want(t, "ALL_SESSIONS_REVOKED", post("/auth/logout/all", fields{"keepCurrent": true}, other.bearer()...))
		}, "SESSION_NOT_FOUND", false},
		{"logout of all", func(t *testing.T, _ person, g, _ grant) {
			c.want(t, "ALL_SESSIONS_REVOKED", post("/auth/logout/all", nil, g.bearer()...))
		}, "SESSION_NOT_FOUND", true},
		{"login over login in a browser", func(t *testing.T, p person, g, _ grant) {
			c.want(t, "LOGIN_SUCCESS", p.logIn(append(g.jar(), "Sec-Fetch-Site", "same-origin")...))
		}, "SESSION_NOT_FOUND", false},
		{"the account is disabled", func(t *testing.T, p person, _, _ grant) {
			s.exec(t, "UPDATE users SET status = 'disabled' WHERE email = ?", p.Email)
		}, "USER_NOT_FOUND", true},
		{"the account is deleted", func(t *testing.T, p person, _, _ grant) {
			s.exec(t, "DELETE FROM users WHERE email = ?", p.Email)
		}, "", true},
		{"the tenant is suspended", func(t *testing.T, _ person, _, _ grant) {
			s.exec(t, "UPDATE tenants SET status = 'SUSPENDED'")
		}, "TENANT_INACTIVE", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p, g := c.join(t)
			other := c.want(t, "LOGIN_SUCCESS", p.logIn()).grant()
			c.want(t, "CURRENT_USER_OK", g.me())
			c.want(t, "CURRENT_USER_OK", other.me())
			tt.end(t, p, g, other)
			dead := []grant{g}
			if tt.also {
				dead = append(dead, other)
			}
			v := judge(t)
			// What a request ends is dead from its answer on; what happens beside the server, within two
			// seconds (CONTRACT.md §10), here with slack for a busy machine.
			if tt.code != "SESSION_NOT_FOUND" && !within(10*time.Second, func() bool { return c.must(t, g.me()).status != http.StatusOK }) {
				v.breach(tt.name, "after ten seconds its tokens are still good")
				return
			}
			refused(t, v, c, tt.name, dead)
			if a := c.must(t, g.me()); tt.code != "" && a.Meta.Code != tt.code {
				t.Errorf("the dead token gets %v, want %s", a, tt.code)
			}
			if !tt.also {
				c.want(t, "CURRENT_USER_OK", other.me())
			}
		})
	}
}

// refused checks that a session's tokens open nothing.
func refused(t *testing.T, v *verdict, c *client, name string, dead []grant) {
	t.Helper()
	for _, g := range dead {
		for _, q := range []request{
			g.me(), get("/auth/sessions", g.bearer()...), get("/auth/verify-token", "X-Access-Token", g.AccessToken), get("/auth/me", g.jar()...),
			post("/auth/logout/all", nil, g.bearer()...), get("/auth/new-token", g.jar()...), g.refresh(), post("/auth/refresh", nil, g.jar()...),
		} {
			if a := c.must(t, q); a.status < 400 {
				v.breach(name, "%s %s with its tokens: %v", q.method, q.path, a)
			}
		}
	}
}

// fixations are logins of a browser that already has somebody's cookies.
func fixations(t *testing.T, v *verdict, c *client) {
	attacker, theirs := c.join(t)
	victim, _ := c.join(t)
	for _, tt := range []struct {
		name    string
		headers []string
	}{
		{"both cookies", []string{"Cookie", "accessToken=" + theirs.AccessToken + "; refreshToken=" + theirs.RefreshToken}},
		{"the refresh cookie", []string{"Cookie", "refreshToken=" + theirs.RefreshToken}},
		{"the access cookie", []string{"Cookie", "accessToken=" + theirs.AccessToken}},
		{"the device cookie", []string{"Cookie", "deviceId=" + theirs.DeviceToken}},
		{"made-up cookies", []string{"Cookie", "accessToken=x; refreshToken=y; deviceId=z; sessionId=w"}},
		{"a session id", []string{"X-Session-Id", theirs.SessionID, "Cookie", "sid=" + theirs.SessionID + "; sessionId=" + theirs.SessionID}},
	} {
		for _, path := range []string{"/auth/login", "/api/v1/auth/login", "/auth/login?sessionId=" + theirs.SessionID} {
			q := victim.logIn(append(tt.headers, "Sec-Fetch-Site", "same-origin")...)
			q.path = path
			a := c.want(t, "LOGIN_SUCCESS", q)
			jar := map[string]string{}
			for _, cookie := range (&http.Response{Header: a.header}).Cookies() {
				jar[cookie.Name] = cookie.Value
			}
			g := a.grant()
			if g.SessionID == theirs.SessionID || g.User.ID == theirs.User.ID || jar["accessToken"] == theirs.AccessToken || jar["refreshToken"] == theirs.RefreshToken {
				v.breach("login with "+tt.name, "it goes on in the session that was prepared")
			}
			if jar["deviceId"] == theirs.DeviceToken {
				v.breach("login with "+tt.name, "another account's device token is taken over")
			}
			me := c.want(t, "CURRENT_USER_OK", get("/auth/me", "Cookie", "accessToken="+jar["accessToken"])).grant()
			if me.ID != g.User.ID {
				v.breach("login with "+tt.name, "the cookies are not the victim's")
			}
		}
		// What was prepared may have ended meanwhile; the victim it must not show.
		if a := c.must(t, theirs.me()); a.status == http.StatusOK && a.grant().ID != theirs.User.ID {
			v.breach("login with "+tt.name, "the attacker's token now shows the victim")
		}
		theirs = c.want(t, "LOGIN_SUCCESS", attacker.logIn()).grant()
	}
}
