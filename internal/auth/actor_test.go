package auth_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/latchkey/latchkey/internal/auth"
)

// told is what an event must say, of whom and by whom by name.
type told struct {
	action auth.Action
	user   string // name, "" for nobody
	reason string
}

// TestEveryChangeSaysWhoDidIt: in the tenant's record, once, with who did it
// where that is not who it is about; an operator by key, one at the machine, or
// an admin.
func TestEveryChangeSaysWhoDidIt(t *testing.T) {
	for name, want := range map[string][]told{
		"CreateMember":      {{auth.ActionUserMade, "dan", auth.RoleUser}},
		"UpdateMember":      {{auth.ActionUserChanged, "ben", "name"}},
		"LockMember":        {{auth.ActionLocked, "ben", "admin"}, {auth.ActionLogoutAll, "ben", string(auth.EndAdmin)}},
		"UnlockMember":      {{auth.ActionUnlocked, "ben", "by_hand"}},
		"RemoveMember":      {{auth.ActionUserRemoved, "ben", ""}},
		"EndMemberSessions": {{auth.ActionLogoutAll, "ben", string(auth.EndAdmin)}},
		"EndMemberSession":  {{auth.ActionLogout, "ben", string(auth.EndAdmin)}},
		"RevokeInvitation":  {{auth.ActionUninvited, "", auth.RoleUser}},
		"ChangeRole":        {{auth.ActionUserRole, "ben", "user to manager"}},
		"CreateRole":        {{auth.ActionRoleMade, "", "auditor"}},
		"UpdateRole":        {{auth.ActionRoleChanged, "", "clerk"}},
		"DeleteRole":        {{auth.ActionRoleGone, "", "idle"}},
		"CreateSpace":       {{auth.ActionSpaceMade, "", "seoul"}},
		"Invite":            {{auth.ActionInvited, "", auth.RoleUser}},
		"UpdateTenant":      {{auth.ActionTenant, "", "displayName"}},
		"SetTenantStatus":   {{auth.ActionTenantStatus, "", string(auth.TenantLocked)}},
		"ImportUser":        {{auth.ActionUserImported, "dan", ""}},
	} {
		for _, who := range []string{"admin", "command line", "key"} {
			if who == "admin" && rules[name].operators {
				continue
			}
			t.Run(name+" by "+who, func(t *testing.T) {
				s := ruled(t)
				by, actor := s.by(t, "root"), s.id["root"]
				switch who {
				case "command line":
					by, actor = s.operator(t, home), auth.AtCommandLine
				case "key":
					k := s.operatorKey(t, "ci", 0)
					var err error
					by, err = s.Operate(t.Context(), auth.Origin{TenantSlug: home}, auth.Secret(k.Key))
					must(t, err)
					actor = "operator:" + k.ID
				}
				by.Addr, by.Agent, by.RequestID = "198.51.100.9", "admin/1", "r2"
				before := len(s.events(t, home))
				must(t, rules[name].do(t.Context(), s, by))
				if u, err := s.store.UserByName(t.Context(), auth.DefaultDirectory, auth.Name{Kind: auth.NameEmail, Value: "dan@example.com"}); err == nil {
					s.id["dan"] = u.ID
				}
				var all []auth.Event
				for _, w := range want {
					all = append(all, auth.Event{
						Directory: auth.DefaultDirectory, Tenant: s.tenant(t, home).ID, At: s.clock.Now(), Action: w.action, User: s.id[w.user], Actor: actor,
						IP: "198.51.100.9", Agent: "admin/1", RequestID: "r2", Reason: w.reason,
					})
				}
				if name == "EndMemberSession" {
					all[0].Session = s.in["ben"].SessionID
				}
				got := s.events(t, home)[before:]
				for i := range got {
					got[i].ID = ""
				}
				if diff := cmp.Diff(all, got); diff != "" {
					t.Errorf("the record (-want +got):\n%s", diff)
				}
			})
		}
	}
}

// TestWhatIsDoneToTheDeployment is in the deployment's record.
func TestWhatIsDoneToTheDeployment(t *testing.T) {
	w := newWorld(t)
	op := w.operator(t, far)
	v, err := w.CreateTenant(t.Context(), op, auth.NewTenantInput{Name: "acme", Status: auth.TenantPending})
	must(t, err)
	if e := w.last(t, "acme"); e.Action != auth.ActionTenantMade || e.Tenant != v.ID || e.Actor != auth.AtCommandLine || e.Reason != string(auth.TenantPending) || e.User != "" {
		t.Errorf("made: %+v", e)
	}
	_, err = w.SetTenantStatus(t.Context(), op, auth.TenantStatusInput{TenantRef: auth.TenantRef{ID: far}, Status: auth.TenantLocked})
	must(t, err)
	_, err = w.DeleteTenant(t.Context(), op, auth.TenantRef{ID: "acme"})
	must(t, err)
	for id, want := range map[string]auth.Action{w.tenant(t, far).ID: auth.ActionTenantStatus, v.ID: auth.ActionTenantGone} {
		all, err := w.store.Events(t.Context(), auth.EventQuery{Directory: auth.DefaultDirectory, Tenant: id, Max: 1})
		if err != nil || len(all) != 1 || all[0].Action != want || all[0].Actor != auth.AtCommandLine {
			t.Errorf("%s: got %+v, %v", want, all, err)
		}
	}
	if n, _, err := w.store.TrailEnd(t.Context(), elsewhere); n != 0 || err != nil {
		t.Errorf("%d events in the record of far's own database, %v", n, err)
	}
}

// TestOnesOwnDoingHasNoActor: who does something to themselves is who it is
// about.
func TestOnesOwnDoingHasNoActor(t *testing.T) {
	s := staffed(t)
	_, err := s.UpdateProfile(t.Context(), s.by(t, "carl"), auth.ProfileInput{Name: "C"})
	must(t, err)
	_, err = s.SetMainTenant(t.Context(), s.by(t, "carl"), auth.SwitchInput{TenantID: annex})
	must(t, err)
	_, err = s.UpdateMember(t.Context(), s.by(t, "root"), auth.UpdateMemberInput{MemberRef: s.ref("root"), ProfileInput: auth.ProfileInput{Name: "R"}})
	must(t, err)
	s.in["carl"], err = s.switchTo(t, "carl", annex)
	must(t, err)
	_, err = s.LeaveTenant(t.Context(), s.by(t, "carl"), auth.LeaveInput{TenantID: home})
	must(t, err)
	for _, slug := range []string{home, annex} {
		for _, e := range s.events(t, slug) {
			if e.Actor != "" {
				t.Errorf("got %+v", e)
			}
		}
	}
}
