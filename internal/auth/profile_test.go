package auth_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/latchkey/latchkey/internal/auth"
)

// TestProfile: one's own, and nothing of it that is not one's own to change.
func TestProfile(t *testing.T) {
	s := staffed(t)
	before := s.account(t, s.id["carl"])
	me, err := s.UpdateProfile(t.Context(), s.by(t, "carl"), auth.ProfileInput{Name: "Carl C.", Nickname: "C", Username: "Carlo"})
	must(t, err)
	if me.Name != "Carl C." || me.Nickname != "C" || me.Username != "carlo" || me.SessionID != s.in["carl"].SessionID {
		t.Errorf("got %+v", me)
	}
	want := before
	want.User.Name, want.User.Nickname, want.User.Username = "Carl C.", "C", "carlo"
	if diff := cmp.Diff(want, s.account(t, s.id["carl"])); diff != "" {
		t.Errorf("the account (-want +got):\n%s", diff)
	}
	if e := s.last(t, home); e.Action != auth.ActionUserChanged || e.User != s.id["carl"] || e.Actor != "" || e.Reason != "name username nickname" {
		t.Errorf("the record says %+v", e)
	}
	if by := s.by(t, "carl"); by.Account.User.Name != "Carl C." {
		t.Errorf("memory says %s", by.Account.User.Name)
	}
	_, err = s.UpdateProfile(t.Context(), s.by(t, "carl"), auth.ProfileInput{Username: "ben"})
	refused(t, "a username that is taken", err, auth.ErrDuplicate)
	for field, in := range map[string]auth.ProfileInput{
		"name": {Name: strings.Repeat("x", 101)}, "username": {Username: "x y"}, "mobile": {Mobile: "call me"}, "reset": {Reset: []string{"email"}},
	} {
		_, err := s.UpdateProfile(t.Context(), s.by(t, "carl"), in)
		problem(t, field, err, field)
	}
	for _, field := range []string{"Role", "Status", "Email", "TenantID", "Tenant", "Seats", "NewRole", "VerifiedAt", "Epoch"} {
		if fields[auth.ProfileInput]()[field] {
			t.Errorf("a profile can be asked for %s", field)
		}
		if field != "Email" && fields[auth.SignUpInput]()[field] {
			t.Errorf("a sign-up can be asked for %s", field)
		}
	}
	by := s.by(t, "carl")
	s.change(t, s.id["carl"], func(u *auth.User) { u.Status = auth.UserDisabled })
	_, err = s.UpdateProfile(t.Context(), by, auth.ProfileInput{Name: "Too late"})
	refused(t, "who was disabled just now", err, auth.ErrUserGone)
}
