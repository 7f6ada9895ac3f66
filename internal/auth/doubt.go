package auth

import (
	"context"
	"errors"
)

// A store can fail after it has done what it was asked: the connection went
// between the commit and its answer. Who asks again is told that it is done, and
// nothing is announced then; so guards are told of what has come of it.

// doubtful reports whether a change may have happened though the store answered
// with an error. A rule's own refusals are sure.
func doubtful(err error) bool {
	var refusal *Error
	if err == nil || errors.As(err, &refusal) {
		return false
	}
	for _, sure := range []error{errAsIs, ErrNoRecord, ErrTaken, ErrFull, ErrNoRole, ErrInUse, ErrAdminless} {
		if errors.Is(err, sure) {
			return false
		}
	}
	return true
}

// held are the ids of the sessions that a change may end.
func (s *Service) held(ctx context.Context, u User) ([]string, error) {
	all, err := s.Sessions.LivingSessions(ctx, u.Directory, u.ID, s.now())
	ids := make([]string, 0, len(all))
	for _, v := range all {
		ids = append(ids, v.ID)
	}
	return ids, err
}

// tellDoubtful announces those of the sessions that a change with this outcome
// has ended after all, as soon as they can be read. Call it before the Drop.
func (s *Service) tellDoubtful(ctx context.Context, at Tenant, err error, sessions ...string) {
	if !doubtful(err) {
		return
	}
	for _, id := range sessions {
		s.orOwe(ctx, func(ctx context.Context) error { return s.announceEnded(ctx, at, id) })
	}
}

// announceEnded announces a session if it is over.
func (s *Service) announceEnded(ctx context.Context, at Tenant, id string) error {
	v, err := s.Sessions.Session(ctx, at.Directory, id)
	if errors.Is(err, ErrNoRecord) { // it went with its account, of which guards are told
		return nil
	}
	if err != nil || !v.Ended() {
		return err
	}
	return s.announce(ctx, []News{{
		ID: s.newID(), At: s.now(), Event: NewsSessionEnded, Tenants: s.audience(ctx, at, v.User), UserID: v.User, SessionID: id, Reason: string(v.EndReason),
	}})
}

// tellDoubtfulKey is tellDoubtful for the key of a service that was to be revoked.
func (s *Service) tellDoubtfulKey(ctx context.Context, n News, err error) {
	if !doubtful(err) {
		return
	}
	s.orOwe(ctx, func(ctx context.Context) error {
		k, err := s.Registry.APIKey(ctx, n.KeyID)
		if errors.Is(err, ErrNoRecord) || err == nil && k.RevokedAt.IsZero() {
			return nil
		}
		if err != nil {
			return err
		}
		n.ID, n.At = s.newID(), s.now()
		return s.announce(ctx, []News{n})
	})
}
