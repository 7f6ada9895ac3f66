package storetest

import (
	"errors"
	"slices"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

// endings are the two ways to end all sessions but one.
func (w world) endings() map[string]func(auth.Ending) ([]string, error) {
	return map[string]func(auth.Ending) ([]string, error){
		"EndSessions": func(e auth.Ending) ([]string, error) { return w.EndSessions(bg, e) },
		"Secure": func(e auth.Ending) ([]string, error) {
			_, ids, err := w.Secure(bg, e, renew)
			return ids, err
		},
	}
}

// renew is the change of somebody who sets a new password.
func renew(u *auth.User) error {
	u.PasswordHash = "$new$"
	u.Epoch++
	return nil
}

// endingPassesOver sessions from before the attack and those of known devices.
func endingPassesOver(t T, s auth.Store) {
	w := settle(t, s, "default")
	const old, fresh, oldKnown, known = 0, 1, 2, 3
	for how, end := range w.endings() {
		for _, c := range []struct {
			from      time.Time
			strangers bool
			keep      bool // the fresh one of a stranger
			want      []int
		}{
			{time.Time{}, false, false, []int{old, fresh, oldKnown, known}},
			{start, false, false, []int{fresh, known}},
			{start.Add(-time.Millisecond), false, false, []int{old, fresh, oldKnown, known}},
			{time.Time{}, true, false, []int{old, fresh}},
			{start, true, false, []int{fresh}},
			{start, true, true, nil},
			{start.Add(time.Millisecond), true, false, nil},
		} {
			u := w.join()
			v := []auth.Session{w.unborn(u, -time.Millisecond), w.unborn(u, 0), w.unborn(u, -time.Millisecond), w.unborn(u, 0)}
			v[oldKnown].Known, v[known].Known = true, true
			for _, v := range v {
				w.opens(auth.Opening{Session: v})
			}
			e := w.ending("")
			e.User, e.From, e.Strangers = u.ID, c.from, c.strangers
			if c.keep {
				e.Session = v[fresh].ID
			}
			var want []string
			for _, i := range c.want {
				want = append(want, v[i].ID)
				v[i] = ended(v[i], e)
			}
			ids, err := end(e)
			must(t, err, how)
			slices.Sort(ids)
			slices.Sort(want)
			same(t, how+": ids", ids, want)
			for _, v := range v {
				same(t, how+": a session", w.session(v), v)
			}
		}
	}
}

func secureChangesAndEnds(t T, s auth.Store) {
	w := settle(t, s, "default")
	stranger := w.login(w.join(), 0)
	over := w.login(w.user, -2*time.Hour)
	keep, a, b := w.login(w.user, 0), w.login(w.user, 0), w.login(w.user, 0)
	e := w.ending(keep.ID)
	e.Reason = auth.EndPasswordChanged
	want := w.user
	want.PasswordHash, want.Epoch, want.LastLoginAt = "$new$", 1, start
	got, ids, err := s.Secure(bg, e, func(u *auth.User) error {
		u.ID, u.Directory, u.CreatedAt = newID(), "other", start.Add(time.Hour) // which cannot be changed
		return renew(u)
	})
	must(t, err, "Secure")
	same(t, "the user as returned", got, want)
	w.holds(want)
	slices.Sort(ids)
	same(t, "ids", ids, []string{a.ID, b.ID})
	for _, want := range []auth.Session{stranger, over, keep, ended(a, e), ended(b, e)} {
		same(t, "a session", w.session(want), want)
	}
	w.wrote("end", 1)
	_, ids, err = s.Secure(bg, w.ending(keep.ID), renew) // with nothing to end
	must(t, err, "Secure")
	same(t, "ids", ids, []string(nil))
	w.wrote("end", 2)
}

// secureFailsWhole: where the user cannot be changed nothing ends.
func secureFailsWhole(t T, s auth.Store) {
	w := settle(t, s, "default")
	other := w.join()
	v := w.login(w.user, 0)
	w.user.LastLoginAt = start
	fault := errors.New("changed my mind")
	for _, c := range []struct {
		change func(*auth.User) error
		want   error
	}{
		{func(u *auth.User) error { u.Name = "New"; return fault }, fault},
		{func(u *auth.User) error { u.Name, u.Email = "New", other.Email; return nil }, auth.ErrTaken},
	} {
		e := w.ending("")
		e.Forget = true
		_, ids, err := s.Secure(bg, e, c.change)
		refused(t, err, c.want, "Secure")
		if c.want == fault && err != fault { //nolint:errorlint // as it is: not wrapped
			t.Errorf("Secure: got error %v, want that of the change as it is", err)
		}
		same(t, "ids", ids, []string(nil))
	}
	for _, user := range []string{newID(), settle(t, s, "there").user.ID} {
		e := w.ending("")
		e.User = user
		_, ids, err := s.Secure(bg, e, func(*auth.User) error {
			t.Errorf("change was run without a user")
			return nil
		})
		refused(t, err, auth.ErrNoRecord, "Secure of nobody")
		same(t, "ids", ids, []string(nil))
	}
	w.holds(w.user)
	same(t, "the session", w.session(v), v)
	w.knows(w.user, []string{"device"})
	w.wrote("end", 0)
}
