package site

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/latchkey/latchkey/internal/auth"
)

// visit is one request of a browser.
type visit struct {
	*Site
	w      http.ResponseWriter
	r      *http.Request
	lang   string
	jar    []*http.Cookie    // what the browser has, with what was set since
	tenant string            // slug that the API is asked for; "" leaves it open
	key    string            // of an operator, who has no cookies of ours
	staff  bool              // who is there runs a tenant or the deployment
	me     *me               // who is logged in, once that was asked
	front  *auth.Front       // how the tenant looks, once that was asked
	filled map[string]string // what is in the fields of the form at first
	held   string            // token of the mailed link that opened the page
	lone   bool              // the page is shown this once
	linked bool              // a mailed link opened the page
}

func (s *Site) visit(w http.ResponseWriter, r *http.Request) *visit {
	v := &visit{Site: s, w: w, r: r, jar: r.Cookies()}
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		r.PostForm = url.Values{} // what comes with it says nothing
	}
	v.lang = v.language()
	return v
}

// foreign reports whether a page of another origin sends the browser here.
// Sec-Fetch-Site cannot be forged by scripts; browsers without it send Origin
// with a form.
func (v *visit) foreign() bool {
	switch v.r.Header.Get("Sec-Fetch-Site") {
	case "same-origin", "none":
		return false
	case "":
		origin := v.r.Header.Get("Origin")
		return origin != "" && origin != v.Base.Scheme+"://"+v.Base.Host && origin != v.Base.Scheme+"://"+v.r.Host
	default:
		return true
	}
}

// bounced sends a browser that follows a link from elsewhere to the same page
// once more: our cookies are SameSite=Strict, and only what our own page asks
// for carries them. It changes nothing for who has none.
func (v *visit) bounced() bool {
	h := v.r.Header
	if v.r.URL.Path == "/" || h.Get("Sec-Fetch-Site") != "cross-site" || h.Get("Sec-Fetch-Mode") != "navigate" || v.cookie(accessCookie) != "" || v.cookie(refreshCookie) != "" {
		return false
	}
	v.w.Header().Set("Refresh", "0; url="+v.r.URL.RequestURI())
	v.render(http.StatusOK, page{name: "bounce", data: v.r.URL.RequestURI()})
	return true
}

// field is what was typed into a form, "" where it was left empty.
func (v *visit) field(name string) string { return v.r.PostFormValue(name) }

// param is what the address says, or the form that carries it on.
func (v *visit) param(name string) string {
	if v.r.Method == http.MethodPost {
		if value := v.r.PostFormValue(name); value != "" {
			return value
		}
	}
	return v.r.URL.Query().Get(name)
}

// goal is where the visit goes on to after a login: one of our pages, or what
// the tenant's policy lets people return to; "" where nothing or something else
// is said.
func (v *visit) goal() string { return cmp.Or(goalOf(v.param("to")), v.brand().ReturnTo) }

// arrive goes on to the goal. To another origin a page leads: a redirect that
// follows a form would be stopped by our own policy (CSP3 §6.4.1, form-action).
func (v *visit) arrive() {
	to := v.next(account + "/devices")
	if strings.HasPrefix(to, "/") {
		v.see(to)
		return
	}
	v.w.Header().Set("Refresh", "0; url="+to)
	v.render(http.StatusOK, page{name: "bounce", data: to})
}

// next is the goal, and otherwise another page.
func (v *visit) next(otherwise string) string { return cmp.Or(v.goal(), otherwise) }

// goalOf is the address as far as it is a path of these pages, so that no link
// leads elsewhere from here (RFC 9700 §4.11).
func goalOf(to string) string {
	u, err := url.Parse(to)
	ours := err == nil && u.Scheme == "" && u.Host == "" && u.User == nil && !strings.ContainsAny(to, "\\\r\n\t") &&
		(u.Path == console || strings.HasPrefix(u.Path, console+"/") || strings.HasPrefix(u.Path, account+"/")) && !strings.Contains(u.Path, "..")
	if !ours {
		return ""
	}
	return u.RequestURI()
}

// way is what pages hand on to each other: the tenant and the goal.
func (v *visit) way() url.Values {
	q := url.Values{}
	if tenant := v.param("tenant"); auth.ValidSlug(tenant) {
		q.Set("tenant", tenant)
	}
	if to := v.goal(); to != "" {
		q.Set("to", to)
	}
	return q
}

// address is a page's with the tenant and the goal that this visit has.
func (v *visit) address(path string, more ...string) string {
	q := v.way()
	for i := 0; i+1 < len(more); i += 2 {
		q.Set(more[i], more[i+1])
	}
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}

// see sends the browser to another page, by GET.
func (v *visit) see(path string) {
	v.w.Header().Set("Location", path)
	v.w.WriteHeader(http.StatusSeeOther)
}

// setCookie keeps something in the browser; life 0 takes it away.
func (v *visit) setCookie(name, value, path string, seconds int) {
	c := &http.Cookie{ //nolint:gosec // Secure is a setting: a browser would not send such a cookie to http on loopback
		Name: name, Value: value, Path: path, HttpOnly: true, Secure: v.CookieSecure, SameSite: http.SameSiteStrictMode, MaxAge: seconds,
	}
	if seconds == 0 {
		c.MaxAge = -1
	}
	http.SetCookie(v.w, c)
	v.keep(c)
}

// keep does in this visit what the browser will do with a cookie.
func (v *visit) keep(c *http.Cookie) {
	v.jar = slices.DeleteFunc(v.jar, func(old *http.Cookie) bool { return old.Name == c.Name })
	if c.MaxAge >= 0 {
		v.jar = append(v.jar, c)
	}
}

// cookie is the value that the browser has, "" for none.
func (v *visit) cookie(name string) string {
	for _, c := range v.jar {
		if c.Name == name {
			return c.Value
		}
	}
	return ""
}
