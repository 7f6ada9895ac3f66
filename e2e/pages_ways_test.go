package e2e

import (
	"encoding/json"
	"net/url"
	"testing"
)

// forget takes a cookie out of the browser, as its end does.
func (p *reader) forget(t *testing.T, name string) {
	t.Helper()
	p.browser.want(t, p.session, "Network.deleteCookies", map[string]any{"name": name, "url": p.base + "/"}, nil)
}

// TestPagesWays: the ways to the pages that are not the usual one.
func TestPagesWays(t *testing.T) {
	t.Parallel()
	b := browse(t)
	s := start(t, "dev", quick().with(env{"RATE_LIMITS": "off"}))
	who := newPerson()
	s.client().want(t, "USER_CREATED", "POST", "/auth/sign-up", who.signUp())
	as := s.operator(t)("default")
	logIn := func(t *testing.T, p *reader) {
		t.Helper()
		p.fill(t, "who", who.Email, "password", who.Password)
		p.press(t, "Log in")
		p.shows(t, "Enter the code")
	}

	t.Run("without script", func(t *testing.T) {
		p := b.read(t, s, "/")
		p.browser.want(t, p.session, "Emulation.setScriptExecutionDisabled", map[string]any{"value": true}, nil)
		p.press(t, "Sign up")
		other := newPerson()
		p.fill(t, "name", other.Name, "email", other.Email, "password", other.Password)
		p.press(t, "Make an account")
		p.shows(t, "Enter the code")
		p.fill(t, "code", s.devCode(t, other.Email))
		p.press(t, "Continue")
		p.shows(t, "Devices", "This device")
		p.visit(t, "/auth/account/profile")
		p.fill(t, "name", "Somebody Else")
		p.press(t, "Save")
		p.shows(t, "Somebody Else")
		p.press(t, "Log out")
		p.shows(t, "You are logged out.")
	})

	p := b.read(t, s, "/auth/account/login")
	logIn(t, p)
	p.leaving(t, func() { p.fill(t, "code", s.devCode(t, who.Email)) })
	p.shows(t, "This device")

	t.Run("an access token that is over is renewed unseen", func(t *testing.T) {
		p.forget(t, "accessToken")
		p.visit(t, "/auth/account/devices")
		p.shows(t, "This device")
		var found []struct{ ID string }
		if err := json.Unmarshal(s.client().want(t, "USERS_RETRIEVED", "GET", "/users?q="+url.QueryEscape(who.Email), nil, as...).Data, &found); err != nil || len(found) != 1 {
			t.Fatalf("%v, %v", found, err)
		}
		s.client().want(t, "USER_ROLE_UPDATED", "POST", "/auth/change-role", map[string]string{"userId": found[0].ID, "newRole": "admin"}, as...)
		// Below /admin the browser sends no refresh token: the form goes a way round, and is whole.
		p.visit(t, "/admin/t/default/users/new")
		p.fill(t, "name", "Ann Lee", "email", "ann@acme.example", "password", "quiet-orbit-42-lantern")
		p.forget(t, "accessToken")
		p.press(t, "Make the user")
		p.shows(t, "The user has been made.", "ann@acme.example")
	})

	t.Run("a link on another site keeps the login", func(t *testing.T) {
		elsewhere := openSite(t, "127.0.0.1", freePort(t), nil)
		p.leaving(t, func() {
			p.browser.want(t, p.session, "Page.navigate", map[string]any{"url": elsewhere.origin + "/page"}, nil)
		})
		var done any
		p.run(t, `(document.body.append(Object.assign(document.createElement("a"), {href: "`+s.base+`/auth/account/devices", textContent: "Your devices"})), true)`, &done)
		p.click(t, "Your devices")
		p.shows(t, "This device")
		p.isAt(t, s.base+"/auth/account/devices")
	})

	t.Run("who has no cookies is asked to log in, once", func(t *testing.T) {
		for _, name := range []string{"accessToken", "refreshToken"} {
			p.browser.want(t, p.session, "Network.deleteCookies", map[string]any{"name": name, "url": p.base + "/auth/"}, nil)
		}
		p.visit(t, "/admin/t/default/users")
		p.shows(t, "Admins of a tenant log in with their account.")
		p.visit(t, "/auth/account/devices")
		p.isAt(t, s.base+"/auth/account/login?to=%2Fauth%2Faccount%2Fdevices")
		logIn(t, p)
		p.leaving(t, func() { p.fill(t, "code", s.devCode(t, who.Email)) })
		p.isAt(t, s.base+"/auth/account/devices")
	})

	t.Run("a tenant's own look", func(t *testing.T) {
		const logo = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
		s.client().want(t, "TENANT_CREATED", "POST", "/tenants", dict{
			"name": "acme", "displayName": "Acme Ltd", "policy": dict{"signUp": "closed"}, "brand": dict{"color": "#aa3300", "logo": logo},
		}, as...)
		p := b.read(t, s, "/auth/account/login?tenant=acme")
		var got struct {
			Logo, Name, Button string
			Wide               int
		}
		p.run(t, `(() => { const i = document.querySelector("header img"); return {Logo: i.src, Wide: i.naturalWidth, Name: document.querySelector("header").innerText.trim(),
			Button: getComputedStyle(document.querySelector("main button:not([type=button])")).backgroundColor} })()`, &got)
		if got.Logo != logo || got.Wide != 1 || got.Name != "Acme Ltd" || got.Button != "rgb(170, 51, 0)" {
			t.Errorf("the page shows %+v", got)
		}
		p.look(t, "login-acme")
		p.visit(t, "/auth/account/sign-up?tenant=acme")
		p.shows(t, "Accounts are made by invitation here.")
	})

	t.Run("pages that there are not", func(t *testing.T) {
		for _, path := range []string{"/auth/account/nothing", "/admin/nothing", "/auth/account/login?tenant=nobody", "/auth/account/login?tenant=.."} {
			p.visit(t, path)
			p.shows(t, "This did not work", "There is nothing at this address.")
		}
	})
}
