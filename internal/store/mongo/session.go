package mongo

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	driver "go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/latchkey/latchkey/internal/auth"
)

// onlySession reads no more of an account than one of its sessions.
func onlySession(id string) options.Lister[options.FindOneOptions] {
	return options.FindOne().SetProjection(bson.D{
		{Key: "rev", Value: 1}, {Key: "directory", Value: 1}, {Key: "user.id", Value: 1}, {Key: "sessions." + id, Value: 1},
	})
}

// Session implements [auth.Sessions].
func (s *Store) Session(ctx context.Context, directory, id string) (auth.Session, error) {
	if err := s.enter(ctx); err != nil {
		return auth.Session{}, s.fail("Session", err)
	}
	a, err := s.ofSession(ctx, directory, id, onlySession(id))
	if err != nil {
		return auth.Session{}, s.fail("Session", err)
	}
	v, ok := a.session(id)
	if !ok {
		return auth.Session{}, auth.ErrNoRecord
	}
	return v, nil
}

// LivingSessions implements [auth.Sessions].
func (s *Store) LivingSessions(ctx context.Context, directory, user string, now time.Time) ([]auth.Session, error) {
	if err := s.enter(ctx); err != nil {
		return nil, s.fail("LivingSessions", err)
	}
	a, err := one[accountDoc](ctx, s, accounts, byID(accountID(directory, user)))
	return a.living(stamp(now)), s.fail("LivingSessions", ignoreAbsent(err))
}

// Touch implements [auth.Sessions].
func (s *Store) Touch(ctx context.Context, directory string, seen map[string]time.Time) error {
	if err := s.enter(ctx); err != nil {
		return s.fail("Touch", err)
	}
	var writes []driver.WriteModel
	for id, at := range seen {
		if !plain(id) {
			continue
		}
		at = stamp(at)
		of := "sessions." + id
		after := bson.D{{Key: "$gt", Value: at}}
		// Of many, though it is one: which shard has it is not known.
		writes = append(writes, driver.NewUpdateManyModel().SetFilter(bson.D{
			{Key: "sessionIds", Value: id}, {Key: "directory", Value: directory},
			{Key: of + ".lastSeen", Value: bson.D{{Key: "$lt", Value: at}}},
			{Key: of + ".endedAt", Value: bson.D{{Key: "$exists", Value: false}}},
			{Key: of + ".idleUntil", Value: after}, {Key: of + ".expiresAt", Value: after},
		}).SetUpdate(set(bson.D{{Key: of + ".lastSeen", Value: at}, {Key: "rev", Value: newRev()}})))
	}
	if len(writes) == 0 {
		return nil
	}
	_, err := s.try(ctx, func(ctx context.Context) error {
		_, err := s.db.Collection(accounts).BulkWrite(ctx, writes, options.BulkWrite().SetOrdered(false))
		return err
	})
	return s.fail("Touch", err)
}

// Device implements [auth.Sessions].
func (s *Store) Device(ctx context.Context, directory, user, id string) (auth.Device, error) {
	if err := s.enter(ctx); err != nil {
		return auth.Device{}, s.fail("Device", err)
	}
	a, err := s.account(ctx, directory, user, options.FindOne().SetProjection(bson.D{{Key: "rev", Value: 1}, {Key: "gone", Value: 1}, {Key: "devices", Value: 1}}))
	if err != nil {
		return auth.Device{}, s.fail("Device", err)
	}
	for _, d := range a.Devices {
		if d.ID == id {
			out := auth.Device(d)
			out.Directory, out.User = directory, user
			return out, nil
		}
	}
	return auth.Device{}, auth.ErrNoRecord
}
