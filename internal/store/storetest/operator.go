package storetest

import (
	"errors"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

func operatorPromises() []promise[auth.Store] {
	return []promise[auth.Store]{
		{"OperatorKeysComeOldestFirst", operatorKeysComeOldestFirst},
		{"OneOperatorKeyHasTheName", oneOperatorKeyHasTheName},
		{"ARevokedKeyFreesItsName", aRevokedKeyFreesItsName},
		{"OneCallerRevokes", oneCallerRevokes},
		{"UseMovesForwardOnly", useMovesForwardOnly},
		{"NoUseIsLost", noUseIsLost},
	}
}

func newOperatorKey(name string) auth.OperatorKey {
	return auth.OperatorKey{ID: newID(), Name: name, Proof: []byte("proof"), CreatedAt: start}
}

// operated adds a key.
func operated(t T, s auth.Store, name string) auth.OperatorKey {
	t.Helper()
	k := newOperatorKey(name)
	must(t, s.AddOperatorKey(bg, k, auth.Note{}), "AddOperatorKey")
	return k
}

// hasKeys wants the store to have exactly these operator keys.
func hasKeys(t T, s auth.Store, want ...auth.OperatorKey) {
	t.Helper()
	got, err := s.OperatorKeys(bg)
	must(t, err, "OperatorKeys")
	same(t, "OperatorKeys", got, want)
	for _, want := range want {
		got, err := s.OperatorKey(bg, want.ID)
		must(t, err, "OperatorKey")
		same(t, "OperatorKey", got, want)
	}
	_, err = s.OperatorKey(bg, newID())
	refused(t, err, auth.ErrNoRecord, "OperatorKey")
}

func operatorKeysComeOldestFirst(t T, s auth.Store) {
	hasKeys(t, s)
	full, bare, early := newOperatorKey("Ünïcødé 키 'quoted'"), newOperatorKey("bare"), newOperatorKey("early")
	full.Proof, full.CreatedAt = []byte{0, 0xff, '\'', 0}, start.Add(time.Millisecond)
	full.ExpiresAt, full.UsedAt = start.Add(time.Hour+time.Millisecond), start.Add(time.Minute)
	early.CreatedAt, early.ExpiresAt = start.Add(-time.Hour), start.Add(-time.Minute) // and over
	for _, k := range []auth.OperatorKey{full, bare, early} {
		must(t, s.AddOperatorKey(bg, k, auth.Note{}), "AddOperatorKey")
	}
	hasKeys(t, s, early, bare, full)
}

func oneOperatorKeyHasTheName(t T, s auth.Store) {
	w := settle(t, s, "default")
	for i := range rounds {
		name := "k" + newID()
		errs := race(callers, func(int) error { return s.AddOperatorKey(bg, newOperatorKey(name), w.note("made", start)) })
		if n := winners(t, errs, auth.ErrTaken, "AddOperatorKey"); n != 1 {
			t.Fatalf("%d keys got the name, want 1", n)
		}
		w.wrote("made", i+1)
	}
	keys, err := s.OperatorKeys(bg)
	must(t, err, "OperatorKeys")
	if len(keys) != rounds {
		t.Errorf("got %d keys, want %d", len(keys), rounds)
	}
}

// aRevokedKeyFreesItsName: one that is over does not, for it could be found by
// the name.
func aRevokedKeyFreesItsName(t T, s auth.Store) {
	w := settle(t, s, "default")
	over := newOperatorKey("ci")
	over.CreatedAt, over.ExpiresAt = start.Add(-time.Hour), start.Add(-time.Minute)
	must(t, s.AddOperatorKey(bg, over, auth.Note{}), "AddOperatorKey")
	refused(t, s.AddOperatorKey(bg, newOperatorKey("ci"), w.note("taken", start)), auth.ErrTaken, "AddOperatorKey beside one that is over")
	must(t, s.RevokeOperatorKey(bg, over.ID, start, auth.Note{}), "RevokeOperatorKey")
	over.RevokedAt = start
	next := operated(t, s, "ci")
	hasKeys(t, s, over, next)
	refused(t, s.AddOperatorKey(bg, newOperatorKey("ci"), w.note("taken", start)), auth.ErrTaken, "AddOperatorKey beside the next")
	refused(t, s.RevokeOperatorKey(bg, over.ID, start, w.note("taken", start)), auth.ErrNoRecord, "RevokeOperatorKey of the first")
	hasKeys(t, s, over, next)
	w.wrote("taken", 0)
}

func oneCallerRevokes(t T, s auth.Store) {
	w := settle(t, s, "default")
	kept := operated(t, s, "kept")
	want := []auth.OperatorKey{kept}
	for i := range rounds {
		k := operated(t, s, "ci")
		k.RevokedAt = start.Add(time.Minute + time.Millisecond)
		errs := race(callers, func(int) error { return s.RevokeOperatorKey(bg, k.ID, k.RevokedAt, w.note("revoked", start)) })
		if n := winners(t, errs, auth.ErrNoRecord, "RevokeOperatorKey"); n != 1 {
			t.Fatalf("%d callers revoked the key, want 1", n)
		}
		refused(t, s.RevokeOperatorKey(bg, k.ID, start.Add(time.Hour), w.note("revoked", start)), auth.ErrNoRecord, "RevokeOperatorKey again")
		w.wrote("revoked", i+1)
		want = append(want, k)
	}
	refused(t, s.RevokeOperatorKey(bg, newID(), start, w.note("revoked", start)), auth.ErrNoRecord, "RevokeOperatorKey of none")
	w.wrote("revoked", rounds)
	hasKeys(t, s, want...)
}

func useMovesForwardOnly(t T, s auth.Store) {
	k, other := operated(t, s, "ci"), operated(t, s, "other")
	for _, c := range []struct{ used, want time.Duration }{
		{time.Minute, time.Minute}, {3 * time.Minute, 3 * time.Minute}, {2 * time.Minute, 3 * time.Minute}, {4 * time.Minute, 4 * time.Minute},
	} {
		must(t, s.OperatorKeyUsed(bg, k.ID, start.Add(c.used)), "OperatorKeyUsed")
		k.UsedAt = start.Add(c.want)
		hasKeys(t, s, k, other)
	}
	must(t, s.OperatorKeyUsed(bg, newID(), start), "OperatorKeyUsed of none")
	hasKeys(t, s, k, other)
}

func noUseIsLost(t T, s auth.Store) {
	for round := range rounds {
		k := operated(t, s, "k"+newID())
		errs := race(callers, func(i int) error { // the last use comes first, last, or in between
			at := start.Add(time.Duration((i+5*round)%callers) * time.Minute)
			return s.OperatorKeyUsed(bg, k.ID, at)
		})
		must(t, errors.Join(errs...), "OperatorKeyUsed")
		k.UsedAt = start.Add((callers - 1) * time.Minute)
		got, err := s.OperatorKey(bg, k.ID)
		must(t, err, "OperatorKey")
		same(t, "OperatorKey", got, k)
	}
}
