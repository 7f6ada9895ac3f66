package httpd

import (
	"net/http"
	"strings"

	"github.com/latchkey/latchkey/internal/auth"
	"github.com/latchkey/latchkey/internal/wire"
)

// The names of what we set and read.
const (
	accessCookie  = "accessToken"
	refreshCookie = "refreshToken"
	deviceCookie  = "deviceId"
	cookieLimit   = 50
)

// sent is what a request carries to say who asks, read once and strictly: of
// two of one name that disagree, none counts.
type sent struct {
	access  auth.Secret // from the cookie or a header
	refresh auth.Secret // from the cookie
	device  auth.Secret // from the cookie or x-device-token
	jar     auth.Secret // the access token of the cookie
	key     auth.Secret // an API key, from the Authorization header; access is empty then
	tenant  string      // x-tenant-id
	space   string      // x-space-id
}

// cookies reports whether a browser added our cookies by itself.
func (s sent) cookies() bool { return s.jar != "" || s.refresh != "" }

// readSent reads a request's credentials and tenant.
func readSent(r *http.Request) (sent, error) {
	// Counted before they are read: beyond 3,000 net/http gives none at all.
	if strings.Count(strings.Join(r.Header["Cookie"], ";"), ";") >= cookieLimit {
		return sent{}, wire.Invalid("cookie", "too many cookies")
	}
	cookies := r.Cookies()
	var s sent
	var one single
	jar := one.cookie(cookies, accessCookie)
	s.jar = auth.Secret(jar)
	carried := bearer(&one, r.Header)
	s.access = auth.Secret(one.agree(jar, carried, one.header(r.Header, "X-Access-Token")))
	if isAPIKey(carried) {
		s.key, s.access = auth.Secret(carried), ""
	}
	s.refresh = auth.Secret(one.cookie(cookies, refreshCookie))
	s.device = auth.Secret(one.agree(one.cookie(cookies, deviceCookie), one.header(r.Header, "X-Device-Token")))
	s.tenant = one.header(r.Header, "X-Tenant-Id")
	s.space = one.header(r.Header, "X-Space-Id")
	if one.torn || s.key != "" && s.jar != "" { // a program has no cookies of ours
		return sent{}, auth.ErrAmbiguous
	}
	return s, nil
}

// isAPIKey reports whether a bearer token is the key of an operator or a service.
func isAPIKey(token string) bool {
	return strings.HasPrefix(token, auth.OperatorKeyPrefix) || strings.HasPrefix(token, auth.ServiceKeyPrefix)
}

// bearer returns the token of the Authorization header (RFC 6750 §2.1); other
// schemes are none of ours.
func bearer(one *single, h http.Header) string {
	scheme, token, found := strings.Cut(one.header(h, "Authorization"), " ")
	if !found || !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}

// single reads what may be there once; torn is set when it is there twice and
// disagrees.
type single struct{ torn bool }

func (o *single) agree(values ...string) string {
	found := ""
	for _, v := range values {
		if v == "" {
			continue
		}
		if found != "" && found != v {
			o.torn = true
		}
		found = v
	}
	return found
}

func (o *single) header(h http.Header, name string) string { return o.agree(h[name]...) }

func (o *single) cookie(cookies []*http.Cookie, name string) string {
	found := ""
	for _, c := range cookies {
		if c.Name == name {
			found = o.agree(found, c.Value)
		}
	}
	return found
}
