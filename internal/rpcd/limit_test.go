package rpcd_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"
)

// from is what a gateway says of a request that comes from an address; "" where
// it does not tell.
func from(address string) object {
	if address == "" {
		return object{"req": object{"headers": object{"user-agent": agent, "host": 12}}}
	}
	return object{"req": object{"headers": object{"user-agent": agent, "host": address}}}
}

// useUp sends a command until a limit refuses it, and returns how many passed.
func (w *world) useUp(t testing.TB, command string, payload object, most int) int {
	t.Helper()
	for n := range most {
		if a := w.call(t, command, payload); a.code() == "RATE_LIMITED" {
			if a.Meta.RetryAfter < 1 {
				t.Errorf("%s: nobody is told when to come again: %s", command, a.body)
			}
			return n
		}
	}
	return most
}

// TestAnAddressIsLimited where the gateway tells it: each by itself, and by the
// numbers of the route with the same rule.
func TestAnAddressIsLimited(t *testing.T) {
	for command, burst := range map[string]int{"auth.signup": 100, "auth.login": 200, "auth.verifyOtp": 200, "auth.unlock": 60, "auth.refresh": 600} {
		t.Run(command, func(t *testing.T) {
			w := newWorld(t, limited)
			payload := func(address string) object { return object{"tenantId": "default"}.and(from(address)) } // which is invalid, but counts
			if n := w.useUp(t, command, payload("203.0.113.7"), 1000); n != burst {
				t.Errorf("%d passed, want %d", n, burst)
			}
			w.call(t, command, payload("::ffff:203.0.113.7")).want(t, "RATE_LIMITED")
			w.call(t, command, payload("203.0.113.7").and(object{"tenantId": "nowhere"})).want(t, "RATE_LIMITED") // before anything is looked up
			if a := w.call(t, command, payload("203.0.113.8")); a.code() == "RATE_LIMITED" {
				t.Error("another address is limited too")
			}
			if n := w.useUp(t, command, payload(""), 300); n != 300 {
				t.Errorf("without an address %d passed, want all", n)
			}
			w.clock.advance(time.Hour)
			if a := w.call(t, command, payload("203.0.113.7")); a.code() == "RATE_LIMITED" {
				t.Error("the limit never ends")
			}
		})
	}
}

// TestAnAccountIsLimited by its name, whichever way it is spelled, whether or not
// an address is told.
func TestAnAccountIsLimited(t *testing.T) {
	w := newWorld(t, limited)
	payload := func(name string, n int) object {
		o := from("")
		if n%2 == 0 {
			o = from(fmt.Sprintf("198.18.%d.%d", n/256, n%256))
		}
		return o.and(object{"usernameOrEmailOrMobile": name, "password": ""})
	}
	for n := range 400 {
		w.call(t, "auth.login", payload("Nobody@Example.com", n)).want(t, "VALIDATION_FAILED")
	}
	w.call(t, "auth.login", payload("nobody@example.com", 401)).want(t, "RATE_LIMITED")
	w.call(t, "auth.login", payload("nobody@example.com", 402)).want(t, "RATE_LIMITED")
	w.call(t, "auth.login", payload("somebody@example.com", 403)).want(t, "VALIDATION_FAILED")
	id := uuid.NewString()
	code := from("").and(object{"loginId": id, "otp": ""})
	if n := w.useUp(t, "auth.verifyOtp", code, 100); n != 20 {
		t.Errorf("%d tries at a challenge passed, want 20", n)
	}
}

// TestTheTenantIsLimitedForAll: what is not limited by account or address is by
// tenant, so that a gateway that tells no address has a bound all the same.
func TestTheTenantIsLimitedForAll(t *testing.T) {
	w := newWorld(t, limited)
	payload := from("").and(object{"tenantId": other})
	if n := w.useUp(t, "auth.signup", payload, 1000); n != 600 {
		t.Errorf("%d sign-ups passed, want 600", n)
	}
	w.call(t, "auth.signup", payload.and(object{"tenantId": "default"})).want(t, "VALIDATION_FAILED")
}

// TestNoNetworkWithoutAnAddress: passwords and codes that fail are counted by
// network where the gateway tells it. Where it does not, everybody behind it would
// be one network, which anybody could use up for all.
func TestNoNetworkWithoutAnAddress(t *testing.T) {
	const strangers = 120 // more than a network may fail
	for _, tt := range []struct {
		name, address, code string
	}{
		{"told", "203.0.113.7", "RATE_LIMITED"},
		{"not told", "", "LOGIN_SUCCESS"},
	} {
		t.Run("passwords, address "+tt.name, func(t *testing.T) {
			w := newWorld(t)
			p := w.join(t, "default")
			for n := range strangers {
				w.call(t, "auth.login", from(tt.address).and(object{"usernameOrEmailOrMobile": fmt.Sprintf("nobody%d@example.com", n), "password": "wrong"}))
			}
			w.call(t, "auth.login", p.signIn().and(from(tt.address))).want(t, tt.code)
			w.call(t, "auth.login", p.signIn().and(from("198.51.100.1"))).want(t, "LOGIN_SUCCESS") // another network
		})
		t.Run("codes, address "+tt.name, func(t *testing.T) {
			w := newWorld(t)
			wrong := func(p person) {
				id := w.challenge(t, p)
				for range 4 {
					w.call(t, "auth.verifyOtp", from(tt.address).and(object{"tenantId": coded, "loginId": id, "otp": "000000"}))
				}
			}
			for range strangers / 4 {
				wrong(w.join(t, coded))
			}
			p := w.join(t, coded)
			id := w.challenge(t, p)
			w.call(t, "auth.verifyOtp", from(tt.address).and(object{"tenantId": coded, "loginId": id, "otp": w.mail.codeOf(t, p.Email)})).want(t, tt.code)
		})
	}
}

// challenge begins a login that needs a code and returns its id.
func (w *world) challenge(t testing.TB, p person) string {
	t.Helper()
	var c struct{ LoginID string }
	w.call(t, "auth.login", p.signIn()).want(t, "OTP_SENT").into(t, &c)
	return c.LoginID
}

// TestGuardsAreNotLimited: they ask at every request of everybody.
func TestGuardsAreNotLimited(t *testing.T) {
	w := newWorld(t, limited)
	p := w.join(t, "default")
	for range 2000 {
		w.call(t, "auth.session.validate", object{"token": p.AccessToken, "tenantId": "default"}).want(t, "ACCESS_TOKEN_VALID")
	}
}
