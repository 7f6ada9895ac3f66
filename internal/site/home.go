package site

import "net/http"

// home is the page at the root: in development a guide, which knows how far
// somebody has got, else the account.
func home(v *visit) {
	if !v.Dev {
		v.see(account + "/")
		return
	}
	if v.cookie(accessCookie) != "" {
		if a := v.ask(http.MethodGet, "/auth/me", nil); a.ok() && !v.met(a) {
			return
		}
	}
	v.render(http.StatusOK, page{name: "home"})
}
