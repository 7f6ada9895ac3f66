package auth_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/latchkey/latchkey/internal/auth"
)

// letter puts a mail to ben into the outbox, by the id "letter".
func (s staff) letter(t testing.TB) auth.Mail {
	t.Helper()
	m := auth.Mail{
		ID: uuid.Must(uuid.NewV7()).String(), Directory: auth.DefaultDirectory, Tenant: s.tenant(t, home).ID, User: s.id["ben"],
		Kind: auth.MessageReset, Sealed: []byte("sealed"), CreatedAt: s.clock.Now().Add(time.Second),
	}
	must(t, s.store.Write(t.Context(), auth.Note{Mails: []auth.Mail{m}}))
	s.id["letter"] = m.ID
	return m
}

// TestListMails: to whom and how far, page by page, and nothing of what is in
// them.
func TestListMails(t *testing.T) {
	s := staffed(t)
	m := s.letter(t)
	must(t, s.store.Bury(t.Context(), m.Directory, m.ID, s.clock.Now(), "550 no such mailbox"))
	list := func(status string) []auth.MailView {
		t.Helper()
		page, err := s.ListMails(t.Context(), s.by(t, "root"), auth.MailsInput{Status: status})
		must(t, err)
		return page.Items
	}
	dead := list("dead")
	if len(dead) != 1 || dead[0].To != "b***@example.com" || dead[0].Problem != "550 no such mailbox" || dead[0].BuriedAt.IsZero() || dead[0].Status != "dead" {
		t.Fatalf("the dead letters are %+v", dead)
	}
	all := list("")
	if len(all) < 2 || all[0] != dead[0] || len(all) != len(list("queued"))+len(list("sent"))+1 {
		t.Errorf("all mails are %+v", all)
	}
	_, err := s.RetryMail(t.Context(), s.by(t, "root"), auth.MailRef{ID: m.ID})
	must(t, err)
	if dead = list("dead"); len(dead) != 0 {
		t.Errorf("after the retry there are dead letters: %+v", dead)
	}
	must(t, s.store.Sent(t.Context(), m.Directory, m.ID, s.clock.Now()))
	for what, id := range map[string]string{"one that was sent": m.ID, "none": uuid.NewString(), "no id": "x", "too long": strings.Repeat("x", 99)} {
		_, err := s.RetryMail(t.Context(), s.by(t, "root"), auth.MailRef{ID: id})
		refused(t, what, err, auth.ErrMailNotFound)
	}
	_, err = s.ListMails(t.Context(), s.by(t, "root"), auth.MailsInput{Status: "lost"})
	refused(t, "another status", err, auth.ErrValidation)
}
