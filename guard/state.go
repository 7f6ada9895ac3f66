package guard

import (
	"sync/atomic"
	"time"
)

// keepSlack is for how long after the last token that it is about a line is kept: the leeway of whoever verifies, and
// a clock that is wrong.
const keepSlack = 10 * time.Minute

// state is what the feed has told, as far as a token can still be about it.
type state struct {
	now      func() time.Time
	sessions *ledger[string]
	users    *ledger[string]
	tenants  *ledger[string]
	keys     *ledger[string]
	roles    *ledger[role]
	only     atomic.Pointer[string] // the tenant of a feed of one tenant
	life     atomic.Int64           // the longest life of an access token that was told, in seconds
}

// role names a role of a tenant.
type role struct{ tenant, name string }

func newState(now func() time.Time) *state {
	return &state{
		now: now, sessions: newLedger[string](), users: newLedger[string](), tenants: newLedger[string](),
		keys: newLedger[string](), roles: newLedger[role](),
	}
}

// greet takes in what a feed says of itself.
func (s *state) greet(h hello) {
	s.life.Store(max(s.life.Load(), h.AccessTokenLife))
	if h.TenantID == "" {
		s.only.Store(nil)
	} else {
		s.only.Store(&h.TenantID)
	}
}

// sweep lets go of what no token can be about any more.
func (s *state) sweep() {
	oldest := s.now().Add(-time.Duration(s.life.Load())*time.Second - keepSlack)
	gone := func(l *line) bool { return l.At.Before(oldest) }
	for _, l := range []*ledger[string]{s.sessions, s.users, s.tenants, s.keys} {
		l.sweep(gone)
	}
	s.roles.sweep(gone)
}

// judge holds an identity against what was told since its token was made, in the order in which Latchkey itself does
// (internal/auth, Authorize), and brings role and permissions up to date.
func (s *state) judge(id *Identity, made int64) error {
	if only := s.only.Load(); only != nil && id.TenantID != *only && (id.Kind == User || id.TenantID != "") {
		return errOtherFeed // nobody would say when this session ends
	}
	if t := s.tenants.find(id.TenantID); t != nil && t.Reason != active {
		return errTenantInactive
	}
	if id.Kind == Service {
		if s.keys.find(id.KeyID) != nil {
			return errKeyRevoked
		}
		return nil
	}
	if l := s.sessions.find(id.SessionID); l != nil {
		if l.Event == sessionEnded {
			return errSessionEnded.because(l.Reason)
		}
		if l.TenantID != id.TenantID {
			return errTenantMismatch
		}
	}
	return s.seat(id, made)
}

// seat brings a user's role and permissions up to date. Of news of the user and news of the role the later counts.
func (s *state) seat(id *Identity, made int64) error {
	u := s.users.find(id.UserID)
	if !u.about(made) {
		u = nil
	}
	if u != nil {
		if u.Event != userChanged {
			return errUserGone
		}
		if !u.place(id) {
			return errForbidden
		}
	}
	r := s.roles.find(role{id.TenantID, id.Role})
	if r.about(made) && (u == nil || r.over(u)) {
		id.Permissions = r.Permissions
	}
	return nil
}

// place puts an identity on its seat as it is now.
func (l *line) place(id *Identity) bool {
	for i := range l.Seats {
		s := &l.Seats[i]
		if s.TenantID == id.TenantID && s.SpaceID == id.SpaceID {
			id.Role, id.Permissions = s.Role, s.Permissions
			return true
		}
	}
	return false
}
