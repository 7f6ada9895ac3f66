package storetest

import (
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

func sweepPromises() []promise[auth.Store] {
	return []promise[auth.Store]{
		{"SweepTakesOnlyWhatIsOver", sweepTakesOnlyWhatIsOver},
		{"SweepLeavesNothingThatIsOver", sweepLeavesNothingThatIsOver},
		{"SweepTakesTicketsAndCounters", sweepTakesTicketsAndCounters},
		{"SweepLeavesATrailWithoutGaps", sweepLeavesATrailWithoutGaps},
		{"SweepForgetsDevices", sweepForgetsDevices},
	}
}

// swept sweeps until nothing is left and returns how many rows went.
func (w world) swept(now, keep, keepEvents time.Duration) int {
	w.Helper()
	sum := 0
	for range 10_000 {
		n, err := w.Sweep(bg, start.Add(now), start.Add(keep), start.Add(keepEvents))
		must(w, err, "Sweep")
		if n == 0 {
			return sum
		}
		sum += n
	}
	w.Fatalf("Sweep does not come to an end; %d rows so far", sum)
	return sum
}

// sweepTakesOnlyWhatIsOver: what ends at the very moment given stays, and what
// is a millisecond older goes.
func sweepTakesOnlyWhatIsOver(t T, s auth.Store) {
	const ms = time.Millisecond
	w := settle(t, s, "default")
	living, expired, older, gone, stays := w.login(w.user, 0), w.login(w.user, -time.Hour), w.login(w.user, -time.Hour-ms), w.login(w.user, 0), w.login(w.user, 0)
	for v, at := range map[*auth.Session]time.Time{&gone: start.Add(-ms), &stays: start} {
		must(t, s.EndSession(bg, auth.Ending{Directory: "default", User: w.user.ID, Session: v.ID, At: at}), "EndSession")
	}
	fresh, old := w.note("fresh", start), w.note("old", start.Add(-ms))
	must(t, s.Write(bg, auth.Note{Events: append(old.Events, fresh.Events...)}), "Write")
	m := w.post(-3*time.Hour, -3*time.Hour, -3*time.Hour, -3*time.Hour, -3*time.Hour)
	must(t, s.Sent(bg, "default", m[0].ID, start.Add(-ms)), "Sent")
	must(t, s.Bury(bg, "default", m[1].ID, start.Add(-ms), ""), "Bury")
	must(t, s.Bury(bg, "default", m[2].ID, start, ""), "Bury")
	must(t, s.Sent(bg, "default", m[3].ID, start), "Sent")

	if got := w.swept(0, 0, 0); got != 5 { // older, gone, an event, two mails
		t.Errorf("Sweep took %d rows, want 5", got)
	}
	for _, v := range []auth.Session{living, expired, stays} {
		w.session(v)
	}
	for _, v := range []auth.Session{older, gone} {
		_, err := s.Session(bg, "default", v.ID)
		refused(t, err, auth.ErrNoRecord, "Session that was swept")
	}
	w.waits(1, 1)
	events, err := s.Events(bg, w.eventsOf(10))
	must(t, err, "Events")
	same(t, "Events", events, fresh.Events)
	w.leased(0, 10, &m[4])
	got, err := s.User(bg, "default", w.user.ID)
	must(t, err, "User")
	if got.ID != w.user.ID {
		t.Errorf("User: got %q, want %q", got.ID, w.user.ID)
	}
}

// sweepLeavesNothingThatIsOver: batches go on until all is gone.
func sweepLeavesNothingThatIsOver(t T, s auth.Store) {
	w := settle(t, s, "default")
	const n = 1200
	var note auth.Note
	for range n {
		one := w.note("old", start)
		note.Events, note.Mails = append(note.Events, one.Events...), append(note.Mails, one.Mails...)
	}
	must(t, s.Write(bg, note), "Write")
	for i := range 20 {
		must(t, s.Bury(bg, "default", note.Mails[i].ID, start, ""), "Bury")
	}
	for range 20 {
		w.login(w.user, 0)
	}
	const want = n - 1 + 20 + 20 + 1 // events but the newest, mails, sessions, their device
	if got := w.swept(0, 100*time.Hour, 100*time.Hour); got != want {
		t.Errorf("Sweep took %d rows, want %d", got, want)
	}
	w.waits(n-20, 0)
}

func sweepTakesTicketsAndCounters(t T, s auth.Store) {
	w := settle(t, s, "default")
	living, spent := newTicket(), newTicket()
	living.ExpiresAt = start.Add(time.Hour + time.Millisecond)
	living.Tries = 1
	over := newTicket()
	over.ExpiresAt = start.Add(time.Hour)
	for _, v := range []auth.Ticket{living, over, spent} {
		must(t, s.Issue(bg, v), "Issue")
	}
	living.Tries = 0
	miss(t, s, living) // without tries, but not over
	_, err := s.Attempt(bg, spent.TicketKey, right, start)
	must(t, err, "Attempt")
	counts(t, s, "over", 1, 50*time.Minute)
	counts(t, s, "living", 1, 50*time.Minute+time.Millisecond)

	// keep bounds what is kept for people to look at; tickets are not.
	if got := w.swept(time.Hour, -time.Hour, -time.Hour); got != 2 {
		t.Errorf("Sweep took %d rows, want 2", got)
	}
	stands(t, s, living, start)
	if got := counts(t, s, "living", 0, time.Hour); got.N != 1 {
		t.Errorf("the counter: got %d, want 1", got.N)
	}
}

// sweepLeavesATrailWithoutGaps: an old event behind one that stays stays too, the
// newest stays whatever its age, and what is written afterwards goes on from the
// end.
func sweepLeavesATrailWithoutGaps(t T, s auth.Store) {
	const ms = time.Millisecond
	w, there := settle(t, s, "here"), settle(t, s, "there")
	for _, at := range []time.Duration{-2 * ms, -ms, 0, -3 * ms, time.Minute, -ms} {
		must(t, s.Write(bg, auth.Note{Events: w.note("trail", start.Add(at)).Events}), "Write")
	}
	must(t, s.Write(bg, auth.Note{Events: there.note("trail", start.Add(-ms)).Events}), "Write")
	all := trail(t, s, "here")
	number, hash, err := s.TrailEnd(bg, "there")
	must(t, err, "TrailEnd")
	for _, c := range []struct {
		keep time.Duration
		rows int
		want []auth.Link
	}{
		{-time.Minute, 0, all}, {0, 2, all[2:]}, {0, 0, all[2:]}, {ms, 2, all[4:]}, {time.Minute + ms, 1, all[5:]}, {time.Hour, 0, all[5:]},
	} {
		if got := w.swept(0, 0, c.keep); got != c.rows {
			t.Errorf("Sweep of what is older than %s took %d rows, want %d", c.keep, got, c.rows)
		}
		same(t, "the trail", read(t, s, "here"), c.want)
		got, err := s.Events(bg, w.eventsOf(10))
		must(t, err, "Events")
		if len(got) != len(c.want) {
			t.Errorf("Events: got %d, want %d", len(got), len(c.want))
		}
	}
	end, last, err := s.TrailEnd(bg, "there")
	must(t, err, "TrailEnd")
	same(t, "the end of a swept trail", link{end, last}, link{number, hash})
	names, err := s.Trails(bg)
	must(t, err, "Trails")
	same(t, "Trails", names, []string{"here", "there"})
	must(t, s.Write(bg, w.note("trail", start)), "Write")
	links := trail(t, s, "here")
	if len(links) != 2 || links[1].Number != 7 {
		t.Fatalf("after the sweep: got links %+v, want the newest that was swept and number 7", links)
	}
	same(t, "its hash", links[1].Hash, Chain(all[5].Hash, 7, links[1].Event))
}

// link is where a trail ends.
type link struct {
	Number int64
	Hash   []byte
}

func sweepForgetsDevices(t T, s auth.Store) {
	w := settle(t, s, "default")
	for device, after := range map[string]time.Duration{"stays": 0, "old": -time.Millisecond, "back": -time.Hour} {
		w.opens(auth.Opening{Session: w.from(device, w.user, after)})
	}
	w.opens(auth.Opening{Session: w.from("back", w.user, 0)})
	w.opens(auth.Opening{Session: w.from("old", w.join(), 0)})
	if got := w.swept(0, -100*time.Hour, 0); got != 1 {
		t.Errorf("Sweep took %d rows, want 1", got)
	}
	w.knows(w.user, []string{"stays", "back"}, "old")
}
