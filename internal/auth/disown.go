package auth

import (
	"context"
	"errors"
	"time"
)

// DisownReady answers whether a link would end a session. It changes nothing:
// programs that look through mails follow links too.
func (s *Service) DisownReady(ctx context.Context, by Caller, in LinkInput) (LinkReady, error) {
	l, err := s.disownLink(ctx, by, in.Token)
	if err != nil {
		return LinkReady{}, err
	}
	return s.ready(ctx, l), nil
}

// disownLink follows a link that disowns. It is bound to the account and its
// address only: whom it is against must not be able to void it by a new
// password.
func (s *Service) disownLink(ctx context.Context, by Caller, token Secret) (link, error) {
	l, err := s.followLink(ctx, by, token, TicketDisown)
	if err == nil && l.Email != l.user.Email {
		err = ErrLinkInvalid
	}
	return l, err
}

// Disown is the answer to the mail about a new device: this was not me. Somebody
// else knows the password, so in one write that session and all made since end,
// every device is forgotten, the account is locked for strangers, and all that
// is under way for it is void; a link for a new password, which unlocks too, is
// mailed to its owner.
func (s *Service) Disown(ctx context.Context, by Caller, in LinkInput) (EndedSession, error) {
	ctx, cancel := lasting(ctx)
	defer cancel()
	// One press of the button after the other: the second finds the link used.
	done, err := s.turns.take(ctx, "disown/"+in.Token.Reveal())
	if err != nil {
		return EndedSession{}, s.fault(ctx, "disown", err)
	}
	defer done()
	for range 3 { // the account may change at the same time; the link is looked at anew then
		l, err := s.disownLink(ctx, by, in.Token)
		if err != nil {
			return EndedSession{}, err
		}
		by.Tenant = l.tenant
		switch err := s.disown(ctx, by, l); {
		case err == nil:
			s.dropLink(ctx, l.ticket.TicketKey)
			s.Mailer.Wake()
			return EndedSession{SessionID: l.Session}, nil
		case !errors.Is(err, errAsIs):
			return EndedSession{}, s.linkFault(ctx, err)
		}
	}
	return EndedSession{}, ErrInternal
}

func (s *Service) disown(ctx context.Context, by Caller, l link) error {
	u := l.user
	var from time.Time // where the session is no longer kept, all end
	session, err := s.Sessions.Session(ctx, u.Directory, l.Session)
	if err != nil && !errors.Is(err, ErrNoRecord) {
		return err
	}
	from = session.CreatedAt
	note := Note{Events: []Event{by.event(s, ActionDisowned, u.ID, l.Session, "link")}}
	next := u
	next.Epoch++ // the link is for what the account will be
	key, err := s.addLinkMail(ctx, by, next, &note, MessageReset)
	if err != nil {
		return err
	}
	held, err := s.held(ctx, u)
	if err != nil {
		return err
	}
	_, ended, err := s.Sessions.Secure(ctx, Ending{
		Directory: u.Directory, User: u.ID, Reason: EndRemoteLogout, At: s.now(), From: from, Forget: true, Note: note,
	}, func(now *User) error {
		if now.Epoch != u.Epoch || !now.Usable() {
			return errAsIs
		}
		until := s.now().Add(l.tenant.Policy.lockTime())
		if now.MayLogIn(until, false) { // else it is locked for longer
			now.Status, now.LockedUntil = UserLocked, until
		}
		now.Epoch, now.UpdatedAt = now.Epoch+1, s.now()
		return nil
	})
	s.tellDoubtful(ctx, by.Tenant, err, held...)
	s.forgetAccount(ctx, by, u, EndRemoteLogout, ended, err)
	if errors.Is(err, errAsIs) {
		s.dropLink(ctx, key)
	}
	return err
}
