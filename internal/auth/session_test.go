package auth_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/latchkey/latchkey/internal/auth"
)

// dead wants that neither token of a session opens anything.
func (w *world) dead(t *testing.T, doing string, g auth.Grant, reason auth.EndReason) {
	t.Helper()
	_, err := w.Authorize(t.Context(), auth.Origin{}, auth.Secret(g.AccessToken))
	refused(t, doing+": access", err, auth.ErrSessionEnded)
	if meta(err).Reason != string(reason) {
		t.Errorf("%s: got reason %q, want %q", doing, meta(err).Reason, reason)
	}
	_, err = w.refresh(t, g.RefreshToken)
	refused(t, doing+": refresh", err, auth.ErrSessionEnded)
}

// alive wants that the access token does.
func (w *world) alive(t *testing.T, doing string, g auth.Grant) {
	t.Helper()
	_, err := w.Authorize(t.Context(), auth.Origin{}, auth.Secret(g.AccessToken))
	refused(t, doing, err, nil)
}

func TestListSessions(t *testing.T) {
	w, _ := joined(t)
	w.join(t, home, "bob")
	start := w.clock.Now()
	var ids []string
	var last auth.Grant
	for _, device := range []string{"Phone", "Tablet", "Laptop"} {
		out, err := w.SignIn(t.Context(), w.anyone(t, home), auth.SignInInput{Name: "ann.lee", Password: secret, DeviceName: device})
		must(t, err)
		ids, last = append(ids, out.SessionID), *out.Grant
		w.clock.advance(time.Minute)
	}
	w.login(t, "bob")
	ended := w.login(t, "ann.lee")
	_, err := w.SignOut(t.Context(), w.enter(t, ended.AccessToken), struct{}{})
	must(t, err)

	got, err := w.ListSessions(t.Context(), w.enter(t, last.AccessToken), struct{}{})
	must(t, err)
	want := make([]auth.SessionView, 0, 3)
	for i := 2; i >= 0; i-- {
		at := start.Add(time.Duration(i) * time.Minute)
		want = append(want, auth.SessionView{
			SessionID: ids[i], DeviceName: []string{"Phone", "Tablet", "Laptop"}[i], IP: "192.0.2.7", Agent: "tester/1",
			CreatedAt: at, LastSeen: at, ExpiresAt: w.session(t, ids[i]).IdleUntil, Current: i == 2,
		})
	}
	want[0].LastSeen = w.clock.Now() // it is asking
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("sessions (-want +got):\n%s", diff)
	}

	w.clock.advance(7 * 24 * time.Hour)
	got, err = w.ListSessions(t.Context(), w.enter(t, w.login(t, "ann.lee").AccessToken), struct{}{})
	must(t, err)
	if len(got) != 1 {
		t.Errorf("a week later: got %d sessions, want the new one alone", len(got))
	}
}

func TestEndSession(t *testing.T) {
	w, _ := joined(t)
	w.join(t, home, "bob")
	current, second, bob := w.login(t, "ann.lee"), w.login(t, "ann.lee"), w.login(t, "bob")
	by := w.enter(t, current.AccessToken)
	for name, c := range map[string]struct {
		id   string
		want *auth.Error
	}{
		"another person's": {bob.SessionID, auth.ErrNoSuchSession},
		"unknown":          {uuid.NewString(), auth.ErrNoSuchSession},
		"the zero id":      {uuid.Nil.String(), auth.ErrNoSuchSession},
		"none":             {"", auth.ErrValidation},
		"no UUID":          {"1", auth.ErrValidation},
		"SQL":              {"' OR '1'='1' --", auth.ErrValidation},
		"in braces":        {"{" + second.SessionID + "}", auth.ErrValidation},
		"as URN":           {"urn:uuid:" + second.SessionID, auth.ErrValidation},
		"without dashes":   {strings.ReplaceAll(second.SessionID, "-", ""), auth.ErrValidation},
	} {
		out, err := w.EndSession(t.Context(), by, auth.EndSessionInput{SessionID: c.id})
		refused(t, name, err, c.want)
		if out.SessionID != "" {
			t.Errorf("%s: got %v", name, out)
		}
	}
	for _, g := range []auth.Grant{current, second, bob} {
		w.alive(t, "after all that was refused", g)
	}
	if n := w.wrote(t, home, auth.ActionLogout, string(auth.EndRemoteLogout)); n != 0 {
		t.Errorf("got %d events of what did not happen", n)
	}

	out, err := w.EndSession(t.Context(), by, auth.EndSessionInput{SessionID: strings.ToUpper(second.SessionID)})
	must(t, err)
	if out.SessionID != second.SessionID {
		t.Errorf("got %s, want %s", out.SessionID, second.SessionID)
	}
	w.dead(t, "the other one", second, auth.EndRemoteLogout)
	_, err = w.EndSession(t.Context(), by, auth.EndSessionInput{SessionID: second.SessionID})
	refused(t, "again", err, auth.ErrNoSuchSession)
	w.alive(t, "the one that asked", current)

	_, err = w.EndSession(t.Context(), by, auth.EndSessionInput{SessionID: current.SessionID})
	must(t, err)
	w.dead(t, "its own", current, auth.EndLogout)
	w.alive(t, "bob's", bob)
	for reason, want := range map[auth.EndReason]int{auth.EndRemoteLogout: 1, auth.EndLogout: 1} {
		if n := w.wrote(t, home, auth.ActionLogout, string(reason)); n != want {
			t.Errorf("got %d events with reason %s, want %d", n, reason, want)
		}
	}
}

func TestSignOutTwice(t *testing.T) {
	w, _, g := loggedIn(t)
	by := w.enter(t, g.AccessToken)
	for range 2 { // the second request had been let in before
		if ok, err := w.SignOut(t.Context(), by, struct{}{}); !ok || err != nil {
			t.Errorf("got %t and error %v, want true", ok, err)
		}
	}
	w.dead(t, "afterwards", g, auth.EndLogout)
	if n := w.wrote(t, home, auth.ActionLogout, string(auth.EndLogout)); n != 1 {
		t.Errorf("got %d events, want 1", n)
	}
}

func TestEndSessions(t *testing.T) {
	for _, keep := range []bool{true, false} {
		w, _ := joined(t)
		w.join(t, home, "bob")
		current, bob := w.login(t, "ann.lee"), w.login(t, "bob")
		others := []auth.Grant{w.login(t, "ann.lee"), w.login(t, "ann.lee"), w.login(t, "ann.lee")}
		_, err := w.SignOut(t.Context(), w.enter(t, others[2].AccessToken), struct{}{})
		must(t, err)
		out, err := w.EndSessions(t.Context(), w.enter(t, current.AccessToken), auth.EndSessionsInput{KeepCurrent: keep})
		must(t, err)
		for _, g := range others[:2] {
			w.dead(t, "another session", g, auth.EndRemoteLogout)
		}
		want := 2
		if keep {
			w.alive(t, "the kept one", current)
		} else {
			want = 3
			w.dead(t, "its own", current, auth.EndRemoteLogout)
		}
		if out.RevokedCount != want {
			t.Errorf("keep %t: got %d, want %d", keep, out.RevokedCount, want)
		}
		w.alive(t, "bob's", bob)
		if n := w.wrote(t, home, auth.ActionLogoutAll, string(auth.EndRemoteLogout)); n != 1 {
			t.Errorf("got %d events, want 1", n)
		}
	}
}

// TestNothingWorksAfterTheAnswer: while others use the session without a pause,
// it is ended; from the answer on neither token is good, whatever was being read
// into memory at that moment.
func TestNothingWorksAfterTheAnswer(t *testing.T) {
	for name, end := range map[string]func(*world, auth.Caller) error{
		"logout": func(w *world, by auth.Caller) error {
			_, err := w.SignOut(t.Context(), by, struct{}{})
			return err
		},
		"logout/session": func(w *world, by auth.Caller) error {
			_, err := w.EndSession(t.Context(), by, auth.EndSessionInput{SessionID: by.Session.ID})
			return err
		},
		"logout/all": func(w *world, by auth.Caller) error {
			_, err := w.EndSessions(t.Context(), by, auth.EndSessionsInput{})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			w, _ := joined(t)
			for range 20 {
				g := w.login(t, "ann.lee")
				by, public := w.enter(t, g.AccessToken), w.anyone(t, home)
				in := auth.RefreshInput{RefreshToken: auth.Secret(g.RefreshToken)}
				answered, started := make(chan struct{}), make(chan struct{}, 4)
				var all sync.WaitGroup
				for i := range 4 {
					all.Go(func() {
						started <- struct{}{}
						for late := false; !late; {
							select {
							case <-answered:
								late = true
							default:
							}
							var err error
							if i%2 == 0 {
								w.cache.DropSessions(auth.DefaultDirectory, g.SessionID) // so that it is read anew all the time
								_, err = w.Authorize(t.Context(), auth.Origin{}, auth.Secret(g.AccessToken))
							} else {
								_, err = w.Refresh(t.Context(), public, in)
							}
							if late {
								refused(t, "after the answer", err, auth.ErrSessionEnded)
							} else if err != nil {
								refused(t, "meanwhile", err, auth.ErrSessionEnded)
							}
						}
					})
				}
				for range 4 {
					<-started
				}
				if err := end(w, by); err != nil {
					t.Errorf("end: got error %v", err)
				}
				close(answered)
				all.Wait()
			}
		})
	}
}

// TestLoginReplacesTheSessionOfItsCookies: the session whose cookies a browser
// loses by a login ends with it; what is no token of ours ends nothing.
func TestLoginReplacesTheSessionOfItsCookies(t *testing.T) {
	w, _ := joined(t)
	w.join(t, home, "bob")
	w.join(t, far, "eve")
	replacing := func(token auth.Token) func(*auth.Origin) {
		return func(o *auth.Origin) { o.Replaces = auth.Secret(token) }
	}
	old := w.login(t, "ann.lee")
	stranger, err := newVault(t, "another master key of 32 bytes..").RefreshToken(old.SessionID, 0)
	must(t, err)
	for name, token := range map[string]auth.Token{
		"none": "", "garbage": "garbage", "access token": old.AccessToken, "another master key": stranger, "cut": old.RefreshToken[:54],
	} {
		w.login(t, "ann.lee", replacing(token))
		w.alive(t, name, old)
	}
	lost := w.login(t, "ann.lee")
	w.loginAt(t, far, "eve", replacing(lost.RefreshToken)) // the token knows its directory
	w.dead(t, "by a login in another directory", lost, auth.EndLogout)
	_, err = w.SignIn(t.Context(), w.anyone(t, home, replacing(old.RefreshToken)), auth.SignInInput{Name: "ann.lee", Password: wrong})
	refused(t, "failed login", err, auth.ErrCredentials)
	w.alive(t, "after a login that failed", old)

	second := w.login(t, "ann.lee", replacing(old.RefreshToken))
	w.dead(t, "by the same person", old, auth.EndLogout)
	w.alive(t, "the new one", second)
	w.login(t, "ann.lee", replacing(old.RefreshToken)) // it is dead already
	third := w.login(t, "bob", replacing(second.RefreshToken))
	w.dead(t, "by another person", second, auth.EndLogout)
	w.alive(t, "the newest", third)
	if n := w.wrote(t, home, auth.ActionLogout, string(auth.EndLogout)); n != 3 {
		t.Errorf("got %d events, want 3", n)
	}

	out, err := w.SignIn(t.Context(), w.anyone(t, coded, replacing(third.RefreshToken)), auth.SignInInput{Name: "ann.lee", Password: secret})
	must(t, err)
	w.alive(t, "while a code is asked for", third)
	_, err = w.Verify(t.Context(), w.anyone(t, coded, replacing(third.RefreshToken)), auth.VerifyInput{LoginID: out.LoginID, OTP: w.mail.code(t)})
	must(t, err)
	w.dead(t, "by a login with a code", third, auth.EndLogout)
}

// TestLoginReplacesTheSessionOfAnAccessCookie: where the refresh cookie, whose
// path is narrower, did not come.
func TestLoginReplacesTheSessionOfAnAccessCookie(t *testing.T) {
	w, _, g := loggedIn(t)
	for _, bad := range []string{"garbage", string(g.AccessToken) + "x", string(g.RefreshToken)} {
		w.login(t, "ann.lee", func(o *auth.Origin) { o.ReplacesAccess = auth.Secret(bad) })
		w.alive(t, "after a login over what is no access token", g)
	}
	w.login(t, "ann.lee", func(o *auth.Origin) { o.ReplacesAccess = auth.Secret(g.AccessToken) })
	w.dead(t, "after a login over it", g, auth.EndLogout)
}

// TestLogoutOfOneWhoHangsUp: the session ends though nobody waits for the answer.
func TestLogoutOfOneWhoHangsUp(t *testing.T) {
	for name, end := range map[string]func(*world, context.Context, auth.Caller) error{
		"logout": func(w *world, gone context.Context, by auth.Caller) error {
			_, err := w.SignOut(gone, by, struct{}{})
			return err
		},
		"logout/all": func(w *world, gone context.Context, by auth.Caller) error {
			_, err := w.EndSessions(gone, by, auth.EndSessionsInput{})
			return err
		},
	} {
		w, _, g := loggedIn(t)
		gone, cancel := context.WithCancel(t.Context())
		by := w.enter(t, g.AccessToken)
		cancel()
		refused(t, name, end(w, gone, by), nil)
		if !w.session(t, g.SessionID).Ended() {
			t.Errorf("%s: the session lives", name)
		}
	}
}
