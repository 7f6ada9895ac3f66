package auth_test

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/latchkey/latchkey/internal/auth"
)

// rule is something that not everybody may do, done to home.
type rule struct {
	operators bool // it is theirs alone; else the tenant's admins may do it too
	do        func(context.Context, staff, auth.Caller) error
	// foreign is what an admin of another tenant is answered, nil where what is
	// done is done to their own.
	foreign *auth.Error
}

// rules are all that has an authority to check.
var rules = map[string]rule{
	"ListTenants": {do: func(ctx context.Context, s staff, by auth.Caller) error {
		_, err := s.ListTenants(ctx, by, auth.TenantsInput{})
		return err
	}},
	"Tenant": {do: func(ctx context.Context, s staff, by auth.Caller) error {
		_, err := s.Tenant(ctx, by, auth.TenantRef{ID: home})
		return err
	}, foreign: auth.ErrTenantNotFound},
	"TenantStatus": {do: func(ctx context.Context, s staff, by auth.Caller) error {
		_, err := s.TenantStatus(ctx, by, auth.TenantRef{ID: home})
		return err
	}, foreign: auth.ErrTenantNotFound},
	"ListMembers": {do: func(ctx context.Context, s staff, by auth.Caller) error {
		_, err := s.ListMembers(ctx, by, auth.MembersInput{})
		return err
	}},
	"Member": {do: func(ctx context.Context, s staff, by auth.Caller) error {
		_, err := s.Member(ctx, by, s.ben())
		return err
	}, foreign: auth.ErrUserNotFound},
	"CreateMember": {do: func(ctx context.Context, s staff, by auth.Caller) error {
		_, err := s.CreateMember(ctx, by, auth.NewMemberInput{Name: "Dan", Email: "dan@example.com", Password: secret})
		return err
	}},
	"UpdateMember": {do: func(ctx context.Context, s staff, by auth.Caller) error {
		_, err := s.UpdateMember(ctx, by, auth.UpdateMemberInput{MemberRef: s.ben(), ProfileInput: auth.ProfileInput{Name: "Benedict"}})
		return err
	}, foreign: auth.ErrUserNotFound},
	"LockMember": {do: func(ctx context.Context, s staff, by auth.Caller) error {
		_, err := s.LockMember(ctx, by, s.ben())
		return err
	}, foreign: auth.ErrUserNotFound},
	"UnlockMember": {do: func(ctx context.Context, s staff, by auth.Caller) error {
		_, err := s.UnlockMember(ctx, by, s.ben())
		return err
	}, foreign: auth.ErrUserNotFound},
	"RemoveMember": {do: func(ctx context.Context, s staff, by auth.Caller) error {
		_, err := s.RemoveMember(ctx, by, s.ben())
		return err
	}, foreign: auth.ErrUserNotFound},
	"MemberSessions": {do: func(ctx context.Context, s staff, by auth.Caller) error {
		_, err := s.MemberSessions(ctx, by, s.ben())
		return err
	}, foreign: auth.ErrUserNotFound},
	"EndMemberSessions": {do: func(ctx context.Context, s staff, by auth.Caller) error {
		_, err := s.EndMemberSessions(ctx, by, s.ben())
		return err
	}, foreign: auth.ErrUserNotFound},
	"EndMemberSession": {do: func(ctx context.Context, s staff, by auth.Caller) error {
		_, err := s.EndMemberSession(ctx, by, auth.MemberSessionInput{MemberRef: s.ben(), SessionID: s.in["ben"].SessionID})
		return err
	}, foreign: auth.ErrUserNotFound},
	"ListInvitations": {do: func(ctx context.Context, s staff, by auth.Caller) error {
		_, err := s.ListInvitations(ctx, by, auth.PageInput{})
		return err
	}},
	"RevokeInvitation": {do: func(ctx context.Context, s staff, by auth.Caller) error {
		_, err := s.RevokeInvitation(ctx, by, auth.RevokeInvitationInput{Email: "ivy@example.com"})
		return err
	}, foreign: auth.ErrNotInvited},
	"ChangeRole": {do: func(ctx context.Context, s staff, by auth.Caller) error {
		_, err := s.ChangeRole(ctx, by, auth.ChangeRoleInput{UserID: s.id["ben"], NewRole: auth.RoleManager})
		return err
	}, foreign: auth.ErrUserNotFound},
	"ListRoles": {do: func(ctx context.Context, s staff, by auth.Caller) error {
		_, err := s.ListRoles(ctx, by, struct{}{})
		return err
	}},
	"CreateRole": {do: func(ctx context.Context, s staff, by auth.Caller) error {
		_, err := s.CreateRole(ctx, by, auth.NewRoleInput{Name: "auditor"})
		return err
	}},
	"UpdateRole": {do: func(ctx context.Context, s staff, by auth.Caller) error {
		_, err := s.UpdateRole(ctx, by, auth.RoleChange{RoleRef: auth.RoleRef{Name: "clerk"}, Description: "Clerks"})
		return err
	}, foreign: auth.ErrRoleNotFound},
	"DeleteRole": {do: func(ctx context.Context, s staff, by auth.Caller) error {
		_, err := s.DeleteRole(ctx, by, auth.RoleRef{Name: "idle"})
		return err
	}, foreign: auth.ErrRoleNotFound},
	"ListSpaces": {do: func(ctx context.Context, s staff, by auth.Caller) error {
		_, err := s.ListSpaces(ctx, by, struct{}{})
		return err
	}},
	"CreateSpace": {do: func(ctx context.Context, s staff, by auth.Caller) error {
		_, err := s.CreateSpace(ctx, by, auth.NewSpaceInput{Name: "seoul"})
		return err
	}},
	"Invite": {do: func(ctx context.Context, s staff, by auth.Caller) error {
		_, err := s.Invite(ctx, by, auth.InviteInput{Email: "dan@example.com"})
		return err
	}},
	"ListEvents": {do: func(ctx context.Context, s staff, by auth.Caller) error {
		_, err := s.ListEvents(ctx, by, auth.EventsInput{})
		return err
	}},
	"CreateTenant": {operators: true, do: func(ctx context.Context, s staff, by auth.Caller) error {
		_, err := s.CreateTenant(ctx, by, auth.NewTenantInput{Name: "acme"})
		return err
	}},
	"UpdateTenant": {operators: true, do: func(ctx context.Context, s staff, by auth.Caller) error {
		_, err := s.UpdateTenant(ctx, by, auth.TenantChange{TenantRef: auth.TenantRef{ID: home}, DisplayName: "Home"})
		return err
	}},
	"SetTenantStatus": {operators: true, do: func(ctx context.Context, s staff, by auth.Caller) error {
		_, err := s.SetTenantStatus(ctx, by, auth.TenantStatusInput{TenantRef: auth.TenantRef{ID: home}, Status: auth.TenantLocked})
		return err
	}},
	"DeleteTenant": {operators: true, do: func(ctx context.Context, s staff, by auth.Caller) error {
		_, err := s.DeleteTenant(ctx, by, auth.TenantRef{ID: by.Tenant.ID})
		return err
	}},
	"ImportUser": {operators: true, do: func(ctx context.Context, s staff, by auth.Caller) error {
		_, err := s.ImportUser(ctx, by, auth.ImportedUser{Name: "Dan", Email: "dan@example.com"})
		return err
	}},
	"ImportAccount": {operators: true, do: func(ctx context.Context, s staff, by auth.Caller) error {
		_, err := s.ImportAccount(ctx, by, auth.ImportedAccount{ImportedUser: auth.ImportedUser{Name: "Dan", Email: "dan@example.com"}})
		return err
	}},
	"CreateOperatorKey": {operators: true, do: func(ctx context.Context, s staff, by auth.Caller) error {
		_, err := s.CreateOperatorKey(ctx, by, "deploy", 0)
		return err
	}},
	"ListOperatorKeys": {operators: true, do: func(ctx context.Context, s staff, by auth.Caller) error {
		_, err := s.ListOperatorKeys(ctx, by)
		return err
	}},
	"UnlockAccount": {operators: true, do: func(ctx context.Context, s staff, by auth.Caller) error {
		_, err := s.UnlockAccount(ctx, by, "ben")
		return err
	}},
	"CreateServiceKey": {do: func(ctx context.Context, s staff, by auth.Caller) error {
		_, err := s.CreateServiceKey(ctx, by, auth.ServiceKeyInput{Name: "billing", Scopes: []string{"orders:read"}})
		return err
	}},
	"ListServiceKeys": {do: func(ctx context.Context, s staff, by auth.Caller) error {
		_, err := s.ListServiceKeys(ctx, by, auth.ServiceKeysInput{})
		return err
	}},
	"RevokeServiceKey": {do: func(ctx context.Context, s staff, by auth.Caller) error {
		_, err := s.RevokeServiceKey(ctx, by, auth.ServiceKeyRef{Key: "home's"})
		return err
	}, foreign: auth.ErrKeyNotFound},
	"ResetMember": {do: func(ctx context.Context, s staff, by auth.Caller) error {
		_, err := s.ResetMember(ctx, by, s.ben())
		return err
	}, foreign: auth.ErrUserNotFound},
	"Overview": {do: func(ctx context.Context, s staff, by auth.Caller) error {
		_, err := s.Overview(ctx, by, auth.OverviewInput{})
		return err
	}},
	"ListMails": {do: func(ctx context.Context, s staff, by auth.Caller) error {
		_, err := s.ListMails(ctx, by, auth.MailsInput{})
		return err
	}},
	"RetryMail": {do: func(ctx context.Context, s staff, by auth.Caller) error {
		_, err := s.RetryMail(ctx, by, auth.MailRef{ID: s.id["letter"]})
		return err
	}, foreign: auth.ErrMailNotFound},
	"System": {operators: true, do: func(ctx context.Context, s staff, by auth.Caller) error {
		_, err := s.System(ctx, by, struct{}{})
		return err
	}},
	"SigningKeys": {operators: true, do: func(ctx context.Context, s staff, by auth.Caller) error {
		_, err := s.SigningKeys(ctx, by, struct{}{})
		return err
	}},
	"RotateKeys": {operators: true, do: func(ctx context.Context, s staff, by auth.Caller) error {
		_, err := s.RotateKeys(ctx, by, auth.RotateKeysInput{})
		return err
	}},
	"CheckRecord": {operators: true, do: func(ctx context.Context, s staff, by auth.Caller) error {
		_, err := s.CheckRecord(ctx, by, struct{}{})
		return err
	}},
	"RevokeOperatorKey": {operators: true, do: func(ctx context.Context, s staff, by auth.Caller) error {
		_, err := s.RevokeOperatorKey(ctx, by, "old")
		return err
	}},
}

// everybodys are the rules that who is logged in, or anyone, may use for
// themselves.
var everybodys = []string{
	"Front", "History",
	"AcceptInvitation", "ChangePassword", "Disown", "DisownReady", "EndSession", "EndSessions", "ForgotPassword", "Identify", "InvitationReady",
	"LeaveTenant", "ListSessions", "Me", "Recognises", "Refresh", "RequestUnlock", "Resend", "ResetPassword", "ResetReady", "SetMainTenant", "SignIn",
	"SignOut", "SignUp", "SwitchTenant", "Unlock", "UnlockReady", "UpdateProfile", "Verify", "VerifyToken",
}

func (s staff) ben() auth.MemberRef { return auth.MemberRef{ID: s.id["ben"]} }

// ruled is staffed with what the rules need.
func ruled(t *testing.T) staff {
	t.Helper()
	s := staffed(t)
	s.addRole(t, home, "idle")
	s.letter(t)
	_, err := s.CreateOperatorKey(t.Context(), s.operator(t, home), "old", 0)
	must(t, err)
	_, err = s.Invite(t.Context(), s.operator(t, home), auth.InviteInput{Email: "ivy@example.com"})
	must(t, err)
	_, err = s.CreateServiceKey(t.Context(), s.operator(t, home), auth.ServiceKeyInput{Name: "home's"})
	must(t, err)
	return s
}

// TestEveryRuleHasItsAuthorityTested: one that is added is added here.
func TestEveryRuleHasItsAuthorityTested(t *testing.T) {
	caller := reflect.TypeFor[auth.Caller]()
	for m := range reflect.TypeFor[*auth.Service]().Methods() {
		if m.Type.NumIn() < 3 || m.Type.In(2) != caller {
			continue
		}
		if _, tested := rules[m.Name]; tested == slices.Contains(everybodys, m.Name) {
			t.Errorf("%s is in the rules with an authority: %t, and in those of everybody: %t", m.Name, tested, tested)
		}
	}
}

// TestWhoMayNot: strangers, users, managers and people with a role of the
// tenant's own are refused before anything is looked at, admins too where it is
// for operators.
func TestWhoMayNot(t *testing.T) {
	s := ruled(t)
	callers := map[string]auth.Caller{"nobody": s.anyone(t, home)}
	for _, name := range []string{"root", "mia", "ben", "kim", "carl", "eve"} {
		callers[name] = s.by(t, name)
	}
	for what, r := range rules {
		for who, by := range callers {
			if !r.operators && by.Seat.Role == auth.RoleAdmin {
				continue
			}
			before := s.store.count()
			refused(t, what+" by "+who, r.do(t.Context(), s, by), auth.ErrForbidden)
			if n := s.store.count() - before; n != 0 {
				t.Errorf("%s by %s: got %d store calls before the refusal", what, who, n)
			}
		}
	}
	if n := s.wrote(t, home, auth.ActionUserChanged, "name"); n != 0 || s.tenant(t, home).Status != auth.TenantActive {
		t.Error("what was refused has happened")
	}
}

// TestWhoMay: admins and operators, all kinds.
func TestWhoMay(t *testing.T) {
	for what, r := range rules {
		for _, who := range []string{"admin", "command line", "key", "peer"} {
			if who == "admin" && r.operators {
				continue
			}
			s := ruled(t)
			by, slug := s.by(t, "root"), home
			if what == "DeleteTenant" {
				slug = annex
			}
			switch who {
			case "command line":
				by = s.operator(t, slug)
			case "peer":
				var err error
				by, err = s.TrustedPeer(t.Context(), auth.Origin{TenantSlug: slug})
				must(t, err)
			case "key":
				k, err := s.CreateOperatorKey(t.Context(), s.operator(t, home), "ci", 0)
				must(t, err)
				by, err = s.Operate(t.Context(), auth.Origin{TenantSlug: slug}, auth.Secret(k.Key))
				must(t, err)
			}
			refused(t, what+" by "+who, r.do(t.Context(), s, by), nil)
		}
	}
}

// TestAnotherTenantsAdmin: what is home's is not there for who runs annex, and
// is answered as what nobody has.
func TestAnotherTenantsAdmin(t *testing.T) {
	s := ruled(t)
	eve, before := s.by(t, "eve"), len(s.events(t, home))
	for what, r := range rules {
		if r.operators || r.foreign == nil {
			continue
		}
		err := r.do(t.Context(), s, eve)
		refused(t, what, err, r.foreign)
		nobody := s
		nobody.id = map[string]string{"ben": uuid.NewString()}
		if diff := cmp.Diff(answerOf(t, err), answerOf(t, r.do(t.Context(), nobody, eve))); r.foreign == auth.ErrUserNotFound && diff != "" {
			t.Errorf("%s: what is home's (-) is not answered as what nobody has (+):\n%s", what, diff)
		}
	}
	if n := len(s.events(t, home)); n != before {
		t.Errorf("got %d events more in home", n-before)
	}
	s.alive(t, "ben", s.in["ben"])
}

// TestTheRoleIsThatOfTheSpace: who is an admin in one space and names another,
// where they are not, is none.
func TestTheRoleIsThatOfTheSpace(t *testing.T) {
	s := staffed(t)
	lab := s.main(t, home, auth.RoleUser)
	lab.Space, lab.Main = s.addSpace(t, home, "lab").ID, false
	s.seats(t, s.id["root"], s.main(t, home, auth.RoleAdmin), lab)
	for space, want := range map[string]*auth.Error{"": nil, s.space(t, home).ID: nil, lab.Space: auth.ErrForbidden} {
		by, err := s.Authorize(t.Context(), auth.Origin{Space: space}, auth.Secret(s.in["root"].AccessToken))
		must(t, err)
		_, err = s.ListMembers(t.Context(), by, auth.MembersInput{})
		refused(t, "space "+space, err, want)
	}
}

// answerOf is what a caller is told.
func answerOf(t *testing.T, err error) auth.Error {
	t.Helper()
	var e *auth.Error
	if !errors.As(err, &e) {
		t.Fatalf("got %v, want an answer", err)
	}
	return *e
}
