package auth_test

import (
	"sync"
	"testing"

	"github.com/latchkey/latchkey/internal/auth"
)

// demotions are the ways in which an admin may stop being one: by the tenant's
// own hand, and by their own.
var demotions = map[string]func(*testing.T, staff, auth.Caller, string) error{
	"change role": func(t *testing.T, s staff, by auth.Caller, name string) error {
		_, err := s.ChangeRole(t.Context(), by, auth.ChangeRoleInput{UserID: s.id[name], NewRole: auth.RoleManager})
		return err
	},
	"to a role of its own": func(t *testing.T, s staff, by auth.Caller, name string) error {
		_, err := s.ChangeRole(t.Context(), by, auth.ChangeRoleInput{UserID: s.id[name], NewRole: "clerk"})
		return err
	},
	"remove": func(t *testing.T, s staff, by auth.Caller, name string) error {
		_, err := s.RemoveMember(t.Context(), by, s.ref(name))
		return err
	},
	"disable": func(t *testing.T, s staff, by auth.Caller, name string) error {
		_, err := s.UpdateMember(t.Context(), by, auth.UpdateMemberInput{MemberRef: s.ref(name), Status: auth.UserDisabled})
		return err
	},
	"leave": func(t *testing.T, s staff, _ auth.Caller, name string) error {
		s.seats(t, s.id[name], s.main(t, home, auth.RoleAdmin), s.seat(t, annex, auth.RoleUser))
		_, err := s.LeaveTenant(t.Context(), s.by(t, name), auth.LeaveInput{TenantID: home})
		return err
	},
}

// TestTheLastAdminStays, whoever asks and by whatever way; one of two does not,
// and an admin who is disabled is none.
func TestTheLastAdminStays(t *testing.T) {
	for what, demote := range demotions {
		t.Run(what, func(t *testing.T) {
			s := staffed(t)
			callers := map[string]auth.Caller{"an operator": s.operator(t, home), "the admin": s.by(t, "root")}
			for who, by := range callers {
				refused(t, "by "+who, demote(t, s, by, "root"), auth.ErrLastAdmin)
			}
			s.seats(t, s.id["mia"], s.main(t, home, auth.RoleAdmin))
			s.change(t, s.id["mia"], func(u *auth.User) { u.Status = auth.UserDisabled })
			refused(t, "beside one who is disabled", demote(t, s, callers["an operator"], "root"), auth.ErrLastAdmin)
			s.seats(t, s.id["eve"], s.main(t, annex, auth.RoleAdmin))
			refused(t, "beside another tenant's", demote(t, s, callers["an operator"], "root"), auth.ErrLastAdmin)
			if s.role(t, s.id["root"], home) != auth.RoleAdmin || s.user(t, s.id["root"]).Status != auth.UserActive {
				t.Error("what was refused has happened")
			}
			s.alive(t, "the admin's session", s.in["root"])
			s.change(t, s.id["mia"], func(u *auth.User) { u.Status = auth.UserActive })
			refused(t, "one of two", demote(t, s, callers["an operator"], "root"), nil)
		})
	}
}

// TestTwoAdminsAtOnce: of two admins who demote each other, or both go, one is
// left.
func TestTwoAdminsAtOnce(t *testing.T) {
	for what, demote := range demotions {
		t.Run(what, func(t *testing.T) {
			for range 10 {
				s := staffed(t)
				both := []auth.Seat{s.main(t, home, auth.RoleAdmin), s.seat(t, annex, auth.RoleUser)}
				pair := []string{"root", "mia"}
				if what == "disable" { // that is for accounts of one tenant
					both = both[:1]
				}
				for _, name := range pair {
					s.seats(t, s.id[name], both...)
				}
				callers := []auth.Caller{s.by(t, "mia"), s.by(t, "root")}
				var all sync.WaitGroup
				errs := make([]error, 2)
				for i, name := range pair {
					all.Go(func() {
						if what == "leave" {
							_, errs[i] = s.LeaveTenant(t.Context(), callers[1-i], auth.LeaveInput{TenantID: home})
							return
						}
						errs[i] = demote(t, s, callers[i], name)
					})
				}
				all.Wait()
				won := 0
				for _, err := range errs {
					if err == nil {
						won++
						continue
					}
					refused(t, "the other", err, auth.ErrLastAdmin)
				}
				if won != 1 {
					t.Fatalf("%d of two got through", won)
				}
			}
		})
	}
}

// TestADemotedAdminIsRefusedNow: with the token that says admin.
func TestADemotedAdminIsRefusedNow(t *testing.T) {
	s := staffed(t)
	s.seats(t, s.id["mia"], s.main(t, home, auth.RoleAdmin))
	_, err := s.ListMembers(t.Context(), s.by(t, "mia"), auth.MembersInput{})
	must(t, err)
	g, err := s.refresh(t, s.in["mia"].RefreshToken)
	must(t, err)
	out, err := s.ChangeRole(t.Context(), s.by(t, "root"), auth.ChangeRoleInput{UserID: s.id["mia"], NewRole: auth.RoleUser})
	want := auth.ChangedRole{ID: s.id["mia"], Username: "mia", Email: "mia@example.com", PreviousRole: auth.RoleAdmin, NewRole: auth.RoleUser}
	if err != nil || out != want {
		t.Errorf("got %+v, %v", out, err)
	}
	by := s.enter(t, g.AccessToken) // its claims say admin
	_, err = s.ListMembers(t.Context(), by, auth.MembersInput{})
	refused(t, "list", err, auth.ErrForbidden)
	_, err = s.ChangeRole(t.Context(), by, auth.ChangeRoleInput{UserID: s.id["mia"], NewRole: auth.RoleAdmin})
	refused(t, "back again", err, auth.ErrForbidden)
	if e := s.last(t, home); e.Action != auth.ActionUserRole || e.User != s.id["mia"] || e.Actor != s.id["root"] || e.Reason != "admin to user" {
		t.Errorf("the record says %+v", e)
	}
}

// TestChangeRole: its refusals, and the seat that the header names alone.
func TestChangeRole(t *testing.T) {
	s := staffed(t)
	s.addRole(t, annex, "theirs")
	root := s.by(t, "root")
	for name, c := range map[string]struct {
		user, role string
		want       *auth.Error
	}{
		"no such role":       {s.id["ben"], "owner", auth.ErrValidation},
		"another tenant's":   {s.id["ben"], "theirs", auth.ErrValidation},
		"no role":            {s.id["ben"], "", auth.ErrValidation},
		"in capitals":        {s.id["ben"], "ADMIN", auth.ErrValidation},
		"no user":            {"", auth.RoleUser, auth.ErrValidation},
		"no id":              {"ben", auth.RoleUser, auth.ErrValidation},
		"of another tenant":  {s.id["eve"], auth.RoleUser, auth.ErrUserNotFound},
		"the same once more": {s.id["ben"], auth.RoleUser, nil},
		"a shared account":   {s.id["carl"], "clerk", nil},
	} {
		_, err := s.ChangeRole(t.Context(), root, auth.ChangeRoleInput{UserID: c.user, NewRole: c.role})
		refused(t, name, err, c.want)
	}
	if s.role(t, s.id["carl"], annex) != auth.RoleUser || s.role(t, s.id["carl"], home) != "clerk" {
		t.Errorf("the seats are %+v", s.account(t, s.id["carl"]).Seats)
	}
	lab := s.seat(t, home, auth.RoleUser)
	lab.Space = s.addSpace(t, home, "lab").ID
	s.seats(t, s.id["ben"], s.main(t, home, auth.RoleUser), lab)
	by := root
	by.Space = lab.Space
	_, err := s.ChangeRole(t.Context(), by, auth.ChangeRoleInput{UserID: s.id["ben"], NewRole: auth.RoleManager})
	must(t, err)
	if a := s.account(t, s.id["ben"]); a.Seats[0].Role != auth.RoleUser || a.Seats[1].Role != auth.RoleManager {
		t.Errorf("in the lab alone: the seats are %+v", a.Seats)
	}
	_, err = s.ChangeRole(t.Context(), root, auth.ChangeRoleInput{UserID: s.id["ben"], NewRole: "clerk"})
	must(t, err)
	if a := s.account(t, s.id["ben"]); a.Seats[0].Role != "clerk" || a.Seats[1].Role != "clerk" {
		t.Errorf("in all: the seats are %+v", a.Seats)
	}
	by.Space = s.space(t, annex).ID
	_, err = s.ChangeRole(t.Context(), by, auth.ChangeRoleInput{UserID: s.id["carl"], NewRole: auth.RoleAdmin})
	refused(t, "in a space of another tenant", err, auth.ErrUserNotFound)
}
