package auth_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

// TestWhoDidItIsInTheChain: another actor is another hash, and none is what it
// was before there were actors; no two fields run together.
func TestWhoDidItIsInTheChain(t *testing.T) {
	v := newVault(t, "a master key of thirty-two bytes")
	e := auth.Event{ID: "e", Directory: "d", Tenant: "t", At: time.UnixMilli(1), Action: auth.ActionLocked, User: "u", Reason: "admin"}
	seen := map[string]string{}
	for name, edit := range map[string]func(*auth.Event){
		"nobody":            func(*auth.Event) {},
		"an admin":          func(e *auth.Event) { e.Actor = "a" },
		"another":           func(e *auth.Event) { e.Actor = "b" },
		"in the reason":     func(e *auth.Event) { e.Reason = "admina" },
		"moved from reason": func(e *auth.Event) { e.Reason, e.Actor = "", "admin" },
	} {
		one := e
		edit(&one)
		hash := string(v.Chain(nil, 1, one))
		if other, taken := seen[hash]; taken {
			t.Errorf("%s hashes as %s", name, other)
		}
		seen[hash] = name
	}
	e.Actor = ""
	if want := v.Chain(nil, 1, e); !bytes.Equal(want, v.Chain(nil, 1, e)) || len(want) != 32 {
		t.Error("one event has two hashes")
	}
}
