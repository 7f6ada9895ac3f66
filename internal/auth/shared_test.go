package auth_test

import (
	"testing"

	"github.com/latchkey/latchkey/internal/auth"
)

// TestASharedAccountIsItsOwners: one tenant's admin does not change what other
// tenants have of it; an operator does.
func TestASharedAccountIsItsOwners(t *testing.T) {
	s := staffed(t)
	before := s.user(t, s.id["carl"])
	ways := map[string]func(auth.Caller) error{
		"rename": func(by auth.Caller) error {
			_, err := s.UpdateMember(t.Context(), by, auth.UpdateMemberInput{MemberRef: s.ref("carl"), ProfileInput: auth.ProfileInput{Name: "X"}})
			return err
		},
		"address": func(by auth.Caller) error {
			_, err := s.UpdateMember(t.Context(), by, auth.UpdateMemberInput{MemberRef: s.ref("carl"), Email: "x@example.com"})
			return err
		},
		"lock":   func(by auth.Caller) error { _, err := s.LockMember(t.Context(), by, s.ref("carl")); return err },
		"unlock": func(by auth.Caller) error { _, err := s.UnlockMember(t.Context(), by, s.ref("carl")); return err },
		"disable": func(by auth.Caller) error {
			_, err := s.UpdateMember(t.Context(), by, auth.UpdateMemberInput{MemberRef: s.ref("carl"), Status: auth.UserDisabled})
			return err
		},
	}
	for _, admin := range []string{"root", "eve"} {
		for what, do := range ways {
			err := do(s.by(t, admin))
			refused(t, what+" by "+admin, err, auth.ErrShared)
			if meta(err).Reason != "shared_account" {
				t.Errorf("%s: got reason %q", what, meta(err).Reason)
			}
		}
	}
	if after := s.user(t, s.id["carl"]); after != before {
		t.Errorf("the account is %+v", after)
	}
	s.alive(t, "the session", s.in["carl"])
	for _, what := range []string{"rename", "address", "lock", "unlock", "disable"} {
		refused(t, what+" by an operator", ways[what](s.operator(t, home)), nil)
	}
}

// TestAnAccountThatBecomesSharedMeanwhile: between the look and the change.
func TestAnAccountThatBecomesSharedMeanwhile(t *testing.T) {
	s := staffed(t)
	by := s.by(t, "root")
	for what, do := range map[string]func() error{
		"rename": func() error {
			_, err := s.UpdateMember(t.Context(), by, auth.UpdateMemberInput{MemberRef: s.ref("ben"), ProfileInput: auth.ProfileInput{Name: "X"}})
			return err
		},
		"lock": func() error { _, err := s.LockMember(t.Context(), by, s.ref("ben")); return err },
	} {
		s.seats(t, s.id["ben"], s.main(t, home, auth.RoleUser))
		once := true
		mend := s.store.breaks(func(method string) error {
			if method == "ChangeAccount" && once {
				once = false
				s.seats(t, s.id["ben"], s.main(t, home, auth.RoleUser), s.seat(t, annex, auth.RoleUser))
			}
			return nil
		}, nil)
		err := do()
		mend()
		refused(t, what, err, auth.ErrShared)
	}
	if u := s.user(t, s.id["ben"]); u.Name != "P ben" || u.Status != auth.UserActive {
		t.Errorf("the user is %+v", u)
	}
}
