package auth_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/latchkey/latchkey/internal/auth"
)

// TestListInvitations: those that can still be accepted, of the caller's tenant
// alone, each once however the list is paged.
func TestListInvitations(t *testing.T) {
	s := staffed(t)
	root := s.by(t, "root")
	open := func(by auth.Caller) (emails []string) {
		t.Helper()
		page, err := s.ListInvitations(t.Context(), by, auth.PageInput{Limit: "100"})
		must(t, err)
		for _, i := range page.Items {
			emails = append(emails, i.Email)
		}
		slices.Sort(emails)
		return emails
	}
	wants := func(when string, want ...string) {
		t.Helper()
		if got := open(root); !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", when, got, want)
		}
	}
	wants("before any")
	dan := s.invite(t, "dan@example.com", "clerk")
	page, err := s.ListInvitations(t.Context(), root, auth.PageInput{})
	must(t, err)
	sent := s.clock.Now().UTC().Truncate(time.Millisecond)
	space, err := s.ListSpaces(t.Context(), root, struct{}{})
	must(t, err)
	if diff := cmp.Diff([]auth.InvitationView{{
		Invited: auth.Invited{Email: "dan@example.com", Role: "clerk", SpaceID: space[0].ID, ExpiresAt: sent.Add(24 * time.Hour)}, SentAt: sent,
	}}, page.Items); diff != "" {
		t.Error(diff)
	}
	if got := open(s.by(t, "eve")); len(got) > 0 {
		t.Errorf("another tenant's admin sees %q", got)
	}
	s.invite(t, "dan@example.com", auth.RoleUser)
	wants("invited again", "dan@example.com")
	_, err = s.accept(t, dan, "Dan", secret)
	refused(t, "the older link", err, auth.ErrLinkInvalid)

	l := s.invite(t, "fay@example.com", auth.RoleUser)
	s.invite(t, "gil@example.com", auth.RoleUser)
	wants("three", "dan@example.com", "fay@example.com", "gil@example.com")
	_, err = s.accept(t, l, "Fay", secret)
	must(t, err)
	_, err = s.RevokeInvitation(t.Context(), root, auth.RevokeInvitationInput{Email: "gil@example.com"})
	must(t, err)
	wants("one accepted, one taken back", "dan@example.com")
	want := make([]string, 7)
	for i := range want {
		want[i] = fmt.Sprintf("p%d@example.com", i)
		s.invite(t, want[i], auth.RoleUser)
	}
	var paged []string
	in := auth.PageInput{Limit: "2"}
	for range 8 {
		page, err := s.ListInvitations(t.Context(), root, in)
		must(t, err)
		for _, i := range page.Items {
			paged = append(paged, i.Email)
		}
		if in.Cursor = page.Next; in.Cursor == "" {
			break
		}
	}
	want = append([]string{"dan@example.com"}, want...)
	slices.Sort(paged)
	if !slices.Equal(paged, want) {
		t.Errorf("by pages of two: got %q, want %q", paged, want)
	}
	s.clock.advance(24 * time.Hour)
	wants("over")
}
