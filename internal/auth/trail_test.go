package auth_test

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

// tampered is a record that somebody with the database has changed.
type tampered struct {
	auth.Records
	links []auth.Link
	end   int64
	hash  []byte
}

func (r tampered) Trail(_ context.Context, _ string, after int64, most int) ([]auth.Link, error) {
	i := slices.IndexFunc(r.links, func(l auth.Link) bool { return l.Number > after })
	if i < 0 {
		return nil, nil
	}
	return r.links[i:min(i+most, len(r.links))], nil
}

func (r tampered) TrailEnd(context.Context, string) (int64, []byte, error) {
	return r.end, r.hash, nil
}

// TestVerifyTrail: what was changed, taken out, put in or moved is found, with
// the number of the place; a beginning that was swept is not missed.
func TestVerifyTrail(t *testing.T) {
	foreign := newVault(t, "another master key of 32 bytes!!")
	for name, c := range map[string]struct {
		tamper func([]auth.Link) []auth.Link
		want   string // "" for whole
	}{
		"untouched":           {func(l []auth.Link) []auth.Link { return l }, ""},
		"swept":               {func(l []auth.Link) []auth.Link { return l[4:] }, ""},
		"swept but the last":  {func(l []auth.Link) []auth.Link { return l[len(l)-1:] }, ""},
		"went on being added": {func(l []auth.Link) []auth.Link { return append(l, next(t, l[len(l)-1])) }, ""},
		"changed":             {func(l []auth.Link) []auth.Link { l[4].Reason = "nothing"; return l }, "event 5"},
		"the first changed":   {func(l []auth.Link) []auth.Link { l[0].User = "mallory"; return l }, "event 1"},
		"the last changed":    {func(l []auth.Link) []auth.Link { l[len(l)-1].IP = "203.0.113.9"; return l }, "event 10"},
		"by a millisecond":    {func(l []auth.Link) []auth.Link { l[4].At = l[4].At.Add(time.Millisecond); return l }, "event 5"},
		"field to field":      {func(l []auth.Link) []auth.Link { l[4].IP, l[4].Agent = l[4].IP+l[4].Agent, ""; return l }, "event 5"},
		"hash changed":        {func(l []auth.Link) []auth.Link { l[4].Hash = bytes.Repeat([]byte{1}, 32); return l }, "event 5"},
		"one taken out":       {func(l []auth.Link) []auth.Link { return slices.Delete(l, 4, 5) }, "events 5 to 5 are missing"},
		"the end taken off":   {func(l []auth.Link) []auth.Link { return l[:7] }, "newest are missing"},
		"all taken out":       {func([]auth.Link) []auth.Link { return nil }, "newest are missing"},
		"taken out, numbered anew": {func(l []auth.Link) []auth.Link {
			l = slices.Delete(l, 4, 5)
			for i := range l {
				l[i].Number = int64(i + 1)
			}
			return l
		}, "event 5"},
		"one put in": {func(l []auth.Link) []auth.Link {
			l = slices.Insert(l, 4, l[3])
			for i := range l {
				l[i].Number = int64(i + 1)
			}
			return l
		}, "event 5"},
		"two changed places": {func(l []auth.Link) []auth.Link {
			l[4].Event, l[5].Event = l[5].Event, l[4].Event
			return l
		}, "event 5"},
		"another key": {func(l []auth.Link) []auth.Link {
			var before []byte
			for i := range l {
				l[i].Hash = foreign.Chain(before, l[i].Number, l[i].Event)
				before = l[i].Hash
			}
			return l
		}, "event 1"},
		"put on by another key": {func(l []auth.Link) []auth.Link {
			more := next(t, l[len(l)-1])
			more.Hash = foreign.Chain(l[len(l)-1].Hash, more.Number, more.Event)
			return append(l, more)
		}, "event 11"},
	} {
		t.Run(name, func(t *testing.T) {
			w, _ := joined(t)
			for range 4 {
				w.login(t, "ann.lee")
				_, err := w.try(t, wrong)
				refused(t, "a wrong password", err, auth.ErrCredentials)
			}
			links, err := w.store.Trail(t.Context(), auth.DefaultDirectory, 0, 100)
			must(t, err)
			end, hash, err := w.store.TrailEnd(t.Context(), auth.DefaultDirectory)
			must(t, err)
			if len(links) != 10 || end != 10 {
				t.Fatalf("%d events were written, want 10", len(links))
			}
			links = c.tamper(links)
			var seen []auth.Link
			r, err := auth.VerifyTrail(t.Context(), tampered{links: links, end: end, hash: hash}, w.Vault.Chain, auth.DefaultDirectory,
				func(l auth.Link) error { seen = append(seen, l); return nil })
			must(t, err)
			if (r.Problem == "") != (c.want == "") || !strings.Contains(r.Problem, c.want) {
				t.Errorf("found %q, want %q", r.Problem, c.want)
			}
			if len(seen) != len(links) || len(links) > 0 && (r.First != links[0].Number || r.Last != links[len(links)-1].Number) {
				t.Errorf("saw %d of %d, from %d to %d", len(seen), len(links), r.First, r.Last)
			}
		})
	}
}

// next is an event that follows a link as a server would write it.
func next(t *testing.T, l auth.Link) auth.Link {
	t.Helper()
	before := l.Hash
	l.Number++
	l.ID = "the next"
	l.Hash = newVault(t, "a master key of thirty-two bytes").Chain(before, l.Number, l.Event)
	return l
}

// TestVerifyTrailReadsOn: beyond a page, and not past an error.
func TestVerifyTrailReadsOn(t *testing.T) {
	w, _ := joined(t)
	for range 25 {
		many := make([]auth.Event, 99)
		for i := range many {
			many[i] = auth.Event{ID: "e", Directory: auth.DefaultDirectory, At: w.clock.Now(), Action: auth.ActionLogin}
		}
		must(t, w.store.Write(t.Context(), auth.Note{Events: many}))
	}
	n := 0
	r, err := auth.VerifyTrail(t.Context(), w.store, w.Vault.Chain, auth.DefaultDirectory, func(auth.Link) error { n++; return nil })
	must(t, err)
	if r.Problem != "" || n != 2+25*99 || r.Last != int64(n) || r.First != 1 {
		t.Errorf("read %d: %+v", n, r)
	}
	full := errors.New("no space left")
	_, err = auth.VerifyTrail(t.Context(), w.store, w.Vault.Chain, auth.DefaultDirectory, func(auth.Link) error { return full })
	if !errors.Is(err, full) {
		t.Errorf("got error %v, want that of who reads", err)
	}
	r, err = auth.VerifyTrail(t.Context(), w.store, w.Vault.Chain, "nowhere", nil)
	if err != nil || r.Problem != "" || r.First != 0 || r.Last != 0 {
		t.Errorf("of no record: %+v, %v", r, err)
	}
}

// TestSettingsInForce: a change is written down by name, once; no value is.
func TestSettingsInForce(t *testing.T) {
	w := newWorld(t)
	settings := func(more string) {
		t.Helper()
		must(t, w.SettingsInForce(t.Context(), map[string]auth.Secret{"LOGIN_MAX_ATTEMPTS": "7", "SMTP_PASS": auth.Secret("mail-" + more)}))
	}
	wrote := func() (reasons []string) {
		all, err := w.store.Trail(t.Context(), auth.DefaultDirectory, 0, 100)
		must(t, err)
		for _, l := range all {
			if l.Action == auth.ActionSettings {
				reasons = append(reasons, l.Reason)
			}
		}
		return reasons
	}
	settings("one")
	settings("one")
	if got := wrote(); len(got) != 0 {
		t.Errorf("the first start is no change: %q", got)
	}
	settings("two")
	settings("two")
	if got := wrote(); len(got) != 1 || got[0] != "SMTP_PASS" {
		t.Errorf("got %q, want one change of SMTP_PASS", got)
	}
}
