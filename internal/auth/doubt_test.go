package auth_test

import (
	"slices"
	"testing"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

// TestGuardsAreToldOfWhatHappenedAllTheSame: the store does what it is asked and
// answers with an error, and whoever asks again changes nothing more. Each rule
// announces the same as when all goes well, or, where the store did nothing,
// nothing at all.
func TestGuardsAreToldOfWhatHappenedAllTheSame(t *testing.T) {
	for name, tt := range map[string]struct {
		method, who string
		event       auth.NewsEvent
		ends        int // sessions
		do          func(t *testing.T, s staff, by auth.Caller) error
	}{
		"log out": {"EndSession", "carl", auth.NewsSessionEnded, 1, func(t *testing.T, s staff, by auth.Caller) error {
			_, err := s.SignOut(t.Context(), by, struct{}{})
			return err
		}},
		"log out everywhere": {"EndSessions", "carl", auth.NewsSessionEnded, 2, func(t *testing.T, s staff, by auth.Caller) error {
			_, err := s.EndSessions(t.Context(), by, auth.EndSessionsInput{})
			return err
		}},
		"by an admin": {"EndSessions", "root", auth.NewsSessionEnded, 2, func(t *testing.T, s staff, by auth.Caller) error {
			_, err := s.EndMemberSessions(t.Context(), by, s.ref("carl"))
			return err
		}},
		"a new password": {"Secure", "carl", auth.NewsSessionEnded, 1, func(t *testing.T, s staff, by auth.Caller) error {
			_, err := s.ChangePassword(t.Context(), by, auth.ChangePasswordInput{CurrentPassword: secret, NewPassword: renewed})
			return err
		}},
		"a role": {"ChangeAccount", "root", auth.NewsUserChanged, 0, func(t *testing.T, s staff, by auth.Caller) error {
			_, err := s.ChangeRole(t.Context(), by, auth.ChangeRoleInput{UserID: s.id["carl"], NewRole: "clerk"})
			return err
		}},
		"an old refresh token": {"Rotate", "ben", auth.NewsSessionEnded, 1, func(t *testing.T, s staff, _ auth.Caller) error {
			_, err := s.refresh(t, s.in["ben"].RefreshToken)
			return err
		}},
		"a key": {"RevokeAPIKey", "root", auth.NewsKeyRevoked, 0, func(t *testing.T, s staff, by auth.Caller) error {
			_, err := s.RevokeServiceKey(t.Context(), by, auth.ServiceKeyRef{Key: "billing"})
			return err
		}},
	} {
		for _, happened := range []bool{true, false} {
			t.Run(name+map[bool]string{true: ", done", false: ", not done"}[happened], func(t *testing.T) {
				s := staffed(t)
				s.serviceKey(t, home, "billing")
				by := s.by(t, tt.who)
				if name == "an old refresh token" {
					_, err := s.refresh(t, s.in["ben"].RefreshToken)
					must(t, err)
					s.clock.advance(time.Minute)
				}
				var kept []string // those that a change leaves
				if name == "a new password" {
					kept = []string{by.Session.ID}
				}
				fail := func(method string) error {
					if method == tt.method {
						return auth.ErrUnavailable
					}
					return nil
				}
				got := s.told(t, func() {
					mend := s.store.breaks(fail, nil)
					if happened {
						mend = s.store.breaks(nil, fail)
					}
					refused(t, "while the database is away", tt.do(t, s, by), auth.ErrTenantDown)
					mend()
				})
				if !happened {
					for _, n := range got { // how an account stands may be said at any time
						if n.Event != auth.NewsUserChanged || n.Seats[0].Role != auth.RoleUser {
							t.Errorf("guards are told %+v", n)
						}
					}
					return
				}
				if len(got) != max(tt.ends, 1) {
					t.Fatalf("guards are told %+v", got)
				}
				for _, n := range got {
					if n.Event != tt.event || slices.Contains(kept, n.SessionID) || tt.ends > 0 && !s.session(t, n.SessionID).Ended() {
						t.Errorf("guards are told %+v", n)
					}
				}
			})
		}
	}
}
