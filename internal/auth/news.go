package auth

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"sync"
	"time"
)

// Bulletin keeps what guards elsewhere, which check access tokens by
// themselves, must be told: that a session has been ended, a role changed. It
// is in the control database, whatever directory the change was in.
type Bulletin interface {
	// Announce adds lines; one whose id is there stays as it is. If it fails, some
	// may have been added: each stands by itself, and may be announced again.
	Announce(ctx context.Context, lines []Bulletined) error
	// Announced returns lines whose Until lies after now, by id, from the one
	// after the id given ("": from the first), at most max. A line that was
	// announced before the call is in it, whatever its id; the ids of several
	// processes are not in the order in which they were announced.
	Announced(ctx context.Context, after string, now time.Time, max int) ([]Bulletined, error)
}

// Bulletined is one line of a bulletin. The store sweeps it when Until has
// passed: every token that it is about is over then.
type Bulletined struct {
	ID    string    // UUIDv7
	Until time.Time // when it is of no use any more
	Body  []byte    // JSON of a [News]
}

// NewsEvent names what has happened.
type NewsEvent string

// What guards are told.
const (
	// NewsSessionEnded: SessionID is over, Reason says why. Its tokens are refused.
	NewsSessionEnded NewsEvent = "session.ended"
	// NewsSessionMoved: SessionID is in the tenant TenantID now. Its tokens for
	// another one are refused.
	NewsSessionMoved NewsEvent = "session.moved"
	// NewsUserLocked: UserID is locked or disabled. Tokens made before At are refused.
	NewsUserLocked NewsEvent = "user.locked"
	// NewsUserRemoved: there is no such account any more. Likewise.
	NewsUserRemoved NewsEvent = "user.removed"
	// NewsUserChanged: UserID may come in, with the Seats as they are now: role
	// and permissions in tokens made before At are out of date, and a token for a
	// seat that is not among them is refused.
	NewsUserChanged NewsEvent = "user.changed"
	// NewsRoleChanged: Role has Permissions in TenantID now, whatever tokens made
	// before At say.
	NewsRoleChanged NewsEvent = "role.changed"
	// NewsTenantStatus: TenantID has the status Reason now; unless that is ACTIVE,
	// its tokens are refused.
	NewsTenantStatus NewsEvent = "tenant.status"
	// NewsKeyRevoked: the API key KeyID is good no more.
	NewsKeyRevoked NewsEvent = "key.revoked"
)

// News is one change as guards elsewhere are told of it (GET /auth/revocations).
// What is said later of the same session, user, tenant, role or key replaces
// what was said before.
type News struct {
	ID    string    `json:"id" format:"uuid"`
	Event NewsEvent `json:"event"`
	At    time.Time `json:"at"`
	// Tenants are the slugs of the tenants whose guards it is for; empty: all.
	Tenants     []string   `json:"tenants,omitempty"`
	TenantID    string     `json:"tenantId,omitempty"` // slug, as in tokens
	UserID      string     `json:"userId,omitempty"`
	SessionID   string     `json:"sessionId,omitempty"`
	KeyID       string     `json:"keyId,omitempty"`
	Reason      string     `json:"reason,omitempty"`
	Role        string     `json:"role,omitempty"`
	Permissions []string   `json:"permissions,omitempty"`
	Seats       []NewsSeat `json:"seats,omitempty"`
}

// NewsSeat is a seat as tokens name it.
type NewsSeat struct {
	TenantID    string   `json:"tenantId"` // slug
	SpaceID     string   `json:"spaceId"`
	Role        string   `json:"role"`
	Permissions []string `json:"permissions,omitempty"`
}

// newsSlack is for how long after the last token that it is about a line is
// kept: the leeway that a guard may have, and a clock that is wrong.
const newsSlack = 10 * time.Minute

// owing is the news that could not be announced yet.
type owing struct {
	mu  sync.Mutex
	all []func(context.Context) error
}

// tell announces news. It is called between the change and the Drop by which
// listeners hear of it. The change stands, so its request does not fail when
// guards cannot be told: then the news is owed, and the feed, which needs the
// same database, is silent, which guards notice.
func (s *Service) tell(ctx context.Context, all ...News) {
	at := s.now()
	for i := range all {
		all[i].ID, all[i].At = s.newID(), at
	}
	s.orOwe(ctx, func(ctx context.Context) error { return s.announce(ctx, all) })
}

// orOwe tells something now or else later.
func (s *Service) orOwe(ctx context.Context, tell func(context.Context) error) {
	ctx, cancel := lasting(ctx)
	defer cancel()
	if err := tell(ctx); err != nil {
		s.Log.ErrorContext(ctx, "guards are not told yet of what has changed", "error", err.Error())
		s.owing.mu.Lock()
		defer s.owing.mu.Unlock()
		s.owing.all = append(s.owing.all, tell)
	}
}

// TellOwed announces what could not be announced before. Call it every second
// or so.
func (s *Service) TellOwed(ctx context.Context) {
	s.owing.mu.Lock()
	all := s.owing.all
	s.owing.all = nil
	s.owing.mu.Unlock()
	if len(all) == 0 {
		return
	}
	told := 0
	for i, tell := range all {
		if err := tell(ctx); err != nil { // the rest would not do better
			s.owing.mu.Lock()
			s.owing.all = append(all[i:len(all):len(all)], s.owing.all...)
			s.owing.mu.Unlock()
			break
		}
		told++
	}
	if told > 0 {
		s.Live.TellOthers()
		s.Log.InfoContext(ctx, "guards are told of what had changed", "changes", told)
	}
}

// announce writes news into the bulletin.
func (s *Service) announce(ctx context.Context, all []News) error {
	lines := make([]Bulletined, 0, len(all))
	for _, n := range all {
		body, err := json.Marshal(n)
		if err != nil {
			return err
		}
		lines = append(lines, Bulletined{ID: n.ID, Until: n.At.Add(s.Lifetimes.withDefaults().Access + newsSlack), Body: body})
	}
	return s.Registry.Announce(ctx, lines)
}

// tellEnded announces that sessions of a user are over.
func (s *Service) tellEnded(ctx context.Context, at Tenant, user string, why EndReason, ended ...string) {
	if len(ended) == 0 {
		return
	}
	tenants := s.audience(ctx, at, user)
	all := make([]News, 0, len(ended))
	for _, id := range ended {
		all = append(all, News{Event: NewsSessionEnded, Tenants: tenants, UserID: user, SessionID: id, Reason: string(why)})
	}
	s.tell(ctx, all...)
}

// audience are the slugs of the tenants whose guards may see tokens of a user:
// those in which it has a seat, and the one at hand. Where that cannot be read
// all guards are told: an id means nothing to those whom it does not concern.
func (s *Service) audience(ctx context.Context, at Tenant, user string) []string {
	a, err := s.Live.Account(ctx, at.Directory, user)
	if errors.Is(err, ErrNoRecord) {
		return []string{at.Slug}
	}
	if err != nil {
		return nil
	}
	slugs, _, err := s.named(ctx, at, a)
	if err != nil {
		return nil
	}
	return slugs
}

// tellAccount announces how an account stands now, also to the tenant at hand,
// in which it may have no seat any more.
func (s *Service) tellAccount(ctx context.Context, at Tenant, u User) {
	s.orOwe(ctx, func(ctx context.Context) error {
		n := News{ID: s.newID(), At: s.now(), Event: NewsUserChanged, Tenants: []string{at.Slug}, UserID: u.ID}
		a, err := s.Records.Account(ctx, u.Directory, u.ID)
		switch {
		case errors.Is(err, ErrNoRecord):
			n.Event = NewsUserRemoved
			return s.announce(ctx, []News{n})
		case err != nil:
			return err
		case !a.User.Usable() || a.User.Shut():
			n.Event, n.Reason = NewsUserLocked, string(a.User.Status)
		}
		n.Tenants, n.Seats, err = s.named(ctx, at, a)
		if err != nil {
			return err
		}
		if n.Event != NewsUserChanged {
			n.Seats = nil
		}
		return s.announce(ctx, []News{n})
	})
}

// named are the seats of an account as tokens name them, and the tenants that
// they are in, with the one at hand.
func (s *Service) named(ctx context.Context, at Tenant, a Account) (slugs []string, seats []NewsSeat, err error) {
	slugs = []string{at.Slug}
	for _, seat := range a.Seats {
		t, err := s.Live.TenantByID(ctx, seat.Tenant)
		if errors.Is(err, ErrNoRecord) { // deleted: nobody comes in there
			continue
		}
		if err != nil {
			return nil, nil, err
		}
		slugs = append(slugs, t.Slug)
		seats = append(seats, NewsSeat{TenantID: t.Slug, SpaceID: seat.Space, Role: seat.Role, Permissions: seat.Permissions})
	}
	return slices.Compact(slices.Sorted(slices.Values(slugs))), seats, nil
}
