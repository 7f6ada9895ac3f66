package storetest

import (
	"errors"
	"slices"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

// events returns what links tell of.
func events(links []auth.Link) []auth.Event {
	var out []auth.Event
	for _, l := range links {
		out = append(out, l.Event)
	}
	return out
}

func everyNoteIsLinked(t T, s auth.Store) {
	w := settle(t, s, "default")
	w.changes(func(notes int) {
		if got := len(trail(t, s, "default")); got != notes {
			t.Errorf("after %d notes of one event: got %d links, want %d", notes, got, notes)
		}
	})
}

// theTrailComesBackWhole: as it was written, in the order in which it was
// written, whatever the clock said.
func theTrailComesBackWhole(t T, s auth.Store) {
	w := settle(t, s, "default")
	full := auth.Event{
		ID: newID(), Directory: "default", Tenant: w.tenant.ID, At: start.Add(time.Hour + time.Millisecond),
		Action: auth.ActionLoginFailed, User: w.user.ID, Actor: "operator:" + newID(), Session: newID(), IP: "2001:db8::1",
		Agent: "Ünïcødé/1 🐈‍⬛ 'quoted'", RequestID: "r-1", Reason: "password",
	}
	bare := auth.Event{ID: newID(), Directory: "default", At: start, Action: "x"}
	zoned, fine := full, full
	zoned.ID, zoned.At = newID(), start.In(time.FixedZone("KST", 9*60*60))
	fine.ID, fine.At = newID(), start.Add(999_999*time.Nanosecond)
	must(t, s.Write(bg, auth.Note{Events: []auth.Event{full, bare}}), "Write")
	must(t, s.Write(bg, auth.Note{}), "Write of nothing")
	must(t, s.Write(bg, auth.Note{Events: []auth.Event{fine}}), "Write")
	must(t, s.Write(bg, auth.Note{Events: []auth.Event{zoned}}), "Write")
	zoned.At, fine.At = start, start
	same(t, "Trail", events(trail(t, s, "default")), []auth.Event{full, bare, fine, zoned})
}

func theTrailComesInPages(t T, s auth.Store) {
	w := settle(t, s, "default")
	for range 5 {
		must(t, s.Write(bg, w.note("page", start)), "Write")
	}
	all := trail(t, s, "default")
	if len(all) != 5 {
		t.Fatalf("got %d links, want 5", len(all))
	}
	for _, c := range []struct {
		after int64
		max   int
		want  []auth.Link
	}{
		{0, 100, all}, {0, 5, all}, {0, 2, all[:2]}, {2, 2, all[2:4]}, {4, 2, all[4:]}, {5, 2, nil}, {99, 2, nil},
	} {
		got, err := s.Trail(bg, "default", c.after, c.max)
		must(t, err, "Trail")
		same(t, "Trail", got, c.want)
	}
}

func trailsOfDirectoriesAreApart(t T, s auth.Store) {
	names, err := s.Trails(bg)
	must(t, err, "Trails")
	same(t, "Trails of none", names, []string(nil))
	there, here := settle(t, s, "there"), settle(t, s, "here")
	a, b, c := here.note("a", start), there.note("b", start), here.note("c", start)
	both := slices.Concat(there.note("b", start).Events, here.note("a", start).Events, there.note("b", start).Events)
	for _, n := range []auth.Note{a, {Events: both}, b, c} {
		must(t, s.Write(bg, n), "Write")
	}
	same(t, "Trail here", events(trail(t, s, "here")), []auth.Event{a.Events[0], both[1], c.Events[0]})
	same(t, "Trail there", events(trail(t, s, "there")), []auth.Event{both[0], both[2], b.Events[0]})
	same(t, "Trail nowhere", trail(t, s, "nowhere"), []auth.Link(nil))
	for _, directory := range []string{"z", "a", "moon"} {
		must(t, s.Write(bg, auth.Note{Events: []auth.Event{{ID: newID(), Directory: directory, At: start, Action: "x"}}}), "Write")
	}
	names, err = s.Trails(bg)
	must(t, err, "Trails")
	same(t, "Trails", names, []string{"a", "here", "moon", "there", "z"})
}

// aFailedChangeLinksNothing: what did not happen takes no number.
func aFailedChangeLinksNothing(t T, s auth.Store) {
	w := settle(t, s, "default")
	full := w.login(w.user, 0)
	key := newKey(0)
	must(t, s.AddKey(bg, key, "", auth.Note{}), "AddKey")
	must(t, s.Write(bg, w.note("first", start)), "Write")
	note := w.note("failed", start)
	fault := errors.New("changed my mind")
	fail := func(*auth.User) error { return fault }
	taken := w.newUser()
	taken.Email = w.user.Email
	_, update := s.UpdateUser(bg, "default", w.user.ID, fail, note)
	_, old := s.CreateSession(bg, auth.Opening{Session: w.unborn(w.user, 0), Epoch: 1, Note: note})
	_, much := s.CreateSession(bg, auth.Opening{
		Session: w.unborn(w.user, 0), Note: note, Most: 1, Refuse: true,
		Ended: func(auth.Session) auth.Note { return note },
	})
	other := w.ending(full.ID)
	other.User, other.Note = newID(), note
	e := w.ending("")
	e.Note = note
	_, _, secure := s.Secure(bg, e, fail)
	refused(t, s.CreateUser(bg, taken, w.seat(), note), auth.ErrTaken, "CreateUser")
	refused(t, s.AddKey(bg, newKey(0), "", note), auth.ErrTaken, "AddKey")
	refused(t, s.EndSession(bg, other), auth.ErrNoRecord, "EndSession")
	refused(t, update, fault, "UpdateUser")
	refused(t, old, auth.ErrNoRecord, "CreateSession with an old epoch")
	refused(t, much, auth.ErrFull, "CreateSession of one too many")
	refused(t, secure, fault, "Secure")
	must(t, s.Write(bg, w.note("second", start)), "Write")
	links := trail(t, s, "default")
	if len(links) != 2 || links[0].Action != "first" || links[1].Action != "second" {
		t.Errorf("got %d links, want those before and after what failed: %+v", len(links), links)
	}
}
