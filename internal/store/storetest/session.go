package storetest

import (
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

func sessionPromises() []promise[auth.Store] {
	return []promise[auth.Store]{
		{"SessionsComeBackWhole", sessionsComeBackWhole},
		{"ALoginIsRemembered", aLoginIsRemembered},
		{"ASessionNeedsItsUser", aSessionNeedsItsUser},
		{"ASessionNeedsItsSeat", aSessionNeedsItsSeat},
		{"AMailedCodeVerifiesOnce", aMailedCodeVerifiesOnce},
		{"ALockHoldsAgainstALogin", aLockHoldsAgainstALogin},
		{"AnOldEpochIsNoRecord", anOldEpochIsNoRecord},
		{"DevicesAreRemembered", devicesAreRemembered},
		{"DevicesAreApart", devicesAreApart},
		{"AForgottenDeviceIsNotKnown", aForgottenDeviceIsNotKnown},
		{"AGenerationNeverFalls", aGenerationNeverFalls},
		{"TheOldestEndForANewOne", theOldestEndForANewOne},
		{"AFullAccountRefuses", aFullAccountRefuses},
		{"NeverMoreThanMost", neverMoreThanMost},
		{"OnlyAsManyGetInAsMay", onlyAsManyGetInAsMay},
		{"LivingSessionsComeNewestFirst", livingSessionsComeNewestFirst},
		{"SessionsOfDirectoriesAreApart", sessionsOfDirectoriesAreApart},
		{"TouchMovesForwardOnly", touchMovesForwardOnly},
		{"NoTouchIsLost", noTouchIsLost},
		{"EndingEndsOne", endingEndsOne},
		{"OneCallerEnds", oneCallerEnds},
		{"OthersCannotEnd", othersCannotEnd},
		{"EndingAllKeepsOne", endingAllKeepsOne},
		{"EachEndIsToldOnce", eachEndIsToldOnce},
		{"EndingPassesOver", endingPassesOver},
		{"EndingPassesOverTenants", endingPassesOverTenants},
		{"EndingForgetsTheDevice", endingForgetsTheDevice},
		{"EndingAllForgetsDevices", endingAllForgetsDevices},
		{"SecureChangesAndEnds", secureChangesAndEnds},
		{"SecureFailsWhole", secureFailsWhole},
		{"SecureHappensAtOnce", secureHappensAtOnce},
		{"NoLoginOutlivesSecure", noLoginOutlivesSecure},
		{"NoUpdateIsLostBySecure", noUpdateIsLostBySecure},
		{"EndedStaysEnded", endedStaysEnded},
		{"RotationMovesOn", rotationMovesOn},
		{"RotationSaysWhatItDid", rotationSaysWhatItDid},
		{"IdleEndIsCapped", idleEndIsCapped},
		{"ReuseEndsTheSession", reuseEndsTheSession},
		{"ReuseForgetsTheDevice", reuseForgetsTheDevice},
		{"SecureKeepsOnlyTheLiving", secureKeepsOnlyTheLiving},
		{"StrangersAreForgotten", strangersAreForgotten},
		{"OneRotationWins", oneRotationWins},
		{"OneReuseIsNoted", oneReuseIsNoted},
		{"EndBeatsRotation", endBeatsRotation},
		{"RotationsMakeOneChain", rotationsMakeOneChain},
		{"RotationFollowsItsModel", rotationFollowsItsModel},
		{"RotationIsLinearizable", rotationIsLinearizable},
	}
}

func sessionsComeBackWhole(t T, s auth.Store) {
	w := settle(t, s, "default")
	full := auth.Session{
		ID: newID(), Directory: "default", User: w.user.ID, Tenant: w.tenant.ID, Space: w.space.ID,
		Device: "d-1", Known: true, Coded: true, DeviceName: "안나's 📱", IP: "2001:db8::1", Agent: "Ünï/1.0 (x; 'y')",
		Counter:   41,
		CreatedAt: start, RotatedAt: start.Add(time.Millisecond), LastSeen: start.Add(2 * time.Millisecond),
		IdleUntil: start.Add(time.Hour + 3*time.Millisecond), ExpiresAt: start.Add(90 * 24 * time.Hour),
	}
	bare := auth.Session{
		ID: newID(), Directory: "default", User: w.user.ID, Tenant: w.tenant.ID, Space: w.space.ID,
		CreatedAt: start, RotatedAt: start, LastSeen: start, IdleUntil: start.Add(time.Millisecond), ExpiresAt: start.Add(time.Hour),
	}
	zoned := full
	zoned.ID = newID()
	seoul := time.FixedZone("KST", 9*60*60)
	zoned.CreatedAt, zoned.ExpiresAt = full.CreatedAt.In(seoul), full.ExpiresAt.In(seoul)
	w.opens(auth.Opening{Session: w.from("d-1", w.user, -time.Hour)})
	for _, v := range []auth.Session{full, bare, zoned} {
		w.opens(auth.Opening{Session: v})
		v.CreatedAt, v.ExpiresAt = v.CreatedAt.UTC(), v.ExpiresAt.UTC()
		same(t, "Session", w.session(v), v)
	}
	_, err := s.Session(bg, "default", newID())
	refused(t, err, auth.ErrNoRecord, "Session")
}

func aLoginIsRemembered(t T, s auth.Store) {
	w := settle(t, s, "default")
	other := w.join()
	want := w.user
	for _, after := range []time.Duration{0, time.Hour, time.Minute} {
		w.login(w.user, after)
		want.LastLoginAt = start.Add(after)
		w.holds(want)
	}
	w.holds(other)
}

func aSessionNeedsItsUser(t T, s auth.Store) {
	w, there := settle(t, s, "default"), settle(t, s, "there")
	for _, user := range []string{newID(), there.user.ID} {
		v := auth.Session{
			ID: newID(), Directory: "default", User: user, Tenant: w.tenant.ID, Space: w.space.ID,
			CreatedAt: start, RotatedAt: start, LastSeen: start,
			IdleUntil: start.Add(time.Hour), ExpiresAt: start.Add(time.Hour),
		}
		v.Device = "device"
		w.barred(auth.Opening{Session: v, Note: w.note("nobody", start)}, auth.ErrNoRecord, "CreateSession for nobody")
		_, err := s.Device(bg, "default", user, "device")
		refused(t, err, auth.ErrNoRecord, "Device of nobody")
	}
	there.holds(there.user)
	w.wrote("nobody", 0)
}

// aLockHoldsAgainstALogin: what was checked before a password was hashed may be
// so no longer when the session is made.
func aLockHoldsAgainstALogin(t T, s auth.Store) {
	for _, c := range []struct {
		status   auth.UserStatus
		until    time.Duration // of the lock, after the start; 0: no end
		at       time.Duration // of the login
		stranger bool          // a device that is not known gets in
		known    bool          // one that is known does
	}{
		{auth.UserActive, 0, 0, true, true},
		{auth.UserActive, time.Hour, 0, true, true},
		{auth.UserLocked, 0, 0, false, false},
		{auth.UserLocked, time.Hour, time.Hour - time.Millisecond, false, true},
		{auth.UserLocked, time.Hour, time.Hour, true, true},
		{auth.UserDisabled, 0, 0, false, false},
		{"unheard of", 0, 0, false, false},
	} {
		w := settle(t, s, "d"+newID())
		w.login(w.user, -time.Hour)
		_, err := s.UpdateUser(bg, w.user.Directory, w.user.ID, func(u *auth.User) error {
			if u.Status = c.status; c.until > 0 {
				u.LockedUntil = start.Add(c.until)
			}
			return nil
		}, auth.Note{})
		must(t, err, "UpdateUser")
		for known, ok := range map[bool]bool{false: c.stranger, true: c.known} {
			v := w.unborn(w.user, c.at)
			v.Known = known
			if ok {
				w.opens(auth.Opening{Session: v})
				continue
			}
			w.barred(auth.Opening{Session: v}, auth.ErrNoRecord, "CreateSession of an account that is "+string(c.status))
		}
	}
}

// anOldEpochIsNoRecord: who was recognised before a reset is not let in after it.
func anOldEpochIsNoRecord(t T, s auth.Store) {
	w := settle(t, s, "default")
	_, err := s.UpdateUser(bg, "default", w.user.ID, func(u *auth.User) error { u.Epoch = 7; return nil }, auth.Note{})
	must(t, err, "UpdateUser")
	for _, epoch := range []int64{0, 6, 8, -7} {
		o := auth.Opening{Session: w.unborn(w.user, 0), Epoch: epoch, Note: w.note("epoch", start)}
		w.barred(o, auth.ErrNoRecord, "CreateSession with another epoch")
	}
	_, err = s.Device(bg, "default", w.user.ID, "device")
	refused(t, err, auth.ErrNoRecord, "Device")
	w.wrote("epoch", 0)
	w.opens(auth.Opening{Session: w.unborn(w.user, 0), Epoch: 7})
}

func livingSessionsComeNewestFirst(t T, s auth.Store) {
	w := settle(t, s, "default")
	w.login(w.join(), 0) // another's
	b := w.login(w.user, 2*time.Minute)
	a := w.login(w.user, time.Minute)
	c := w.login(w.user, 3*time.Minute)
	gone := w.login(w.user, 4*time.Minute)
	must(t, s.EndSession(bg, auth.Ending{Directory: "default", User: w.user.ID, Session: gone.ID, At: start.Add(5 * time.Minute)}), "EndSession")
	for _, at := range []struct {
		now  time.Time
		want []auth.Session
	}{
		{start.Add(5 * time.Minute), []auth.Session{c, b, a}},
		{a.IdleUntil.Add(-time.Millisecond), []auth.Session{c, b, a}},
		{a.IdleUntil, []auth.Session{c, b}},
		{c.IdleUntil, nil},
	} {
		got, err := s.LivingSessions(bg, "default", w.user.ID, at.now)
		must(t, err, "LivingSessions")
		same(t, "LivingSessions", got, at.want)
	}
	same(t, "an expired session", w.session(a), a)
}

func sessionsOfDirectoriesAreApart(t T, s auth.Store) {
	w := settle(t, s, "here")
	v := w.login(w.user, 0)
	now := start.Add(time.Minute)
	_, err := s.Session(bg, "there", v.ID)
	refused(t, err, auth.ErrNoRecord, "Session")
	got, err := s.LivingSessions(bg, "there", w.user.ID, now)
	must(t, err, "LivingSessions")
	same(t, "LivingSessions", got, []auth.Session(nil))
	r := w.rotation(v, 0, time.Minute)
	r.Directory = "there"
	_, err = s.Rotate(bg, r)
	refused(t, err, auth.ErrNoRecord, "Rotate")
	must(t, s.Touch(bg, "there", map[string]time.Time{v.ID: now}), "Touch")
	e := auth.Ending{Directory: "there", User: w.user.ID, Session: v.ID, At: now}
	refused(t, s.EndSession(bg, e), auth.ErrNoRecord, "EndSession")
	e.Session = ""
	ids, err := s.EndSessions(bg, e)
	must(t, err, "EndSessions")
	same(t, "EndSessions", ids, []string(nil))
	same(t, "the session", w.session(v), v)
}

func touchMovesForwardOnly(t T, s auth.Store) {
	w := settle(t, s, "default")
	a, b, ended := w.login(w.user, 0), w.login(w.user, 0), w.login(w.user, 0)
	must(t, s.EndSession(bg, auth.Ending{Directory: "default", User: w.user.ID, Session: ended.ID, At: start}), "EndSession")
	was := w.session(ended)
	must(t, s.Touch(bg, "default", nil), "Touch of nothing")
	for _, c := range []struct{ seen, want time.Duration }{
		{time.Second, time.Second}, {3 * time.Second, 3 * time.Second}, {2 * time.Second, 3 * time.Second}, {3001 * time.Millisecond, 3001 * time.Millisecond},
	} {
		at := start.Add(c.seen)
		must(t, s.Touch(bg, "default", map[string]time.Time{a.ID: at, ended.ID: at, newID(): at}), "Touch")
		a.LastSeen = start.Add(c.want)
		same(t, "the touched", w.session(a), a)
		same(t, "the untouched", w.session(b), b)
		same(t, "the ended", w.session(ended), was)
	}
}

func noTouchIsLost(t T, s auth.Store) {
	w := settle(t, s, "default")
	for range rounds {
		v := w.login(w.user, 0)
		race(callers, func(i int) error {
			at := start.Add(time.Duration(i) * time.Second)
			return s.Touch(bg, "default", map[string]time.Time{v.ID: at})
		})
		v.LastSeen = start.Add((callers - 1) * time.Second)
		same(t, "the session", w.session(v), v)
	}
}
