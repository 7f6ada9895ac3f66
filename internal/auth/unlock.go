package auth

import (
	"context"
	"errors"
)

// EmailInput names an account by its address.
type EmailInput struct {
	Email string `json:"email" format:"email" maxLength:"254" example:"ann@example.com"`
}

// Subject names the account that the request is about, for its rate limit.
func (in EmailInput) Subject() string { return in.Email }

// UnlockResult says whose account is unlocked.
type UnlockResult struct {
	UserID   string `json:"userId" format:"uuid"`
	TenantID string `json:"tenantId" doc:"Slug of the tenant"`
	already  bool
}

// Outcome says whether there was a lock to end.
func (r UnlockResult) Outcome() Outcome {
	if r.already {
		return OutcomeNotLocked
	}
	return OutcomeUnlocked
}

// unlockLink follows a link that unlocks. One of an earlier lock does not open
// a later one, and none opens an admin's; where there is no lock any more, any
// will do.
func (s *Service) unlockLink(ctx context.Context, by Caller, token Secret) (link, error) {
	l, err := s.followLink(ctx, by, token, TicketUnlock)
	if err == nil && l.user.Locked(s.now(), false) && (!l.current() || !l.Until.Equal(l.user.LockedUntil) || l.Until.IsZero()) {
		err = ErrLinkInvalid
	}
	return l, err
}

// UnlockReady answers whether a link would unlock an account. It changes
// nothing: programs that look through mails follow links too.
func (s *Service) UnlockReady(ctx context.Context, by Caller, in LinkInput) (LinkReady, error) {
	l, err := s.unlockLink(ctx, by, in.Token)
	if err != nil {
		return LinkReady{}, err
	}
	return s.ready(ctx, l), nil
}

// Unlock ends a lock by the mailed link. The link is used up, also when the
// lock has ended by itself.
func (s *Service) Unlock(ctx context.Context, by Caller, in LinkInput) (UnlockResult, error) {
	l, err := s.unlockLink(ctx, by, in.Token)
	if err != nil {
		return UnlockResult{}, err
	}
	ctx, cancel := lasting(ctx)
	defer cancel()
	by.Tenant = l.tenant
	u, out := l.user, UnlockResult{UserID: l.user.ID, TenantID: l.tenant.Slug}
	_, err = s.Records.UpdateUser(ctx, u.Directory, u.ID, func(now *User) error {
		if now.Epoch != l.Epoch || !now.Locked(s.now(), false) || !now.LockedUntil.Equal(l.Until) || !unlock(now) {
			return errAsIs
		}
		now.Epoch, now.UpdatedAt = now.Epoch+1, s.now()
		return nil
	}, Note{Events: []Event{by.event(s, ActionUnlocked, u.ID, "", "link")}})
	s.forgetChanged(ctx, by, u, err)
	if errors.Is(err, errAsIs) {
		if u.Locked(s.now(), false) { // another press of the button was first
			return UnlockResult{}, ErrLinkInvalid
		}
		out.already = true
		return out, s.spendLink(ctx, l)
	}
	if err != nil {
		return UnlockResult{}, s.linkFault(ctx, err)
	}
	err = s.spendLink(ctx, l)
	if errors.Is(err, ErrLinkInvalid) { // another press of the button came in between, and was told: one is
		return UnlockResult{}, err
	}
	return out, nil // the lock is gone; what became of the link is in the log
}

// RequestUnlock mails another link to the owner of a locked account. The answer
// is always the same, and takes the same time.
func (s *Service) RequestUnlock(ctx context.Context, by Caller, in EmailInput) (bool, error) {
	return s.sendLink(ctx, by, in, MessageLocked, ActionUnlockSent, func(u User) bool {
		return u.Locked(s.now(), false) && !u.LockedUntil.IsZero()
	})
}

// sendLink mails a link to the account with that address, if there is one in
// the tenant and it is such an account.
func (s *Service) sendLink(ctx context.Context, by Caller, in EmailInput, kind MessageKind, told Action, due func(User) bool) (bool, error) {
	var p problems
	email := p.name("email", in.Email, Email, true)
	if err := p.err(); err != nil {
		return false, err
	}
	began := s.now()
	defer func() { s.pause(ctx, began) }()
	u, err := s.Records.UserByName(ctx, by.Tenant.Directory, Name{Kind: NameEmail, Value: email})
	if err == nil {
		_, err = s.sendLinkTo(ctx, by, u, kind, told, due)
	}
	if err != nil && !errors.Is(err, ErrNoRecord) {
		return false, s.fault(ctx, "send link", err)
	}
	return true, nil
}

// sendLinkTo mails an account a link, unless it may not have one or has been
// mailed too many, and says whether it did.
func (s *Service) sendLinkTo(ctx context.Context, by Caller, u User, kind MessageKind, told Action, due func(User) bool) (sent bool, err error) {
	account, err := s.Records.Account(ctx, u.Directory, u.ID)
	if err != nil {
		return false, err
	}
	if _, ok := account.Seat(by.Tenant.ID, ""); !ok || !u.Usable() || !due(u) {
		return false, nil
	}
	asked := s.mails(u, "asked/"+string(kind), 1, askedSpan)
	n, err := s.count(ctx, asked)
	if err != nil || n.N > askedMails && !s.Unlimited {
		return false, err
	}
	note := Note{Events: []Event{by.event(s, told, u.ID, "", "")}}
	_, err = s.addLinkMail(ctx, by, u, &note, kind)
	if err == nil {
		err = s.Records.Write(ctx, note)
	}
	if err != nil { // it may have been written all the same, so the link stays good
		s.uncount(ctx, asked)
		return false, err
	}
	s.Mailer.Wake()
	return true, nil
}
