package sql

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

// TestTwoStoresKeepTheBound logs in through two stores on one file at once.
func TestTwoStoresKeepTheBound(t *testing.T) {
	path := t.TempDir() + "/bound.db"
	stores := []*Store{openPath(t, path), openPath(t, path)}
	u := addUser(t, stores[0], "ann")
	const logins, most = 40, 3
	var mu sync.Mutex
	var ended []string
	var wg sync.WaitGroup
	for i := range logins {
		wg.Go(func() {
			v := newSession(u, fmt.Sprint("s", i), epoch)
			note := func(v auth.Session) auth.Note {
				return auth.Note{Events: []auth.Event{event(dir, "ended "+v.ID, epoch)}}
			}
			ids, err := stores[i%2].CreateSession(t.Context(), auth.Opening{Session: v, Most: most, Ended: note})
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			ended = append(ended, ids...)
			mu.Unlock()
		})
	}
	wg.Wait()
	living, err := stores[0].LivingSessions(t.Context(), dir, u.ID, epoch)
	if err != nil || len(living) != most {
		t.Errorf("got %d living sessions, %v, want %d", len(living), err, most)
	}
	var noted []string
	for _, id := range ids(t, stores[1], dir) {
		noted = append(noted, strings.TrimPrefix(id, "ended "))
	}
	slices.Sort(ended)
	slices.Sort(noted)
	if len(ended) != logins-most || !slices.Equal(ended, noted) {
		t.Errorf("ended %v, the record tells of %v; want the same %d", ended, noted, logins-most)
	}
}

// TestALoginDoesNotWalkThroughEndedSessions: what a person logged out of is kept
// for a while, and may be much.
func TestALoginDoesNotWalkThroughEndedSessions(t *testing.T) {
	s := open(t, "ended.db")
	for name, query := range map[string]string{"sessionsLiving": sessionsLiving, "sessionsEnd": sessionsEnd} {
		if steps := plan(t, s, query); !strings.Contains(steps[0], "USING INDEX sessions_open (directory=? AND user_id=?") {
			t.Errorf("%s: got %q, want it to use sessions_open", name, steps)
		}
	}
}

// TestAPanicInANoteUndoesTheLogin: the note is the caller's to make, and runs
// where others wait.
func TestAPanicInANoteUndoesTheLogin(t *testing.T) {
	s := open(t, "panic.db")
	u := addUser(t, s, "ann")
	addSession(t, s, u, "old", epoch)
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the caller did not get its panic")
			}
		}()
		_, err := s.CreateSession(t.Context(), auth.Opening{
			Session: newSession(u, "new", epoch.Add(time.Second)), Most: 1, Ended: func(auth.Session) auth.Note { panic("test") },
		})
		t.Errorf("got %v, want a panic", err)
	}()
	living, err := s.LivingSessions(t.Context(), dir, u.ID, epoch)
	if err != nil || len(living) != 1 || living[0].ID != "old" {
		t.Errorf("got %v, %v, want the old session", living, err)
	}
}
