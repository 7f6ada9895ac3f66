package attacks

import "testing"

// TestA05TokenKinds: what is made for one purpose is worth nothing for another,
// even for the person whose it is: of every kind at the place of every kind
// only the diagonal passes.
func TestA05TokenKinds(t *testing.T) {
	t.Parallel()
	s := start(t, usual())
	c := s.client()
	kinds := []string{"access token", "refresh token", "device token", "login challenge", "mailed code"}
	v := judge(t)
	each(kinds, func(place string) {
		for _, kind := range kinds {
			switch accepted := s.presents(t, c, place, kind); {
			case accepted && place != kind:
				v.breach(kind+" as "+place, "it was accepted")
			case !accepted && place == kind:
				t.Errorf("%s as itself is refused: the suite proves nothing", kind)
			}
		}
	})
}

// presents presents one kind of token where another belongs, each time to a
// person of its own with a login that is complete and one that is pending.
func (s *server) presents(t *testing.T, c *client, place, kind string) (accepted bool) {
	t.Helper()
	p := newPerson()
	c.want(t, "USER_CREATED", p.signUp())
	first := c.want(t, "OTP_SENT", p.logIn()).grant()
	g := c.want(t, "LOGIN_SUCCESS", post("/auth/login/verify", fields{"loginId": first.LoginID, "otp": s.code(t, p.Email)})).grant()
	pending := c.want(t, "OTP_SENT", p.logIn()).grant()
	code := s.code(t, p.Email)
	token := map[string]string{
		"access token": g.AccessToken, "refresh token": g.RefreshToken, "device token": g.DeviceToken,
		"login challenge": pending.LoginID, "mailed code": code,
	}[kind]
	passes := func(q request, codes string) {
		if a := c.must(t, q); a.Meta.Code == codes || a.status < 400 {
			accepted = true
		}
	}
	switch place {
	case "access token":
		passes(get("/auth/me", "Authorization", "Bearer "+token), "CURRENT_USER_OK")
		passes(get("/auth/me", "X-Access-Token", token), "CURRENT_USER_OK")
		passes(get("/auth/me", "Cookie", "accessToken="+token), "CURRENT_USER_OK")
	case "refresh token":
		passes(post("/auth/refresh", fields{"refreshToken": token}), "TOKENS_REFRESHED")
		passes(post("/auth/refresh", nil, "Cookie", "refreshToken="+token), "TOKENS_REFRESHED")
		passes(get("/auth/new-token", "Authorization", "Bearer "+g.AccessToken, "Cookie", "refreshToken="+token), "TOKENS_REFRESHED")
	case "login challenge":
		passes(post("/auth/login/verify", fields{"loginId": token, "otp": code}), "LOGIN_SUCCESS")
	case "mailed code":
		passes(post("/auth/login/verify", fields{"loginId": pending.LoginID, "otp": token}), "LOGIN_SUCCESS")
	case "device token":
		again := c.want(t, "LOGIN_SUCCESS", post("/auth/login/verify",
			fields{"loginId": pending.LoginID, "otp": code, "deviceToken": token}))
		accepted = deviceOf(again.grant().DeviceToken) == deviceOf(g.DeviceToken)
	}
	return accepted
}

// deviceOf returns what stays the same in the device tokens of one device: the
// id behind the version.
func deviceOf(token string) string {
	b, err := b64.DecodeString(token)
	if err != nil || len(b) < 17 {
		return "none: " + token
	}
	return string(b[1:17])
}
