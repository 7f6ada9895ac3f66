package attacks

import (
	"testing"
)

// byInvitation: somebody signed up with another person's address and made himself
// at home. The owner is invited to another tenant of the same directory and
// accepts: the account is theirs then, and nothing of the attacker's is left.
func byInvitation(t *testing.T) {
	s := start(t, open())
	v, c := judge(t), s.client()
	key := s.operatorKey(t)
	p := c.named(t)
	l := s.settle(t, c, p)
	c.want(t, "RESET_SENT_IF_KNOWN", forgot(p.person))
	l.links[resetPage] = []string{s.linkToken(t, p.Email, resetPage, 1)}
	c.want(t, "TENANT_CREATED", post("/tenants", fields{"name": "acme", "policy": fields{"otp": "off"}}, operating(key, "")[:2]...))
	c.want(t, "INVITATION_SENT", post("/invitations", fields{"email": p.Email, "role": "admin"}, operating(key, "acme")...))
	token := s.linkToken(t, p.Email, "/auth/invitation", 1)

	owner := person{Email: p.Email, Password: newPerson().Password}
	if a := c.must(t, post("/auth/invitation", fields{"token": token})); a.Meta.Code != "VALIDATION_FAILED" {
		v.breach("accepting", "without a new password: %v", a)
	}
	c.want(t, "INVITATION_ACCEPTED", post("/auth/invitation", fields{"token": token, "name": "The Owner", "password": owner.Password}))
	for what, q := range l.everything(p) {
		if a := c.must(t, q); a.status < 400 || a.status >= 500 {
			v.breach(what, "it works after the owner took over: %v", a)
		}
		q.headers = append(q.headers, "X-Tenant-Id", "acme")
		if a := c.must(t, q); a.status < 400 || a.status >= 500 {
			v.breach(what+" in the other tenant", "%v", a)
		}
	}
	if a := c.must(t, post("/auth/invitation", fields{"token": token})); a.Meta.Code != "INVALID_OR_EXPIRED_TOKEN" {
		v.breach("the invitation again", "%v", a)
	}
	g := c.want(t, "LOGIN_SUCCESS", owner.logIn("X-Tenant-Id", "acme")).grant()
	c.want(t, "USERS_RETRIEVED", get("/users", g.bearer()...))
}
