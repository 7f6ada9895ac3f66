package auth

import "context"

// ResetMember mails a user of the caller's tenant the link with which a new
// password is set, as if the user had asked for it: nothing changes until the
// link is used. ErrRateLimited when the account was mailed too many of them.
func (s *Service) ResetMember(ctx context.Context, by Caller, in MemberRef) (bool, error) {
	a, err := s.member(ctx, by, in.ID)
	if err != nil {
		return false, err
	}
	if !a.User.Usable() {
		return false, ErrUserNotFound.because(string(a.User.Status))
	}
	sent, err := s.sendLinkTo(ctx, by, a.User, MessageReset, ActionResetSent, func(User) bool { return true })
	if err != nil {
		return false, s.fault(ctx, "send link", err)
	}
	if !sent {
		return false, ErrRateLimited.With(Meta{RetryAfter: int(askedSpan.Seconds())})
	}
	return true, nil
}
