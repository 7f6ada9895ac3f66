package guard

import (
	"errors"
	"time"
)

// The events of the feed.
const (
	sessionEnded = "session.ended"
	sessionMoved = "session.moved"
	userLocked   = "user.locked"
	userRemoved  = "user.removed"
	userChanged  = "user.changed"
	roleChanged  = "role.changed"
	tenantStatus = "tenant.status"
	keyRevoked   = "key.revoked"
)

const active = "ACTIVE"

// news is one change, as Latchkey tells it.
type news struct {
	ID          string    `json:"id"`
	Event       string    `json:"event"`
	At          time.Time `json:"at"`
	TenantID    string    `json:"tenantId"`
	UserID      string    `json:"userId"`
	SessionID   string    `json:"sessionId"`
	KeyID       string    `json:"keyId"`
	Reason      string    `json:"reason"`
	Role        string    `json:"role"`
	Permissions []string  `json:"permissions"`
	Seats       []seat    `json:"seats"`
}

// seat is a user's place in a tenant.
type seat struct {
	TenantID    string   `json:"tenantId"`
	SpaceID     string   `json:"spaceId"`
	Role        string   `json:"role"`
	Permissions []string `json:"permissions"`
}

// hello is what a feed begins with.
type hello struct {
	TenantID        string `json:"tenantId"`
	AccessTokenLife int64  `json:"accessTokenLife"` // seconds
	Heartbeat       int64  `json:"heartbeat"`       // seconds
	Resumed         bool   `json:"resumed"`
}

// line is news as it is held against tokens. It never changes.
type line struct {
	news
	until int64 // tokens with an iat up to this second may have been made before it
}

func newLine(n news) *line {
	until := n.At.Unix()
	if n.At.Nanosecond() > 0 { // iat has whole seconds, and the clocks of two instances differ a little
		until++
	}
	return &line{n, until}
}

// over tells whether a line counts for more than what was said before. An end is final.
func (l *line) over(old *line) bool {
	if ended := l.Event == sessionEnded; ended != (old.Event == sessionEnded) {
		return ended
	}
	if c := l.At.Compare(old.At); c != 0 {
		return c > 0
	}
	return l.ID > old.ID
}

// about tells whether a token that was made at a second is older than the news.
func (l *line) about(made int64) bool { return l != nil && made <= l.until }

var errNews = errors.New("news that name nothing")

// apply takes news in.
func (s *state) apply(n news) error {
	l := newLine(n)
	switch {
	case n.At.IsZero():
		return errNews
	case n.Event == sessionEnded || n.Event == sessionMoved:
		return record(s.sessions, n.SessionID, l)
	case n.Event == userLocked || n.Event == userRemoved || n.Event == userChanged:
		return record(s.users, n.UserID, l)
	case n.Event == roleChanged && n.Role != "":
		if n.TenantID == "" {
			return errNews
		}
		return record(s.roles, role{n.TenantID, n.Role}, l)
	case n.Event == tenantStatus:
		return record(s.tenants, n.TenantID, l)
	case n.Event == keyRevoked:
		return record(s.keys, n.KeyID, l)
	}
	return errors.New("news of a kind that this version does not know: update the guard")
}

func record[K comparable](to *ledger[K], about K, l *line) error {
	var nothing K
	if about == nothing {
		return errNews
	}
	to.put(about, l)
	return nil
}
