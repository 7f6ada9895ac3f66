package auth

import (
	"context"
	"errors"
)

// ChangePasswordInput is the password that one has and the one that one wants.
type ChangePasswordInput struct {
	CurrentPassword Secret `json:"currentPassword" maxLength:"1024" example:"quiet-orbit-42-lantern"`
	NewPassword     Secret `json:"newPassword" minLength:"8" maxLength:"128" example:"loud-comet-17-harbour"`
}

// ChangePassword sets a new password for who knows the current one. Every other
// session ends, and the owner is told (ASVS 5.0 V6.2.3, V7.4.3). Wrong ones are
// counted for the session, so that who finds a device unattended gets no more
// tries than anybody.
func (s *Service) ChangePassword(ctx context.Context, by Caller, in ChangePasswordInput) (bool, error) {
	if err := in.check(); err != nil {
		return false, err
	}
	u, err := s.Records.User(ctx, by.Tenant.Directory, by.Account.User.ID)
	if errors.Is(err, ErrNoRecord) {
		return false, ErrUserGone
	}
	if err != nil {
		return false, s.fault(ctx, "find user", err)
	}
	if err := s.try(ctx, by, target{user: u, device: "session/" + by.Session.ID}, in.CurrentPassword); err != nil {
		return false, err
	}
	hash, err := s.newHash(ctx, by, u, "newPassword", in.NewPassword)
	if err != nil {
		return false, err
	}
	ctx, cancel := lasting(ctx)
	defer cancel()
	err = s.setPassword(ctx, by, u, hash, ActionPassword, by.Session.ID)
	switch {
	case errors.Is(err, errAsIs): // another change was faster
		return false, ErrCredentials
	case errors.Is(err, ErrNoRecord): // logged out meanwhile: it may have been for this
		return false, ErrSessionEnded
	}
	return err == nil, s.fault(ctx, "set password", err)
}

func (in ChangePasswordInput) check() error {
	var p problems
	p.given("currentPassword", in.CurrentPassword)
	if in.NewPassword != "" && in.NewPassword == in.CurrentPassword {
		p.add("newPassword", "is the one you have")
	}
	return p.err()
}
