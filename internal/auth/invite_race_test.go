package auth_test

import (
	"testing"

	"github.com/latchkey/latchkey/internal/auth"
)

// TestWhatChangesWhileTheButtonIsPressed: an account that is no longer who was
// invited, may not come in, or has joined, just before the seat is given.
func TestWhatChangesWhileTheButtonIsPressed(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*testing.T, staff)
		seats  int
	}{
		"another address": {func(t *testing.T, s staff) {
			s.change(t, s.id["eve"], func(u *auth.User) { u.Email = "eve@elsewhere.example" })
		}, 1},
		"disabled": {func(t *testing.T, s staff) {
			s.change(t, s.id["eve"], func(u *auth.User) { u.Status = auth.UserDisabled })
		}, 1},
		"joined": {func(t *testing.T, s staff) {
			s.seats(t, s.id["eve"], s.main(t, annex, auth.RoleAdmin), s.seat(t, home, auth.RoleUser))
		}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			s := staffed(t)
			s.change(t, s.id["eve"], func(u *auth.User) { u.VerifiedAt = s.clock.Now() })
			l := s.invite(t, "eve@example.com", auth.RoleAdmin)
			done := false
			mend := s.store.breaks(func(method string) error {
				if method == "ChangeAccount" && !done {
					done = true // at once: the change may be one too
					c.change(t, s)
				}
				return nil
			}, nil)
			_, err := s.accept(t, l, "", "")
			mend()
			refused(t, "accept", err, auth.ErrLinkInvalid)
			if a := s.account(t, s.id["eve"]); len(a.Seats) != c.seats || s.role(t, a.User.ID, home) == auth.RoleAdmin {
				t.Errorf("the seats are %+v", a.Seats)
			}
		})
	}
}

// TestAPasswordThatWasSetMeanwhile by whoever made the account, while its owner
// takes it over: the link is good for another try, which throws them out.
func TestAPasswordThatWasSetMeanwhile(t *testing.T) {
	s := staffed(t)
	trap := s.in["eve"]
	l := s.invite(t, "eve@example.com", auth.RoleAdmin)
	by, done := s.by(t, "eve"), false
	mend := s.store.breaks(func(method string) error {
		if method == "Secure" && !done {
			done = true // at once: the change below is a Secure too
			_, err := s.ChangePassword(t.Context(), by, auth.ChangePasswordInput{CurrentPassword: secret, NewPassword: renewed + "-mine"})
			if err != nil {
				t.Error(err)
			}
		}
		return nil
	}, nil)
	_, err := s.accept(t, l, "Eve", renewed)
	mend()
	refused(t, "the first try", err, auth.ErrLinkInvalid)
	if s.role(t, s.id["eve"], home) != "" {
		t.Error("the seat was given to whoever made the account")
	}
	_, err = s.accept(t, l, "Eve", renewed)
	refused(t, "the next", err, nil)
	s.dead(t, "whoever made it", trap, auth.EndPasswordChanged)
	_, err = s.SignIn(t.Context(), s.anyone(t, home), auth.SignInInput{Name: "eve", Password: renewed + "-mine"})
	refused(t, "with the password set meanwhile", err, auth.ErrCredentials)
}
