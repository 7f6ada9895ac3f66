package auth_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/latchkey/latchkey/internal/auth"
)

// TestFaultsOfTheRulesNeverTurnIntoSuccess makes each store call of each rule
// fail in turn, alone or with all that follow, without or with its change having
// happened, with memory full. The answer is a fault of the right kind; what is
// acknowledged was written down; memory says what the store says; and once the
// database is back, the same request gets there, or is told that it is there.
func TestFaultsOfTheRulesNeverTurnIntoSuccess(t *testing.T) {
	for name, prepare := range trialsOfRules() {
		t.Run(name, func(t *testing.T) {
			calls := 0
			for n := 0; n <= calls && !t.Failed(); n++ {
				for _, b := range []blow{
					{n, false, false, auth.ErrUnavailable, auth.ErrTenantDown},
					{n, false, false, errors.New("unheard-of: row 7 of table users"), auth.ErrInternal},
					{n, true, false, fmt.Errorf("dial tcp: %w", auth.ErrUnavailable), auth.ErrTenantDown},
					{n, false, true, auth.ErrUnavailable, auth.ErrTenantDown},
				} {
					s, do := prepare(t)
					calls = max(calls, s.trial(t, name, do).suffer(t, s.world, b))
				}
			}
			if calls == 0 {
				t.Error("the rule makes no store call")
			}
		})
	}
}

// trialsOfRules are the rules with an authority, by an operator, and those that
// people do to themselves.
func trialsOfRules() map[string]func(*testing.T) (staff, func() (auth.Grant, error)) {
	all := ownTrials()
	for name, r := range rules {
		if name == "System" { // calls no store: that the database is away is what it answers
			continue
		}
		all[name] = func(t *testing.T) (staff, func() (auth.Grant, error)) {
			s := ruled(t)
			slug := home
			if name == "DeleteTenant" {
				slug = annex
			}
			by := s.operator(t, slug)
			return s, func() (auth.Grant, error) { return auth.Grant{}, r.do(context.WithoutCancel(t.Context()), s, by) }
		}
	}
	return all
}

// ownTrials are what people do to themselves.
func ownTrials() map[string]func(*testing.T) (staff, func() (auth.Grant, error)) {
	type prepare = func(*testing.T) (staff, func() (auth.Grant, error))
	by := func(do func(*testing.T, staff, auth.Caller) (auth.Grant, error)) prepare {
		return func(t *testing.T) (staff, func() (auth.Grant, error)) {
			s := staffed(t)
			caller := s.by(t, "carl")
			return s, func() (auth.Grant, error) { return do(t, s, caller) }
		}
	}
	accept := func(email string, proven bool) prepare {
		return func(t *testing.T) (staff, func() (auth.Grant, error)) {
			s := staffed(t)
			if proven {
				s.change(t, s.id["eve"], func(u *auth.User) { u.VerifiedAt = s.clock.Now() })
			}
			l, caller := s.invite(t, email, "clerk"), s.follow(t)
			return s, func() (auth.Grant, error) {
				_, err := s.AcceptInvitation(t.Context(), caller, auth.AcceptInput{Token: l.Token, Name: "Dan", Password: renewed})
				return auth.Grant{}, err
			}
		}
	}
	return map[string]prepare{
		"SwitchTenant": by(func(t *testing.T, s staff, by auth.Caller) (auth.Grant, error) {
			return s.SwitchTenant(t.Context(), by, auth.SwitchInput{TenantID: annex})
		}),
		"SetMainTenant": by(func(t *testing.T, s staff, by auth.Caller) (auth.Grant, error) {
			_, err := s.SetMainTenant(t.Context(), by, auth.SwitchInput{TenantID: annex})
			return auth.Grant{}, err
		}),
		"LeaveTenant": by(func(t *testing.T, s staff, by auth.Caller) (auth.Grant, error) {
			_, err := s.LeaveTenant(t.Context(), by, auth.LeaveInput{TenantID: annex})
			return auth.Grant{}, err
		}),
		"UpdateProfile": by(func(t *testing.T, s staff, by auth.Caller) (auth.Grant, error) {
			_, err := s.UpdateProfile(t.Context(), by, auth.ProfileInput{Name: "Carl C."})
			return auth.Grant{}, err
		}),
		"accept, nobody yet": accept("dan@example.com", false),
		"accept, proven":     accept("eve@example.com", true),
		"accept, not proven": accept("eve@example.com", false),
		"disable": func(t *testing.T) (staff, func() (auth.Grant, error)) {
			s := staffed(t)
			op := s.operator(t, home)
			return s, func() (auth.Grant, error) {
				_, err := s.UpdateMember(t.Context(), op, auth.UpdateMemberInput{MemberRef: s.ben(), Status: auth.UserDisabled})
				return auth.Grant{}, err
			}
		},
		"remove, shared": func(t *testing.T) (staff, func() (auth.Grant, error)) {
			s := staffed(t)
			op := s.operator(t, home)
			return s, func() (auth.Grant, error) {
				_, err := s.RemoveMember(t.Context(), op, s.ref("carl"))
				return auth.Grant{}, err
			}
		},
	}
}

// looks reports whether a rule changes nothing.
func looks(name string) bool {
	return strings.HasPrefix(name, "List") || name == "Tenant" || name == "SigningKeys" || name == "Overview" || name == "RetryMail" || name == "CheckRecord" || name == "TenantStatus" || name == "Member" || name == "MemberSessions"
}

func (s staff) trial(t *testing.T, name string, do func() (auth.Grant, error)) trial {
	t.Helper()
	s.coherent(t) // which fills memory
	before := s.written(t)
	return trial{run: do, truth: func(failed, sure bool) {
		s.coherent(t)
		if n := s.written(t) - before; !failed && n == 0 && !looks(name) {
			t.Error("it was acknowledged, and nothing was written down")
		}
		if !failed {
			return
		}
		if _, err := do(); err != nil {
			var answer *auth.Error
			there := errors.As(err, &answer) && (answer.Kind == auth.KindConflict || answer.Kind == auth.KindNotFound || answer.Kind == auth.KindForbidden || answer.Is(auth.ErrLinkInvalid))
			if !there || s.written(t) == before {
				t.Errorf("once more: %v", err)
			}
		}
		s.coherent(t)
		if s.written(t) == before && !looks(name) {
			t.Error("it was never written down")
		}
	}}
}

// written is how much the record of the shared directory has.
func (w *world) written(t testing.TB) int64 {
	t.Helper()
	n, _, err := w.store.TrailEnd(t.Context(), auth.DefaultDirectory)
	must(t, err)
	return n
}

// coherent wants memory to say what the store says, of everybody and everything
// that staffed made.
func (s staff) coherent(t testing.TB) {
	t.Helper()
	for name, id := range s.id {
		want, absent := s.store.Account(t.Context(), auth.DefaultDirectory, id)
		got, err := s.cache.Account(t.Context(), auth.DefaultDirectory, id)
		if diff := cmp.Diff(want, got); diff != "" || !errors.Is(err, absent) {
			t.Errorf("memory of %s: %v, (-store +memory):\n%s", name, err, diff)
		}
	}
	for _, slug := range []string{home, annex} {
		want, absent := s.store.Tenant(t.Context(), slug)
		got, err := s.cache.Tenant(t.Context(), slug)
		if !reflect.DeepEqual(want, got) || !errors.Is(err, absent) {
			t.Errorf("memory of %s: got %+v, %v, want %+v", slug, got, err, want)
		}
		if absent == nil {
			if got, err = s.cache.TenantByID(t.Context(), want.ID); err != nil || !reflect.DeepEqual(want, got) {
				t.Errorf("memory of %s by its id: got %+v, %v", slug, got, err)
			}
		}
	}
	for name, g := range s.in {
		want, absent := s.store.Session(t.Context(), auth.DefaultDirectory, g.SessionID)
		got, err := s.cache.Session(t.Context(), auth.DefaultDirectory, g.SessionID)
		if errors.Is(absent, auth.ErrNoRecord) { // it went with its account, which is what is asked next
			if _, err := s.Authorize(t.Context(), auth.Origin{}, auth.Secret(g.AccessToken)); err == nil {
				t.Errorf("%s, who is gone, is let in", name)
			}
			continue
		}
		if want.EndReason != got.EndReason || want.Tenant != got.Tenant || want.Space != got.Space || !errors.Is(err, absent) {
			t.Errorf("memory of %s's session: got %+v, %v, want %+v", name, got, err, want)
		}
	}
}
