package attacks

import (
	"math/rand/v2"
	"testing"

	"github.com/google/uuid"
)

// TestA17ForeignIDs: whoever names what is another's is told what who names
// nothing at all is told, and nothing happens to it. What is another tenant's is
// in [TestA16TenantConfusion].
func TestA17ForeignIDs(t *testing.T) {
	t.Parallel()
	s := start(t, usual())
	v, c := judge(t), s.client()
	owner, thief := s.enter(t, c), s.enter(t, c)
	pending := newPerson()
	c.want(t, "USER_CREATED", pending.signUp())
	challenge := c.want(t, "OTP_SENT", pending.logIn()).grant().LoginID
	neighbour := uuid.MustParse(owner.SessionID)
	neighbour[15]++
	foreign := map[string]string{"another's session": owner.SessionID, "another's user": owner.User.ID, "a challenge": challenge, "a neighbour": neighbour.String()}

	nothing := c.must(t, post("/auth/logout/session", fields{"sessionId": uuid.NewString()}, thief.bearer()...))
	for name, id := range foreign {
		a := c.must(t, post("/auth/logout/session", fields{"sessionId": id}, thief.bearer()...))
		if a.status != 404 || a.Meta.Code != nothing.Meta.Code || len(a.body) != len(nothing.body) {
			v.breach("end "+name, "%v, and %v for nothing", a, nothing)
		}
	}
	for name, id := range map[string]string{"a session": owner.SessionID, "random": uuid.NewString(), "a neighbour": neighbour.String()} {
		code := []rune("012345")
		rand.Shuffle(len(code), func(i, j int) { code[i], code[j] = code[j], code[i] })
		for route, body := range map[string]fields{"/auth/login/verify": {"loginId": id, "otp": string(code)}, "/auth/login/resend": {"loginId": id}} {
			if a := c.must(t, post(route, body)); a.Meta.Code != "OTP_EXPIRED_OR_INVALID" {
				v.breach("answer "+name+" as a challenge at "+route, "%v", a)
			}
		}
	}
	for _, space := range []string{owner.SessionID, owner.User.ID, uuid.NewString()} {
		if a := c.must(t, get("/auth/me", append(thief.bearer(), "X-Space-ID", space)...)); a.Meta.Code != "FORBIDDEN" {
			v.breach("a foreign space", "%v", a)
		}
	}
	c.want(t, "CURRENT_USER_OK", owner.me()) // nothing happened to whom it was about
}

// enter signs a person up and logs them in with a mailed code.
func (s *server) enter(t *testing.T, c *client) grant {
	t.Helper()
	p := newPerson()
	c.want(t, "USER_CREATED", p.signUp())
	g := c.want(t, "OTP_SENT", p.logIn()).grant()
	return c.want(t, "LOGIN_SUCCESS", post("/auth/login/verify", fields{"loginId": g.LoginID, "otp": s.code(t, p.Email)})).grant()
}
