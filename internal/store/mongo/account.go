package mongo

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/latchkey/latchkey/internal/auth"
)

const accounts = "accounts"

// accountDoc is all that is decided together about a person: who they are, their
// seats, sessions and devices, and the notes that have not been moved out yet.
type accountDoc struct {
	ID        string `bson:"_id"` // directory user
	Rev       string `bson:"rev"` // of the last write
	Gone      bool   `bson:"gone,omitempty"`
	Directory string `bson:"directory"`
	User      userDoc
	Names     map[string]string     `bson:"names,omitempty"`  // by kind: the mark of its holding, see name.go
	Seats     []seatDoc             `bson:"seats,omitempty"`  // in order
	Places    []string              `bson:"places,omitempty"` // tenants, and tenants with roles, in which the account is found
	Terms     string                `bson:"terms,omitempty"`  // the mark of its search terms, see term.go
	Sessions  map[string]sessionDoc `bson:"sessions,omitempty"`
	SessionID []string              `bson:"sessionIds,omitempty"` // its keys
	Devices   []deviceDoc           `bson:"devices,omitempty"`
	SweepAt   time.Time             `bson:"sweepAt,omitempty"`   // no session is over before; may be early
	DevicesAt time.Time             `bson:"devicesAt,omitempty"` // when the oldest device was seen
	Parcels   []parcel              `bson:"parcels,omitempty"`
}

// userDoc is an [auth.User] with names for its fields.
type userDoc struct {
	ID           string          `bson:"id"`
	Directory    string          `bson:"-"`
	Name         string          `bson:"name"`
	Nickname     string          `bson:"nickname,omitempty"`
	Email        string          `bson:"email"`
	Username     string          `bson:"username,omitempty"`
	Mobile       string          `bson:"mobile,omitempty"`
	PasswordHash auth.Secret     `bson:"passwordHash,omitempty"`
	Status       auth.UserStatus `bson:"status"`
	LockedUntil  time.Time       `bson:"lockedUntil,omitempty"`
	Epoch        int64           `bson:"epoch"`
	CreatedAt    time.Time       `bson:"createdAt,omitempty"`
	UpdatedAt    time.Time       `bson:"updatedAt,omitempty"`
	LastLoginAt  time.Time       `bson:"lastLoginAt,omitempty"`
	VerifiedAt   time.Time       `bson:"verifiedAt,omitempty"`
}

// seatDoc is an [auth.Seat] with names for its fields; the permissions are the
// role's.
type seatDoc struct {
	Tenant      string   `bson:"tenant"`
	Space       string   `bson:"space"`
	Role        string   `bson:"role"`
	Permissions []string `bson:"-"`
	Main        bool     `bson:"main,omitempty"`
}

// sessionDoc is an [auth.Session] with names for its fields.
type sessionDoc struct {
	ID         string         `bson:"id"`
	Directory  string         `bson:"-"`
	User       string         `bson:"-"`
	Tenant     string         `bson:"tenant"`
	Space      string         `bson:"space"`
	Device     string         `bson:"device,omitempty"`
	Known      bool           `bson:"known,omitempty"`
	Coded      bool           `bson:"coded,omitempty"`
	DeviceName string         `bson:"deviceName,omitempty"`
	IP         string         `bson:"ip,omitempty"`
	Agent      string         `bson:"agent,omitempty"`
	Counter    int64          `bson:"counter"`
	CreatedAt  time.Time      `bson:"createdAt"`
	RotatedAt  time.Time      `bson:"rotatedAt"`
	LastSeen   time.Time      `bson:"lastSeen"`
	IdleUntil  time.Time      `bson:"idleUntil"`
	ExpiresAt  time.Time      `bson:"expiresAt"`
	EndedAt    time.Time      `bson:"endedAt,omitempty"`
	EndReason  auth.EndReason `bson:"endReason,omitempty"`
}

// deviceDoc is an [auth.Device] with names for its fields.
type deviceDoc struct {
	Directory  string    `bson:"-"`
	User       string    `bson:"-"`
	ID         string    `bson:"id"`
	Generation int64     `bson:"generation"`
	SeenAt     time.Time `bson:"seenAt"`
}

func accountID(directory, user string) string { return key(directory, user) }

// there tells whether the document is an account, not just its place.
func (a *accountDoc) there() bool { return a.Rev != "" && !a.Gone }

func (a *accountDoc) user() auth.User {
	u := auth.User(a.User)
	u.Directory = a.Directory
	return u
}

// setUser takes a user over; what an account is stays.
func (a *accountDoc) setUser(u auth.User) {
	if a.there() {
		u.ID, u.CreatedAt = a.User.ID, a.User.CreatedAt
	}
	u.LockedUntil, u.CreatedAt = stamp(u.LockedUntil), stamp(u.CreatedAt)
	u.UpdatedAt, u.LastLoginAt, u.VerifiedAt = stamp(u.UpdatedAt), stamp(u.LastLoginAt), stamp(u.VerifiedAt)
	a.User = userDoc(u)
}

func (a *accountDoc) seats() []auth.Seat {
	var out []auth.Seat
	for _, s := range a.Seats {
		out = append(out, auth.Seat(s))
	}
	return out
}

func (a *accountDoc) setSeats(seats []auth.Seat) {
	a.Seats = nil
	for _, s := range seats {
		s.Permissions = nil
		a.Seats = append(a.Seats, seatDoc(s))
	}
}

func (a *accountDoc) hasSeat(tenant, space string) bool {
	return slices.ContainsFunc(a.Seats, func(s seatDoc) bool { return s.Tenant == tenant && s.Space == space })
}

// session returns a session of the account, with what the account knows of it.
func (a *accountDoc) session(id string) (auth.Session, bool) {
	v, ok := a.Sessions[id]
	if !ok {
		return auth.Session{}, false
	}
	out := auth.Session(v)
	out.Directory, out.User = a.Directory, a.User.ID
	return out, true
}

func (a *accountDoc) setSession(v auth.Session) {
	if a.Sessions == nil {
		a.Sessions = map[string]sessionDoc{}
	}
	a.Sessions[v.ID] = cleanSession(v)
}

func cleanSession(v auth.Session) sessionDoc {
	v.CreatedAt, v.RotatedAt, v.LastSeen = stamp(v.CreatedAt), stamp(v.RotatedAt), stamp(v.LastSeen)
	v.IdleUntil, v.ExpiresAt, v.EndedAt = stamp(v.IdleUntil), stamp(v.ExpiresAt), stamp(v.EndedAt)
	return sessionDoc(v)
}

// living returns what lives at now, newest first.
func (a *accountDoc) living(now time.Time) []auth.Session {
	var out []auth.Session
	for id := range a.Sessions {
		if v, _ := a.session(id); v.Lives(now) {
			out = append(out, v)
		}
	}
	slices.SortFunc(out, func(a, b auth.Session) int {
		return cmp.Or(b.CreatedAt.Compare(a.CreatedAt), cmp.Compare(b.ID, a.ID))
	})
	return out
}

// clone copies an account as far as a change may reach.
func (a *accountDoc) clone() *accountDoc {
	next := *a
	next.Seats, next.Devices = slices.Clone(a.Seats), slices.Clone(a.Devices)
	next.Sessions, next.Names = maps.Clone(a.Sessions), maps.Clone(a.Names)
	next.Parcels = nil
	return &next
}

// derive fills in what is only there to be found by.
func (a *accountDoc) derive() {
	a.Places = nil
	for _, s := range a.Seats {
		a.Places = append(a.Places, s.Tenant, key(s.Tenant, s.Role))
	}
	slices.Sort(a.Places)
	a.Places = slices.Compact(a.Places)
	a.SessionID = slices.Sorted(maps.Keys(a.Sessions))
	a.SweepAt, a.DevicesAt = time.Time{}, time.Time{}
	for _, v := range a.Sessions {
		a.SweepAt = earlier(a.SweepAt, overAt(v))
	}
	for _, d := range a.Devices {
		a.DevicesAt = earlier(a.DevicesAt, d.SeenAt)
	}
}

// overAt is when a session is over.
func overAt(v sessionDoc) time.Time {
	return earlier(v.EndedAt, earlier(v.IdleUntil, v.ExpiresAt))
}

// earlier returns the earlier one of two times, of which zero is none.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// bare leaves out what a look at the person does not need.
var bare = options.FindOne().SetProjection(bson.D{
	{Key: "sessions", Value: 0}, {Key: "sessionIds", Value: 0}, {Key: "devices", Value: 0}, {Key: "parcels", Value: 0},
})

// account reads an account that is there, else [auth.ErrNoRecord].
func (s *Store) account(ctx context.Context, directory, user string, o ...options.Lister[options.FindOneOptions]) (*accountDoc, error) {
	a, err := one[accountDoc](ctx, s, accounts, byID(accountID(directory, user)), o...)
	if err == nil && !a.there() {
		err = auth.ErrNoRecord
	}
	return &a, err
}

// ofSession reads the account of a session.
func (s *Store) ofSession(ctx context.Context, directory, id string, o ...options.Lister[options.FindOneOptions]) (*accountDoc, error) {
	if !plain(id) {
		return nil, auth.ErrNoRecord
	}
	a, err := one[accountDoc](ctx, s, accounts, bson.D{{Key: "sessionIds", Value: id}, {Key: "directory", Value: directory}}, o...)
	return &a, err
}
