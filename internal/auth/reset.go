package auth

import (
	"context"
	"errors"
)

// ResetInput sets a new password by a mailed link.
type ResetInput struct {
	Token    Secret `json:"token" maxLength:"128" doc:"From the link in the mail"`
	Password Secret `json:"password" minLength:"8" maxLength:"128" doc:"The new one" example:"quiet-orbit-42-lantern"`
}

// ForgotPassword mails a link for a new password. The answer is always the
// same, and takes the same time.
func (s *Service) ForgotPassword(ctx context.Context, by Caller, in EmailInput) (bool, error) {
	return s.sendLink(ctx, by, in, MessageReset, ActionResetSent, func(User) bool { return true })
}

// ResetReady answers whether a link would set a new password. It changes
// nothing: programs that look through mails follow links too.
func (s *Service) ResetReady(ctx context.Context, by Caller, in LinkInput) (LinkReady, error) {
	l, err := s.currentLink(ctx, by, in.Token, TicketReset)
	if err != nil {
		return LinkReady{}, err
	}
	return s.ready(ctx, l), nil
}

// ResetPassword sets a new password by the mailed link: every session ends,
// every device is forgotten, the lock is cleared, links and challenges from
// before are void, and the owner is told (ASVS 5.0 V6.4.3, V7.4.3). A password
// that is refused leaves the link good.
func (s *Service) ResetPassword(ctx context.Context, by Caller, in ResetInput) (bool, error) {
	l, err := s.currentLink(ctx, by, in.Token, TicketReset)
	if err != nil {
		return false, err
	}
	by.Tenant = l.tenant
	hash, err := s.newHash(ctx, by, l.user, "password", in.Password)
	if err != nil {
		return false, err
	}
	ctx, cancel := lasting(ctx)
	defer cancel()
	err = s.setPassword(ctx, by, l.user, hash, ActionReset, "")
	if errors.Is(err, errAsIs) { // another use of the link was first
		err = ErrLinkInvalid
	}
	if err != nil {
		return false, s.linkFault(ctx, err)
	}
	s.dropLink(ctx, l.ticket.TicketKey)
	return true, nil
}

// newHash checks a new password of an account and hashes it.
func (s *Service) newHash(ctx context.Context, by Caller, u User, field string, plain Secret) (Secret, error) {
	var p problems
	p.password(field, plain, by.Tenant.Policy, s.AppName, by.Tenant.Name, by.Tenant.Slug, u.Name, u.Nickname, u.Username, u.Email)
	if err := p.err(); err != nil {
		return "", err
	}
	return s.hash(ctx, by, plain)
}

// proven notes that the owner of the address has shown to be that: by a code or
// a link that only the mail had.
func (s *Service) proven(u *User) {
	if u.VerifiedAt.IsZero() {
		u.VerifiedAt = s.now()
	}
}

// setPassword puts a hash in the place of the one that the account has, and
// ends in the same write whatever came of it, but the session keep. errAsIs
// when the account is no longer as it was seen, ErrNoRecord when the session to
// keep has ended.
func (s *Service) setPassword(ctx context.Context, by Caller, seen User, hash Secret, told Action, keep string) error {
	held, err := s.held(ctx, seen)
	if err != nil {
		return err
	}
	_, ended, err := s.Sessions.Secure(ctx, Ending{
		Directory: seen.Directory, User: seen.ID, Session: keep, Reason: EndPasswordChanged, At: s.now(), Forget: true,
		Note: Note{
			Events: []Event{by.event(s, told, seen.ID, keep, "")},
			Mails: []Mail{s.mail(seen.Directory, by.Tenant.ID, seen.ID, MessagePassword,
				Facts{Device: by.DeviceName, Address: by.Addr, At: s.now()})},
		},
	}, func(now *User) error {
		if now.Epoch != seen.Epoch || now.Email != seen.Email || !now.Usable() {
			return errAsIs
		}
		unlock(now)
		if told == ActionReset {
			s.proven(now)
		}
		now.PasswordHash, now.Epoch, now.UpdatedAt = hash, now.Epoch+1, s.now()
		return nil
	})
	s.tellDoubtful(ctx, by.Tenant, err, held...)
	s.forgetAccount(ctx, by, seen, EndPasswordChanged, ended, err)
	if err == nil {
		s.Mailer.Wake()
	}
	return err
}
