package site

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

// keyCookie keeps an operator's key in the browser, sealed: whoever reads the
// browser's files finds nothing that the API takes.
const (
	keyCookie  = "operator"
	keyPurpose = "operator key in a browser"
	keyLife    = 8 * time.Hour // a working day (ASVS 5.0 V7.3.2)
)

// keptKey is what is in the cookie.
type keptKey struct {
	Key   string    `json:"key"`
	Until time.Time `json:"until"`
}

// operatorKey is the key of the operator who is there, "" for none.
func (v *visit) operatorKey() string {
	sealed, err := base64.RawURLEncoding.DecodeString(v.cookie(keyCookie))
	if err != nil || len(sealed) == 0 {
		return ""
	}
	plain, err := v.Sealer.Open(keyPurpose, sealed)
	var kept keptKey
	if err != nil || json.Unmarshal(plain, &kept) != nil || !v.Now().Before(kept.Until) {
		return ""
	}
	return kept.Key
}

// sendKey lets an operator in whose key the API takes.
func sendKey(v *visit) {
	v.front = &auth.Front{}
	key := strings.TrimSpace(v.field("key"))
	if !strings.HasPrefix(key, auth.OperatorKeyPrefix) {
		var a answer
		a.Status, a.Meta.Code = http.StatusUnauthorized, auth.ErrTokenInvalid.Code
		v.again(page{name: "enter"}, a)
		return
	}
	v.key = key
	a := v.ask(http.MethodGet, "/tenants?limit=1", nil)
	v.key = ""
	if !a.ok() {
		v.again(page{name: "enter"}, a)
		return
	}
	plain, err := json.Marshal(keptKey{key, v.Now().Add(keyLife)})
	if err != nil {
		v.failed(v.broken("the key could not be kept", err))
		return
	}
	v.setCookie(keyCookie, base64.RawURLEncoding.EncodeToString(v.Sealer.Seal(keyPurpose, plain)), console, int(keyLife.Seconds()))
	v.see(v.next(console))
}

// leaveConsole forgets an operator's key; an admin is logged out.
func leaveConsole(v *visit) {
	v.setCookie(keyCookie, "", console, 0)
	v.say(auth.OutcomeLoggedOut.Code)
	v.see(console + "/enter")
}
