package auth_test

import (
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/latchkey/latchkey/internal/auth"
)

const grace = 10 * time.Second // the default

// loggedIn is a world with ann logged in to the default tenant.
func loggedIn(t *testing.T, change ...func(*auth.Service)) (*world, string, auth.Grant) {
	t.Helper()
	w, id := joined(t, change...)
	return w, id, w.login(t, "ann.lee")
}

func TestRefreshRotates(t *testing.T) {
	w, id, first := loggedIn(t)
	w.clock.advance(time.Minute)
	next, err := w.Refresh(t.Context(), w.anyone(t, home, func(o *auth.Origin) { o.Addr = "198.51.100.9" }),
		auth.RefreshInput{RefreshToken: auth.Secret(first.RefreshToken)})
	must(t, err)
	if next.RefreshToken == first.RefreshToken || next.AccessToken == first.AccessToken || next.DeviceToken != "" {
		t.Error("the tokens are not new, or a device token came")
	}
	if next.SessionID != first.SessionID || next.User.ID != id || next.MainTenantID != home || next.User.Role != auth.RoleManager {
		t.Errorf("got %+v", next)
	}
	s := w.session(t, next.SessionID)
	if s.Counter != 1 || !s.RotatedAt.Equal(w.clock.Now()) || !s.LastSeen.Equal(w.clock.Now()) || s.IP != "198.51.100.9" {
		t.Errorf("session: got %+v", s)
	}
	within(t, "refresh token", next.RefreshTokenExpiresAt.Sub(w.clock.Now()), 7*24*time.Hour)
	within(t, "access token", next.AccessTokenExpiresAt.Sub(w.clock.Now()), 15*time.Minute)
	w.enter(t, next.AccessToken)
	w.enter(t, first.AccessToken) // of the same session, and in its time
}

// TestRefreshGrace: the last token gives the very same successor until the
// grace is over, to the millisecond, however often.
func TestRefreshGrace(t *testing.T) {
	for name, c := range map[string]struct {
		life  time.Duration // of the grace
		after time.Duration
		want  *auth.Error
	}{
		"at once":           {0, 0, nil},
		"at its last":       {0, grace - time.Millisecond, nil},
		"over":              {0, grace, auth.ErrRefreshReused},
		"long over":         {0, time.Hour, auth.ErrRefreshReused},
		"clock went back":   {0, -time.Hour, nil},
		"another grace":     {time.Minute, time.Minute - time.Millisecond, nil},
		"another, over":     {time.Minute, time.Minute, auth.ErrRefreshReused},
		"no grace, at once": {-1, 0, auth.ErrRefreshReused},
	} {
		t.Run(name, func(t *testing.T) {
			w, _, first := loggedIn(t, func(s *auth.Service) { s.Lifetimes.Grace = c.life })
			next, err := w.refresh(t, first.RefreshToken)
			must(t, err)
			w.clock.advance(c.after)
			for range 3 {
				again, err := w.refresh(t, first.RefreshToken)
				refused(t, "again", err, c.want)
				if c.want != nil {
					return
				}
				if again.RefreshToken != next.RefreshToken || !again.RefreshTokenExpiresAt.Equal(next.RefreshTokenExpiresAt) {
					t.Error("got another successor")
				}
				w.enter(t, again.AccessToken)
			}
			if n := w.session(t, first.SessionID).Counter; n != 1 {
				t.Errorf("got counter %d, want 1", n)
			}
		})
	}
}

// TestRefreshReuse: the session ends, its owner is told, it is written down; the
// person's other sessions and everybody else's live on.
func TestRefreshReuse(t *testing.T) {
	w, id, stolen := loggedIn(t)
	w.join(t, home, "bob")
	other, bob := w.login(t, "ann.lee"), w.login(t, "bob")
	newest, err := w.refresh(t, stolen.RefreshToken)
	must(t, err)
	w.clock.advance(grace)
	woken := w.mail.woken
	_, err = w.Refresh(t.Context(), w.anyone(t, home, func(o *auth.Origin) { o.Addr = "203.0.113.66" }),
		auth.RefreshInput{RefreshToken: auth.Secret(stolen.RefreshToken)})
	refused(t, "the old token", err, auth.ErrRefreshReused)

	_, err = w.Authorize(t.Context(), auth.Origin{}, auth.Secret(newest.AccessToken))
	refused(t, "its access token", err, auth.ErrSessionEnded)
	for _, old := range []auth.Token{stolen.RefreshToken, newest.RefreshToken} {
		_, err = w.refresh(t, old)
		refused(t, "afterwards", err, auth.ErrSessionEnded)
		if meta(err).Reason != string(auth.EndReuse) {
			t.Errorf("reason: got %q", meta(err).Reason)
		}
	}
	for _, g := range []auth.Grant{other, bob} {
		w.enter(t, g.AccessToken)
		if _, err := w.refresh(t, g.RefreshToken); err != nil {
			t.Errorf("another session: got error %v", err)
		}
	}

	if w.mail.woken == woken {
		t.Error("the outbox was not woken")
	}
	var told []auth.Facts
	mails, err := w.store.Lease(t.Context(), w.clock.Now(), time.Minute, 10)
	must(t, err)
	for _, m := range mails {
		if m.Kind == auth.MessageSessionEnded {
			msg, err := w.Message(t.Context(), m)
			must(t, err)
			told = append(told, msg.Facts)
			if m.User != id || msg.Email != "ann@xn--bcher-kva.example" {
				t.Errorf("mail: got %+v", msg)
			}
		}
	}
	want := []auth.Facts{{Device: "Firefox on Linux", Address: "203.0.113.66", At: w.clock.Now()}}
	if diff := cmp.Diff(want, told); diff != "" {
		t.Errorf("mails (-want +got):\n%s", diff)
	}
	var found []auth.Event
	for _, e := range w.events(t, home) {
		if e.Action == auth.ActionReuse {
			found = append(found, e)
		}
	}
	if len(found) != 1 || found[0].User != id || found[0].Session != stolen.SessionID || found[0].IP != "203.0.113.66" {
		t.Errorf("events: got %+v", found)
	}
}

// TestRefreshIdleAndAbsoluteEnd: to the millisecond.
func TestRefreshIdleAndAbsoluteEnd(t *testing.T) {
	w, _, g := loggedIn(t)
	w.clock.advance(g.RefreshTokenExpiresAt.Sub(w.clock.Now()) - time.Millisecond)
	g, err := w.refresh(t, g.RefreshToken)
	must(t, err)
	w.clock.advance(g.RefreshTokenExpiresAt.Sub(w.clock.Now()))
	_, err = w.refresh(t, g.RefreshToken)
	refused(t, "idle too long", err, auth.ErrRefreshExpired)

	g = w.login(t, "ann.lee")
	end := w.clock.Now().Add(90 * 24 * time.Hour)
	for w.clock.Now().Add(6 * 24 * time.Hour).Before(end) {
		w.clock.advance(6 * 24 * time.Hour)
		g, err = w.refresh(t, g.RefreshToken)
		must(t, err)
	}
	if !g.RefreshTokenExpiresAt.Equal(end) {
		t.Errorf("the last token ends at %v, want at the session's end %v", g.RefreshTokenExpiresAt, end)
	}
	w.clock.advance(end.Sub(w.clock.Now()) - time.Minute)
	g, err = w.refresh(t, g.RefreshToken)
	must(t, err)
	if g.AccessTokenExpiresAt.After(end) {
		t.Errorf("the access token ends at %v, after the session's end %v", g.AccessTokenExpiresAt, end)
	}
	w.clock.advance(g.AccessTokenExpiresAt.Sub(w.clock.Now()) - time.Millisecond)
	w.enter(t, g.AccessToken)
	w.clock.advance(time.Millisecond)
	_, err = w.Authorize(t.Context(), auth.Origin{}, auth.Secret(g.AccessToken)) // within the verifier's leeway
	refused(t, "access at its end", err, auth.ErrTokenInvalid)
	w.clock.advance(end.Sub(w.clock.Now()))
	_, refreshed := w.refresh(t, g.RefreshToken)
	refused(t, "at the end", refreshed, auth.ErrRefreshExpired)
	if meta(err).Reason != string(auth.EndExpired) {
		t.Errorf("reason: got %q, want expired", meta(err).Reason)
	}
}

// TestRefusalUsesUpNoToken: whatever stood in the way, once it is gone the same
// token is good.
func TestRefusalUsesUpNoToken(t *testing.T) {
	const wing = "wing"
	for name, c := range map[string]struct {
		spoil, mend func(*testing.T, *world, string)
		want        *auth.Error
	}{
		"tenant suspended": {
			func(t *testing.T, w *world, _ string) { w.status(t, wing, auth.TenantSuspended) },
			func(t *testing.T, w *world, _ string) { w.status(t, wing, auth.TenantActive) }, auth.ErrTenantInactive},
		"user disabled": {
			func(t *testing.T, w *world, id string) {
				w.change(t, id, func(u *auth.User) { u.Status = auth.UserDisabled })
			},
			func(t *testing.T, w *world, id string) {
				w.change(t, id, func(u *auth.User) { u.Status = auth.UserActive })
			}, auth.ErrUserGone},
		"seat taken away": {
			func(t *testing.T, w *world, id string) { w.seats(t, id, w.main(t, closed, auth.RoleUser)) },
			func(t *testing.T, w *world, id string) {
				w.seats(t, id, w.main(t, wing, auth.RoleUser))
			}, auth.ErrForbidden},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.addTenant(t, wing, auth.DefaultDirectory, auth.TenantActive, auth.Policy{})
			id := w.join(t, wing, "bob")
			g := w.loginAt(t, wing, "bob")
			nobody := w.anyone(t, "") // a cookie alone: the session says which tenant
			in := auth.RefreshInput{RefreshToken: auth.Secret(g.RefreshToken)}
			c.spoil(t, w, id)
			for range 3 {
				_, err := w.Refresh(t.Context(), nobody, in)
				refused(t, "refresh", err, c.want)
				_, err = w.Authorize(t.Context(), auth.Origin{}, auth.Secret(g.AccessToken))
				refused(t, "access", err, c.want)
				w.clock.advance(grace)
			}
			if n := w.session(t, g.SessionID).Counter; n != 0 {
				t.Errorf("got counter %d, want 0", n)
			}
			c.mend(t, w, id)
			next, err := w.Refresh(t.Context(), nobody, in)
			must(t, err)
			if by := w.enter(t, next.AccessToken); by.Tenant.Slug != wing {
				t.Errorf("the token is of tenant %s, want %s", by.Tenant.Slug, wing)
			}
		})
	}
}

func TestRefreshOfLockedAccount(t *testing.T) {
	w, id, g := loggedIn(t)
	w.change(t, id, func(u *auth.User) { u.Status = auth.UserLocked })
	_, err := w.refresh(t, g.RefreshToken)
	refused(t, "the lock of an admin", err, auth.ErrUserGone)
	w.change(t, id, func(u *auth.User) { u.LockedUntil = w.clock.Now().Add(time.Hour) })
	_, err = w.refresh(t, g.RefreshToken)
	refused(t, "a lock against strangers stops logins, not sessions", err, nil)
}

func TestRefreshOfAnotherTenant(t *testing.T) {
	w, _, g := loggedIn(t)
	for slug, want := range map[string]*auth.Error{coded: auth.ErrTenantMismatch, far: auth.ErrTenantMismatch, home: nil} {
		by := w.anyone(t, slug)
		if want != nil {
			_, err := w.Refresh(t.Context(), by, auth.RefreshInput{RefreshToken: auth.Secret(g.RefreshToken)})
			refused(t, "at "+slug, err, want)
		}
	}
	if n := w.session(t, g.SessionID).Counter; n != 0 {
		t.Errorf("got counter %d, want 0", n)
	}
	_, err := w.refresh(t, g.RefreshToken)
	refused(t, "at home", err, nil)
}

// TestRefreshAfterARestoredBackup: a token newer than the database ends nothing.
func TestRefreshAfterARestoredBackup(t *testing.T) {
	w, _, g := loggedIn(t)
	for _, n := range []int64{1, 2, 1 << 40, 1<<63 - 1} {
		future, err := w.Vault.RefreshToken(g.SessionID, n)
		must(t, err)
		_, err = w.refresh(t, future)
		refused(t, "a token of the future", err, auth.ErrRefreshInvalid)
	}
	if _, err := w.refresh(t, g.RefreshToken); err != nil {
		t.Errorf("the token that the database knows: got error %v", err)
	}
	lost, err := w.Vault.RefreshToken(uuid.NewString(), 0)
	must(t, err)
	_, err = w.refresh(t, lost)
	refused(t, "of a session that the database lost", err, auth.ErrSessionEnded)
}

func TestRefreshAfterLogout(t *testing.T) {
	w, _, g := loggedIn(t)
	_, err := w.SignOut(t.Context(), w.enter(t, g.AccessToken), struct{}{})
	must(t, err)
	_, err = w.refresh(t, g.RefreshToken)
	refused(t, "refresh", err, auth.ErrSessionEnded)
	if meta(err).Reason != string(auth.EndLogout) {
		t.Errorf("reason: got %q", meta(err).Reason)
	}
	if n := w.wrote(t, home, auth.ActionReuse, string(auth.EndReuse)); n != 0 {
		t.Error("it was taken for a theft")
	}
}

// TestForeignRefreshTokensNeverReachTheStore: what we did not issue, or issued
// in another spelling, is refused by its bytes alone.
func TestForeignRefreshTokensNeverReachTheStore(t *testing.T) {
	w, _, g := loggedIn(t)
	stranger, err := newVault(t, "another master key of 32 bytes..").RefreshToken(g.SessionID, 0)
	must(t, err)
	own := string(g.RefreshToken)
	raw, err := base64.RawURLEncoding.DecodeString(own)
	must(t, err)
	foreign := map[string]string{
		"another master key": string(stranger), "garbage": "garbage", "space": " ", "NUL": "\x00",
		"megabyte": strings.Repeat("A", 1<<20), "access token": string(g.AccessToken), "device token": string(g.DeviceToken),
		"padding": own + "=", "newline after": own + "\n", "newline inside": own[:20] + "\n" + own[20:], "carriage return": own[:54] + "\r",
		"newline for a character": own[:20] + "\n" + own[21:], "space before": " " + own, "twice": own + own, "percent": "%" + own[1:],
		"one more byte": base64.RawURLEncoding.EncodeToString(append(raw[:len(raw):len(raw)], 0)),
	}
	for i := range own {
		foreign["cut at "+own[:i]] = own[:i]
	}
	delete(foreign, "cut at ") // it is the empty one, which is missing
	for bit := range len(raw) * 8 {
		flipped := append([]byte(nil), raw...)
		flipped[bit/8] ^= 1 << (bit % 8)
		foreign["bit "+base64.RawURLEncoding.EncodeToString(flipped)] = base64.RawURLEncoding.EncodeToString(flipped)
	}
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_+/"
	for _, c := range alphabet { // among them the spare bits of the last character
		foreign["ends in "+string(c)] = own[:len(own)-1] + string(c)
		foreign["begins with "+string(c)] = string(c) + own[1:]
	}
	by := w.anyone(t, home)
	before := w.store.count()
	for name, token := range foreign {
		if token == own {
			continue
		}
		_, err := w.Refresh(t.Context(), by, auth.RefreshInput{RefreshToken: auth.Secret(token)})
		refused(t, name, err, auth.ErrRefreshInvalid)
	}
	_, err = w.Refresh(t.Context(), by, auth.RefreshInput{})
	refused(t, "none", err, auth.ErrRefreshMissing)
	if n := w.store.count() - before; n != 0 {
		t.Errorf("got %d store calls, want none", n)
	}
	if _, err := w.refresh(t, g.RefreshToken); err != nil {
		t.Errorf("our own: got error %v", err)
	}
}

// TestStandardAlphabetIsAnotherSpelling: a token that has - or _ is not read
// with + and / in their place.
func TestStandardAlphabetIsAnotherSpelling(t *testing.T) {
	v := newVault(t, "a master key of thirty-two bytes")
	tried := 0
	for n := range int64(64) {
		token, err := v.RefreshToken("0190b5c0-0000-7000-8000-000000000001", n)
		must(t, err)
		spelt := strings.NewReplacer("-", "+", "_", "/").Replace(string(token))
		if spelt == string(token) {
			continue
		}
		tried++
		if _, _, ok := v.Counter(auth.Secret(spelt)); ok {
			t.Errorf("counter %d: read in the other alphabet", n)
		}
		if session, got, ok := v.Counter(auth.Secret(token)); !ok || got != n || session != "0190b5c0-0000-7000-8000-000000000001" {
			t.Errorf("counter %d: got %d of %s", n, got, session)
		}
	}
	if tried < 10 {
		t.Errorf("only %d tokens had such a character", tried)
	}
}

// TestRefreshWithTheAccessTokenOfAnotherLogin: two credentials that disagree.
func TestRefreshWithTheAccessTokenOfAnotherLogin(t *testing.T) {
	w, _, g := loggedIn(t)
	other := w.login(t, "ann.lee")
	in := auth.RefreshInput{RefreshToken: auth.Secret(g.RefreshToken)}
	_, err := w.Refresh(t.Context(), w.enter(t, other.AccessToken), in)
	refused(t, "of another login", err, auth.ErrAmbiguous)
	if n := w.session(t, g.SessionID).Counter; n != 0 {
		t.Errorf("got counter %d, want 0", n)
	}
	_, err = w.Refresh(t.Context(), w.enter(t, g.AccessToken), in)
	refused(t, "of its own", err, nil)
}
