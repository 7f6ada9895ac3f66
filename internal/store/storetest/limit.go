package storetest

import (
	"slices"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

// limited asks to open a session of an account that may have so many.
func (w world) limited(v auth.Session, most int) auth.Opening {
	return auth.Opening{
		Session: v, Most: most, Note: w.note(auth.ActionLogin, v.CreatedAt),
		Ended: func(old auth.Session) auth.Note {
			n := w.note(auth.ActionSessionLimit, v.CreatedAt)
			n.Events[0].User, n.Events[0].Session, n.Mails = old.User, old.ID, nil
			return n
		},
	}
}

// evicted returns the ids of the sessions that the record says ended for a newer
// one, sorted.
func (w world) evicted() []string {
	w.Helper()
	var ids []string
	for _, l := range trail(w, w.Store, w.tenant.Directory) {
		if l.Action == auth.ActionSessionLimit {
			ids = append(ids, l.Session)
		}
	}
	slices.Sort(ids)
	return ids
}

// theOldestEndForANewOne: those that live count, and no others.
func theOldestEndForANewOne(t T, s auth.Store) {
	w := settle(t, s, "default")
	w.login(w.join(), 0) // another's
	there, twin := settle(t, s, "there"), w.user
	twin.Directory = "there" // another person with the same id
	must(t, s.CreateUser(bg, twin, there.seat(), auth.Note{}), "CreateUser there")
	there.login(twin, 0)
	w.login(w.user, -2*time.Hour)
	gone := w.login(w.user, -time.Minute)
	e := w.ending(gone.ID)
	e.At, e.Note = start, auth.Note{}
	must(t, s.EndSession(bg, e), "EndSession")
	b, a := w.login(w.user, 2*time.Second), w.login(w.user, time.Second)
	c, d, f := w.unborn(w.user, 3*time.Second), w.unborn(w.user, 4*time.Second), w.unborn(w.user, 5*time.Second)
	w.opens(w.limited(c, 3))
	w.opens(w.limited(d, 3), a.ID)
	w.opens(w.limited(f, 0)) // no bound
	last := w.unborn(w.user, 6*time.Second)
	w.opens(w.limited(last, 2), b.ID, c.ID, d.ID) // a bound that was lowered takes more than one
	for v, at := range map[*auth.Session]time.Time{&a: d.CreatedAt, &b: last.CreatedAt, &d: last.CreatedAt} {
		want := *v
		want.EndedAt, want.EndReason = at, auth.EndLimit
		same(t, "a session that ended for a new one", w.session(*v), want)
	}
	for _, want := range []auth.Session{f, last, ended(gone, e)} {
		same(t, "another session", w.session(want), want)
	}
	told := []string{a.ID, b.ID, c.ID, d.ID}
	slices.Sort(told)
	same(t, "sessions of which the record says that they ended", w.evicted(), told)
	w.wrote(auth.ActionLogin, 4)

	o := w.limited(w.unborn(w.user, 8*time.Second), 1)
	o.Ended = nil
	w.opens(o, f.ID, last.ID)
	same(t, "sessions of which the record says so when no note is made", w.evicted(), told)
}

func aFullAccountRefuses(t T, s auth.Store) {
	w := settle(t, s, "default")
	w.login(w.user, -2*time.Hour) // expired: it takes no place
	a := w.unborn(w.user, 0)
	for i, v := range []auth.Session{a, w.unborn(w.user, time.Second)} {
		o := w.limited(v, 2)
		o.Refuse = true
		w.opens(o)
		w.wrote(auth.ActionLogin, i+1)
	}
	o := w.limited(w.from("tablet", w.user, time.Minute), 2)
	o.Refuse = true
	w.barred(o, auth.ErrFull, "CreateSession of one too many")
	same(t, "the oldest session", w.session(a), a)
	w.knows(w.user, []string{"device"}, "tablet")
	w.wrote(auth.ActionLogin, 2)
	same(t, "sessions that ended", w.evicted(), []string(nil))
	must(t, s.EndSession(bg, w.ending(a.ID)), "EndSession")
	w.opens(o)
}

// neverMoreThanMost: each who comes gets in, whoever looks sees no more than may
// be, and each end is told to one caller and noted once.
func neverMoreThanMost(t T, s auth.Store) {
	w := settle(t, s, "default")
	const n, most = 32, 5
	var all []string
	for range rounds {
		u := w.join()
		came := make([]string, n)
		told := slices.Concat(race(n, func(i int) []string {
			v := w.unborn(u, 0)
			came[i] = v.ID
			ids, err := s.CreateSession(bg, w.limited(v, most))
			if err != nil {
				t.Errorf("CreateSession: %v", err)
			}
			living, err := s.LivingSessions(bg, "default", u.ID, start)
			if err != nil || len(living) > most {
				t.Errorf("LivingSessions: got %d and error %v, want %d at most", len(living), err, most)
			}
			return ids
		})...)
		all = append(all, told...)
		living, err := s.LivingSessions(bg, "default", u.ID, start)
		must(t, err, "LivingSessions")
		if len(living) != most {
			t.Fatalf("after %d logins: got %d living sessions, want %d", n, len(living), most)
		}
		for _, v := range living {
			told = append(told, v.ID)
		}
		slices.Sort(told)
		slices.Sort(came)
		same(t, "sessions that live or ended", told, came)
	}
	slices.Sort(all)
	same(t, "sessions of which the record says that they ended", w.evicted(), all)
}

func onlyAsManyGetInAsMay(t T, s auth.Store) {
	w := settle(t, s, "default")
	const most = 5
	for i := range rounds {
		u := w.join()
		errs := race(32, func(int) error {
			o := w.limited(w.unborn(u, 0), most)
			o.Refuse = true
			_, err := s.CreateSession(bg, o)
			return err
		})
		if n := winners(t, errs, auth.ErrFull, "CreateSession"); n != most {
			t.Fatalf("%d callers got in, want %d", n, most)
		}
		w.wrote(auth.ActionLogin, most*(i+1))
	}
}
