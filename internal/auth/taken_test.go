package auth_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/google/uuid"

	"github.com/latchkey/latchkey/internal/auth"
)

// TestATakenAddressIsNotTold: where the tenant hides it the answer has the same
// shape, in the same time, without tokens though no code is asked for; the owner
// is mailed, three times a day; nothing else happens.
func TestATakenAddressIsNotTold(t *testing.T) {
	w, id := joined(t, func(s *auth.Service) { s.Policy.Taken = auth.TakenHide })
	sign := func(email string) auth.SignUpResult {
		t.Helper()
		out, err := w.SignUp(t.Context(), w.anyone(t, home), auth.SignUpInput{Name: "Eve", Email: email, Password: renewed})
		must(t, err)
		if _, err := uuid.Parse(out.ID); err != nil || out.Grant != nil || out.Tokens().AccessToken != "" {
			t.Errorf("%s: got %+v", email, out)
		}
		return out
	}
	fresh := sign("free@example.com")
	before := w.user(t, id)
	for range 5 {
		taken := sign("ANN@bücher.example")
		if taken.ID == id {
			t.Error("it has the owner's id")
		}
		if diff := cmp.Diff(fresh, taken, cmpopts.IgnoreFields(auth.SignUpResult{}, "ID", "Email")); diff != "" {
			t.Errorf("the answers differ (-free +taken):\n%s", diff)
		}
	}
	if diff := cmp.Diff(before, w.user(t, id)); diff != "" {
		t.Errorf("the owner changed:\n%s", diff)
	}
	told := w.inbox(t, auth.MessageSignUpTaken)
	if len(told) != 3 || told[0].Email != before.Email || told[0].Facts.Link != "" || told[0].Facts.Address != "192.0.2.7" {
		t.Errorf("told %d times: %+v", len(told), told)
	}
	if n := w.wrote(t, home, auth.ActionSignUpTaken, ""); n != 5 {
		t.Errorf("got %d events, want 5", n)
	}
	w.clock.advance(24 * time.Hour)
	sign("ann@bücher.example")
	if n := len(w.inbox(t, auth.MessageSignUpTaken)); n != 4 {
		t.Errorf("told %d times after a day, want 4", n)
	}
	_, err := w.try(t, secret)
	refused(t, "the owner's password", err, nil)
}

// TestATakenUsernameIsTold: and what it tells does not depend on the address.
func TestATakenUsernameIsTold(t *testing.T) {
	for policy, want := range map[auth.TakenPolicy][]string{
		auth.TakenTell: {"email", "username", "mobile"},
		auth.TakenHide: {"username", "mobile"},
	} {
		w, _ := joined(t, func(s *auth.Service) { s.Policy.Taken = policy })
		sign := func(email string) (fields []string) {
			_, err := w.SignUp(t.Context(), w.anyone(t, home), auth.SignUpInput{
				Name: "Eve", Email: email, Username: "ann.lee", Mobile: "01012345678", Password: renewed,
			})
			refused(t, email, err, auth.ErrDuplicate)
			for _, f := range meta(err).Fields {
				fields = append(fields, f.Field)
			}
			return fields
		}
		if diff := cmp.Diff(want, sign("ann@bücher.example")); diff != "" {
			t.Errorf("%s, taken:\n%s", policy, diff)
		}
		if diff := cmp.Diff([]string{"username", "mobile"}, sign("free@example.com")); diff != "" {
			t.Errorf("%s, free:\n%s", policy, diff)
		}
		if n := len(w.inbox(t, auth.MessageSignUpTaken)); n != 0 {
			t.Errorf("%s: told the owner %d times of an account that was refused anyway", policy, n)
		}
	}
}
