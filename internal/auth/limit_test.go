package auth_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/latchkey/latchkey/internal/auth"
)

// nobodies shows n wrong passwords for as many names that nobody has.
func (w *world) nobodies(t *testing.T, n int, addr string) {
	t.Helper()
	by := w.anyone(t, home, from(addr))
	for i := range n {
		_, err := w.SignIn(t.Context(), by, auth.SignInInput{Name: fmt.Sprintf("nobody.%d.%d", n, i), Password: wrong})
		refused(t, "nobody", err, auth.ErrCredentials)
	}
}

// TestANetworkHasAHundredTries: a /24 or a /64, however it is written; who comes
// from another one, or on a known device, is not meant.
func TestANetworkHasAHundredTries(t *testing.T) {
	for name, c := range map[string]struct {
		used, same, other string
	}{
		"IPv4":              {"192.0.2.7", "192.0.2.250", "192.0.3.7"},
		"IPv4 mapped":       {"::ffff:192.0.2.7", "192.0.2.9", "::ffff:192.0.1.7"},
		"IPv4 mapped, hex":  {"192.0.2.7", "::ffff:c000:0209", "::ffff:c000:0309"},
		"IPv6":              {"2001:db8:0:1::7", "2001:db8:0:1:ffff:ffff:ffff:ffff", "2001:db8:0:2::7"},
		"IPv6 with a zone":  {"fe80::7%eth0", "fe80::9%eth1", "fe80:0:0:1::7"},
		"IPv6, long":        {"2001:0DB8:0000:0001:0000:0000:0000:0007", "2001:db8:0:1::9", "2001:db8:1::7"},
		"no address at all": {"", "garbage", "192.0.2.7"},
	} {
		t.Run(name, func(t *testing.T) {
			w, id := joined(t)
			g := w.login(t, "ann.lee", from("203.0.113.1"))
			w.nobodies(t, auth.NetworkFailures-1, c.used)
			for range 5 { // who is right does not count
				_, err := w.try(t, secret, from(c.same))
				refused(t, "a right one before the hundredth", err, nil)
			}
			w.nobodies(t, 1, c.used)
			w.clock.advance(1500 * time.Millisecond)
			for _, plain := range []auth.Secret{secret, wrong, wrong, wrong, wrong, wrong, wrong, wrong} {
				_, err := w.try(t, plain, from(c.same))
				refused(t, "the hundred and first", err, auth.ErrRateLimited)
				if diff := cmp.Diff(auth.Meta{RetryAfter: 3599}, meta(err)); diff != "" {
					t.Errorf("the answer:\n%s", diff)
				}
			}
			if w.user(t, id).Status != auth.UserActive {
				t.Error("tries that were not compared locked the account")
			}
			_, err := w.try(t, secret, from(c.other))
			refused(t, "from another network", err, nil)
			_, err = w.try(t, secret, from(c.same), on(g))
			refused(t, "from a known device", err, nil)
			w.clock.advance(time.Hour - 1501*time.Millisecond)
			_, err = w.try(t, secret, from(c.same))
			refused(t, "a moment before the hour is over", err, auth.ErrRateLimited)
			w.clock.advance(time.Millisecond)
			_, err = w.try(t, secret, from(c.same))
			refused(t, "after an hour", err, nil)
		})
	}
}

// TestANetworkIsCountedForCodesByItself: a hundred wrong codes, of any accounts.
func TestANetworkIsCountedForCodesByItself(t *testing.T) {
	w, _ := joined(t, func(s *auth.Service) { s.Policy.OTP = auth.OTPEmail })
	w.nobodies(t, auth.NetworkFailures, "192.0.2.7")
	for i := 0; i < auth.NetworkFailures; {
		name := fmt.Sprint("bob", i)
		w.join(t, home, name)
		out, err := w.SignIn(t.Context(), w.anyone(t, home, from("203.0.113.9")), auth.SignInInput{Name: name, Password: secret})
		must(t, err)
		for range 4 {
			i++
			_, err := w.Verify(t.Context(), w.anyone(t, home), auth.VerifyInput{LoginID: out.LoginID, OTP: other(w.mail.code(t))})
			refused(t, fmt.Sprint("wrong code ", i), err, auth.ErrOTPWrong)
		}
	}
	out, err := w.SignIn(t.Context(), w.anyone(t, home, from("203.0.113.9")), auth.SignInInput{Name: "ann.lee", Password: secret})
	must(t, err)
	in := auth.VerifyInput{LoginID: out.LoginID, OTP: w.mail.code(t)}
	_, err = w.Verify(t.Context(), w.anyone(t, home), in)
	refused(t, "the right code after a hundred", err, auth.ErrRateLimited)
	_, err = w.Verify(t.Context(), w.anyone(t, home, from("198.51.100.7")), in)
	refused(t, "from another network", err, nil)
}

// tried is what came of a try, and how long it took.
type tried struct {
	Took   time.Duration
	Answer *auth.Error
	Retry  int
}

func (w *world) timed(t *testing.T, name string, plain auth.Secret, change ...func(*auth.Origin)) (got tried) {
	t.Helper()
	by, began := w.anyone(t, home, change...), time.Now()
	_, err := w.SignIn(t.Context(), by, auth.SignInInput{Name: name, Password: plain})
	got.Took, got.Retry = time.Since(began), meta(err).RetryAfter
	if errors.As(err, &got.Answer) {
		got.Answer = got.Answer.With(auth.Meta{})
	}
	return got
}

// TestFromTheSixthOnTriesWait: a second, then two, within the request; for a
// name that nobody has as for any other, and for who is right as well.
func TestFromTheSixthOnTriesWait(t *testing.T) {
	for _, name := range []string{"ann.lee", "nobody"} {
		synctest.Test(t, func(t *testing.T) {
			w, _ := joined(t, func(s *auth.Service) { s.Now = time.Now })
			for i := range lockAttempts {
				want := tried{Took: map[int]time.Duration{5: time.Second, 6: 2 * time.Second}[i], Answer: auth.ErrCredentials}
				if diff := cmp.Diff(want, w.timed(t, name, wrong)); diff != "" {
					t.Errorf("%s, try %d:\n%s", name, i+1, diff)
				}
			}
		})
	}
	synctest.Test(t, func(t *testing.T) {
		w, _ := joined(t, func(s *auth.Service) { s.Now = time.Now })
		for range auth.Patience + 1 {
			w.timed(t, "ann.lee", wrong)
		}
		time.Sleep(500 * time.Millisecond) // what has passed is not waited for again
		if diff := cmp.Diff(tried{Took: 1500 * time.Millisecond}, w.timed(t, "ann.lee", secret)); diff != "" {
			t.Errorf("the right one:\n%s", diff)
		}
		for range auth.Patience {
			if diff := cmp.Diff(tried{Answer: auth.ErrCredentials}, w.timed(t, "ann.lee", wrong)); diff != "" {
				t.Errorf("after the right one:\n%s", diff)
			}
		}
	})
}

// TestLongWaitsAreForTheClient: it is told how long, nothing is compared, and
// nothing is counted.
func TestLongWaitsAreForTheClient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, _ := joined(t, func(s *auth.Service) { s.Now, s.Policy.LockAttempts = time.Now, 20 })
		g := w.login(t, "ann.lee")
		for range auth.Patience + 2 {
			w.timed(t, "ann.lee", wrong, on(g))
		}
		for wait := 4; wait < 15*60; wait *= 2 {
			for _, plain := range []auth.Secret{secret, wrong} {
				want := tried{Answer: auth.ErrRateLimited, Retry: wait}
				if diff := cmp.Diff(want, w.timed(t, "ann.lee", plain, on(g))); diff != "" {
					t.Errorf("too early:\n%s", diff)
				}
			}
			time.Sleep(time.Duration(wait)*time.Second - 3*time.Second)
			want := tried{Took: 3 * time.Second, Answer: auth.ErrCredentials}
			if diff := cmp.Diff(want, w.timed(t, "ann.lee", wrong, on(g))); diff != "" {
				t.Errorf("with three seconds left:\n%s", diff)
			}
		}
		if diff := cmp.Diff(tried{Answer: auth.ErrRateLimited, Retry: 15 * 60}, w.timed(t, "ann.lee", secret, on(g))); diff != "" {
			t.Errorf("the longest wait:\n%s", diff)
		}
		if got := w.timed(t, "ann.lee", secret); got != (tried{}) {
			t.Errorf("a stranger waits for what a known device did: %+v", got)
		}
	})
}

// TestUnlimitedLiftsWaitsNetworksAndMails: and nothing else; see
// TestFiftyInARow and TestTwentyWrongCodesADay for what it leaves.
func TestUnlimitedLiftsWaitsNetworksAndMails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, id := joined(t, unlimited, func(s *auth.Service) { s.Now = time.Now })
		began := time.Now()
		for i := range 2 * auth.NetworkFailures {
			w.timed(t, fmt.Sprint("nobody.", i), wrong)
		}
		for range lockAttempts {
			w.timed(t, "ann.lee", wrong)
		}
		for range 4 * auth.AskedMails {
			_, err := w.ForgotPassword(t.Context(), w.anyone(t, home), auth.EmailInput{Email: "ann@bücher.example"})
			must(t, err)
		}
		if took := time.Since(began); took != 0 {
			t.Errorf("waited for %v", took)
		}
		w.clock.advance(time.Since(w.clock.Now()))
		if n := len(w.inbox(t, auth.MessageReset)); n != 4*auth.AskedMails || !w.user(t, id).Locked(time.Now(), false) {
			t.Errorf("got %d mails, and status %s", n, w.user(t, id).Status)
		}
	})
}

// TestMaxSessions: the oldest goes, with its reason and an event, however many
// come at once.
func TestMaxSessions(t *testing.T) {
	w, id := joined(t, unlimited, func(s *auth.Service) { s.Policy.MaxSessions, s.Policy.LockAttempts = 3, 30 })
	var all []auth.Grant
	for range 5 {
		all = append(all, w.login(t, "ann.lee"))
		w.clock.advance(time.Second)
	}
	for i, g := range all {
		if i < 2 {
			w.dead(t, "the oldest", g, auth.EndLimit)
			continue
		}
		w.alive(t, "the newest", g)
	}
	evicted := 0
	for _, e := range w.events(t, home) {
		if e.Action == auth.ActionSessionLimit {
			if e.Session != all[evicted].SessionID || e.User != id || e.Reason != string(auth.EndLimit) {
				t.Errorf("the event is %+v", e)
			}
			evicted++
		}
	}
	if evicted != 2 {
		t.Errorf("got %d events, want 2", evicted)
	}
	var many sync.WaitGroup
	for range 20 {
		many.Go(func() { w.login(t, "ann.lee") })
	}
	many.Wait()
	if n := len(w.living(t, id)); n != 3 {
		t.Errorf("%d sessions live, want 3", n)
	}
}

// TestMaxSessionsRefuse: of any number of logins as many come in as there is
// room for, and the others leave nothing.
func TestMaxSessionsRefuse(t *testing.T) {
	w, id := joined(t, unlimited, func(s *auth.Service) {
		s.Policy.MaxSessions, s.Policy.AtLimit, s.Policy.LockAttempts = 3, auth.LimitRefuse, 30
	})
	first := w.login(t, "ann.lee")
	errs := make([]error, 20)
	var many sync.WaitGroup
	for i := range errs {
		many.Go(func() {
			var g auth.Grant
			if g, errs[i] = w.try(t, secret); errs[i] != nil && (g.AccessToken != "" || g.SessionID != "") {
				t.Error("got tokens beside the error")
			}
		})
	}
	many.Wait()
	in := 0
	for _, err := range errs {
		if err == nil {
			in++
			continue
		}
		refused(t, "at the limit", err, auth.ErrTooMany)
	}
	if n := len(w.living(t, id)); in != 2 || n != 3 || w.wrote(t, home, auth.ActionLogin, "") != 3 || w.wrote(t, home, auth.ActionLoginFailed, "session_limit") != 18 {
		t.Errorf("%d came in, %d sessions live", in, n)
	}
	w.alive(t, "the first", first)
	if n := len(w.inbox(t, auth.MessageNewDevice)); n != 3 {
		t.Errorf("%d mails about new devices, want 3", n)
	}
	if n := w.links(t, auth.TicketDisown); n != 3 {
		t.Errorf("%d links are left, want 3", n)
	}
	_, err := w.SignOut(t.Context(), w.enter(t, first.AccessToken), struct{}{})
	must(t, err)
	w.login(t, "ann.lee")
}
