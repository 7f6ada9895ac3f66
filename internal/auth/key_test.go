package auth_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/latchkey/latchkey/guard/jwt"
	"github.com/latchkey/latchkey/internal/auth"
	"github.com/latchkey/latchkey/internal/store/memory"
)

// keyed is a store, a clock and as many rings on them as a test asks for.
type keyed struct {
	store *memory.Store
	clock *clock
	vault *auth.Vault
}

const tokenLife = 15 * time.Minute

func newKeyed(t *testing.T) keyed {
	t.Helper()
	return keyed{memory.New(newVault(t, "a master key of thirty-two bytes").Chain), newClock(), newVault(t, "a master key of thirty-two bytes")}
}

func (k keyed) ring(t *testing.T, c auth.KeyConfig) *auth.KeyRing {
	t.Helper()
	c.Life = tokenLife
	r, err := auth.NewKeyRing(k.store, k.vault, c, k.clock.Now)
	must(t, err)
	return r
}

// sign makes a token that lives as long as one can.
func (k keyed) sign(t *testing.T, r *auth.KeyRing) string {
	t.Helper()
	now := k.clock.Now()
	token, err := r.Sign(jwt.Claims{
		Issuer: issuer, Audience: []string{audience}, Subject: "u", TenantID: home, SpaceID: "s", Role: auth.RoleUser, SessionID: "i",
		ID: "j", IssuedAt: now, ExpiresAt: now.Add(tokenLife),
	})
	must(t, err)
	return string(token)
}

// verifies checks a token with the ring's keys, from scratch.
func (k keyed) verifies(t *testing.T, r jwt.KeySet, token string) bool {
	t.Helper()
	v, err := jwt.New(jwt.Config{Issuer: issuer, Audience: audience, Keys: r, Now: k.clock.Now, CacheSize: -1})
	must(t, err)
	_, err = v.Verify(token)
	return err == nil
}

func (k keyed) published(r *auth.KeyRing) (ids string) {
	for _, key := range r.Published() {
		ids += key.ID() + " "
	}
	return ids
}

// states tells the states of a ring's keys, oldest first.
func states(r *auth.KeyRing) string {
	var all []string
	for _, k := range r.List() {
		all = append(all, k.State)
	}
	return strings.Join(all, " ")
}

func TestKeyAlgorithms(t *testing.T) {
	for _, a := range []jwt.Algorithm{"", jwt.ES256, jwt.EdDSA, jwt.RS256} {
		k := newKeyed(t)
		r := k.ring(t, auth.KeyConfig{Algorithm: a})
		if _, err := r.Sign(jwt.Claims{}); err == nil {
			t.Errorf("%s: signed without a key", a)
		}
		must(t, r.Tend(t.Context()))
		token := k.sign(t, r)
		if !k.verifies(t, r, token) || !k.verifies(t, jwt.Keys(r.Published()...), token) {
			t.Errorf("%s: the token does not verify", a)
		}
		if want := jwt.ES256; a == "" && r.List()[0].Algorithm != string(want) {
			t.Errorf("got algorithm %s by default, want %s", r.List()[0].Algorithm, want)
		}
	}
	k := newKeyed(t)
	if err := k.ring(t, auth.KeyConfig{Algorithm: "HS256"}).Tend(t.Context()); err == nil {
		t.Error("a key was made for HS256")
	}
}

// TestKeysOverlap: the new key is published before it signs; the old one
// verifies until its last token has expired, and is then removed.
func TestKeysOverlap(t *testing.T) {
	k := newKeyed(t)
	const rotation = 24 * time.Hour
	r := k.ring(t, auth.KeyConfig{Rotation: rotation})
	elsewhere := k.ring(t, auth.KeyConfig{Rotation: rotation})
	must(t, r.Tend(t.Context()))
	first := r.List()[0].ID
	k.clock.advance(rotation - time.Millisecond)
	must(t, r.Tend(t.Context()))
	if got := states(r); got != "signing" {
		t.Fatalf("before it is due: got %s", got)
	}
	k.clock.advance(time.Millisecond)
	must(t, r.Tend(t.Context()))
	must(t, r.Tend(t.Context())) // once is enough
	if got := states(r); got != "signing next" {
		t.Fatalf("when it is due: got %s", got)
	}
	fetched := jwt.Keys(r.Published()...) // by a guard, which does not ask again
	must(t, elsewhere.Tend(t.Context()))
	if k.published(r) != k.published(elsewhere) {
		t.Error("two instances publish other keys")
	}
	k.clock.advance(auth.PublishAhead - time.Millisecond)
	last := k.sign(t, r)
	k.clock.advance(time.Millisecond)
	if got := states(r); got != "retiring signing" {
		t.Errorf("after the publication: got %s", got)
	}
	if fresh := k.sign(t, r); !k.verifies(t, fetched, fresh) || !k.verifies(t, elsewhere, fresh) {
		t.Error("a guard that fetched the keys in time does not know the new one")
	}
	k.clock.advance(tokenLife - time.Millisecond - time.Second) // exp is in whole seconds
	must(t, r.Tend(t.Context()))
	if !k.verifies(t, r, last) {
		t.Error("the last token of the old key does not live to its end")
	}
	k.clock.advance(auth.ClockLeeway + time.Second + time.Millisecond)
	if _, ok := r.Key(first); ok {
		t.Error("the old key verifies beyond its last token, before it is removed")
	}
	must(t, r.Tend(t.Context()))
	stored, err := k.store.Keys(t.Context())
	must(t, err)
	if len(stored) != 1 || stored[0].ID == first || states(r) != "signing" {
		t.Errorf("the old key is not removed: got %d keys, %s", len(stored), states(r))
	}
}

func TestRotateKeysByHand(t *testing.T) {
	k := newKeyed(t)
	r := k.ring(t, auth.KeyConfig{})
	must(t, r.Tend(t.Context()))
	old := k.sign(t, r)
	k.clock.advance(time.Hour)
	made, err := r.Rotate(t.Context(), false)
	must(t, err)
	if got := states(r); got != "signing next" || !made.SignsFrom.Equal(k.clock.Now().Add(auth.PublishAhead)) {
		t.Errorf("planned: got %s from %v", got, made.SignsFrom)
	}
	k.clock.advance(time.Hour)
	made, err = r.Rotate(t.Context(), true)
	must(t, err)
	if r.List()[2].ID != made.ID || r.List()[2].State != "signing" {
		t.Errorf("at once: got %+v", r.List())
	}
	if !k.verifies(t, r, k.sign(t, r)) || k.verifies(t, r, old) {
		t.Error("the new key does not verify, or the old token of two hours ago does")
	}
}

// TestRotateAtOnceOverridesAPlannedKey: when a key has leaked while the next one
// is waiting for its time, the one made at once signs, and rotation goes on.
func TestRotateAtOnceOverridesAPlannedKey(t *testing.T) {
	k := newKeyed(t)
	r := k.ring(t, auth.KeyConfig{Rotation: 24 * time.Hour})
	must(t, r.Tend(t.Context()))
	k.clock.advance(time.Hour)
	planned, err := r.Rotate(t.Context(), false)
	must(t, err)
	k.clock.advance(time.Minute)
	made, err := r.Rotate(t.Context(), true)
	must(t, err)
	if made.ID == planned.ID || !made.SignsFrom.Equal(k.clock.Now()) {
		t.Errorf("got the planned key for the one made at once")
	}
	for _, i := range r.List() {
		if (i.State == "signing") != (i.ID == made.ID) {
			t.Errorf("key %s is %s", i.ID, i.State)
		}
	}
	k.clock.advance(time.Minute)
	if _, err := r.Rotate(t.Context(), true); err != nil {
		t.Errorf("the next rotation: got error %v", err)
	}
	before := len(r.List())
	k.clock.advance(25 * time.Hour)
	must(t, r.Tend(t.Context()))
	if got := states(r); !strings.HasSuffix(got, "signing next") {
		t.Errorf("a day later: got %s (of %d), want the next key", got, before)
	}
}

// TestOneOfManyRingsMakesTheKey: instances that start, or rotate, together.
func TestOneOfManyRingsMakesTheKey(t *testing.T) {
	k := newKeyed(t)
	rings := make([]*auth.KeyRing, 8)
	for i := range rings {
		rings[i] = k.ring(t, auth.KeyConfig{Rotation: time.Hour})
	}
	for want := 1; want <= 2; want++ {
		var all sync.WaitGroup
		for _, r := range rings {
			all.Go(func() {
				if err := r.Tend(t.Context()); err != nil {
					t.Errorf("tend: got error %v", err)
				}
			})
		}
		all.Wait()
		stored, err := k.store.Keys(t.Context())
		must(t, err)
		if len(stored) != want {
			t.Fatalf("got %d keys, want %d", len(stored), want)
		}
		token := k.sign(t, rings[0])
		for _, r := range rings {
			if !k.verifies(t, r, token) {
				t.Error("another instance does not know the key")
			}
		}
		k.clock.advance(time.Hour)
	}
}

func TestKeysOfAnotherMasterKey(t *testing.T) {
	k := newKeyed(t)
	must(t, k.ring(t, auth.KeyConfig{}).Tend(t.Context()))
	k.vault = newVault(t, "another master key of 32 bytes..")
	r := k.ring(t, auth.KeyConfig{})
	err := r.Tend(t.Context())
	if err == nil || !strings.Contains(err.Error(), "LATCHKEY_SECRET") {
		t.Errorf("got error %v, want one that names LATCHKEY_SECRET", err)
	}
	if stored, err := k.store.Keys(t.Context()); err != nil || len(stored) != 1 || len(r.Published()) != 0 {
		t.Errorf("got %d keys (error %v), want the one that was", len(stored), err)
	}
	w := newWorld(t)
	w.Keys = r
	if err := w.Bootstrap(t.Context()); err == nil || !strings.Contains(err.Error(), "signing key") {
		t.Errorf("bootstrap: got error %v", err)
	}
}

// TestKeysAreSealed: no private key can be read from the store, and none opens
// under another name.
func TestKeysAreSealed(t *testing.T) {
	k := newKeyed(t)
	must(t, k.ring(t, auth.KeyConfig{}).Tend(t.Context()))
	stored, err := k.store.Keys(t.Context())
	must(t, err)
	if _, err := k.vault.Open("signing key "+stored[0].ID, stored[0].Sealed); err != nil {
		t.Errorf("under its name: got error %v", err)
	}
	for _, purpose := range []string{"signing key x", "mail " + stored[0].ID, ""} {
		if _, err := k.vault.Open(purpose, stored[0].Sealed); err == nil {
			t.Errorf("it opens as %q", purpose)
		}
	}
	stored[0].Sealed[len(stored[0].Sealed)-1] ^= 1
	if _, err := k.vault.Open("signing key "+stored[0].ID, stored[0].Sealed); err == nil {
		t.Error("it opens though it was changed")
	}
}

func TestKeysOfASeedDeployment(t *testing.T) {
	k := newKeyed(t)
	r := k.ring(t, auth.KeyConfig{Secret: []byte(strings.Repeat("s", 32))})
	must(t, r.Tend(t.Context()))
	token := k.sign(t, r)
	if !k.verifies(t, r, token) || len(r.Published()) != 0 || states(r) != "signing" || r.List()[0].Algorithm != "HS256" {
		t.Errorf("got %+v, published %d", r.List(), len(r.Published()))
	}
	if k.verifies(t, k.ring(t, auth.KeyConfig{Secret: []byte(strings.Repeat("t", 32))}), token) {
		t.Error("another secret verifies it")
	}
	if _, err := r.Rotate(t.Context(), true); err == nil || !strings.Contains(err.Error(), "JWT_SECRET") {
		t.Errorf("rotate: got error %v", err)
	}
	if stored, err := k.store.Keys(t.Context()); err != nil || len(stored) != 0 {
		t.Errorf("got %d stored keys (error %v), want none", len(stored), err)
	}
	for _, short := range []string{"", strings.Repeat("s", 31)} {
		if _, err := auth.NewKeyRing(k.store, k.vault, auth.KeyConfig{Secret: []byte(short)}, k.clock.Now); err == nil {
			t.Errorf("a secret of %d bytes is taken", len(short))
		}
	}
}

// TestKeysWhenTheStoreIsAway: the ring keeps what it has.
func TestKeysWhenTheStoreIsAway(t *testing.T) {
	k := newKeyed(t)
	r := k.ring(t, auth.KeyConfig{Rotation: time.Hour})
	must(t, r.Tend(t.Context()))
	k.clock.advance(2 * time.Hour)
	for _, broken := range []string{"Keys", "AddKey", "RemoveKey"} {
		k.store.Fail = func(method string) error {
			if method == broken {
				return auth.ErrUnavailable
			}
			return nil
		}
		if broken == "RemoveKey" {
			k.store.Fail = nil
			must(t, r.Tend(t.Context()))
			k.clock.advance(30 * time.Minute)
			k.store.Fail = func(method string) error {
				if method == broken {
					return auth.ErrUnavailable
				}
				return nil
			}
		}
		if err := r.Tend(t.Context()); !errors.Is(err, auth.ErrUnavailable) {
			t.Errorf("%s: got error %v, want ErrUnavailable", broken, err)
		}
		if !k.verifies(t, r, k.sign(t, r)) {
			t.Errorf("%s: what the ring signs does not verify", broken)
		}
	}
}

func TestMasterKeyLength(t *testing.T) {
	for _, n := range []int{0, 16, 31, 33} {
		if _, err := auth.NewVault(make([]byte, n)); err == nil {
			t.Errorf("a master key of %d bytes is taken", n)
		}
	}
}
