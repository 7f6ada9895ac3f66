package site

import (
	"net/http"

	"github.com/latchkey/latchkey/internal/auth"
)

// outside are the pages of who is not logged in.
func (s *Site) outside() {
	forms := map[string]struct{ show, send step }{
		"/login":   {showLogin, sendLogin},
		"/code":    {showCode, sendCode},
		"/sign-up": {showSignUp, sendSignUp},
		"/forgot":  {asking("forgot"), sendForgot},
		"/unlock":  {asking("unlock"), sendUnlock},
	}
	for path, f := range forms {
		s.show(account+path, of(f.show))
		s.act(account+path, of(f.send))
	}
	s.act(account+"/code/resend", of(resendCode))
	s.show(account+"/renew", renew)
	s.act(account+"/renew", renew)
}

// of makes a step for the tenant that the address names, the default one else.
func of(f step) step {
	return func(v *visit) {
		v.tenant = v.param("tenant")
		if a := v.look(); !a.ok() { // there is no such tenant, or it is not open
			v.tenant = ""
			v.failed(a)
			return
		}
		f(v)
	}
}

// asking shows a form that begins empty.
func asking(name string) step {
	return func(v *visit) { v.render(http.StatusOK, page{name: name}) }
}

// showLogin asks for name and password, unless somebody is logged in already
// and the page was opened to get somewhere.
func showLogin(v *visit) { v.render(http.StatusOK, page{name: "login"}) }

func sendLogin(v *visit) {
	a := v.ask(http.MethodPost, "/auth/login", map[string]string{
		"usernameOrEmailOrMobile": v.field("who"), "password": v.field("password"),
	})
	switch {
	case !a.ok():
		v.again(page{name: "login", fields: map[string]string{"usernameOrEmailOrMobile": "who"}}, a)
	case a.Meta.Code == auth.OutcomeOTPSent.Code:
		v.challenge(a)
	default:
		v.arrive()
	}
}

func showSignUp(v *visit) {
	if v.brand().SignUp != auth.SignUpOpen {
		v.refuse(http.StatusForbidden, auth.ErrSignUpClosed.Code)
		return
	}
	v.render(http.StatusOK, page{name: "sign-up"})
}

func sendSignUp(v *visit) {
	in := map[string]string{"name": v.field("name"), "email": v.field("email"), "password": v.field("password")}
	if a := v.ask(http.MethodPost, "/auth/sign-up", in); !a.ok() {
		v.again(page{name: "sign-up"}, a)
		return
	}
	if v.cookie(accessCookie) != "" { // the tenant's login needs no second step
		v.arrive()
		return
	}
	// Who made the account is there, and has the password in hand.
	a := v.ask(http.MethodPost, "/auth/login", map[string]string{"email": in["email"], "password": in["password"]})
	switch {
	case a.ok() && a.Meta.Code == auth.OutcomeOTPSent.Code:
		v.challenge(a)
	case a.ok():
		v.arrive()
	default: // the account is there all the same
		v.say(auth.OutcomeUserCreated.Code)
		v.see(v.address(account + "/login"))
	}
}

func sendForgot(v *visit) { v.sendMail("forgot", "/auth/password/forgot") }
func sendUnlock(v *visit) { v.sendMail("unlock", "/auth/unlock/request") }

// sendMail asks for a mail, and says the same whoever has the address.
func (v *visit) sendMail(name, path string) {
	a := v.ask(http.MethodPost, path, map[string]string{"email": v.field("email")})
	if !a.ok() {
		v.again(page{name: name}, a)
		return
	}
	v.render(http.StatusOK, page{name: "sent", data: name})
}
