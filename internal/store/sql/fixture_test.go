package sql

import (
	"crypto/sha256"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

// open opens a store in a folder of its own and closes it after the test.
func open(t testing.TB, name string) *Store {
	t.Helper()
	return openPath(t, filepath.Join(t.TempDir(), name))
}

// configOf is the configuration for a file, or for a URL.
func configOf(place string) Config {
	if strings.HasPrefix(place, "postgres://") {
		return Config{URL: place, Chain: chain}
	}
	return Config{Path: place, Chain: chain}
}

func openPath(t testing.TB, path string) *Store {
	t.Helper()
	s, err := Open(t.Context(), configOf(path))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error("close:", err)
		}
	})
	return s
}

// chain is a chain in which everything of an event counts.
func chain(before []byte, number int64, e auth.Event) []byte {
	h := sha256.Sum256(fmt.Appendf(nil, "%x %d %+v", before, number, e))
	return h[:]
}

const dir = auth.DefaultDirectory

var epoch = time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)

func newUser(name string) (auth.User, auth.Seat) {
	u := auth.User{
		ID: "user-" + name, Directory: dir, Name: name, Email: name + "@example.com", Username: name,
		PasswordHash: "hash", Status: auth.UserActive, CreatedAt: epoch, UpdatedAt: epoch,
	}
	return u, auth.Seat{Tenant: "tenant", Space: "space", Role: auth.RoleUser, Main: true}
}

func addUser(t testing.TB, s *Store, name string) auth.User {
	t.Helper()
	u, seat := newUser(name)
	if err := s.CreateUser(t.Context(), u, seat, auth.Note{}); err != nil {
		t.Fatal(err)
	}
	return u
}

func newSession(user auth.User, id string, now time.Time) auth.Session {
	return auth.Session{
		ID: id, Directory: dir, User: user.ID, Tenant: "tenant", Space: "space", DeviceName: "Firefox on Linux", IP: "192.0.2.1",
		Agent:     "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
		CreatedAt: now, RotatedAt: now, LastSeen: now, IdleUntil: now.Add(7 * 24 * time.Hour), ExpiresAt: now.Add(90 * 24 * time.Hour),
	}
}

func addSession(t testing.TB, s *Store, user auth.User, id string, now time.Time) {
	t.Helper()
	if _, err := s.CreateSession(t.Context(), auth.Opening{Session: newSession(user, id, now)}); err != nil {
		t.Error(err)
	}
}

func rotation(id string, counter int64, now time.Time) auth.Rotation {
	return auth.Rotation{
		Directory: dir, Tenant: "tenant", Session: id, Counter: counter, Now: now, Grace: 10 * time.Second,
		IdleUntil: now.Add(8 * 24 * time.Hour), IP: "192.0.2.2", Reused: func(auth.Session) auth.Note { return auth.Note{} },
	}
}
