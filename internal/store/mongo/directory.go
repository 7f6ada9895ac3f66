package mongo

import (
	"bytes"
	"context"
	"strings"
	"time"
	"unicode/utf8"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/latchkey/latchkey/internal/auth"
)

const directories = "directories"

// directoryDoc is a directory and its flag.
type directoryDoc struct {
	ID        string    `bson:"_id"`
	Name      string    `bson:"name"`
	Sealed    []byte    `bson:"sealed,omitempty"`
	CreatedAt time.Time `bson:"createdAt"`
	FlaggedAt time.Time `bson:"flaggedAt,omitempty"` // stays when the flag is taken away
	Flagged   bool      `bson:"flagged,omitempty"`
}

func newDirectory(d auth.Directory) directoryDoc {
	return directoryDoc{ID: d.ID, Name: d.Name, Sealed: bytes.Clone(d.Sealed), CreatedAt: stamp(d.CreatedAt)}
}

func (d directoryDoc) directory() auth.Directory {
	return auth.Directory{ID: d.ID, Name: d.Name, Sealed: d.Sealed, CreatedAt: d.CreatedAt}
}

// Directory implements [auth.DirectoryRegistry].
func (s *Store) Directory(ctx context.Context, id string) (auth.Directory, error) {
	if err := s.enter(ctx); err != nil {
		return auth.Directory{}, s.fail("Directory", err)
	}
	d, err := one[directoryDoc](ctx, s, directories, byID(id))
	if err != nil {
		return auth.Directory{}, s.fail("Directory", err)
	}
	return d.directory(), nil
}

// Directories implements [auth.DirectoryRegistry].
func (s *Store) Directories(ctx context.Context, after string, max int) ([]auth.Directory, error) {
	if err := s.enter(ctx); err != nil || max <= 0 {
		return nil, s.fail("Directories", err)
	}
	found, err := all[directoryDoc](ctx, s, directories, bson.D{{Key: "_id", Value: bson.D{{Key: "$gt", Value: after}}}},
		options.Find().SetSort(bson.D{{Key: "_id", Value: 1}}).SetLimit(int64(max)))
	var out []auth.Directory
	for _, d := range found {
		out = append(out, d.directory())
	}
	return out, s.fail("Directories", err)
}

// FlagDirectory implements [auth.DirectoryRegistry].
func (s *Store) FlagDirectory(ctx context.Context, id string, at time.Time) error {
	if err := s.enter(ctx); err != nil {
		return s.fail("FlagDirectory", err)
	}
	err := s.retry(ctx, directories+id, func() (bool, error) {
		d, err := one[directoryDoc](ctx, s, directories, byID(id))
		if err != nil {
			return absent(err), ignoreAbsent(err)
		}
		next := stamp(at)
		if !next.After(d.FlaggedAt) {
			next = d.FlaggedAt.Add(time.Millisecond)
		}
		was := bson.E{Key: "flaggedAt", Value: d.FlaggedAt}
		if d.FlaggedAt.IsZero() {
			was.Value = bson.D{{Key: "$exists", Value: false}}
		}
		return s.update(ctx, directories, append(byID(id), was), set(bson.D{{Key: "flaggedAt", Value: next}, {Key: "flagged", Value: true}}))
	})
	return s.fail("FlagDirectory", err)
}

// FlaggedDirectories implements [auth.DirectoryRegistry].
func (s *Store) FlaggedDirectories(ctx context.Context) (map[string]time.Time, error) {
	if err := s.enter(ctx); err != nil {
		return nil, s.fail("FlaggedDirectories", err)
	}
	found, err := all[directoryDoc](ctx, s, directories, bson.D{{Key: "flagged", Value: true}})
	out := map[string]time.Time{}
	for _, d := range found {
		out[d.ID] = d.FlaggedAt
	}
	return out, s.fail("FlaggedDirectories", err)
}

// UnflagDirectory implements [auth.DirectoryRegistry].
func (s *Store) UnflagDirectory(ctx context.Context, id string, at time.Time) error {
	if err := s.enter(ctx); err != nil {
		return s.fail("UnflagDirectory", err)
	}
	_, err := s.update(ctx, directories, append(byID(id), bson.E{Key: "flaggedAt", Value: stamp(at)}),
		bson.D{{Key: "$unset", Value: bson.D{{Key: "flagged", Value: ""}}}})
	return s.fail("UnflagDirectory", err)
}

// top is greater than every text by which a list is ordered: no slug, id or
// search term is as long.
var top = strings.Repeat(string(utf8.MaxRune), 64)

// beyond is the least text that is greater than everything that begins with
// prefix: texts are compared byte by byte, which for UTF-8 is by code point.
func beyond(prefix string) string {
	for prefix != "" {
		r, size := utf8.DecodeLastRuneInString(prefix)
		prefix = prefix[:len(prefix)-size]
		switch r {
		case utf8.MaxRune:
			continue // nothing is greater: the rune before it goes on by one
		case 0xd7ff:
			r = 0xe000 // what is between them is no text
		default:
			r++
		}
		return prefix + string(r)
	}
	return top
}
