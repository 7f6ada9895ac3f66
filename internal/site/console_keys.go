package site

import (
	"net/http"

	"github.com/latchkey/latchkey/internal/auth"
)

func showKeys(v *visit) { v.keys(nil) }

// keys shows the signing keys, after what was not accepted.
func (v *visit) keys(failed *answer) {
	a := v.ask(http.MethodGet, "/signing-keys", nil)
	if !a.ok() {
		v.failed(a)
		return
	}
	var keys []auth.KeyInfo
	if err := a.read(&keys); err != nil {
		v.failed(v.broken("the keys could not be read", err))
		return
	}
	if failed != nil {
		v.again(page{name: "signing-keys", data: keys}, *failed)
		return
	}
	v.render(http.StatusOK, page{name: "signing-keys", data: keys})
}

// rotateKeys makes a new key, which signs at once where the form says so.
func rotateKeys(v *visit) {
	a := v.ask(http.MethodPost, "/signing-keys/rotate", map[string]bool{"now": v.field("now") != ""})
	if !a.ok() {
		v.keys(&a)
		return
	}
	v.say(a.Meta.Code)
	v.see(console + "/keys")
}
