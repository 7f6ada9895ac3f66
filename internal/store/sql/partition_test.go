package sql_test

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
	"github.com/latchkey/latchkey/internal/store/sql"
	"github.com/latchkey/latchkey/internal/testserver"
)

// TestPostgresPartitioned: after what docs/operate.md says about many sessions has
// been done to a database, the sessions are there, and what is done with them works.
func TestPostgresPartitioned(t *testing.T) {
	text, err := os.ReadFile("../../../docs/operate.md")
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile("(?s)```sql partition\n(.*?)```").FindSubmatch(text)
	if found == nil {
		t.Fatal("docs/operate.md has no statements with the mark partition")
	}
	partitioned := func(t *testing.T, before func(*sql.Store)) *sql.Store {
		url := testserver.Postgres(t)
		s := openPostgres(t, sql.Config{URL: url})
		before(s)
		ask(t, url, string(found[1]))
		return openPostgres(t, sql.Config{URL: url}) // nothing is migrated, nothing refused
	}
	u, seat := person("ann")
	kept := session(u, "kept")
	s := partitioned(t, func(s *sql.Store) {
		if err := s.CreateUser(t.Context(), u, seat, auth.Note{}); err != nil {
			t.Fatal(err)
		}
		if _, err := s.CreateSession(t.Context(), auth.Opening{Session: kept}); err != nil {
			t.Fatal(err)
		}
	})
	const most = 8
	for n := range 2 * most {
		if _, err := s.CreateSession(t.Context(), auth.Opening{Session: session(u, fmt.Sprint("session", n)), Most: most}); err != nil {
			t.Fatal(err)
		}
	}
	living := func() int {
		t.Helper()
		all, err := s.LivingSessions(t.Context(), u.Directory, u.ID, now)
		if err != nil {
			t.Fatal(err)
		}
		return len(all)
	}
	if got, err := s.Session(t.Context(), u.Directory, kept.ID); err != nil || got.EndReason != auth.EndLimit || living() != most {
		t.Errorf("got %d living sessions, the first ended by %q, %v; want %d, and %q", living(), got.EndReason, err, most, auth.EndLimit)
	}
	last := fmt.Sprint("session", 2*most-1)
	var won atomic.Int64
	var callers sync.WaitGroup
	for range 20 {
		callers.Go(func() {
			r := auth.Rotation{Directory: u.Directory, Session: last, Now: now, Grace: time.Minute, IdleUntil: now.Add(time.Hour)}
			res, err := s.Rotate(t.Context(), r)
			if err != nil {
				t.Error(err)
			}
			if res.Outcome == auth.Rotated {
				won.Add(1)
			}
		})
	}
	callers.Wait()
	if won.Load() != 1 {
		t.Errorf("%d callers got the next token, want 1", won.Load())
	}
	if err := s.Touch(t.Context(), u.Directory, map[string]time.Time{last: now.Add(time.Minute)}); err != nil {
		t.Error(err)
	}
	if got, err := s.Session(t.Context(), u.Directory, last); err != nil || got.Counter != 1 || !got.LastSeen.Equal(now.Add(time.Minute)) {
		t.Errorf("got %+v, %v", got, err)
	}
	e := auth.Ending{Directory: u.Directory, User: u.ID, Session: last, At: now.Add(time.Minute), Reason: auth.EndLogout}
	if err := s.EndSession(t.Context(), e); err != nil || living() != most-1 {
		t.Errorf("got %d living sessions, %v; want %d", living(), err, most-1)
	}
	if err := s.EndSession(t.Context(), e); !errors.Is(err, auth.ErrNoRecord) {
		t.Errorf("ended twice: got %v, want ErrNoRecord", err)
	}
	e.Session = ""
	if ended, err := s.EndSessions(t.Context(), e); err != nil || len(ended) != most-1 || living() != 0 {
		t.Errorf("got %d ended, %v; want %d", len(ended), err, most-1)
	}
	later := now.Add(24 * time.Hour)
	if _, err := s.Sweep(t.Context(), later, later, later); err != nil {
		t.Error(err)
	}
	if _, err := s.Session(t.Context(), u.Directory, kept.ID); !errors.Is(err, auth.ErrNoRecord) {
		t.Errorf("swept: got %v, want ErrNoRecord", err)
	}
}
