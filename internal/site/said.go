package site

// saidCookie carries what was done over to the page that is shown next.
const saidCookie = "said"

// say has the next page say what happened: a code of the API's, for a minute.
func (v *visit) say(code string) { v.setCookie(saidCookie, code, "/", 60) }

// said is what happened before this page; it is said once.
func (v *visit) said() string {
	code := v.cookie(saidCookie)
	if code == "" {
		return ""
	}
	v.setCookie(saidCookie, "", "/", 0)
	if !v.words.has("said." + code) { // else a stranger's cookie could say anything
		return ""
	}
	return v.T("said." + code)
}
