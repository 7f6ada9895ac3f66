package auth

import (
	"context"
	"strings"
)

// UpdateProfile changes the caller's own profile. Role, status, tenant and
// address are not theirs to change by it.
func (s *Service) UpdateProfile(ctx context.Context, by Caller, in ProfileInput) (CurrentUser, error) {
	var p problems
	change := in.check(&p)
	if err := p.err(); err != nil {
		return CurrentUser{}, err
	}
	u := by.Account.User
	ctx, cancel := lasting(ctx)
	defer cancel()
	what := strings.Join(UpdateMemberInput{ProfileInput: in}.fields(), " ")
	a, err := s.Records.ChangeAccount(ctx, AccountChange{
		Directory: u.Directory, User: u.ID, Note: Note{Events: []Event{by.event(s, ActionUserChanged, u.ID, by.Session.ID, what)}},
		Change: func(a *Account) error {
			if !a.User.Usable() {
				return ErrUserGone
			}
			change.apply(&a.User)
			a.User.UpdatedAt = s.now()
			return nil
		},
	})
	s.forgetAccount(ctx, by, u, "", nil, err)
	if err != nil {
		return CurrentUser{}, s.accountFault(ctx, "change profile", err)
	}
	v, _, err := s.view(ctx, a, by.Seat)
	return CurrentUser{UserView: v, SessionID: by.Session.ID}, err
}
