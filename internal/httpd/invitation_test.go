package httpd_test

import (
	"fmt"
	"net/url"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/latchkey/latchkey/internal/auth"
	"github.com/latchkey/latchkey/internal/httpd"
)

// aPicture is the logo of a tenant in these tests.
const aPicture = "data:image/png;base64,iVBORw0KGgo="

// branded gives the tenant a look.
func (w *world) branded(t testing.TB, tenant string) {
	t.Helper()
	w.do(t, "PATCH /tenants/"+tenant, object{"brand": object{"color": "#0B5FFF", "logo": aPicture}}, w.operator()...).want(t, 200, "TENANT_UPDATED")
}

// TestAnInvitationIsAcceptedOnItsPage: a GET shows whom it is for and changes
// nothing; the form makes the account, and asks again where something is wrong.
func TestAnInvitationIsAcceptedOnItsPage(t *testing.T) {
	t.Parallel()
	w := newPages(t)
	w.branded(t, "default")
	p, token := w.invite(t, "")
	before := w.dump(t)
	const path = "/auth/invitation"
	want := httpd.PageView{
		Page: "invitation", Step: "ask", TenantID: "default", Tenant: "Latchkey", Action: path, Token: token, Code: "INVITATION_READY", Text: "This link accepts the invitation. Nothing has been changed yet.",
		Email: p.Email, Role: "user", NewAccount: true, Color: "#0b5fff", Logo: aPicture,
	}
	for range 2 {
		w.browse(t, path+"?token="+token+"&utm_source=mail", nil).want(t, 200, want)
	}
	for _, form := range []url.Values{{"token": {token}}, {"token": {token}, "name": {""}, "password": {""}}} {
		a := w.browse(t, path, form)
		a.want(t, 400, httpd.PageView{
			Page: "invitation", Step: "ask", TenantID: "default", Tenant: "Latchkey", Action: path, Token: token, Name: form.Get("name"),
			Code: "VALIDATION_FAILED", Text: a.view.Text, Fields: []auth.FieldProblem{{Field: "name", Problem: "is required"}, {Field: "password", Problem: "is required"}},
			Email: p.Email, Role: "user", NewAccount: true, Color: "#0b5fff", Logo: aPicture,
		})
	}
	for name, form := range map[string]url.Values{
		"of another role":   {"token": {token}, "name": {"Ben"}, "password": {p.Password}, "role": {"admin"}},
		"for another":       {"token": {token}, "name": {"Ben"}, "password": {p.Password}, "email": {"eve@example.com"}},
		"with a name twice": {"token": {token}, "name": {"Ben", "Eve"}, "password": {p.Password}},
	} {
		if a := w.browse(t, path, form); a.status != 400 || a.view.Step != "problem" || a.view.Token != "" {
			t.Errorf("a form %s: got %d and %+v", name, a.status, a.view)
		}
	}
	same(t, before, w.dump(t))
	w.browse(t, path, url.Values{"token": {token}, "name": {"Ben Kim"}, "password": {p.Password}}, "Sec-Fetch-Site", "same-origin").
		want(t, 200, httpd.PageView{
			Page: "invitation", Step: "done", TenantID: "default", Tenant: "Latchkey", Action: path, Code: "INVITATION_ACCEPTED", Text: "You are a member now and can log in.",
			Email: p.Email, Role: "user", NewAccount: true, Color: "#0b5fff", Logo: aPicture,
		})
	w.login(t, p)
	w.browse(t, path+"?token="+token, nil).
		want(t, 400, httpd.PageView{Page: "invitation", Step: "problem", Action: path, Code: "INVALID_OR_EXPIRED_TOKEN", Text: "This link has expired or was used. Please ask for a new one."})
}

// TestWhoHasAnAccountJoinsWithOneButton, and is asked for no password.
func TestWhoHasAnAccountJoinsWithOneButton(t *testing.T) {
	t.Parallel()
	w := newPages(t)
	tenant := w.newTenant(t)
	p := w.join(t, coded) // whose code proves that the address is theirs
	w.do(t, "POST /auth/login/verify", object{"loginId": w.challenge(t, p), "otp": w.mail.code(t, p.Email)}, p.headers()...).want(t, 200, "LOGIN_SUCCESS")
	w.do(t, "POST /invitations", object{"email": p.Email, "role": "admin"}, w.operator("x-tenant-id", tenant)...).want(t, 202, "INVITATION_SENT")
	token := w.mailed(t, p, auth.MessageInvitation)
	if a := w.browse(t, "/auth/invitation?token="+token, nil); a.status != 200 || a.view.NewAccount || a.view.Email != p.Email || a.view.Role != "admin" {
		t.Errorf("got %d and %+v", a.status, a.view)
	}
	if a := w.browse(t, "/auth/invitation", url.Values{"token": {token}}); a.status != 200 || a.view.Step != "done" {
		t.Errorf("got %d and %+v", a.status, a.view)
	}
	p.tenant = tenant
	in := w.login(t, p)
	w.do(t, "GET /users", nil, in.bearer()...).want(t, 200, "USERS_RETRIEVED")
}

// TestEveryPageHasTheTenantsLook.
func TestEveryPageHasTheTenantsLook(t *testing.T) {
	t.Parallel()
	w := newPages(t)
	w.branded(t, "default")
	for path, token := range map[string]string{"/auth/unlock": w.lockedLink(t), "/auth/password/reset": w.resetLink(t), "/auth/disown": w.strangeLogin(t)} {
		if a := w.browse(t, path+"?token="+token, nil); a.view.Color != "#0b5fff" || a.view.Logo != aPicture {
			t.Errorf("%s: %+v", path, a.view)
		}
		a := w.do(t, "GET "+path+"?token="+token, nil) // none of it for programs
		if got := names(t, a.Data); !cmp.Equal(got, linkFields) {
			t.Errorf("%s: data has %q", path, got)
		}
	}
}

// TestAPageThatIsRefusedForNowKeepsItsForm: nothing is wrong with the link when
// there were too many requests or the database is away, whether the refusal came
// before the form was read or after.
func TestAPageThatIsRefusedForNowKeepsItsForm(t *testing.T) {
	t.Parallel()
	w := newPages(t, limited, behind("127.0.0.0/8"))
	_, invitation := w.invite(t, "")
	for path, link := range map[string]struct {
		token, page string
		form        url.Values
	}{
		"/auth/password/reset": {w.resetLink(t), "reset", url.Values{"password": {"loud-comet-17-harbour"}}},
		"/auth/invitation":     {invitation, "invitation", url.Values{"name": {"Ben Kim"}, "password": {"loud-comet-17-harbour"}}},
		"/auth/unlock":         {w.lockedLink(t), "unlock", url.Values{}},
		"/auth/disown":         {w.strangeLogin(t), "disown", url.Values{}},
	} {
		link.form.Set("token", link.token)
		again := httpd.PageView{Page: link.page, Step: "again", Action: path, Token: link.token, Name: link.form.Get("name"), NewAccount: link.page == "invitation"}
		opened := again // of which it is not known
		opened.Name, opened.NewAccount = "", false

		mend := w.live.breaks(func() error { return auth.ErrUnavailable })
		again.Code, again.Text = auth.ErrTenantDown.Code, auth.ErrTenantDown.Text
		opened.Code, opened.Text = again.Code, again.Text
		w.browse(t, path, link.form).want(t, 503, again)
		w.browse(t, path+"?token="+link.token, nil).want(t, 503, opened)
		mend()

		from := from(address(len(path)))
		w.useUp(t, "GET "+path+"?token=x", from...)
		again.Code, again.Text, again.RetryAfter = auth.ErrRateLimited.Code, auth.ErrRateLimited.Text, 1
		opened.Code, opened.Text, opened.RetryAfter = again.Code, again.Text, 1
		w.browse(t, path, link.form, from...).want(t, 429, again)
		w.browse(t, path+"?token="+link.token, nil, from...).want(t, 429, opened)
		for name, form := range map[string]url.Values{"no token": {}, "two": {"token": {link.token, "x"}}} {
			if a := w.browse(t, path, form, from...); a.status != 429 || a.view.Step != "problem" || a.view.Token != "" {
				t.Errorf("%s with %s: got %d and %+v", path, name, a.status, a.view)
			}
		}
		if a := w.browse(t, path, link.form); a.status != 200 || a.view.Step != "done" {
			t.Errorf("%s, in the end: got %d and %+v", path, a.status, a.view)
		}
	}
}

// TestInvitationsAreLimitedByAddress: whoever sends them is known, and those who
// get them have not asked.
func TestInvitationsAreLimitedByAddress(t *testing.T) {
	t.Parallel()
	w := newLimited(t)
	admin := w.admin(t, "")
	w.useUp(t, "POST /invitations", from("192.0.2.1")...)
	body := object{"email": stranger("").Email}
	w.do(t, "POST /invitations", body, admin.bearer(from("192.0.2.1")...)...).want(t, 429, "RATE_LIMITED")
	w.do(t, "POST /invitations", body, w.operator(from("192.0.2.1")...)...).want(t, 429, "RATE_LIMITED")
	w.do(t, "GET /users", nil, admin.bearer(from("192.0.2.1")...)...).want(t, 200, "USERS_RETRIEVED")
	a := w.do(t, "POST /invitations", body, admin.bearer(from("192.0.2.2")...)...).want(t, 202, "INVITATION_SENT")
	if a.header.Get("RateLimit-Remaining") == "" {
		t.Errorf("nothing is told of what is left: %q", a.header)
	}
}

// TestInvitationsAreLimitedByWhoSendsThem, whatever the addresses that they come
// from and go to.
func TestInvitationsAreLimitedByWhoSendsThem(t *testing.T) {
	t.Parallel()
	w := newLimited(t)
	admin, other := w.admin(t, ""), w.admin(t, "")
	sent := 0
	for i := range 100 {
		headers := admin.bearer(from(fmt.Sprintf("198.51.100.%d", i))...)
		if a := w.do(t, "POST /invitations", object{"email": stranger("").Email}, headers...); a.Meta.Code == "INVITATION_SENT" {
			sent++
		} else {
			a.want(t, 429, "RATE_LIMITED")
		}
	}
	if sent != 60 {
		t.Errorf("one admin sent %d in a moment, want 60", sent)
	}
	w.do(t, "POST /invitations", object{"email": stranger("").Email}, other.bearer(from("198.51.100.1")...)...).want(t, 202, "INVITATION_SENT")
}
