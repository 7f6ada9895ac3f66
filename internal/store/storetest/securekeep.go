package storetest

import (
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

// secureKeepsOnlyTheLiving: a session that was logged out while its change was
// under way changes nothing, and throws nobody out.
func secureKeepsOnlyTheLiving(t T, s auth.Store) {
	w := settle(t, s, "default")
	other := w.login(w.join(), 0)
	over := w.login(w.user, -100*24*time.Hour)
	mine, gone := w.login(w.user, 0), w.login(w.user, 0)
	e := w.ending(gone.ID)
	e.Note = auth.Note{}
	must(t, s.EndSession(bg, e), "EndSession")
	w.user.LastLoginAt = start
	for name, keep := range map[string]string{"ended": gone.ID, "expired": over.ID, "of another": other.ID, "of nobody": newID()} {
		e := w.ending(keep)
		e.Forget = true
		_, ids, err := s.Secure(bg, e, renew)
		refused(t, err, auth.ErrNoRecord, "Secure that keeps a session that is "+name)
		same(t, "ids", ids, []string(nil))
	}
	w.holds(w.user)
	same(t, "the other session", w.session(mine), mine)
	w.knows(w.user, []string{"device"})
	w.wrote("end", 0)
}

// strangersAreForgotten: with their sessions, and nobody else is.
func strangersAreForgotten(t T, s auth.Store) {
	w := settle(t, s, "default")
	for how, end := range w.endings() {
		u := w.join()
		w.opens(auth.Opening{Session: w.from("phone", u, -time.Hour), Generation: 1})
		w.opens(auth.Opening{Session: w.from("thief", u, time.Minute), Generation: 1})
		known := w.from("phone", u, time.Minute)
		known.Known = true
		w.opens(auth.Opening{Session: known, Generation: 2})
		e := w.ending("")
		e.User, e.At, e.From, e.Strangers, e.Forget = u.ID, start.Add(time.Hour), start, true, true
		ids, err := end(e)
		must(t, err, how)
		if len(ids) != 1 {
			t.Errorf("%s: %d sessions ended, want that of the stranger", how, len(ids))
		}
		w.knows(u, []string{"phone"}, "thief")
	}
}
