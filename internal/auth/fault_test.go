package auth_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

// trial is one flow that would succeed, and what must be true afterwards.
type trial struct {
	run func() (auth.Grant, error)
	// truth looks at what is left once the database is back. failed: the answer
	// was a fault. sure: what failed did not happen.
	truth func(failed, sure bool)
}

// trials are all flows that touch the store, each in a world of its own.
var trials = map[string]func(*testing.T) (*world, trial){
	"authorize":       tryAuthorize,
	"list sessions":   tryList,
	"log in":          tryLogin,
	"log in, rehash":  tryRehash,
	"log in, replace": tryReplace,
	"ask for a code":  tryCode,
	"show a code":     tryVerify,
	"resend a code":   tryResend,
	"sign up":         trySignUp,
	"refresh":         tryRefresh,
	"log out":         tryLogout,
	"log out all":     tryLogoutAll,
	"lock":            tryLock,
	"unlock":          tryUnlock,
	"forgot":          tryForgot,
	"reset":           tryReset,
	"change":          tryChange,
	"disown":          tryDisown,
	"sign up, taken":  tryTaken,
}

// blow is a fault at one of a flow's store calls.
type blow struct {
	at    int   // the call that fails, counted from 0
	from  bool  // those after it fail too
	after bool  // its change has happened all the same
	fault error // what it answers
	want  *auth.Error
}

// TestFaultsNeverTurnIntoSuccess makes each store call of each flow fail in turn,
// alone or with all that follow, without or with its change having happened. The
// answer is a fault of the right kind, or (where what failed is beside the point)
// the success that it says it is; what is left is before or after, and usable.
func TestFaultsNeverTurnIntoSuccess(t *testing.T) {
	for name, prepare := range trials {
		t.Run(name, func(t *testing.T) {
			calls := 0
			for n := 0; n <= calls && !t.Failed(); n++ {
				for _, b := range []blow{
					{n, false, false, auth.ErrUnavailable, auth.ErrTenantDown},
					{n, false, false, errors.New("unheard-of: row 7 of table users"), auth.ErrInternal},
					{n, true, false, fmt.Errorf("dial tcp: %w", auth.ErrUnavailable), auth.ErrTenantDown},
					{n, false, true, auth.ErrUnavailable, auth.ErrTenantDown},
				} {
					w, tr := prepare(t)
					if !strings.HasPrefix(name, "log out") { // that is about what memory holds
						w.cache.DropAll()
					}
					calls = max(calls, tr.suffer(t, w, b))
				}
			}
			if calls == 0 {
				t.Error("the flow makes no store call")
			}
		})
	}
}

// suffer runs the flow under a blow, looks at the answer and at what is left,
// and returns how many calls could have failed that way.
func (tr trial) suffer(t *testing.T, w *world, b blow) (calls int) {
	t.Helper()
	broken := "none"
	fail := func(method string) error {
		calls++
		if n := calls - 1; n == b.at || b.from && n > b.at {
			broken = method
			return b.fault
		}
		return nil
	}
	before, after := fail, func(string) error { return nil }
	if b.after {
		before, after = after, before
	}
	mend := w.store.breaks(before, after)
	g, err := tr.run()
	mend()
	what := fmt.Sprintf("call %d (%s, after %t, and on %t): %v", b.at, broken, b.after, b.from, b.fault)
	switch {
	case err != nil:
		refused(t, what, err, b.want)
		if g.AccessToken != "" || g.RefreshToken != "" {
			t.Errorf("%s: got tokens beside the error", what)
		}
	case g.AccessToken != "":
		w.alive(t, what+": the token handed out", g)
		if w.session(t, g.SessionID).Ended() || g.RefreshToken == "" || g.MainTenantID != home {
			t.Errorf("%s: the session handed out has ended, or is not told of in full: %+v", what, g)
		}
	}
	tr.truth(err != nil, !b.after)
	if t.Failed() {
		t.Log("at ", what)
	}
	return calls
}

func tryAuthorize(t *testing.T) (*world, trial) {
	w, _, g := loggedIn(t)
	return w, trial{
		run: func() (auth.Grant, error) {
			by, err := w.Authorize(t.Context(), auth.Origin{}, auth.Secret(g.AccessToken))
			if (err != nil) != (by.Account.User.ID == "") {
				t.Errorf("got caller %q and error %v", by.Account.User.ID, err)
			}
			return auth.Grant{}, err
		},
		truth: func(bool, bool) { w.alive(t, "afterwards", g) },
	}
}

func tryList(t *testing.T) (*world, trial) {
	w, _, g := loggedIn(t)
	by := w.enter(t, g.AccessToken)
	return w, trial{
		run: func() (auth.Grant, error) {
			all, err := w.ListSessions(t.Context(), by, struct{}{})
			if (err == nil) != (len(all) == 1) {
				t.Errorf("got %d sessions and error %v", len(all), err)
			}
			return auth.Grant{}, err
		},
		truth: func(bool, bool) {},
	}
}

// tryLoginAs is a flow that logs ann in, and leaves at most one session more.
func tryLoginAs(t *testing.T, w *world, id string, change ...func(*auth.Origin)) trial {
	t.Helper()
	by, before := w.anyone(t, home, change...), len(w.living(t, id))
	return trial{
		run: func() (auth.Grant, error) {
			out, err := w.SignIn(t.Context(), by, auth.SignInInput{Name: "ann.lee", Password: secret})
			return out.Tokens(), err
		},
		truth: func(failed, sure bool) {
			if n := len(w.living(t, id)) - before; failed && sure && n != 0 || n > 1 {
				t.Errorf("there are %d sessions more", n)
			}
			w.login(t, "ann.lee")
		},
	}
}

func tryLogin(t *testing.T) (*world, trial) {
	w, id := joined(t)
	return w, tryLoginAs(t, w, id)
}

func tryRehash(t *testing.T) (*world, trial) {
	w, id := joined(t)
	w.change(t, id, func(u *auth.User) { u.PasswordHash = "$2a$04$rN.n1gEjDNoUV0aU0Y4dGuSMNRN1xpdIdI4e9./wVdu8ySiCHUSwm" })
	return w, tryLoginAs(t, w, id)
}

func tryReplace(t *testing.T) (*world, trial) {
	w, id, g := loggedIn(t)
	tr := tryLoginAs(t, w, id, func(o *auth.Origin) { o.Replaces = auth.Secret(g.RefreshToken) })
	return w, tr
}

func tryCode(t *testing.T) (*world, trial) {
	w, id := joined(t)
	by := w.anyone(t, coded)
	return w, trial{
		run: func() (auth.Grant, error) {
			out, err := w.SignIn(t.Context(), by, auth.SignInInput{Name: "ann.lee", Password: secret})
			if (err == nil) != (out.Challenge != nil) || out.Grant != nil {
				t.Errorf("got %+v and error %v", out, err)
			}
			return auth.Grant{}, err
		},
		truth: func(bool, bool) {
			if _, err := w.show(t, w.challenge(t), w.mail.code(t)); err != nil || len(w.living(t, id)) != 1 {
				t.Errorf("afterwards: got error %v and %d sessions", err, len(w.living(t, id)))
			}
		},
	}
}

func tryVerify(t *testing.T) (*world, trial) {
	w, id, c := challenged(t)
	by, code := w.anyone(t, coded), w.mail.code(t)
	in := auth.VerifyInput{LoginID: c.LoginID, OTP: code}
	return w, trial{
		run: func() (auth.Grant, error) { return w.Verify(t.Context(), by, in) },
		truth: func(failed, sure bool) {
			if n := len(w.living(t, id)); failed && sure && n != 0 || n > 1 {
				t.Errorf("there are %d sessions", n)
			}
			before := len(w.living(t, id))
			_, err := w.Verify(t.Context(), by, in)
			if err != nil {
				refused(t, "the same code again", err, auth.ErrOTPGone)
			}
			if !failed && err == nil || err == nil && before == 1 && sure {
				t.Error("the code was good twice")
			}
			if n := w.failures(t, id); n > 1 {
				t.Errorf("a right code counts as %d failures", n)
			}
		},
	}
}

func tryResend(t *testing.T) (*world, trial) {
	w, id, c := challenged(t)
	by := w.anyone(t, coded)
	return w, trial{
		run: func() (auth.Grant, error) {
			again, err := w.Resend(t.Context(), by, auth.ResendInput{LoginID: c.LoginID})
			if (err == nil) != (again.LoginID == c.LoginID) {
				t.Errorf("got %+v and error %v", again, err)
			}
			return auth.Grant{}, err
		},
		truth: func(bool, bool) {
			if _, err := w.show(t, w.challenge(t), w.mail.code(t)); err != nil || len(w.living(t, id)) != 1 {
				t.Errorf("afterwards: got error %v", err)
			}
		},
	}
}

func trySignUp(t *testing.T) (*world, trial) {
	w, _ := joined(t)
	by := w.anyone(t, home)
	in := auth.SignUpInput{Name: "Bob", Email: "bob@example.com", Password: secret}
	return w, trial{
		run: func() (auth.Grant, error) {
			out, err := w.SignUp(t.Context(), by, in)
			if (err != nil) != (out.ID == "") {
				t.Errorf("got id %q and error %v", out.ID, err)
			}
			return out.Tokens(), err
		},
		truth: func(failed, sure bool) {
			_, err := w.SignUp(t.Context(), by, in)
			switch {
			case failed && sure: // nothing is left of it
				refused(t, "sign up again", err, nil)
			case !failed:
				refused(t, "sign up again", err, auth.ErrDuplicate)
			}
			w.login(t, "bob@example.com")
		},
	}
}

func tryRefresh(t *testing.T) (*world, trial) {
	w, _, g := loggedIn(t)
	by := w.anyone(t, home)
	return w, trial{
		run: func() (auth.Grant, error) {
			return w.Refresh(t.Context(), by, auth.RefreshInput{RefreshToken: auth.Secret(g.RefreshToken)})
		},
		truth: func(failed, sure bool) {
			s := w.session(t, g.SessionID)
			if want := int64(1); !failed && s.Counter != want || failed && sure && s.Counter != 0 || s.Ended() {
				t.Errorf("failed %t: got counter %d, ended %t", failed, s.Counter, s.Ended())
			}
			if failed && sure { // the client comes back when the database does, however late
				w.clock.advance(time.Hour)
			}
			if _, err := w.refresh(t, g.RefreshToken); err != nil {
				t.Errorf("a false log-out: got error %v", err)
			}
		},
	}
}

// agrees wants memory to say of a session what the store says.
func (w *world) agrees(t *testing.T, g auth.Grant, ended bool) {
	t.Helper()
	_, err := w.Authorize(t.Context(), auth.Origin{}, auth.Secret(g.AccessToken))
	if in := err == nil; in == w.session(t, g.SessionID).Ended() || in == ended {
		t.Errorf("the session is let in: %t, has ended: %t, should have: %t", in, w.session(t, g.SessionID).Ended(), ended)
	}
}

func tryLogout(t *testing.T) (*world, trial) {
	w, _, g := loggedIn(t)
	by := w.enter(t, g.AccessToken)
	return w, trial{
		run: func() (auth.Grant, error) {
			ok, err := w.SignOut(t.Context(), by, struct{}{})
			if ok != (err == nil) {
				t.Errorf("got %t and error %v", ok, err)
			}
			return auth.Grant{}, err
		},
		truth: func(failed, sure bool) { w.agrees(t, g, !failed || !sure) },
	}
}

func tryLogoutAll(t *testing.T) (*world, trial) {
	w, _, g := loggedIn(t)
	other := w.login(t, "ann.lee")
	by := w.enter(t, g.AccessToken)
	w.enter(t, other.AccessToken)
	return w, trial{
		run: func() (auth.Grant, error) {
			out, err := w.EndSessions(t.Context(), by, auth.EndSessionsInput{KeepCurrent: true})
			if (out.RevokedCount == 1) != (err == nil) {
				t.Errorf("got %d and error %v", out.RevokedCount, err)
			}
			return auth.Grant{}, err
		},
		truth: func(failed, sure bool) {
			w.agrees(t, other, !failed || !sure)
			w.agrees(t, g, false)
		},
	}
}
