package jwt

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// ring is a key set whose keys change under the verifier.
type ring struct{ now atomic.Pointer[keys] }

func (r *ring) set(k ...Key) { s := Keys(k...).(keys); r.now.Store(&s) }

func (r *ring) Key(kid string) (Key, bool) { return r.now.Load().Key(kid) }

func onRing(t testing.TB, r *ring, size int) *Verifier {
	t.Helper()
	v, err := New(Config{Issuer: issuer, Audience: audience, Keys: r, Now: func() time.Time { return start }, CacheSize: size})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func (c *cache) held() (n int) {
	for i := range c.places {
		if c.places[i].Load() != nil {
			n++
		}
	}
	return n
}

func TestRemovedKeyEndsRememberedTokens(t *testing.T) {
	for _, s := range signers(t) {
		r := &ring{}
		v := onRing(t, r, 0)
		token := s.good(t)
		r.set(s.key(t))
		accepted(t, v, token)
		r.set()
		refused(t, v, token, Signature)
		if got := v.cache.held(); got != 0 {
			t.Errorf("%s: got %d entries of a removed key, want 0", s.alg, got)
		}
		r.set(s.key(t))
		accepted(t, v, token)
	}
}

func TestReplacedKeyEndsRememberedTokens(t *testing.T) {
	old, young := ecSigner(t, "old"), ecSigner(t, "young")
	old.kid, young.kid = "k", "k"
	r := &ring{}
	v := onRing(t, r, 0)
	r.set(old.key(t))
	accepted(t, v, old.good(t))
	r.set(young.key(t))
	refused(t, v, old.good(t), Signature)
	accepted(t, v, young.good(t))
	r.set(signer{"k", HS256, seed("k")}.key(t))
	refused(t, v, young.good(t), Signature)
}

func TestSameKeyMadeAnewKeepsRememberedTokens(t *testing.T) {
	s := ecSigner(t, "es")
	r := &ring{}
	v := onRing(t, r, 0)
	r.set(s.key(t))
	accepted(t, v, s.good(t))
	seen := imprintOf(s.good(t))
	before := v.cache.find(&seen)
	r.set(s.key(t))
	accepted(t, v, s.good(t))
	if after := v.cache.find(&seen); after != before || before == nil {
		t.Errorf("got entry %p, want the first one, %p", after, before)
	}
}

func TestOnlyVerifiedTokensAreRemembered(t *testing.T) {
	s := hsSigner("hs")
	v := verifier(t, s.key(t))
	good := s.good(t)
	for _, token := range []string{
		"", "..", "a.b.c", good + "A", good[:len(good)-1], s.raw(t, s.header(), with(t, "exp", "1")), s.raw(t, s.header(), with(t, "iss", `"x"`)),
		signer{"hs", HS256, seed("thief")}.good(t),
	} {
		refused(t, v, token, "")
	}
	if got := v.cache.held(); got != 0 {
		t.Errorf("got %d entries, want 0", got)
	}
	accepted(t, v, good)
	accepted(t, v, good)
	if got := v.cache.held(); got != 1 {
		t.Errorf("got %d entries, want 1", got)
	}
}

// TestRememberedIsNoToken: the memory of a verified token lacks its tail.
func TestRememberedIsNoToken(t *testing.T) {
	for _, s := range signers(t) {
		v, token := verifier(t, s.key(t)), s.good(t)
		accepted(t, v, token)
		seen := imprintOf(token)
		e := v.cache.find(&seen)
		if got, want := len(e.imprint.front), len(token)-tail; got != want || len(token)-strings.LastIndexByte(token, '.')-1 < 43 {
			t.Errorf("%s: got %d characters remembered, want %d", s.alg, got, want)
		}
		refused(t, v, e.imprint.front, "")
		refused(t, v, e.imprint.front+encode(e.imprint.seal[:]), "")
	}
}

func TestCacheIsBounded(t *testing.T) {
	s := hsSigner("hs")
	r := &ring{}
	r.set(s.key(t))
	for _, size := range []int{1, 3, 8, 20, 64} {
		v := onRing(t, r, size)
		for i := range 500 {
			token := s.raw(t, s.header(), with(t, "jti", fmt.Sprintf(`"%d"`, i)))
			for range 2 {
				if c, err := v.Verify(token); err != nil || c.ID != fmt.Sprint(i) {
					t.Fatalf("got jti %q and error %v, want %d", c.ID, err, i)
				}
			}
		}
		if got := v.cache.held(); got > size || got < size/2 {
			t.Errorf("got %d entries, want at most %d and not far fewer", got, size)
		}
	}
}

func TestExpiredTokensMakeRoom(t *testing.T) {
	c := newCache(ways)
	put := func(n byte, expires time.Time) {
		e := &entry{payload: payload{Claims: Claims{ExpiresAt: expires}}}
		e.imprint.seal[31] = n
		c.put(e, start)
	}
	for n := range byte(ways) {
		put(n, start.Add(time.Hour))
	}
	dead := imprint{}
	dead.seal[31] = 3
	put(3, start)
	put(100, start.Add(time.Hour))
	if c.find(&dead) != nil {
		t.Error("the expired entry is still there")
	}
	if got := c.held(); got != ways {
		t.Errorf("got %d entries, want %d: a living one was put out", got, ways)
	}
}

func TestVerifyFromManySidesWhileKeysChange(t *testing.T) {
	s := hsSigner("hs")
	r := &ring{}
	r.set(s.key(t))
	v := onRing(t, r, 16)
	var tokens []string
	for i := range 40 {
		tokens = append(tokens, s.raw(t, s.header(), with(t, "jti", fmt.Sprintf(`"%d"`, i))))
	}
	var wg sync.WaitGroup
	for side := range 8 {
		wg.Go(func() {
			for i := range 400 {
				n := (i*7 + side) % len(tokens)
				if c, err := v.Verify(tokens[n]); err == nil && c.ID != fmt.Sprint(n) {
					t.Errorf("got the claims of %s, want those of %d", c.ID, n)
				} else if err != nil && !errors.Is(err, Signature) {
					t.Errorf("got %v, want none or signature", err)
				}
				if side == 0 && i%10 == 0 {
					r.set()
					r.set(s.key(t))
				}
			}
		})
	}
	wg.Wait()
	r.set()
	for _, token := range tokens {
		refused(t, v, token, Signature)
	}
}

func TestKnownTokenCostsNoAllocation(t *testing.T) {
	for _, s := range signers(t) {
		v, token := verifier(t, s.key(t)), s.good(t)
		accepted(t, v, token)
		if got := testing.AllocsPerRun(100, func() {
			if _, err := v.Verify(token); err != nil {
				t.Error(err)
			}
		}); got != 0 {
			t.Errorf("%s: got %v allocations, want 0", s.alg, got)
		}
	}
}
