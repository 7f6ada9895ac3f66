package site

import (
	"net/http"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

// keyLives are the lives of a new key that the page offers, "" for one without
// end.
var keyLives = []string{"30d", "90d", "365d", ""}

// keyList is the page of a tenant's API keys.
type keyList struct {
	Keys  []listedKey
	Lives []string
	Life  string // the one that is chosen
}

// listedKey is a key and what became of it.
type listedKey struct {
	auth.APIKeyView
	State string // "good", "over", "revoked"
}

// apiKeys are the keys of the tenant, newest first. Where it reports false, the
// visit was answered.
func (v *visit) apiKeys() (l keyList, ok bool) {
	var keys []auth.APIKeyView
	if ok = v.fetch("/api-keys", &keys); !ok {
		return l, false
	}
	l.Lives, l.Life = keyLives, "90d"
	if v.r.Method == http.MethodPost && v.r.PostForm.Has("life") {
		l.Life = v.field("life")
	}
	for i := len(keys) - 1; i >= 0; i-- {
		k := listedKey{keys[i], "good"}
		switch {
		case !k.RevokedAt.IsZero():
			k.State = "revoked"
		case !k.ExpiresAt.IsZero() && !v.Now().Before(k.ExpiresAt):
			k.State = "over"
		}
		l.Keys = append(l.Keys, k)
	}
	return l, true
}

func showAPIKeys(v *visit) {
	if l, ok := v.apiKeys(); ok {
		v.render(http.StatusOK, page{name: "api-keys", data: l})
	}
}

// makeAPIKey shows the new key, which is not seen again.
func makeAPIKey(v *visit) {
	in := map[string]any{"name": v.field("name"), "scopes": several(v.field("scopes"))}
	if life := v.field("life"); life != "" {
		in["expiresIn"] = life
	}
	a := v.ask(http.MethodPost, "/api-keys", in)
	if !a.ok() {
		v.failedKey(a)
		return
	}
	var made struct {
		Name, Key string
		ExpiresAt time.Time
	}
	if err := a.read(&made); err != nil {
		v.failed(v.broken("the new key could not be read", err))
		return
	}
	v.render(http.StatusCreated, page{name: "api-keys-made", data: made})
}

func revokeAPIKey(v *visit) {
	a := v.ask(http.MethodDelete, apiPath("api-keys", v.r.PathValue("id")), nil)
	if !a.ok() {
		v.failedKey(a)
		return
	}
	v.say(a.Meta.Code)
	v.see(v.In(v.tenant, "api-keys"))
}

// failedKey shows the keys and why something was not done with them.
func (v *visit) failedKey(a answer) {
	if l, ok := v.apiKeys(); ok {
		v.again(page{name: "api-keys", data: l, fields: map[string]string{"expiresIn": "life"}}, v.about("key", a))
	}
}
