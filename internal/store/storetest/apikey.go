package storetest

import (
	"errors"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

func apiKeyPromises() []promise[auth.Store] {
	return []promise[auth.Store]{
		{"APIKeysComeOldestFirst", apiKeysComeOldestFirst},
		{"OneKeyHasTheName", oneKeyHasTheName},
		{"KeysOfKindsAndTenantsAreApart", keysOfKindsAndTenantsAreApart},
		{"ARevokedKeyFreesItsName", aRevokedKeyFreesItsName},
		{"OneCallerRevokes", oneCallerRevokes},
		{"UseMovesForwardOnly", useMovesForwardOnly},
		{"NoUseIsLost", noUseIsLost},
	}
}

func newAPIKey(name string) auth.APIKey {
	return auth.APIKey{ID: newID(), Kind: auth.KeyOperator, Name: name, Proof: []byte("proof"), CreatedAt: start}
}

// operated adds a key.
func operated(t T, s auth.Store, name string) auth.APIKey {
	t.Helper()
	k := newAPIKey(name)
	must(t, s.AddAPIKey(bg, k, auth.Note{}), "AddAPIKey")
	return k
}

// hasKeys wants the store to have exactly these operator keys.
func hasKeys(t T, s auth.Store, want ...auth.APIKey) {
	t.Helper()
	got, err := s.APIKeys(bg, auth.KeyOperator)
	must(t, err, "APIKeys")
	same(t, "APIKeys", got, want)
	for _, want := range want {
		got, err := s.APIKey(bg, want.ID)
		must(t, err, "APIKey")
		same(t, "APIKey", got, want)
	}
	_, err = s.APIKey(bg, newID())
	refused(t, err, auth.ErrNoRecord, "APIKey")
}

func apiKeysComeOldestFirst(t T, s auth.Store) {
	hasKeys(t, s)
	full, bare, early := newAPIKey("Ünïcødé 키 'quoted'"), newAPIKey("bare"), newAPIKey("early")
	full.Proof, full.CreatedAt = []byte{0, 0xff, '\'', 0}, start.Add(time.Millisecond)
	full.ExpiresAt, full.UsedAt = start.Add(time.Hour+time.Millisecond), start.Add(time.Minute)
	early.CreatedAt, early.ExpiresAt = start.Add(-time.Hour), start.Add(-time.Minute) // and over
	for _, k := range []auth.APIKey{full, bare, early} {
		must(t, s.AddAPIKey(bg, k, auth.Note{}), "AddAPIKey")
	}
	hasKeys(t, s, early, bare, full)
}

func oneKeyHasTheName(t T, s auth.Store) {
	w := settle(t, s, "default")
	for i := range rounds {
		name := "k" + newID()
		errs := race(callers, func(int) error { return s.AddAPIKey(bg, newAPIKey(name), w.note("made", start)) })
		if n := winners(t, errs, auth.ErrTaken, "AddAPIKey"); n != 1 {
			t.Fatalf("%d keys got the name, want 1", n)
		}
		w.wrote("made", i+1)
	}
	keys, err := s.APIKeys(bg, auth.KeyOperator)
	must(t, err, "APIKeys")
	if len(keys) != rounds {
		t.Errorf("got %d keys, want %d", len(keys), rounds)
	}
}

// keysOfKindsAndTenantsAreApart: each kind is listed by itself, with what its
// keys may do, and a name is taken in its tenant only.
func keysOfKindsAndTenantsAreApart(t T, s auth.Store) {
	operator := operated(t, s, "ci")
	service := newAPIKey("ci")
	service.Kind, service.Scopes = auth.KeyService, []string{"orders:read", "orders:write"}
	tenants := service
	tenants.ID, tenants.Tenant, tenants.Scopes = newID(), newID(), nil
	others := tenants
	others.ID, others.Tenant = newID(), newID()
	for _, k := range []auth.APIKey{service, tenants, others} {
		must(t, s.AddAPIKey(bg, k, auth.Note{}), "AddAPIKey")
		again := k
		again.ID = newID()
		refused(t, s.AddAPIKey(bg, again, auth.Note{}), auth.ErrTaken, "AddAPIKey again")
	}
	hasKeys(t, s, operator)
	got, err := s.APIKeys(bg, auth.KeyService)
	must(t, err, "APIKeys")
	same(t, "the keys of services", got, []auth.APIKey{service, tenants, others})
	one, err := s.APIKey(bg, service.ID)
	must(t, err, "APIKey")
	same(t, "a key of a service", one, service)
}

// aRevokedKeyFreesItsName: one that is over does not, for it could be found by
// the name.
func aRevokedKeyFreesItsName(t T, s auth.Store) {
	w := settle(t, s, "default")
	over := newAPIKey("ci")
	over.CreatedAt, over.ExpiresAt = start.Add(-time.Hour), start.Add(-time.Minute)
	must(t, s.AddAPIKey(bg, over, auth.Note{}), "AddAPIKey")
	refused(t, s.AddAPIKey(bg, newAPIKey("ci"), w.note("taken", start)), auth.ErrTaken, "AddAPIKey beside one that is over")
	must(t, s.RevokeAPIKey(bg, over.ID, start, auth.Note{}), "RevokeAPIKey")
	over.RevokedAt = start
	next := operated(t, s, "ci")
	hasKeys(t, s, over, next)
	refused(t, s.AddAPIKey(bg, newAPIKey("ci"), w.note("taken", start)), auth.ErrTaken, "AddAPIKey beside the next")
	refused(t, s.RevokeAPIKey(bg, over.ID, start, w.note("taken", start)), auth.ErrNoRecord, "RevokeAPIKey of the first")
	hasKeys(t, s, over, next)
	w.wrote("taken", 0)
}

func oneCallerRevokes(t T, s auth.Store) {
	w := settle(t, s, "default")
	kept := operated(t, s, "kept")
	want := []auth.APIKey{kept}
	for i := range rounds {
		k := operated(t, s, "ci")
		k.RevokedAt = start.Add(time.Minute + time.Millisecond)
		errs := race(callers, func(int) error { return s.RevokeAPIKey(bg, k.ID, k.RevokedAt, w.note("revoked", start)) })
		if n := winners(t, errs, auth.ErrNoRecord, "RevokeAPIKey"); n != 1 {
			t.Fatalf("%d callers revoked the key, want 1", n)
		}
		refused(t, s.RevokeAPIKey(bg, k.ID, start.Add(time.Hour), w.note("revoked", start)), auth.ErrNoRecord, "RevokeAPIKey again")
		w.wrote("revoked", i+1)
		want = append(want, k)
	}
	refused(t, s.RevokeAPIKey(bg, newID(), start, w.note("revoked", start)), auth.ErrNoRecord, "RevokeAPIKey of none")
	w.wrote("revoked", rounds)
	hasKeys(t, s, want...)
}

func useMovesForwardOnly(t T, s auth.Store) {
	k, other := operated(t, s, "ci"), operated(t, s, "other")
	for _, c := range []struct{ used, want time.Duration }{
		{time.Minute, time.Minute}, {3 * time.Minute, 3 * time.Minute}, {2 * time.Minute, 3 * time.Minute}, {4 * time.Minute, 4 * time.Minute},
	} {
		must(t, s.APIKeyUsed(bg, k.ID, start.Add(c.used)), "APIKeyUsed")
		k.UsedAt = start.Add(c.want)
		hasKeys(t, s, k, other)
	}
	must(t, s.APIKeyUsed(bg, newID(), start), "APIKeyUsed of none")
	hasKeys(t, s, k, other)
}

func noUseIsLost(t T, s auth.Store) {
	for round := range rounds {
		k := operated(t, s, "k"+newID())
		errs := race(callers, func(i int) error { // the last use comes first, last, or in between
			at := start.Add(time.Duration((i+5*round)%callers) * time.Minute)
			return s.APIKeyUsed(bg, k.ID, at)
		})
		must(t, errors.Join(errs...), "APIKeyUsed")
		k.UsedAt = start.Add((callers - 1) * time.Minute)
		got, err := s.APIKey(bg, k.ID)
		must(t, err, "APIKey")
		same(t, "APIKey", got, k)
	}
}
