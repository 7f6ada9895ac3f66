package storetest

import (
	"slices"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

// aSessionNeedsItsSeat: in the tenant and in the space; also when it was taken
// away while the password was being hashed.
func aSessionNeedsItsSeat(t T, s auth.Store) {
	w, elsewhere := settle(t, s, "default"), settle(t, s, "default")
	annex := w.newSpace("annex")
	must(t, s.CreateSpace(bg, annex, auth.Note{}), "CreateSpace")
	for _, c := range []struct {
		tenant, space string
		ok            bool
	}{
		{w.tenant.ID, w.space.ID, true},
		{elsewhere.tenant.ID, elsewhere.space.ID, true},
		{w.tenant.ID, annex.ID, false},
		{elsewhere.tenant.ID, w.space.ID, false},
		{w.tenant.ID, elsewhere.space.ID, false},
		{newID(), w.space.ID, false},
		{"", "", false},
	} {
		u := w.join()
		w.changed(u, func(a *auth.Account) { a.Seats = append(a.Seats, elsewhere.as(auth.RoleAdmin)) })
		v := w.unborn(u, 0)
		v.Tenant, v.Space = c.tenant, c.space
		o := auth.Opening{Session: v, Note: w.note("seat", start)}
		if !c.ok {
			w.seatless(o)
			continue
		}
		w.changed(u, func(a *auth.Account) { // to the other tenant, whichever that is
			for i := range a.Seats {
				a.Seats[i].Main = a.Seats[i].Tenant != c.tenant
			}
			a.Seats = slices.DeleteFunc(a.Seats, func(s auth.Seat) bool { return s.Tenant == c.tenant })
		})
		w.seatless(o)
	}
	w.opens(auth.Opening{Session: w.unborn(w.user, 0)})
}

// seatless wants a session not to be made for want of a seat.
func (w world) seatless(o auth.Opening) {
	w.Helper()
	was := w.account(auth.User{Directory: o.Session.Directory, ID: o.Session.User})
	_, err := w.CreateSession(bg, o)
	refused(w, err, auth.ErrNoRecord, "CreateSession without a seat")
	_, err = w.Session(bg, o.Session.Directory, o.Session.ID)
	refused(w, err, auth.ErrNoRecord, "Session")
	same(w, "the account", w.account(was.User), was)
	w.knows(was.User, nil, "device")
	w.wrote("seat", 0)
}

// aMailedCodeVerifiesOnce: the first of them says when the address was proved.
func aMailedCodeVerifiesOnce(t T, s auth.Store) {
	w := settle(t, s, "default")
	other := w.join()
	want := w.user
	for _, c := range []struct {
		after    time.Duration
		coded    bool
		verified time.Duration // after the start; 0: not yet
	}{
		{time.Minute, false, 0},
		{2*time.Minute + time.Millisecond, true, 2*time.Minute + time.Millisecond},
		{3 * time.Minute, true, 2*time.Minute + time.Millisecond},
		{time.Second, true, 2*time.Minute + time.Millisecond},
		{4 * time.Minute, false, 2*time.Minute + time.Millisecond},
	} {
		v := w.unborn(w.user, c.after)
		v.Coded = c.coded
		w.opens(auth.Opening{Session: v})
		same(t, "the session", w.session(v), v)
		want.LastLoginAt = v.CreatedAt
		if c.verified > 0 {
			want.VerifiedAt = start.Add(c.verified)
		}
		w.holds(want)
	}
	v := w.unborn(other, 0)
	v.Coded = true
	w.barred(auth.Opening{Session: v, Epoch: 7}, auth.ErrNoRecord, "CreateSession with another epoch")
	w.holds(other)
}

// endingPassesOverTenants: who is put out of one keeps the sessions in others.
func endingPassesOverTenants(t T, s auth.Store) {
	w, elsewhere := settle(t, s, "default"), settle(t, s, "default")
	for how, end := range w.endings() {
		u := w.join()
		w.changed(u, func(a *auth.Account) { a.Seats = append(a.Seats, elsewhere.as(auth.RoleUser)) })
		here, kept, there := w.unborn(u, 0), w.unborn(u, 0), w.unborn(u, 0)
		there.Tenant, there.Space = elsewhere.tenant.ID, elsewhere.space.ID
		for _, v := range []auth.Session{here, kept, there} {
			w.opens(auth.Opening{Session: v})
		}
		for _, c := range []struct {
			tenant, keep string
			want         []*auth.Session
		}{
			{newID(), "", nil},
			{w.tenant.ID, kept.ID, []*auth.Session{&here}},
			{w.tenant.ID, kept.ID, nil},
			{"", kept.ID, []*auth.Session{&there}},
			{w.tenant.ID, "", []*auth.Session{&kept}},
		} {
			e := w.ending(c.keep)
			e.User, e.Tenant = u.ID, c.tenant
			var want []string
			for _, v := range c.want {
				want, *v = append(want, v.ID), ended(*v, e)
			}
			ids, err := end(e)
			must(t, err, how)
			same(t, how+": ids", ids, want)
			for _, v := range []auth.Session{here, kept, there} {
				same(t, how+": a session", w.session(v), v)
			}
		}
	}
}
