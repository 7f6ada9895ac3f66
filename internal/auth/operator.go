package auth

import (
	"context"
	"errors"
	"time"
)

// UnlockAccount ends the lock of an account, also one that an admin put, and
// clears what was counted against it and its devices, whether or not it was
// locked: for an operator at the command line, who names it by e-mail, username
// or mobile.
func (s *Service) UnlockAccount(ctx context.Context, by Caller, name string) (UnlockResult, error) {
	if err := by.operates(); err != nil {
		return UnlockResult{}, err
	}
	n, ok := ParseName(name)
	if !ok {
		return UnlockResult{}, ErrUserNotFound
	}
	u, err := s.Records.UserByName(ctx, by.Tenant.Directory, n)
	if err == nil {
		var a Account
		if a, err = s.Records.Account(ctx, u.Directory, u.ID); err == nil {
			if _, seated := a.Seat(by.Tenant.ID, ""); !seated {
				err = ErrNoRecord
			}
		}
	}
	if errors.Is(err, ErrNoRecord) {
		return UnlockResult{}, ErrUserNotFound
	}
	if err != nil {
		return UnlockResult{}, s.fault(ctx, "find user", err)
	}
	return s.unlockAccount(ctx, by, u)
}

// unlockAccount ends a lock, whoever put it.
func (s *Service) unlockAccount(ctx context.Context, by Caller, u User) (UnlockResult, error) {
	out := UnlockResult{UserID: u.ID, TenantID: by.Tenant.Slug}
	_, err := s.Records.UpdateUser(ctx, u.Directory, u.ID, func(now *User) error {
		if out.already = !now.Locked(s.now(), false); now.Status == UserLocked {
			now.Status, now.LockedUntil = UserActive, time.Time{}
		}
		now.Epoch, now.UpdatedAt = now.Epoch+1, s.now()
		return nil
	}, Note{Events: []Event{by.event(s, ActionUnlocked, u.ID, "", "by_hand")}})
	s.forgetChanged(ctx, by, u, err)
	return out, s.fault(ctx, "unlock account", err)
}
