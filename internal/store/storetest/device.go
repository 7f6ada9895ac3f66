package storetest

import (
	"errors"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

// from is a session of the user from a device, made so long after the start.
func (w world) from(device string, u auth.User, after time.Duration) auth.Session {
	v := w.unborn(u, after)
	v.Device = device
	return v
}

// knows wants these devices of a user to be remembered, and none of the others.
func (w world) knows(u auth.User, known []string, others ...string) {
	w.Helper()
	for _, id := range known {
		got, err := w.Device(bg, u.Directory, u.ID, id)
		must(w, err, "Device "+id)
		if got.ID != id {
			w.Errorf("Device: got %q, want %q", got.ID, id)
		}
	}
	for _, id := range others {
		_, err := w.Device(bg, u.Directory, u.ID, id)
		refused(w, err, auth.ErrNoRecord, "Device "+id+" that is forgotten")
	}
}

func devicesAreRemembered(t T, s auth.Store) {
	w := settle(t, s, "default")
	w.knows(w.user, nil, "phone", "")
	for _, c := range []struct {
		generation, want int64
		after, seen      time.Duration
	}{
		{0, 0, 0, 0},
		{3, 3, time.Minute, time.Minute},
		{3, 3, time.Hour + time.Millisecond, time.Hour + time.Millisecond},
		{2, 3, 2 * time.Hour, 2 * time.Hour},
		{4, 4, time.Hour, 2 * time.Hour}, // a clock that went backwards: it was last seen later
		{1 << 40, 1 << 40, 3 * time.Hour, 3 * time.Hour},
	} {
		w.opens(auth.Opening{Session: w.from("phone", w.user, c.after), Generation: c.generation})
		got, err := s.Device(bg, "default", w.user.ID, "phone")
		must(t, err, "Device")
		same(t, "Device", got, auth.Device{
			Directory: "default", User: w.user.ID, ID: "phone", Generation: c.want, SeenAt: start.Add(c.seen),
		})
	}
	w.knows(w.user, []string{"phone"}, "tablet")
}

// aForgottenDeviceIsNotKnown: what was looked up before a password was hashed may
// have been forgotten when the session is made.
func aForgottenDeviceIsNotKnown(t T, s auth.Store) {
	w := settle(t, s, "default")
	known := w.from("phone", w.user, time.Minute)
	known.Known = true
	o := auth.Opening{Session: known, Generation: 2}
	w.barred(o, auth.ErrNoRecord, "CreateSession from a device that never was known")
	first := w.from("phone", w.user, 0)
	w.opens(auth.Opening{Session: first, Generation: 1})
	w.opens(o)
	e := w.ending(first.ID)
	e.Forget, e.Note = true, auth.Note{}
	must(t, s.EndSession(bg, e), "EndSession")
	o.Session.ID, o.Note = newID(), w.note("forgotten", start)
	w.barred(o, auth.ErrNoRecord, "CreateSession from a device that was forgotten")
	w.knows(w.user, nil, "phone")
	w.wrote("forgotten", 0)
}

func devicesAreApart(t T, s auth.Store) {
	w, there := settle(t, s, "default"), settle(t, s, "there")
	other, twin := w.join(), w.user
	twin.Directory = "there" // another person with the same id
	must(t, s.CreateUser(bg, twin, there.seat(), auth.Note{}), "CreateUser there")
	w.opens(auth.Opening{Session: w.from("phone", w.user, 0), Generation: 5})
	_, err := s.Device(bg, "there", w.user.ID, "phone")
	refused(t, err, auth.ErrNoRecord, "Device of another directory")
	_, err = s.Device(bg, "default", other.ID, "phone")
	refused(t, err, auth.ErrNoRecord, "Device of another user")

	w.opens(auth.Opening{Session: w.from("phone", other, 0), Generation: 1})
	there.opens(auth.Opening{Session: there.from("phone", twin, 0), Generation: 2})
	e := w.ending("")
	e.Forget = true
	_, err = s.EndSessions(bg, e)
	must(t, err, "EndSessions")
	w.knows(w.user, nil, "phone")
	for _, want := range []auth.Device{
		{Directory: "default", User: other.ID, ID: "phone", Generation: 1, SeenAt: start},
		{Directory: "there", User: twin.ID, ID: "phone", Generation: 2, SeenAt: start},
	} {
		got, err := s.Device(bg, want.Directory, want.User, "phone")
		must(t, err, "Device")
		same(t, "the same device of another", got, want)
	}
}

// aGenerationNeverFalls: of logins from one device at once the highest stays.
func aGenerationNeverFalls(t T, s auth.Store) {
	w := settle(t, s, "default")
	for round := range callers { // in each another one has the highest
		u := w.join()
		errs := race(callers, func(i int) error {
			generation := int64((i+round)%callers + 1)
			_, err := s.CreateSession(bg, auth.Opening{Session: w.from("phone", u, 0), Generation: generation})
			return err
		})
		must(t, errors.Join(errs...), "CreateSession")
		got, err := s.Device(bg, "default", u.ID, "phone")
		must(t, err, "Device")
		same(t, "Device", got, auth.Device{
			Directory: "default", User: u.ID, ID: "phone", Generation: callers, SeenAt: start,
		})
	}
}

func endingForgetsTheDevice(t T, s auth.Store) {
	w := settle(t, s, "default")
	phone, tablet, spare := w.from("phone", w.user, 0), w.from("tablet", w.user, 0), w.from("phone", w.user, 0)
	for _, v := range []auth.Session{phone, tablet, spare} {
		w.opens(auth.Opening{Session: v})
	}
	must(t, s.EndSession(bg, w.ending(tablet.ID)), "EndSession")
	w.knows(w.user, []string{"phone", "tablet"})

	again := w.ending(tablet.ID)
	again.Forget = true
	refused(t, s.EndSession(bg, again), auth.ErrNoRecord, "EndSession again")
	w.knows(w.user, []string{"phone", "tablet"})

	e := w.ending(phone.ID)
	e.Forget = true
	must(t, s.EndSession(bg, e), "EndSession")
	w.knows(w.user, []string{"tablet"}, "phone")
	same(t, "another session of the device", w.session(spare), spare)
}

// endingAllForgetsDevices: also those without a living session; and it keeps
// them all when it is not told to forget.
func endingAllForgetsDevices(t T, s auth.Store) {
	w := settle(t, s, "default")
	for how, end := range w.endings() {
		u := w.join()
		kept, gone, over := w.from("kept", u, 0), w.from("gone", u, 0), w.from("over", u, -2*time.Hour)
		for _, v := range []auth.Session{kept, gone, over, w.from("phone", u, 0), w.from("kept", u, 0)} {
			w.opens(auth.Opening{Session: v})
		}
		e := w.ending(gone.ID)
		e.User = u.ID
		must(t, s.EndSession(bg, e), "EndSession")
		e.Session, e.Note = kept.ID, w.note("end", start)
		_, err := end(e)
		must(t, err, how)
		w.knows(u, []string{"kept", "gone", "over", "phone"})
		e.Forget, e.Note = true, w.note("end", start)
		_, err = end(e)
		must(t, err, how)
		w.knows(u, []string{"kept"}, "gone", "over", "phone")
		e.Session, e.Note = "", w.note("end", start)
		_, err = end(e)
		must(t, err, how)
		w.knows(u, nil, "kept", "gone", "over", "phone")
	}
}

// reuseForgetsTheDevice: and nothing but a reuse does.
func reuseForgetsTheDevice(t T, s auth.Store) {
	w := settle(t, s, "default")
	v := w.from("phone", w.user, 0)
	w.opens(auth.Opening{Session: v})
	w.opens(auth.Opening{Session: w.from("tablet", w.user, 0)})
	for _, c := range []struct {
		counter int64
		after   time.Duration
		want    auth.RotationOutcome
	}{
		{0, time.Minute, auth.Rotated}, {0, time.Minute, auth.Repeated}, {1, time.Minute, auth.Rotated},
		{9, time.Minute, auth.Unknown}, {0, 5 * time.Hour, auth.Expired}, {0, time.Minute, auth.Reused},
	} {
		w.knows(w.user, []string{"phone", "tablet"})
		got, err := s.Rotate(bg, w.rotation(v, c.counter, c.after))
		must(t, err, "Rotate")
		if got.Outcome != c.want {
			t.Fatalf("Rotate: got outcome %d, want %d", got.Outcome, c.want)
		}
	}
	w.knows(w.user, []string{"tablet"}, "phone")
	w.opens(auth.Opening{Session: w.from("phone", w.user, 0)})
	got, err := s.Rotate(bg, w.rotation(v, 0, time.Minute))
	must(t, err, "Rotate")
	if got.Outcome != auth.Ended {
		t.Errorf("Rotate: got outcome %d, want Ended", got.Outcome)
	}
	w.knows(w.user, []string{"phone", "tablet"})
}
