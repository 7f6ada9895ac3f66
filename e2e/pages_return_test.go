package e2e

import (
	"net/url"
	"testing"
)

// TestPagesReturn: a front end of another origin sends people to log in here and
// has them back, where the policy lists it; a stranger's page has not.
func TestPagesReturn(t *testing.T) {
	t.Parallel()
	b := browse(t)
	friend, stranger := openSite(t, "localhost", freePort(t), nil), openSite(t, "localhost", freePort(t), nil)
	s := start(t, "dev", quick().with(env{"RATE_LIMITS": "off", "LOGIN_OTP": "off", "ALLOWED_ORIGINS": friend.origin}))
	who := newPerson()
	s.client().want(t, "USER_CREATED", "POST", "/auth/sign-up", who.signUp())
	for _, tt := range []struct {
		name, to, want string
	}{
		{"ours", "/auth/account/password", s.base + "/auth/account/password"},
		{"a friend's", friend.origin + "/page", friend.origin + "/page"},
		{"a stranger's", stranger.origin + "/page", s.base + "/auth/account/devices"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := b.read(t, s, "/auth/account/login?"+url.Values{"to": {tt.to}}.Encode())
			p.fill(t, "who", who.Email, "password", who.Password)
			p.click(t, "Log in")
			p.isAt(t, tt.want)
		})
	}
}
