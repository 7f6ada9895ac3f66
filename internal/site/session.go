package site

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/latchkey/latchkey/internal/auth"
)

// me is who is logged in, and where.
type me struct {
	auth.CurrentUser
	TenantID string // slug
	SpaceID  string
}

// Cookies of the API that say whether somebody may be logged in.
const (
	accessCookie  = "accessToken"
	refreshCookie = "refreshToken"
)

// loggedIn makes a step of one for who is logged in; anybody else is sent to
// the login and comes back from there.
func loggedIn(f step) step {
	return func(v *visit) {
		if v.enter() {
			f(v)
		}
	}
}

// enter finds out who is logged in, with a new access token where the old one
// is over. Where it reports false, the visit was answered.
func (v *visit) enter() bool {
	var a answer
	if v.cookie(accessCookie) != "" {
		if a = v.ask(http.MethodGet, "/auth/me", nil); a.ok() {
			return v.met(a)
		}
	}
	switch {
	case a.Status != 0 && a.Status != http.StatusUnauthorized:
		v.failed(a)
		return false
	case v.cookie(refreshCookie) != "":
		if a = v.ask(http.MethodPost, "/auth/refresh", nil); a.ok() {
			return v.met(v.ask(http.MethodGet, "/auth/me", nil))
		}
		if a.Status != http.StatusUnauthorized { // it is not over: the service is in trouble
			v.failed(a)
			return false
		}
	case !strings.HasPrefix(v.r.URL.Path, account) && v.param("renewed") == "":
		v.renewElsewhere()
		return false
	}
	v.toLogin(a)
	return false
}

func (v *visit) met(a answer) bool {
	who := &me{}
	if !a.ok() || a.read(&who.CurrentUser) != nil || who.place(v.cookie(accessCookie)) != nil {
		v.failed(a)
		return false
	}
	v.me = who
	return true
}

// place reads from an access token which the API has just taken where its
// session is (RFC 7519 §3.1).
func (m *me) place(token string) error {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return errors.New("no access token")
	}
	claims, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return err
	}
	var where struct{ TenantID, SpaceID string } // and nothing else: a role that was given since is not in it
	err = json.Unmarshal(claims, &where)
	m.TenantID, m.SpaceID = where.TenantID, where.SpaceID
	return err
}

// renewElsewhere sends the browser to the address that gets the refresh cookie,
// and from there back here, form and all (307 keeps both: RFC 9110 §15.4.8).
func (v *visit) renewElsewhere() {
	back := *v.r.URL
	q := back.Query()
	q.Set("renewed", "1")
	back.RawQuery = q.Encode()
	v.w.Header().Set("Location", account+"/renew?"+url.Values{"to": {back.RequestURI()}}.Encode())
	v.w.WriteHeader(http.StatusTemporaryRedirect)
}

// renew is where the refresh cookie gets: it fetches new cookies and sends the
// browser back.
func renew(v *visit) {
	if v.cookie(refreshCookie) != "" {
		a := v.ask(http.MethodPost, "/auth/refresh", nil)
		if !a.ok() && a.Status != http.StatusUnauthorized {
			v.failed(a)
			return
		}
		if !a.ok() {
			v.toLogin(a)
			return
		}
	}
	v.w.Header().Set("Location", cmp.Or(goalOf(v.r.URL.Query().Get("to")), account+"/devices"))
	v.w.WriteHeader(http.StatusTemporaryRedirect)
}

// toLogin asks who is there; afterwards the browser comes back, to the page if
// it asked for one.
func (v *visit) toLogin(a answer) {
	q := url.Values{}
	if v.r.Method == http.MethodGet || v.r.Method == http.MethodHead {
		back := *v.r.URL
		old := back.Query()
		old.Del("renewed")
		back.RawQuery = old.Encode()
		q.Set("to", back.RequestURI())
	}
	if a.Meta.Code != "" && a.Meta.Code != auth.ErrRefreshMissing.Code {
		v.say(a.Meta.Code)
	}
	if strings.HasPrefix(v.r.URL.Path, console) {
		v.see(console + "/enter?" + q.Encode())
		return
	}
	v.see(account + "/login?" + q.Encode())
}
