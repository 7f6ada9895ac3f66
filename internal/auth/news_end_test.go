package auth_test

import (
	"cmp"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/latchkey/latchkey/internal/auth"
)

// ending is a change of ann's account or sessions, in a world in which she is
// logged in twice: with first, and, on a device of its own, with second.
type ending struct {
	ready func(t *testing.T, e *ended) // before guards listen
	do    func(t *testing.T, e *ended) error
	want  func(e *ended) []auth.News
}

// ended is the world of an ending.
type ended struct {
	*world
	id            string // ann's
	first, second auth.Grant
	link          auth.LinkInput
	doubtful      bool // the store does what it is asked, and answers with an error
}

// over are lines about the ends of sessions of ann.
func (e *ended) over(why auth.EndReason, all ...auth.Grant) (lines []auth.News) {
	for _, g := range all {
		lines = append(lines, auth.News{
			Event: auth.NewsSessionEnded, Tenants: []string{coded, home}, UserID: e.id, SessionID: g.SessionID, Reason: string(why),
		})
	}
	return lines
}

// now is a line about how ann's account stands.
func (e *ended) now(t *testing.T) []auth.News {
	seat := func(slug, role string) auth.NewsSeat {
		return auth.NewsSeat{TenantID: slug, SpaceID: e.space(t, slug).ID, Role: role}
	}
	return []auth.News{{
		Event: auth.NewsUserChanged, Tenants: []string{coded, home}, UserID: e.id,
		Seats: []auth.NewsSeat{seat(home, auth.RoleManager), seat(coded, auth.RoleUser)},
	}}
}

// endings are the ways in which sessions end beside those of
// [TestWhatGuardsAreTold], and what ends a lock.
func endings(t *testing.T) map[string]ending {
	ref := func(e *ended) auth.MemberRef { return auth.MemberRef{ID: e.id} }
	none := func(*ended) []auth.News { return nil }
	return map[string]ending{
		"log out everywhere": {do: func(t *testing.T, e *ended) error {
			_, err := e.EndSessions(t.Context(), e.enter(t, e.first.AccessToken), auth.EndSessionsInput{})
			return err
		}, want: func(e *ended) []auth.News { return e.over(auth.EndRemoteLogout, e.first, e.second) }},
		"log out everywhere else": {do: func(t *testing.T, e *ended) error {
			_, err := e.EndSessions(t.Context(), e.enter(t, e.first.AccessToken), auth.EndSessionsInput{KeepCurrent: true})
			return err
		}, want: func(e *ended) []auth.News { return e.over(auth.EndRemoteLogout, e.second) }},
		"by an admin": {do: func(t *testing.T, e *ended) error {
			_, err := e.EndMemberSessions(t.Context(), e.operator(t, home), ref(e))
			return err
		}, want: func(e *ended) []auth.News { return e.over(auth.EndAdmin, e.first, e.second) }},
		"a lock by wrong passwords": {ready: func(t *testing.T, e *ended) {
			e.clock.advance(time.Minute)
			e.guesses(t, 2)
			e.clock.advance(time.Millisecond)
			e.second = e.login(t, "ann.lee") // a stranger, who guessed right
			e.guesses(t, lockAttempts-1)
			e.clock.advance(2 * time.Second)
		}, do: func(t *testing.T, e *ended) error {
			if _, err := e.try(t, wrong); !e.doubtful {
				refused(t, "the last wrong password", err, auth.ErrCredentials)
			}
			return nil
		}, want: func(e *ended) []auth.News { return e.over(auth.EndLocked, e.second) }},
		"a new password": {do: func(t *testing.T, e *ended) error {
			_, err := e.ChangePassword(t.Context(), e.enter(t, e.first.AccessToken), auth.ChangePasswordInput{CurrentPassword: secret, NewPassword: renewed})
			return err
		}, want: func(e *ended) []auth.News { return e.over(auth.EndPasswordChanged, e.second) }},
		"a reset": {ready: func(t *testing.T, e *ended) { e.link = e.forgot(t) }, do: func(t *testing.T, e *ended) error {
			return e.reset(t, e.link, renewed)
		}, want: func(e *ended) []auth.News { return e.over(auth.EndPasswordChanged, e.first, e.second) }},
		"disowned": {ready: func(t *testing.T, e *ended) { e.link = e.mailed(t, auth.MessageNewDevice) }, do: func(t *testing.T, e *ended) error {
			_, err := e.Disown(t.Context(), e.follow(t), e.link)
			return err
		}, want: func(e *ended) []auth.News { return e.over(auth.EndRemoteLogout, e.second) }},
		"one too many": {ready: func(_ *testing.T, e *ended) { e.Policy.MaxSessions = 2 }, do: func(t *testing.T, e *ended) error {
			e.login(t, "ann.lee")
			return nil
		}, want: func(e *ended) []auth.News { return e.over(auth.EndLimit, e.first) }},
		"replaced": {do: func(t *testing.T, e *ended) error {
			e.login(t, "ann.lee", func(o *auth.Origin) { o.Replaces = auth.Secret(e.first.RefreshToken) })
			return nil
		}, want: func(e *ended) []auth.News { return e.over(auth.EndLogout, e.first) }},
		"unlocked by an admin": {ready: func(t *testing.T, e *ended) {
			_, err := e.LockMember(t.Context(), e.operator(t, home), ref(e))
			must(t, err)
		}, do: func(t *testing.T, e *ended) error {
			_, err := e.UnlockMember(t.Context(), e.operator(t, home), ref(e))
			return err
		}, want: func(e *ended) []auth.News { return e.now(t) }},
		"enabled": {ready: func(t *testing.T, e *ended) {
			_, err := e.UpdateMember(t.Context(), e.operator(t, home), auth.UpdateMemberInput{MemberRef: ref(e), Status: auth.UserDisabled})
			must(t, err)
		}, do: func(t *testing.T, e *ended) error {
			_, err := e.UpdateMember(t.Context(), e.operator(t, home), auth.UpdateMemberInput{MemberRef: ref(e), Status: auth.UserActive})
			return err
		}, want: func(e *ended) []auth.News { return e.now(t) }},
		"leaving": {do: func(t *testing.T, e *ended) error {
			_, err := e.LeaveTenant(t.Context(), e.enter(t, e.first.AccessToken), auth.LeaveInput{TenantID: coded})
			return err
		}, want: func(e *ended) []auth.News {
			line := e.now(t)
			line[0].Seats = line[0].Seats[:1]
			return line
		}},
		"a tenant comes back": {ready: func(t *testing.T, e *ended) { e.status(t, coded, auth.TenantSuspended) }, do: func(t *testing.T, e *ended) error {
			_, err := e.SetTenantStatus(t.Context(), e.operator(t, home), auth.TenantStatusInput{TenantRef: auth.TenantRef{ID: coded}, Status: auth.TenantActive})
			return err
		}, want: func(*ended) []auth.News {
			return []auth.News{{Event: auth.NewsTenantStatus, Tenants: []string{coded}, TenantID: coded, Reason: "ACTIVE"}}
		}},
		"nothing": {ready: func(t *testing.T, e *ended) {
			by := e.enter(t, e.second.AccessToken)
			_, err := e.SignOut(t.Context(), by, struct{}{})
			must(t, err)
		}, do: func(t *testing.T, e *ended) error {
			by := auth.Caller{Tenant: e.tenant(t, home), Account: e.account(t, e.id), Session: e.session(t, e.second.SessionID)}
			_, err := e.SignOut(t.Context(), by, struct{}{}) // that was done before
			must(t, err)
			_, err = e.EndSession(t.Context(), e.enter(t, e.first.AccessToken), auth.EndSessionInput{SessionID: e.second.SessionID})
			refused(t, "end it again", err, auth.ErrNoSuchSession)
			_, err = e.try(t, wrong)
			refused(t, "a wrong password", err, auth.ErrCredentials)
			_, err = e.ChangePassword(t.Context(), e.enter(t, e.first.AccessToken), auth.ChangePasswordInput{CurrentPassword: wrong, NewPassword: renewed})
			if err == nil {
				t.Error("a new password without the old one")
			}
			return nil
		}, want: none},
	}
}

// TestWhatGuardsAreToldOfEnds: exactly that, before memory is dropped; and when
// they cannot be told, the change stands, and they are told the same later. It is
// also what they are told when the rule cannot know that the change happened.
func TestWhatGuardsAreToldOfEnds(t *testing.T) {
	for name, tt := range endings(t) {
		for _, how := range []string{"", ", told later", ", in doubt"} {
			t.Run(name+how, func(t *testing.T) {
				e := &ended{doubtful: how == ", in doubt"}
				e.world, e.id = joined(t, unlimited)
				e.first = e.login(t, "ann.lee")
				e.clock.advance(time.Minute)
				e.second = e.login(t, "ann.lee")
				if tt.ready != nil {
					tt.ready(t, e)
				}
				got := e.tells(t, how == ", told later", func() {
					mend := func() {}
					if e.doubtful {
						mend = e.store.breaks(nil, func(method string) error {
							if slices.Contains([]string{"EndSession", "EndSessions", "Secure"}, method) {
								return auth.ErrUnavailable
							}
							return nil
						})
					}
					if err := tt.do(t, e); !e.doubtful {
						must(t, err)
					}
					mend()
				})
				want := tt.want(e)
				for _, lines := range [][]auth.News{got, want} {
					slices.SortFunc(lines, func(a, b auth.News) int { return cmp.Compare(a.SessionID, b.SessionID) })
				}
				if diff := gocmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
					t.Error(diff)
				}
			})
		}
	}
}
