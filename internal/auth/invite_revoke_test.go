package auth_test

import (
	"testing"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

// TestRevokeInvitation: its link is dead at once, and it is done once, by those
// who run the tenant that it is to.
func TestRevokeInvitation(t *testing.T) {
	s := staffed(t)
	revoke := func(by auth.Caller, email string) (auth.RevokedInvitation, error) {
		return s.RevokeInvitation(t.Context(), by, auth.RevokeInvitationInput{Email: email})
	}
	root := s.by(t, "root")
	_, err := revoke(root, "dan@example.com")
	refused(t, "nobody's", err, auth.ErrNotInvited)
	_, err = revoke(root, "dan")
	problem(t, "no address", err, "email")
	l := s.invite(t, "dan@example.com", "clerk")
	_, err = revoke(s.by(t, "eve"), "dan@example.com")
	refused(t, "by another tenant's admin", err, auth.ErrNotInvited)
	_, err = s.InvitationReady(t.Context(), s.follow(t), l)
	must(t, err)
	out, err := revoke(root, "DAN@example.com")
	if err != nil || out.Email != "dan@example.com" || out.Role != "clerk" {
		t.Errorf("got %+v, %v", out, err)
	}
	if e := s.last(t, home); e.Action != auth.ActionUninvited || e.Actor != s.id["root"] || e.User != "" || e.Reason != "clerk" {
		t.Errorf("the record says %+v", e)
	}
	_, err = s.InvitationReady(t.Context(), s.follow(t), l)
	refused(t, "a look at the link", err, auth.ErrLinkInvalid)
	_, err = s.accept(t, l, "Dan", secret)
	refused(t, "the link", err, auth.ErrLinkInvalid)
	_, err = revoke(root, "dan@example.com")
	refused(t, "again", err, auth.ErrNotInvited)

	l = s.invite(t, "dan@example.com", auth.RoleUser)
	_, err = s.accept(t, l, "Dan", secret)
	must(t, err)
	_, err = revoke(root, "dan@example.com")
	refused(t, "one that was accepted", err, auth.ErrNotInvited)
	s.invite(t, "fay@example.com", auth.RoleUser)
	s.clock.advance(24*time.Hour + time.Second)
	_, err = revoke(root, "fay@example.com")
	refused(t, "one that is over", err, auth.ErrNotInvited)
}
