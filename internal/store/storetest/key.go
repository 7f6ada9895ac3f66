package storetest

import (
	"slices"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

func newKey(after time.Duration) auth.KeyRecord {
	at := start.Add(after)
	return auth.KeyRecord{
		ID: newID(), Algorithm: "ES256", Sealed: []byte{0, 1, 0xff, 0},
		CreatedAt: at, SignsFrom: at.Add(time.Hour),
	}
}

func keysComeBackOldestFirst(t T, s auth.Store) {
	got, err := s.Keys(bg)
	must(t, err, "Keys")
	same(t, "no keys", got, []auth.KeyRecord(nil))
	var want []auth.KeyRecord
	newest := ""
	for i := range 3 {
		k := newKey(time.Duration(i) * time.Hour)
		must(t, s.AddKey(bg, k, newest, auth.Note{}), "AddKey")
		want, newest = append(want, k), k.ID
	}
	got, err = s.Keys(bg)
	must(t, err, "Keys")
	same(t, "keys", got, want)
}

func firstKeyOnce(t T, s auth.Store) {
	for range rounds {
		errs := race(callers, func(int) error { return s.AddKey(bg, newKey(0), "", auth.Note{}) })
		if n := winners(t, errs, auth.ErrTaken, "AddKey"); n != 1 {
			t.Fatalf("%d callers added the first key, want 1", n)
		}
		keys, err := s.Keys(bg)
		must(t, err, "Keys")
		if len(keys) != 1 {
			t.Fatalf("got %d keys, want 1", len(keys))
		}
		must(t, s.RemoveKey(bg, keys[0].ID), "RemoveKey")
	}
}

func oneKeyFollowsTheNewest(t T, s auth.Store) {
	newest := newKey(0)
	must(t, s.AddKey(bg, newest, "", auth.Note{}), "AddKey")
	for i := range rounds {
		errs := race(callers, func(int) error {
			return s.AddKey(bg, newKey(time.Duration(i+1)*time.Hour), newest.ID, auth.Note{})
		})
		if n := winners(t, errs, auth.ErrTaken, "AddKey"); n != 1 {
			t.Fatalf("%d callers followed the newest key, want 1", n)
		}
		for _, stale := range []string{newest.ID, "", "never"} {
			refused(t, s.AddKey(bg, newKey(1000*time.Hour), stale, auth.Note{}), auth.ErrTaken, "AddKey after another")
		}
		keys, err := s.Keys(bg)
		must(t, err, "Keys")
		if len(keys) != i+2 {
			t.Fatalf("got %d keys, want %d", len(keys), i+2)
		}
		newest = keys[i+1]
	}
}

func removedKeysAreGone(t T, s auth.Store) {
	a, b := newKey(0), newKey(time.Hour)
	must(t, s.AddKey(bg, a, "", auth.Note{}), "AddKey")
	must(t, s.AddKey(bg, b, a.ID, auth.Note{}), "AddKey")
	for range 2 {
		must(t, s.RemoveKey(bg, a.ID), "RemoveKey")
	}
	got, err := s.Keys(bg)
	must(t, err, "Keys")
	same(t, "keys", got, []auth.KeyRecord{b})
}

// aKeyComesWithItsNote: one caller makes the key and tells of it, the others
// leave nothing behind.
func aKeyComesWithItsNote(t T, s auth.Store) {
	w := settle(t, s, "default")
	newest := ""
	for i := range rounds {
		keys := make([]auth.KeyRecord, callers)
		errs := race(callers, func(n int) error {
			keys[n] = newKey(time.Duration(i) * time.Hour)
			return s.AddKey(bg, keys[n], newest, w.note(auth.ActionKeyAdded, start))
		})
		if n := winners(t, errs, auth.ErrTaken, "AddKey"); n != 1 {
			t.Fatalf("%d callers added a key, want 1", n)
		}
		newest = keys[slices.Index(errs, nil)].ID
		w.wrote(auth.ActionKeyAdded, i+1)
	}
}
