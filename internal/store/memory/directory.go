package memory

import (
	"bytes"
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

// Directory implements [auth.DirectoryRegistry].
func (s *Store) Directory(ctx context.Context, id string) (auth.Directory, error) {
	if err := s.begin(ctx, "Directory"); err != nil {
		return auth.Directory{}, err
	}
	defer s.mu.Unlock()
	d, ok := s.directories[id]
	if !ok {
		return auth.Directory{}, auth.ErrNoRecord
	}
	return cleanDirectory(d), nil
}

// Directories implements [auth.DirectoryRegistry].
func (s *Store) Directories(ctx context.Context, after string, max int) ([]auth.Directory, error) {
	if err := s.begin(ctx, "Directories"); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	var out []auth.Directory
	for _, d := range s.directories {
		if d.ID > after {
			out = append(out, cleanDirectory(d))
		}
	}
	slices.SortFunc(out, func(a, b auth.Directory) int { return cmp.Compare(a.ID, b.ID) })
	return out[:min(max, len(out))], nil
}

func cleanDirectory(d auth.Directory) auth.Directory {
	d.Sealed, d.CreatedAt = bytes.Clone(d.Sealed), stamp(d.CreatedAt)
	return d
}

// FlagDirectory implements [auth.DirectoryRegistry]; one that is not there is no
// error.
func (s *Store) FlagDirectory(ctx context.Context, id string, at time.Time) error {
	if err := s.begin(ctx, "FlagDirectory"); err != nil {
		return err
	}
	defer s.mu.Unlock()
	if _, ok := s.directories[id]; !ok {
		return nil
	}
	// A flag that is put again has another time, so that who takes it away by
	// the time takes no later one.
	if old := s.flags[id]; !stamp(at).After(old) {
		at = old.Add(time.Millisecond)
	}
	s.flags[id] = stamp(at)
	return nil
}

// FlaggedDirectories implements [auth.DirectoryRegistry].
func (s *Store) FlaggedDirectories(ctx context.Context) (map[string]time.Time, error) {
	if err := s.begin(ctx, "FlaggedDirectories"); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	return maps.Clone(s.flags), nil
}

// UnflagDirectory implements [auth.DirectoryRegistry].
func (s *Store) UnflagDirectory(ctx context.Context, id string, at time.Time) error {
	if err := s.begin(ctx, "UnflagDirectory"); err != nil {
		return err
	}
	defer s.mu.Unlock()
	if s.flags[id].Equal(stamp(at)) {
		delete(s.flags, id)
	}
	return nil
}
