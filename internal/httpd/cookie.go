package httpd

import (
	"net/http"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
	"github.com/latchkey/latchkey/internal/wire"
)

// deviceLife is how long a browser keeps the mark that it has logged in before;
// browsers keep no cookie for longer (rfc6265bis §5.5).
const deviceLife = 400 * 24 * time.Hour

// delivery is the way that tokens travel back.
type delivery int

const (
	byBoth   delivery = iota // in the body and as cookies
	byCookie                 // as cookies only
	byBody                   // in the body only
)

// delivery decides how a login's tokens travel (CONTRACT.md §4): a browser,
// known by a header that page scripts can neither remove nor forge, gets
// cookies.
func (x *exchange) delivery() (delivery, error) {
	browser := x.r.Header.Get("Sec-Fetch-Site") != ""
	switch x.r.Header.Get("X-Token-Delivery") {
	case "":
	case "cookie":
		return byCookie, nil
	case "body":
		if allowed := x.by.Tenant.Policy.BrowserTokens; browser && (allowed == nil || !*allowed) {
			return byCookie, nil
		}
		return byBoth, nil
	default:
		return byCookie, wire.Invalid("x-token-delivery", `must be "cookie" or "body"`)
	}
	if browser {
		return byCookie, nil
	}
	return byBoth, nil
}

// setCookies hands a grant to the browser. Either prefix has its own refresh
// cookie: the one at /auth is not sent to /api/v1/auth, nor the other way
// round, so neither can go stale behind the other's back.
func (x *exchange) setCookies(g auth.Grant) {
	if g.AccessToken == "" {
		return
	}
	x.setCookie(accessCookie, string(g.AccessToken), "/", g.AccessTokenExpiresAt)
	x.setCookie(refreshCookie, string(g.RefreshToken), x.prefix(), g.RefreshTokenExpiresAt)
	if g.DeviceToken != "" {
		x.setCookie(deviceCookie, string(g.DeviceToken), x.prefix(), x.server.now().Add(deviceLife))
	}
	if !x.table.takesRefresh() {
		x.clearOther()
	}
}

// clearOther takes away the refresh cookie of the other prefix when somebody
// was logged in there: else that person's would stay behind this login, or a
// second one of the same session, which the first refresh makes an old one.
func (x *exchange) clearOther() {
	if x.sent.jar == "" || x.sent.refresh != "" {
		return
	}
	for _, prefix := range prefixes {
		if prefix != x.prefix() {
			x.setCookie(refreshCookie, "", prefix, time.Time{})
		}
	}
}

// clearCookies takes the tokens out of the browser; that the device has logged
// in before stays true.
func (x *exchange) clearCookies() {
	x.setCookie(accessCookie, "", "/", time.Time{})
	for _, prefix := range prefixes {
		x.setCookie(refreshCookie, "", prefix, time.Time{})
	}
	// Takes what pages of this origin kept of the logged-in user (ASVS 5.0 V14.3.1).
	x.w.Header().Set("Clear-Site-Data", `"cache"`)
}

// setCookie sets a cookie that lives until then; the zero time removes it.
func (x *exchange) setCookie(name, value, path string, until time.Time) {
	c := &http.Cookie{ //nolint:gosec // Secure is a setting: a browser would not send such a cookie to http on loopback
		Name: name, Value: value, Path: path, HttpOnly: true,
		Secure: x.server.config.CookieSecure, SameSite: http.SameSiteStrictMode, MaxAge: -1,
	}
	if !until.IsZero() {
		c.MaxAge = max(int(until.Sub(x.server.now()).Seconds()), 1)
	}
	http.SetCookie(x.w, c)
}
