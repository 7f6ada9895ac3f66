package e2e

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
)

// TestPagesDeployment walks through what operators run the deployment with, and
// what admins see of their tenant.
func TestPagesDeployment(t *testing.T) {
	t.Parallel()
	b := browse(t)
	s := start(t, "dev", quick().with(env{"RATE_LIMITS": "off", "LOGIN_OTP": "off"}))
	key := s.operatorKey(t)
	p := b.read(t, s, "/admin")
	p.fill(t, "key", key)
	p.press(t, "Open the console")
	t.Run("tenants", func(t *testing.T) { tenantPages(t, p) })
	t.Run("settings", func(t *testing.T) { policyPages(t, p) })
	t.Run("branding", func(t *testing.T) { brandPages(t, p) })
	admin, user := s.logsIn(t, b, key, "admin"), s.logsIn(t, b, key, "user")
	t.Run("admin", func(t *testing.T) { asAdmin(t, admin) })
	t.Run("user", func(t *testing.T) { asUser(t, user) })
	t.Run("keys", func(t *testing.T) { signingKeyPages(t, b, p) })
	t.Run("status and end", func(t *testing.T) { tenantEnds(t, p) })
	calm(t, s, p, admin, user)
}

// calm wants that nothing was wrong in the browser, but for the answers that
// pages with errors have.
func calm(t *testing.T, s *server, readers ...*reader) {
	t.Helper()
	for _, r := range readers {
		for _, one := range r.trouble(t, s.base) {
			if !strings.Contains(one, "Failed to load resource: the server responded with a status of 4") {
				t.Error(one)
			}
		}
	}
}

func tenantPages(t *testing.T, p *reader) {
	p.at(t, "/admin/tenants")
	p.press(t, "Make a tenant")
	p.look(t, "tenant-new")
	p.fill(t, "name", "Acme Ltd", "displayName", strings.Repeat("x", 101), "contactEmail", "it@acme")
	p.choose(t, "otp", "off")
	p.press(t, "Make the tenant")
	p.shows(t, "Look at what is marked")
	p.marked(t, "name", "must be 2 to 63 lower-case letters, digits and dashes, must not begin with a dash, and must not be a reserved name",
		"displayName", "must have at most 100 characters", "contactEmail", wantsMail)
	p.look(t, "tenant-new-wrong")
	p.fill(t, "name", "acme", "displayName", "Acme Ltd", "contactEmail", "it@acme.example")
	p.press(t, "Make the tenant")
	p.at(t, "/admin/t/acme/settings")
	p.shows(t, "The tenant has been made.", "Acme Ltd")
	p.visit(t, "/admin/tenants/new")
	p.fill(t, "name", "acme")
	p.press(t, "Make the tenant")
	p.shows(t, "A name is never used again.")
	p.marked(t, "name", "is taken already")
	for i := range 21 {
		p.visit(t, "/admin/tenants/new")
		p.fill(t, "name", fmt.Sprintf("shop-%02d", i))
		p.press(t, "Make the tenant")
	}

	p.visit(t, "/admin/tenants")
	p.shows(t, "acme", "default", "shop-00")
	p.look(t, "tenants")
	p.press(t, "Next page")
	p.shows(t, "shop-20")
	p.press(t, "First page")
	p.shows(t, "acme")
	p.fill(t, "q", "shop-1")
	p.press(t, "Search")
	p.shows(t, "Tenants found", "shop-10", "shop-19")
	p.lacks(t, "acme", "shop-09")
	p.choose(t, "status", "LOCKED")
	p.press(t, "Search")
	p.shows(t, "There is no such tenant.")
	p.look(t, "tenants-none")
	p.visit(t, "/admin/tenants?status=OPEN")
	p.marked(t, "status", "must be one of these")
	p.visit(t, "/admin/tenants?cursor=x")
	p.marked(t, "q", "is not one that this list gave out")
	p.visit(t, "/admin/t/nowhere/settings")
	p.shows(t, "There is nothing at this address.")
}

// wantsMail is what the API says of what is no address.
const wantsMail = "must be an e-mail address such as ann@example.com, in plain letters before the @"

func policyPages(t *testing.T, p *reader) {
	p.visit(t, "/admin/t/acme/settings")
	p.look(t, "settings")
	p.fill(t, "displayName", strings.Repeat("x", 101), "contactEmail", "it@acme")
	p.press(t, "Save")
	p.marked(t, "displayName", "must have at most 100 characters", "contactEmail", wantsMail)
	p.fill(t, "displayName", "Acme & Sons", "contactEmail", "")
	p.press(t, "Save")
	p.shows(t, "Saved.")
	p.holds(t, "displayName", "Acme & Sons", "contactEmail", "")
	p.press(t, "Save")
	p.shows(t, "Nothing was different")

	p.fill(t, "lockAttempts", "101", "lockMinutes", "525601", "passwordLength", "65", "maxSessions", "1001", "allowedOrigins", "app.example.com", "mailFrom", "nobody")
	p.choose(t, "ownOrigins", "1")
	p.press(t, "Save the policy")
	p.marked(t, "lockAttempts", "must be from 1 to 100", "lockMinutes", "must be from 1 to 525600", "passwordLength", "must be from 8 to 64",
		"maxSessions", "must be from 1 to 1000", "allowedOrigins", "must be origins such as https://app.example.com: scheme, host and port alone",
		"mailFrom", "must be an address such as no-reply@example.com or Example <no-reply@example.com>")
	p.holds(t, "lockAttempts", "101", "ownOrigins", "1", "allowedOrigins", "app.example.com", "mailFrom", "nobody")
	p.look(t, "settings-wrong")
	p.fill(t, "lockAttempts", "5", "lockMinutes", "30", "passwordLength", "12", "maxSessions", "3",
		"allowedOrigins", "https://shop.example.com\nhttps://app.example.com", "mailFrom", "Acme <no-reply@acme.example>", "accessLife", "15 minutes")
	p.press(t, "Save the policy")
	p.marked(t, "accessLife", "must be a time such as 15m")
	p.fill(t, "accessLife", "30m", "refreshLife", "30d", "sessionLife", "7d")
	p.press(t, "Save the policy")
	p.marked(t, "accessLife", "must be from 1m to 15m", "sessionLife", "must not be shorter than a refresh token lives, which is 30d")
	p.fill(t, "accessLife", "5m", "sessionLife", "60d")
	for name, value := range map[string]string{"otp": "new-device", "signUp": "invite", "taken": "hide", "atLimit": "refuse", "browserTokens": "false", "language": "ko"} {
		p.choose(t, name, value)
	}
	p.press(t, "Save the policy")
	p.shows(t, "Saved.")
	all := []string{
		"otp", "new-device", "lockAttempts", "5", "lockMinutes", "30", "signUp", "invite", "taken", "hide", "passwordLength", "12", "maxSessions", "3", "atLimit", "refuse",
		"accessLife", "5m", "refreshLife", "30d", "sessionLife", "60d", "allowedOrigins", "https://app.example.com\nhttps://shop.example.com", "ownOrigins", "1",
		"browserTokens", "false", "language", "ko", "mailFrom", `"Acme" <no-reply@acme.example>`,
	}
	p.holds(t, all...)
	p.look(t, "settings-set")
	for i := 0; i < len(all); i += 2 {
		switch p.kind(t, all[i]) {
		case "SELECT":
			p.choose(t, all[i], "")
		default:
			p.fill(t, all[i], "")
		}
	}
	p.choose(t, "otp", "off") // for who logs in below
	p.press(t, "Save the policy")
	p.shows(t, "Saved.")
	for i := 2; i < len(all); i += 2 {
		p.holds(t, all[i], "")
	}
	p.choose(t, "ownOrigins", "1") // no site at all is not the same
	p.press(t, "Save the policy")
	p.holds(t, "ownOrigins", "1", "allowedOrigins", "")
}

// png is a picture of some bytes, as far as its beginning tells.
func png(bytes int) string { return "\x89PNG\r\n\x1a\n" + strings.Repeat("\x00", bytes-8) }

// redDot is a picture that browsers show.
const redDot = "iVBORw0KGgoAAAANSUhEUgAAAAUAAAAFCAYAAACNbyblAAAAHElEQVQI12P4//8/w38GIAXDIBKE0DHxgljNBAAO9TXL0Y4OHwAAAABJRU5ErkJggg=="

func brandPages(t *testing.T, p *reader) {
	p.visit(t, "/admin/t/acme/settings")
	p.fill(t, "color", "blue")
	p.attach(t, "logo", "logo.svg", "<svg/>")
	p.press(t, "Save the branding")
	p.marked(t, "color", "must be a colour such as #0b5fff", "logo", "must be a PNG, JPEG or WebP")
	p.fill(t, "color", "")
	p.attach(t, "logo", "big.png", png(33<<10))
	p.press(t, "Save the branding")
	p.marked(t, "logo", "must have at most 32 KiB")
	p.attach(t, "logo", "huge.png", png(100<<10))
	p.press(t, "Save the branding")
	p.marked(t, "logo", "must have at most 32 KiB")
	p.shows(t, "too much to send at once")

	dot, err := base64.StdEncoding.DecodeString(redDot)
	if err != nil {
		t.Fatal(err)
	}
	p.fill(t, "color", "#ffcc00")
	p.attach(t, "logo", "dot.png", string(dot))
	p.press(t, "Preview")
	p.shows(t, "kept until you save")
	p.previews(t, "rgb(255, 204, 0)", "rgb(0, 0, 0)", true)
	p.look(t, "settings-preview")
	p.press(t, "Save the branding")
	p.shows(t, "Saved.")
	p.holds(t, "color", "#ffcc00")
	p.previews(t, "rgb(255, 204, 0)", "rgb(0, 0, 0)", true)

	p.choose(t, "noLogo", "1")
	p.attach(t, "logo", "dot.png", string(dot))
	p.press(t, "Save the branding")
	p.marked(t, "noLogo", "cannot go with a new logo: choose one of the two")
	p.visit(t, "/admin/t/acme/settings")
	p.choose(t, "noLogo", "1")
	p.fill(t, "color", "")
	p.press(t, "Save the branding")
	p.shows(t, "Saved.")
	p.previews(t, "rgb(26, 86, 196)", "rgb(255, 255, 255)", false)
}

// previews wants the preview to have a button of those colours.
func (p *reader) previews(t *testing.T, ground, ink string, logo bool) {
	t.Helper()
	var got struct {
		Ground, Ink string
		Logo        bool
	}
	p.run(t, `(() => { const b = getComputedStyle(document.querySelector(".preview em")), i = document.querySelector(".preview img");
		return {Ground: b.backgroundColor, Ink: b.color, Logo: !!i && i.naturalWidth > 0} })()`, &got)
	if got.Ground != ground || got.Ink != ink || got.Logo != logo {
		t.Errorf("the preview has %+v, want %s, %s, %v", got, ground, ink, logo)
	}
}

// logsIn is somebody of acme with a role, at the start of the console.
func (s *server) logsIn(t *testing.T, b *browser, key, role string) *reader {
	t.Helper()
	who := newPerson()
	secret(who.Password)
	s.client().want(t, "USER_CREATED", "POST", "/users", dict{"name": "Ann " + role, "email": who.Email, "password": who.Password, "role": role},
		"Authorization", "Bearer "+key, "x-tenant-id", "acme")
	p := b.read(t, s, "/auth/account/login?tenant=acme&to=%2Fadmin")
	p.fill(t, "who", who.Email, "password", who.Password)
	p.press(t, "Log in")
	return p
}

// operated are the pages of operators alone.
var operated = []string{"/admin/tenants", "/admin/tenants/new", "/admin/keys", "/admin/system"}

func asAdmin(t *testing.T, p *reader) {
	p.visit(t, "/admin/t/acme/settings")
	p.shows(t, "Operators of the deployment change these.", "As this tenant says", "As the deployment says")
	p.look(t, "settings-admin")
	p.visit(t, "/admin/t/default/settings")
	p.shows(t, "You are logged in to another tenant.")
	for _, path := range operated {
		p.visit(t, path)
		p.shows(t, "You may not do that.")
	}
	p.look(t, "console-refused")
	for _, form := range []string{"about", "policy", "brand", "status", "delete"} {
		if got := p.posts(t, "/admin/t/acme/settings", "form="+form+"&displayName=x&lockAttempts=2&color=%23000000&status=LOCKED&confirm=acme"); got != 403 {
			t.Errorf("an admin sends %s: %d", form, got)
		}
	}
	p.visit(t, "/admin/t/acme/settings?lang=ko")
	p.shows(t, "이 설정은 서비스 운영자가 바꿉니다.")
	p.look(t, "settings-admin-ko")
	p.visit(t, "/admin/t/acme/settings?lang=en")
}

func signingKeyPages(t *testing.T, b *browser, p *reader) {
	p.visit(t, "/admin/keys")
	p.shows(t, "ES256", "Signs")
	p.click(t, "Make a new key")
	p.shows(t, "Make a new signing key?")
	p.look(t, "signing-keys-ask")
	p.leaving(t, func() { p.clickIn(t, "#rotate-ask", "Make a new key") })
	p.at(t, "/admin/keys")
	p.shows(t, "There is a new signing key.", "Signs next")
	p.choose(t, "now", "1")
	p.click(t, "Make a new key")
	p.leaving(t, func() { p.clickIn(t, "#rotate-ask", "Make a new key") })
	p.shows(t, "There is a new signing key.", "Verifies only")
	p.look(t, "signing-keys")
	p.visit(t, "/admin/keys?lang=ko")
	p.shows(t, "서명 중", "검증 전용")
	p.visit(t, "/admin/keys?lang=en")

	fixed := start(t, "dev", quick().with(env{"RATE_LIMITS": "off", "JWT_SECRET": strings.Repeat("of a seed deployment ", 3)}))
	q := b.read(t, fixed, "/admin")
	q.fill(t, "key", fixed.operatorKey(t))
	q.press(t, "Open the console")
	q.visit(t, "/admin/keys")
	q.shows(t, "HS256", "Always")
	q.click(t, "Make a new key")
	q.leaving(t, func() { q.clickIn(t, "#rotate-ask", "Make a new key") })
	q.shows(t, "signed with JWT_SECRET here")
	q.look(t, "signing-keys-fixed")
	calm(t, fixed, q)
}

func asUser(t *testing.T, p *reader) {
	for _, path := range append(operated, "/admin/t/acme/settings") {
		p.visit(t, path)
		p.shows(t, "You may not do that.")
		if got := p.posts(t, path, "form=status&status=LOCKED"); got < 400 {
			t.Errorf("a user sends to %s: %d", path, got)
		}
	}
}

func tenantEnds(t *testing.T, p *reader) {
	p.visit(t, "/admin/t/acme/settings?lang=ko")
	p.shows(t, "테넌트 삭제")
	p.look(t, "settings-ko")
	p.visit(t, "/admin/t/acme/settings?lang=en")
	p.choose(t, "status", "SUSPENDED")
	p.click(t, "Change the status")
	p.shows(t, "Change the status of Acme & Sons?")
	p.look(t, "settings-status-ask")
	p.leaving(t, func() { p.clickIn(t, "#status-ask", "Change the status") })
	p.shows(t, "The status has been changed.", "Suspended")
	if got := p.posts(t, "/admin/t/acme/settings", "form=status&status=OPEN"); got != 400 {
		t.Errorf("a status that there is not: %d", got)
	}
	p.fill(t, "confirm", "globex")
	p.press(t, "Delete the tenant")
	p.marked(t, "confirm", "is not the name of the tenant")
	p.fill(t, "confirm", "acme")
	p.press(t, "Delete the tenant")
	p.at(t, "/admin/tenants")
	p.shows(t, "The tenant has been deleted.")
	p.lacks(t, "acme")
	p.visit(t, "/admin/t/default/settings")
	p.fill(t, "confirm", "default")
	p.press(t, "Delete the tenant")
	p.shows(t, "default tenant, which cannot be deleted")
}
