package auth

import (
	"context"
	"errors"
)

// RotateKeysInput says when a new signing key begins to sign.
type RotateKeysInput struct {
	Now bool `json:"now,omitempty" doc:"At once, instead of after the ten minutes in which guards learn of it"`
}

// SigningKeys lists the keys that sign access tokens, oldest first, for
// operators. Of a key there is its name and its times.
func (s *Service) SigningKeys(ctx context.Context, by Caller, _ struct{}) ([]KeyInfo, error) {
	if err := by.operates(); err != nil {
		return nil, err
	}
	if err := s.Keys.Load(ctx); err != nil { // what other processes did
		return nil, s.fault(ctx, "load signing keys", err)
	}
	return s.Keys.List(), nil
}

// RotateKeys makes a new signing key; the old one verifies until its last token
// has expired. ErrKeysFixed where JWT_SECRET signs.
func (s *Service) RotateKeys(ctx context.Context, by Caller, in RotateKeysInput) ([]KeyInfo, error) {
	if err := by.operates(); err != nil {
		return nil, err
	}
	_, err := s.Keys.Rotate(ctx, in.Now)
	switch {
	case errors.Is(err, errFixedKey):
		return nil, ErrKeysFixed
	case errors.Is(err, ErrTaken): // another process makes one at this moment
		err = s.Keys.Load(ctx)
	}
	if err != nil {
		return nil, s.fault(ctx, "rotate signing keys", err)
	}
	s.Live.TellOthers() // to load the keys
	return s.Keys.List(), nil
}
