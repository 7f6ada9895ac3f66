package auth_test

import (
	"testing"

	"github.com/latchkey/latchkey/internal/auth"
)

// TestHistory: people see what happened to them, and of who did it no more than
// which side they are on.
func TestHistory(t *testing.T) {
	s := staffed(t)
	_, err := s.LockMember(t.Context(), s.by(t, "root"), s.ben())
	must(t, err)
	_, err = s.UnlockMember(t.Context(), s.operator(t, home), s.ben())
	must(t, err)
	s.in["ben"] = s.loginAt(t, home, "ben")
	must(t, s.store.Write(t.Context(), auth.Note{Events: []auth.Event{{
		ID: "019a2f6b-7c1e-7d53-9b0a-5f2d8c4e6a10", Directory: auth.DefaultDirectory, Tenant: s.tenant(t, home).ID, At: s.clock.Now(),
		Action: auth.ActionPasswordHash, User: s.id["ben"],
	}}}))
	page, err := s.History(t.Context(), s.by(t, "ben"), auth.HistoryInput{})
	must(t, err)
	by := map[auth.Action]auth.PastView{}
	for _, e := range page.Items {
		if _, seen := by[e.Action]; !seen {
			by[e.Action] = e
		}
	}
	if e := by[auth.ActionLocked]; e.By != "admin" || e.IP != "" || e.Agent != "" {
		t.Errorf("an admin's doing is shown as %+v", e)
	}
	if e := by[auth.ActionUnlocked]; e.By != "operator" || e.IP != "" {
		t.Errorf("an operator's doing is shown as %+v", e)
	}
	if e := by[auth.ActionLogin]; e.By != "" || e.IP == "" || e.SessionID == "" {
		t.Errorf("one's own login is shown as %+v", e)
	}
	if _, shown := by[auth.ActionPasswordHash]; shown {
		t.Error("what is ours alone is shown")
	}
	if page.Items[0].Action != auth.ActionLogin {
		t.Errorf("first is %s, want the newest", page.Items[0].Action)
	}
	// Nothing of anybody else, a page at a time.
	all, in := len(page.Items), auth.HistoryInput{}
	in.Limit = "1"
	for range all {
		one, err := s.History(t.Context(), s.by(t, "ben"), in)
		must(t, err)
		for _, e := range one.Items {
			if e.SessionID == s.in["root"].SessionID {
				t.Errorf("%+v is somebody else's", e)
			}
		}
		in.Cursor = one.Next
	}
	if _, err := s.History(t.Context(), s.by(t, "ben"), auth.HistoryInput{PageInput: auth.PageInput{Cursor: "x"}}); err == nil {
		t.Error("a cursor of nobody's is taken")
	}
}

// TestResetMember mails the link that the person could have asked for, and no
// more of them.
func TestResetMember(t *testing.T) {
	s := staffed(t)
	for range auth.AskedMails {
		_, err := s.ResetMember(t.Context(), s.by(t, "root"), s.ben())
		must(t, err)
	}
	if e := s.last(t, home); e.Action != auth.ActionResetSent || e.User != s.id["ben"] || e.Actor != s.id["root"] {
		t.Errorf("written down is %+v", e)
	}
	_, err := s.ResetMember(t.Context(), s.by(t, "root"), s.ben())
	refused(t, "one more", err, auth.ErrRateLimited)
	link := s.mailed(t, auth.MessageReset)
	_, err = s.ResetPassword(t.Context(), s.follow(t), auth.ResetInput{Token: link.Token, Password: renewed})
	must(t, err)
	s.change(t, s.id["ben"], func(u *auth.User) { u.Status = auth.UserDisabled })
	_, err = s.ResetMember(t.Context(), s.by(t, "root"), s.ben())
	refused(t, "a disabled account", err, auth.ErrUserNotFound)
}

// TestRotateKeys: tokens of before stay good, and who signs with a secret is
// told so.
func TestRotateKeys(t *testing.T) {
	s := staffed(t)
	before, err := s.SigningKeys(t.Context(), s.operator(t, home), struct{}{})
	must(t, err)
	after, err := s.RotateKeys(t.Context(), s.operator(t, home), auth.RotateKeysInput{Now: true})
	must(t, err)
	if len(after) != len(before)+1 || after[len(after)-1].State != "signing" {
		t.Errorf("after a rotation at once: %+v", after)
	}
	s.by(t, "ben") // with the token of before
}

// TestCheckRecord: the record is whole, until somebody changes it.
func TestCheckRecord(t *testing.T) {
	s := staffed(t)
	found, err := s.CheckRecord(t.Context(), s.operator(t, home), struct{}{})
	must(t, err)
	if !found.Complete || found.Problem != "" || found.Last == 0 || len(found.Hash) != 64 {
		t.Errorf("found %+v, want a whole record", found)
	}
	other, err := auth.NewVault([]byte("another master key of 32 bytes!!"))
	must(t, err)
	s.Vault = other
	if found, err = s.CheckRecord(t.Context(), s.operator(t, home), struct{}{}); err != nil || found.Problem == "" {
		t.Errorf("found %+v, %v, want the first link that does not fit", found, err)
	}
}
