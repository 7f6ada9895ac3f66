package storetest

import (
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

func recordPromises() []promise[auth.Store] {
	return []promise[auth.Store]{
		{"UsersComeBackWhole", usersComeBackWhole},
		{"UsersMayLackNames", usersMayLackNames},
		{"UpdatesComeBackWhole", updatesComeBackWhole},
		{"WhatAUserIsStaysFixed", whatAUserIsStaysFixed},
		{"TakenNamesAreNamed", takenNamesAreNamed},
		{"UniqueNamesUnderRace", uniqueNamesUnderRace},
		{"UniqueNamesUnderRacingUpdates", uniqueNamesUnderRacingUpdates},
		{"ATakenNameChangesNothing", aTakenNameChangesNothing},
		{"NoUpdateIsLost", noUpdateIsLost},
		{"ALoginDuringAnUpdateIsKept", aLoginDuringAnUpdateIsKept},
		{"AChangeThatFailsChangesNothing", aChangeThatFailsChangesNothing},
		{"DirectoriesDoNotSeeEachOther", directoriesDoNotSeeEachOther},
		{"NotesComeWithTheirChange", notesComeWithTheirChange},
		{"EventsComeNewestFirst", eventsComeNewestFirst},
		{"TenantsDoNotSeeEachOther", tenantsDoNotSeeEachOther},
		{"EveryNoteIsLinked", everyNoteIsLinked},
		{"TheTrailComesBackWhole", theTrailComesBackWhole},
		{"TheTrailComesInPages", theTrailComesInPages},
		{"TrailsOfDirectoriesAreApart", trailsOfDirectoriesAreApart},
		{"AFailedChangeLinksNothing", aFailedChangeLinksNothing},
		{"TheTrailHasNoGaps", theTrailHasNoGaps},
	}
}

// fullUser has every field set.
func (w world) fullUser() auth.User {
	u := w.newUser()
	u.Name, u.Nickname = "Ánn 'O\\Neil' 김안나", "🐈‍⬛"
	u.Username, u.Mobile = "ann"+u.ID, "+82"+strings.Map(decimal, u.ID[24:])
	u.PasswordHash = "$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA"
	u.Status, u.LockedUntil = auth.UserLocked, start.Add(time.Hour+time.Millisecond)
	u.Epoch = 1 << 40
	u.UpdatedAt, u.LastLoginAt = start.Add(2*time.Millisecond), start.Add(999*time.Millisecond)
	u.VerifiedAt = start.Add(time.Minute + time.Millisecond)
	return u
}

// decimal turns a hexadecimal digit into a decimal one.
func decimal(r rune) rune {
	if r >= 'a' {
		return r - 'a' + '0'
	}
	return r
}

// holds wants the store to have the user so, however it is asked.
func (w world) holds(want auth.User) {
	w.Helper()
	got, err := w.User(bg, want.Directory, want.ID)
	must(w, err, "User")
	same(w, "User", got, want)
	for _, n := range []auth.Name{
		{Kind: auth.NameEmail, Value: want.Email},
		{Kind: auth.NameUsername, Value: want.Username},
		{Kind: auth.NameMobile, Value: want.Mobile},
	} {
		got, err := w.UserByName(bg, want.Directory, n)
		if n.Value == "" {
			refused(w, err, auth.ErrNoRecord, "UserByName without a "+string(n.Kind))
			continue
		}
		must(w, err, "UserByName "+string(n.Kind))
		same(w, "UserByName "+string(n.Kind), got, want)
	}
	account, err := w.Account(bg, want.Directory, want.ID)
	must(w, err, "Account")
	want.PasswordHash = ""
	same(w, "Account", account, auth.Account{User: want, Seats: []auth.Seat{w.seat()}})
}

func usersComeBackWhole(t T, s auth.Store) {
	w := settle(t, s, "default")
	w.holds(w.user)
	u := w.fullUser()
	must(t, s.CreateUser(bg, u, w.seat(), auth.Note{}), "CreateUser")
	w.holds(u)
	_, err := s.UserByName(bg, "default", auth.Name{Kind: auth.NameEmail, Value: u.Username})
	refused(t, err, auth.ErrNoRecord, "UserByName of another kind")
	_, err = s.User(bg, "default", newID())
	refused(t, err, auth.ErrNoRecord, "User")
	_, err = s.Account(bg, "default", newID())
	refused(t, err, auth.ErrNoRecord, "Account")
}

func usersMayLackNames(t T, s auth.Store) {
	w := settle(t, s, "default")
	full := w.fullUser()
	must(t, s.CreateUser(bg, full, w.seat(), auth.Note{}), "CreateUser")
	users := []auth.User{w.join(), w.join()}
	full, err := s.UpdateUser(bg, "default", full.ID, func(u *auth.User) error {
		u.Username, u.Mobile = "", ""
		return nil
	}, auth.Note{})
	must(t, err, "UpdateUser to no names")
	for _, u := range append(users, full) {
		w.holds(u)
	}
}

func updatesComeBackWhole(t T, s auth.Store) {
	w := settle(t, s, "default")
	want := w.fullUser()
	want.ID, want.CreatedAt = w.user.ID, w.user.CreatedAt
	for _, want := range []auth.User{want, w.user} { // there and back
		got, err := s.UpdateUser(bg, "default", w.user.ID, func(u *auth.User) error { *u = want; return nil }, auth.Note{})
		must(t, err, "UpdateUser")
		same(t, "UpdateUser", got, want)
		w.holds(want)
	}
}

func whatAUserIsStaysFixed(t T, s auth.Store) {
	w := settle(t, s, "default")
	want := w.user
	want.Nickname = "new"
	got, err := s.UpdateUser(bg, "default", w.user.ID, func(u *auth.User) error {
		u.ID, u.Directory, u.CreatedAt, u.Nickname = newID(), "other", start.Add(time.Hour), "new"
		return nil
	}, auth.Note{})
	must(t, err, "UpdateUser")
	same(t, "UpdateUser", got, want)
	w.holds(want)
}

func noUpdateIsLost(t T, s auth.Store) {
	w := settle(t, s, "default")
	for range rounds {
		const n = 8
		u := w.join()
		meet := meeting(n)
		errs := race(n, func(i int) error {
			first := true
			_, err := s.UpdateUser(bg, "default", u.ID, func(u *auth.User) error {
				u.Nickname += string(rune('a' + i))
				if first {
					first = false
					meet()
				}
				return nil
			}, auth.Note{})
			return err
		})
		must(t, errors.Join(errs...), "UpdateUser")
		got, err := s.User(bg, "default", u.ID)
		must(t, err, "User")
		marks := []byte(got.Nickname)
		slices.Sort(marks)
		if string(marks) != "abcdefgh" {
			t.Fatalf("of %d updates %q are left", n, marks)
		}
	}
}

// aLoginDuringAnUpdateIsKept: a session that begins between an update's reading
// and its writing leaves its mark on the user all the same.
func aLoginDuringAnUpdateIsKept(t T, s auth.Store) {
	w := settle(t, s, "default")
	for range rounds {
		u := w.join()
		v := w.unborn(u, time.Hour)
		meet := meeting(2)
		errs := race(2, func(i int) error {
			if i == 0 {
				meet()
				_, err := s.CreateSession(bg, auth.Opening{Session: v})
				return err
			}
			first := true
			_, err := s.UpdateUser(bg, "default", u.ID, func(u *auth.User) error {
				u.Nickname = "new"
				if first {
					first = false
					meet()
					w.await(v) // let the login be written, where it can
				}
				return nil
			}, auth.Note{})
			return err
		})
		must(t, errors.Join(errs...), "UpdateUser and CreateSession")
		u.Nickname, u.LastLoginAt = "new", v.CreatedAt
		w.holds(u)
	}
}

func aChangeThatFailsChangesNothing(t T, s auth.Store) {
	w := settle(t, s, "default")
	fault := errors.New("changed my mind")
	_, err := s.UpdateUser(bg, "default", w.user.ID, func(u *auth.User) error {
		u.Name, u.Email = "New", "new@example.com"
		return fault
	}, w.note("failed", start))
	if err != fault { //nolint:errorlint // as it is: not wrapped
		t.Errorf("UpdateUser: got error %v, want that of the change as it is", err)
	}
	_, err = s.UpdateUser(bg, "default", newID(), func(*auth.User) error {
		t.Errorf("change was run without a user")
		return nil
	}, w.note("failed", start))
	refused(t, err, auth.ErrNoRecord, "UpdateUser")
	w.holds(w.user)
	w.wrote("failed", 0)
}
