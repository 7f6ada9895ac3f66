package auth_test

import (
	"encoding/base64"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

// operatorKey makes a key.
func (w *world) operatorKey(t testing.TB, name string, life time.Duration) auth.NewAPIKey {
	t.Helper()
	k, err := w.CreateOperatorKey(t.Context(), w.operator(t, home), name, life)
	must(t, err)
	return k
}

// TestOperatorKey opens every tenant, active or not, as itself; what is kept of
// it opens nothing.
func TestOperatorKey(t *testing.T) {
	w := newWorld(t)
	k := w.operatorKey(t, "ci", 0)
	if !strings.HasPrefix(string(k.Key), auth.OperatorKeyPrefix) || k.Name != "ci" || !k.ExpiresAt.IsZero() {
		t.Errorf("got %+v", k.APIKeyView)
	}
	for slug, want := range map[string]string{"": home, coded: coded, asleep: asleep, far: far} {
		by, err := w.Operate(t.Context(), auth.Origin{TenantSlug: slug}, auth.Secret(k.Key))
		must(t, err)
		if by.Tenant.Slug != want || by.Operator != "operator:"+k.ID || by.Account.User.ID != "" || by.Tenant.Policy.LockAttempts != 7 {
			t.Errorf("%q: got %+v", slug, by)
		}
	}
	_, err := w.Operate(t.Context(), auth.Origin{TenantSlug: "nowhere"}, auth.Secret(k.Key))
	refused(t, "no such tenant", err, auth.ErrTenantNotFound)
	kept, err := w.store.APIKey(t.Context(), k.ID)
	must(t, err)
	raw, err := base64.RawURLEncoding.DecodeString(strings.TrimPrefix(string(k.Key), auth.OperatorKeyPrefix))
	must(t, err)
	if len(kept.Proof) != 32 || strings.Contains(string(kept.Proof), string(raw[16:48])) {
		t.Errorf("kept %d bytes", len(kept.Proof))
	}
	for name, from := range map[string][]byte{"the proof": kept.Proof, "the id": raw[:16], "proof for the secret": append(append(append([]byte{}, raw[:16]...), kept.Proof...), raw[48:]...)} {
		_, err := w.Operate(t.Context(), auth.Origin{}, auth.Secret(auth.OperatorKeyPrefix+base64.RawURLEncoding.EncodeToString(from)))
		refused(t, name, err, auth.ErrTokenInvalid)
	}
	if e := w.last(t, ""); e.Action != auth.ActionOperatorKey || e.Actor != auth.AtCommandLine || e.Reason != k.ID {
		t.Errorf("the record says %+v", e)
	}
}

// TestKeysThatAreNotOurs are refused without the database: whatever is made up,
// cut or spelled otherwise.
func TestKeysThatAreNotOurs(t *testing.T) {
	w := newWorld(t)
	k := string(w.operatorKey(t, "ci", 0).Key)
	stranger := newWorld(t, func(s *auth.Service) { s.Vault = newVault(t, "another master key of 32 bytes..") })
	bad := []string{
		"", "garbage", auth.OperatorKeyPrefix, auth.OperatorKeyPrefix + "AAAA", k + "A", k + "=", k + "\n", " " + k, strings.ToUpper(k), strings.TrimPrefix(k, auth.OperatorKeyPrefix),
		auth.OperatorKeyPrefix + k, auth.OperatorKeyPrefix + strings.Repeat("A", len(k)-4), string(stranger.operatorKey(t, "ci", 0).Key), strings.Repeat("a", 100_000),
	}
	for i := range k {
		bad = append(bad, k[:i])
		flipped := []byte(k)
		if flipped[i] = 'A'; k[i] == 'A' {
			flipped[i] = 'B'
		}
		bad = append(bad, string(flipped))
	}
	before := w.store.count()
	for _, s := range bad {
		by, err := w.Operate(t.Context(), auth.Origin{}, auth.Secret(s))
		refused(t, s, err, auth.ErrTokenInvalid)
		if by.Operator != "" || meta(err).Reason != "malformed" {
			t.Fatalf("%q: got %q, reason %q", s, by.Operator, meta(err).Reason)
		}
	}
	if n := w.store.count() - before; n != 0 {
		t.Errorf("%d store calls, want none", n)
	}
	_, err := w.Authorize(t.Context(), auth.Origin{}, auth.Secret(k))
	refused(t, "as an access token", err, auth.ErrTokenInvalid)
	_, err = w.refresh(t, auth.Token(k))
	refused(t, "as a refresh token", err, auth.ErrRefreshInvalid)
}

// TestAKeyThatIsNoLongerGood: revoked, over, or unknown to this database, from
// the next request on.
func TestAKeyThatIsNoLongerGood(t *testing.T) {
	w := newWorld(t)
	op := w.operator(t, home)
	operate := func(k auth.NewAPIKey) error {
		_, err := w.Operate(t.Context(), auth.Origin{}, auth.Secret(k.Key))
		return err
	}
	wants := func(what string, k auth.NewAPIKey, reason string) {
		t.Helper()
		err := operate(k)
		refused(t, what, err, auth.ErrTokenInvalid)
		if meta(err).Reason != reason {
			t.Errorf("%s: got reason %q, want %q", what, meta(err).Reason, reason)
		}
	}
	short, first := w.operatorKey(t, "short", time.Hour), w.operatorKey(t, "ci", 0)
	_, err := w.CreateOperatorKey(t.Context(), op, "ci", 0)
	refused(t, "a name that is taken", err, auth.ErrKeyTaken)
	for name, in := range map[string]string{"no name": "", "long": strings.Repeat("x", 101), "breaks": "a\nb"} {
		_, err := w.CreateOperatorKey(t.Context(), op, in, 0)
		problem(t, name, err, "name")
	}
	w.clock.advance(time.Hour - time.Millisecond)
	refused(t, "at its last", operate(short), nil)
	w.clock.advance(time.Millisecond)
	wants("over", short, "expired")
	refused(t, "one without an end", operate(first), nil)
	v, err := w.RevokeOperatorKey(t.Context(), op, "ci")
	if err != nil || v.ID != first.ID || v.RevokedAt.IsZero() {
		t.Errorf("got %+v, %v", v, err)
	}
	wants("revoked", first, "revoked")
	_, err = w.RevokeOperatorKey(t.Context(), op, first.ID)
	refused(t, "revoke again", err, auth.ErrKeyNotFound)
	second := w.operatorKey(t, "ci", 0) // the name is free again
	refused(t, "another of that name", operate(second), nil)
	_, err = w.RevokeOperatorKey(t.Context(), op, second.ID)
	must(t, err)
	wants("by its id", second, "revoked")
	other := newWorld(t)
	foreign := other.operatorKey(t, "ci", 0)
	wants("of another database", foreign, "unknown")
	must(t, w.store.AddAPIKey(t.Context(), auth.APIKey{ID: foreign.ID, Kind: auth.KeyOperator, Name: "x", Proof: make([]byte, 32), CreatedAt: w.clock.Now()}, auth.Note{}))
	wants("with the id of a key here, and another secret", foreign, "unknown")
	if n := w.wroteOf(t, "", auth.ActionKeyRevoked); n != 2 {
		t.Errorf("%d revocations written down, want 2", n)
	}
	list, err := w.ListOperatorKeys(t.Context(), op)
	if err != nil || len(list) != 4 || list[0].Name != "short" || list[1].RevokedAt.IsZero() {
		t.Errorf("got %+v, %v", list, err)
	}
}

// TestUseOfAKeyIsKnownToTheMinute, costs a write a minute, and does not fail the
// request.
func TestUseOfAKeyIsKnownToTheMinute(t *testing.T) {
	w := newWorld(t)
	k := w.operatorKey(t, "ci", 0)
	operate := func() {
		t.Helper()
		_, err := w.Operate(t.Context(), auth.Origin{}, auth.Secret(k.Key))
		must(t, err)
	}
	used := func() int {
		w.store.mu.Lock()
		defer w.store.mu.Unlock()
		return w.store.calls["APIKeyUsed"]
	}
	operate()
	w.clock.advance(time.Minute - time.Millisecond)
	operate()
	if n := used(); n != 1 {
		t.Errorf("%d writes within a minute, want 1", n)
	}
	w.clock.advance(time.Millisecond)
	operate()
	if n := used(); n != 2 {
		t.Errorf("%d writes after a minute, want 2", n)
	}
	w.clock.advance(time.Hour)
	mend := w.store.breaks(func(method string) error {
		if method == "APIKeyUsed" {
			return auth.ErrUnavailable
		}
		return nil
	}, nil)
	operate()
	mend()
	mend = w.store.breaks(func(method string) error {
		if method == "APIKey" {
			return auth.ErrUnavailable
		}
		return nil
	}, nil)
	defer mend()
	_, err := w.Operate(t.Context(), auth.Origin{}, auth.Secret(k.Key))
	refused(t, "without the database", err, auth.ErrTenantDown)
}

// TestOneRevocation: of many at once one does it.
func TestOneRevocation(t *testing.T) {
	w := newWorld(t)
	k, op := w.operatorKey(t, "ci", 0), w.operator(t, home)
	var all sync.WaitGroup
	errs := make([]error, 10)
	for i := range errs {
		all.Go(func() { _, errs[i] = w.RevokeOperatorKey(t.Context(), op, k.ID) })
	}
	all.Wait()
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
			continue
		}
		refused(t, "one of the others", err, auth.ErrKeyNotFound)
	}
	if won != 1 || w.wroteOf(t, "", auth.ActionKeyRevoked) != 1 {
		t.Errorf("%d revoked it", won)
	}
}
