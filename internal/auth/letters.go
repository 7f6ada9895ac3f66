package auth

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
)

// MailView is a mail of the outbox as those who run a tenant see it: to whom and
// how far it has come, never what is in it.
type MailView struct {
	ID        string      `json:"id" format:"uuid"`
	Kind      MessageKind `json:"kind" example:"reset"`
	To        string      `json:"to,omitempty" doc:"The address, masked; left out where the account is gone" example:"a***@example.com"`
	UserID    string      `json:"userId,omitempty"`
	Status    string      `json:"status" enum:"queued,sent,dead"`
	Attempts  int         `json:"attempts"`
	Problem   string      `json:"problem,omitempty" doc:"Of the last try, in the mail server's words"`
	CreatedAt time.Time   `json:"createdAt"`
	NextAt    time.Time   `json:"nextAt,omitzero" doc:"Of one that is queued, when it is tried next"`
	SentAt    time.Time   `json:"sentAt,omitzero"`
	BuriedAt  time.Time   `json:"buriedAt,omitzero" doc:"When it was given up"`
	NotAfter  time.Time   `json:"notAfter,omitzero" doc:"It is not sent after this"`
}

// mailStatus is how people call the states.
var mailStatus = map[MailState]string{MailWaiting: "queued", MailSent: "sent", MailDead: "dead"}

// MailsInput asks for mails.
type MailsInput struct {
	PageInput
	Status string `query:"status" json:"-" enum:"queued,sent,dead"`
}

// MailRef names a mail.
type MailRef struct {
	ID string `path:"id" json:"-" doc:"Id of the mail"`
}

// ListMails lists the mails of the caller's tenant, newest first: those that
// wait, that were sent in the last days, and the dead letters.
func (s *Service) ListMails(ctx context.Context, by Caller, in MailsInput) (Page[MailView], error) {
	if err := by.administers(); err != nil {
		return Page[MailView]{}, err
	}
	var p problems
	n := in.size(&p)
	q := LetterQuery{Directory: by.Tenant.Directory, Tenant: by.Tenant.ID, Max: n + 1}
	in.after(&p, &q.Before)
	oneOf(&p, "status", in.Status, "", "queued", "sent", "dead")
	if err := p.err(); err != nil {
		return Page[MailView]{}, err
	}
	for state, status := range mailStatus {
		if status == in.Status {
			q.State = state
		}
	}
	found, err := s.Records.Letters(ctx, q)
	if err != nil {
		return Page[MailView]{}, s.fault(ctx, "list mails", err)
	}
	page := paged(found, n, func(l Letter) EventPlace { return EventPlace{At: l.CreatedAt, ID: l.ID} }, Letter.view)
	for i := range page.Items {
		if err := s.address(ctx, by, &page.Items[i]); err != nil {
			return Page[MailView]{}, s.fault(ctx, "find addressee", err)
		}
	}
	return page, nil
}

// RetryMail makes a mail that waits, or a dead letter, due at once.
// ErrMailNotFound when it was sent, is too late, or there is none.
func (s *Service) RetryMail(ctx context.Context, by Caller, in MailRef) (bool, error) {
	if err := by.administers(); err != nil {
		return false, err
	}
	if len(in.ID) != 36 || uuid.Validate(in.ID) != nil {
		return false, ErrMailNotFound
	}
	err := s.Records.Redeliver(ctx, by.Tenant.Directory, by.Tenant.ID, in.ID, s.now())
	if errors.Is(err, ErrNoRecord) {
		return false, ErrMailNotFound
	}
	if err != nil {
		return false, s.fault(ctx, "retry mail", err)
	}
	s.Mailer.Wake()
	return true, nil
}

// address says to whom a mail is. Whose account is gone gets none.
func (s *Service) address(ctx context.Context, by Caller, v *MailView) error {
	if v.UserID == "" {
		return nil
	}
	u, err := s.Live.Account(ctx, by.Tenant.Directory, v.UserID)
	if errors.Is(err, ErrNoRecord) {
		return nil
	}
	v.To = maskEmail(u.User.Email)
	return err
}

func (l Letter) view() MailView {
	v := MailView{
		ID: l.ID, Kind: l.Kind, UserID: l.User, Status: mailStatus[l.State], Attempts: l.Attempts, Problem: l.Problem,
		CreatedAt: l.CreatedAt, NotAfter: l.NotAfter,
	}
	switch l.State {
	case MailWaiting:
		v.NextAt = l.DueAt
	case MailSent:
		v.SentAt = l.DueAt
	case MailDead:
		v.BuriedAt = l.DueAt
	}
	return v
}
