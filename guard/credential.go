package guard

import (
	"net/http"
	"strings"
)

// The names of what is read.
const (
	accessCookie = "accessToken"
	cookieLimit  = 50
	keyLetters   = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
)

// sent is what a request carries to say who asks, read as Latchkey itself reads it (CONTRACT.md §3; internal/httpd,
// credential.go): of two of one name that disagree, none counts.
type sent struct {
	token  string // access token or API key
	key    bool   // it is an API key
	jar    bool   // a browser added it by itself
	tenant string // x-tenant-id
	space  string // X-Space-ID
}

func readSent(r *http.Request) (sent, error) {
	// Counted before they are read: beyond 3,000 net/http gives none at all.
	if strings.Count(strings.Join(r.Header["Cookie"], ";"), ";") >= cookieLimit {
		return sent{}, errCookies
	}
	var one single
	jar := ""
	for _, c := range r.CookiesNamed(accessCookie) {
		jar = one.agree(jar, c.Value)
	}
	carried := bearer(&one, r.Header)
	s := sent{
		token: one.agree(jar, carried, one.header(r.Header, "X-Access-Token")), jar: jar != "",
		tenant: one.header(r.Header, "X-Tenant-Id"), space: one.header(r.Header, "X-Space-Id"),
		key: strings.HasPrefix(carried, servicePrefix) || strings.HasPrefix(carried, operatorPrefix),
	}
	if one.torn || s.key && s.jar { // a program has no cookies of ours
		return sent{}, errAmbiguous
	}
	if !s.key && (strings.HasPrefix(s.token, servicePrefix) || strings.HasPrefix(s.token, operatorPrefix)) {
		return sent{}, errTokenInvalid.because("malformed") // an API key comes as a bearer token only
	}
	return s, nil
}

// bearer returns the token of the Authorization header (RFC 6750 §2.1); other schemes are none of ours.
func bearer(one *single, h http.Header) string {
	scheme, token, found := strings.Cut(one.header(h, "Authorization"), " ")
	if !found || !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}

// single reads what may be there once; torn is set when it is there twice and disagrees.
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
