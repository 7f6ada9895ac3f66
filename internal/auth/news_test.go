package auth_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/latchkey/latchkey/internal/auth"
)

// news are all lines of the bulletin, in the order in which they were written.
func (w *world) news(t testing.TB) (all []auth.News) {
	t.Helper()
	lines, err := w.store.Announced(t.Context(), "", w.clock.Now(), 1000)
	must(t, err)
	for _, l := range lines {
		var n auth.News
		must(t, json.Unmarshal(l.Body, &n))
		if n.ID != l.ID || n.At.IsZero() || l.Until.Sub(n.At) < 20*time.Minute {
			t.Errorf("line %+v says %+v", l, n)
		}
		all = append(all, n)
	}
	return all
}

// told are the news since do began, without what differs each time.
func (s staff) told(t testing.TB, do func()) []auth.News {
	t.Helper()
	return s.tells(t, false, do)
}

// tells is told for any world; away: while do runs the bulletin cannot be
// written, and what is owed is told afterwards. No news may come after the last
// Drop, by which listeners hear of it, and before the answer.
func (w *world) tells(t testing.TB, away bool, do func()) []auth.News {
	t.Helper()
	before, atDrop := len(w.news(t)), 0
	live := w.Live
	w.Live = tattler{live, func() { atDrop = len(w.news(t)) - before }}
	defer func() { w.Live = live }()
	mend := func() {}
	if away {
		mend = w.store.breaks(func(method string) error {
			if method == "Announce" {
				return auth.ErrUnavailable
			}
			return nil
		}, nil)
	}
	do()
	if n := len(w.news(t)) - before; n != atDrop || away && n != 0 {
		t.Errorf("%d lines at the last drop, %d when all was done", atDrop, n)
	}
	mend()
	w.TellOwed(t.Context())
	all := w.news(t)[before:]
	for i := range all {
		all[i].ID, all[i].At = "", time.Time{}
	}
	return all
}

// TestWhatGuardsAreTold: of each change what tokens elsewhere are still good for,
// and of nothing else.
func TestWhatGuardsAreTold(t *testing.T) {
	ended := func(s staff, name, session, reason string, tenants ...string) auth.News {
		return auth.News{Event: auth.NewsSessionEnded, Tenants: tenants, UserID: s.id[name], SessionID: session, Reason: reason}
	}
	seat := func(s staff, slug, role string, permissions ...string) auth.NewsSeat {
		return auth.NewsSeat{TenantID: slug, SpaceID: s.space(t, slug).ID, Role: role, Permissions: permissions}
	}
	both := []string{annex, home}
	for name, tt := range map[string]struct {
		do   func(t *testing.T, s staff) error
		want func(s staff) []auth.News
	}{
		"log out": {func(t *testing.T, s staff) error {
			_, err := s.SignOut(t.Context(), s.by(t, "carl"), struct{}{})
			return err
		}, func(s staff) []auth.News {
			return []auth.News{ended(s, "carl", s.in["carl"].SessionID, "logout", both...)}
		}},
		"log another device out": {func(t *testing.T, s staff) error {
			other := s.loginAt(t, home, "ben")
			_, err := s.EndSession(t.Context(), s.enter(t, other.AccessToken), auth.EndSessionInput{SessionID: s.in["ben"].SessionID})
			return err
		}, func(s staff) []auth.News {
			return []auth.News{ended(s, "ben", s.in["ben"].SessionID, "remote_logout", home)}
		}},
		"an old refresh token": {func(t *testing.T, s staff) error {
			for range 2 {
				s.clock.advance(time.Minute)
				if _, err := s.refresh(t, s.in["ben"].RefreshToken); err != nil && !errors.Is(err, auth.ErrRefreshReused) {
					return err
				}
			}
			return nil
		}, func(s staff) []auth.News {
			return []auth.News{ended(s, "ben", s.in["ben"].SessionID, "reuse_detected", home)}
		}},
		"switch": {func(t *testing.T, s staff) error {
			_, err := s.switchTo(t, "carl", annex)
			return err
		}, func(s staff) []auth.News {
			return []auth.News{{Event: auth.NewsSessionMoved, Tenants: []string{home, annex}, TenantID: annex, UserID: s.id["carl"], SessionID: s.in["carl"].SessionID}}
		}},
		"role": {func(t *testing.T, s staff) error {
			_, err := s.ChangeRole(t.Context(), s.by(t, "root"), auth.ChangeRoleInput{UserID: s.id["carl"], NewRole: "clerk"})
			return err
		}, func(s staff) []auth.News {
			return []auth.News{{Event: auth.NewsUserChanged, Tenants: both, UserID: s.id["carl"], Seats: []auth.NewsSeat{
				seat(s, home, "clerk", "orders:read"), seat(s, annex, auth.RoleUser),
			}}}
		}},
		"permissions": {func(t *testing.T, s staff) error {
			_, err := s.UpdateRole(t.Context(), s.by(t, "root"), auth.RoleChange{RoleRef: auth.RoleRef{Name: "clerk"}, Permissions: []string{"orders:write"}})
			return err
		}, func(staff) []auth.News {
			return []auth.News{{Event: auth.NewsRoleChanged, Tenants: []string{home}, TenantID: home, Role: "clerk", Permissions: []string{"orders:write"}}}
		}},
		"remove a member": {func(t *testing.T, s staff) error {
			_, err := s.RemoveMember(t.Context(), s.by(t, "root"), s.ref("carl"))
			return err
		}, func(s staff) []auth.News {
			return []auth.News{
				{Event: auth.NewsUserChanged, Tenants: both, UserID: s.id["carl"], Seats: []auth.NewsSeat{seat(s, annex, auth.RoleUser)}},
			}
		}},
		"remove an account": {func(t *testing.T, s staff) error {
			_, err := s.RemoveMember(t.Context(), s.by(t, "root"), s.ref("ben"))
			return err
		}, func(s staff) []auth.News {
			return []auth.News{{Event: auth.NewsUserRemoved, Tenants: []string{home}, UserID: s.id["ben"]}}
		}},
		"lock": {func(t *testing.T, s staff) error {
			_, err := s.LockMember(t.Context(), s.by(t, "root"), s.ref("ben"))
			return err
		}, func(s staff) []auth.News {
			return []auth.News{{Event: auth.NewsUserLocked, Tenants: []string{home}, UserID: s.id["ben"], Reason: string(auth.UserLocked)}}
		}},
		"disable": {func(t *testing.T, s staff) error {
			_, err := s.UpdateMember(t.Context(), s.by(t, "root"), auth.UpdateMemberInput{MemberRef: s.ref("ben"), Status: auth.UserDisabled})
			return err
		}, func(s staff) []auth.News {
			return []auth.News{{Event: auth.NewsUserLocked, Tenants: []string{home}, UserID: s.id["ben"], Reason: string(auth.UserDisabled)}}
		}},
		"suspend a tenant": {func(t *testing.T, s staff) error {
			_, err := s.SetTenantStatus(t.Context(), s.operator(t, home), auth.TenantStatusInput{TenantRef: auth.TenantRef{ID: annex}, Status: auth.TenantSuspended})
			return err
		}, func(staff) []auth.News {
			return []auth.News{{Event: auth.NewsTenantStatus, Tenants: []string{annex}, TenantID: annex, Reason: "SUSPENDED"}}
		}},
		"delete a tenant": {func(t *testing.T, s staff) error {
			_, err := s.DeleteTenant(t.Context(), s.operator(t, home), auth.TenantRef{ID: annex})
			return err
		}, func(staff) []auth.News {
			return []auth.News{{Event: auth.NewsTenantStatus, Tenants: []string{annex}, TenantID: annex, Reason: "DELETED"}}
		}},
		"nothing": {func(t *testing.T, s staff) error {
			s.loginAt(t, home, "ben")
			if _, err := s.refresh(t, s.in["ben"].RefreshToken); err != nil {
				return err
			}
			_, err := s.EndSession(t.Context(), s.by(t, "ben"), auth.EndSessionInput{SessionID: s.in["root"].SessionID})
			refused(t, "end a stranger's session", err, auth.ErrNoSuchSession)
			_, err = s.LockMember(t.Context(), s.by(t, "mia"), s.ref("ben"))
			refused(t, "lock as a manager", err, auth.ErrForbidden)
			_, err = s.UpdateTenant(t.Context(), s.operator(t, home), auth.TenantChange{TenantRef: auth.TenantRef{ID: annex}, DisplayName: "Annex"})
			return err
		}, func(staff) []auth.News { return nil }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := staffed(t)
			over := map[string]string{"lock": "ben", "disable": "ben", "remove a member": "carl"}[name]
			var lines []auth.News // an account that is shut loses its sessions, each with a line
			if over != "" {
				tenants := map[string][]string{"ben": {home}, "carl": both}[over]
				for _, v := range s.living(t, s.id[over]) {
					lines = append(lines, ended(s, over, v.ID, string(auth.EndAdmin), tenants...))
				}
			}
			got := s.told(t, func() { must(t, tt.do(t, s)) })
			bySession := func(a, b auth.News) int { return strings.Compare(a.SessionID, b.SessionID) }
			want := slices.SortedStableFunc(slices.Values(append(tt.want(s), lines...)), bySession)
			slices.SortStableFunc(got, bySession)
			if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestGuardsAreToldFirst: before anybody is made to look by a Drop, and so
// before the answer.
func TestGuardsAreToldFirst(t *testing.T) {
	s := staffed(t)
	first := 0
	s.Live = tattler{s.cache, func() { first = max(first, len(s.news(t))) }}
	_, err := s.SignOut(t.Context(), s.by(t, "ben"), struct{}{})
	must(t, err)
	if first != 1 {
		t.Errorf("at the drop there were %d lines, want 1", first)
	}
}

// tattler says when something is dropped.
type tattler struct {
	auth.Live
	dropped func()
}

func (l tattler) DropTenant(t auth.Tenant) {
	l.dropped()
	l.Live.DropTenant(t)
}

func (l tattler) DropSessions(directory string, ids ...string) {
	l.dropped()
	l.Live.DropSessions(directory, ids...)
}

func (l tattler) DropAccount(directory, user string) {
	l.dropped()
	l.Live.DropAccount(directory, user)
}

func (l tattler) DropAll() {
	l.dropped()
	l.Live.DropAll()
}

func (l tattler) TellOthers() {
	l.dropped()
	l.Live.TellOthers()
}

// TestNewsIsOwed: what could not be announced is announced later, once, with the
// time at which it happened; the change itself stands.
func TestNewsIsOwed(t *testing.T) {
	s := staffed(t)
	mend := s.store.breaks(func(method string) error {
		if method == "Announce" {
			return auth.ErrUnavailable
		}
		return nil
	}, nil)
	ok, err := s.SignOut(t.Context(), s.by(t, "ben"), struct{}{})
	must(t, err)
	if !ok {
		t.Error("not signed out")
	}
	s.dead(t, "log out", s.in["ben"], auth.EndLogout)
	at := s.clock.Now()
	s.clock.advance(time.Minute)
	s.TellOwed(t.Context())
	if n := len(s.news(t)); n != 0 {
		t.Fatalf("got %d lines while it cannot be announced", n)
	}
	mend()
	for range 2 {
		s.TellOwed(t.Context())
	}
	all := s.news(t)
	if len(all) != 1 || all[0].Event != auth.NewsSessionEnded || !all[0].At.Equal(at) {
		t.Errorf("got %+v", all)
	}
}

// TestOwedNewsIsFresh: how an account stands is read when it can be told.
func TestOwedNewsIsFresh(t *testing.T) {
	s := staffed(t)
	mend := s.store.breaks(func(method string) error {
		if method == "Announce" {
			return auth.ErrUnavailable
		}
		return nil
	}, nil)
	for _, role := range []string{auth.RoleAdmin, auth.RoleUser} {
		_, err := s.ChangeRole(t.Context(), s.by(t, "root"), auth.ChangeRoleInput{UserID: s.id["mia"], NewRole: role})
		must(t, err)
	}
	mend()
	s.TellOwed(context.Background())
	all := s.news(t)
	if len(all) != 2 || all[0].Seats[0].Role != auth.RoleUser || all[1].Seats[0].Role != auth.RoleUser {
		t.Errorf("got %+v", all)
	}
}
