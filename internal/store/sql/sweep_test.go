package sql

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

// sweepAll sweeps until nothing is left and returns the rows of each call.
func sweepAll(t *testing.T, s *Store, keep time.Time) (calls []int) {
	t.Helper()
	for {
		n, err := s.Sweep(t.Context(), keep, keep, keep)
		if err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			return calls
		}
		calls = append(calls, n)
	}
}

func TestSweepGoesInSmallBatches(t *testing.T) {
	s := open(t, "sweep.db")
	u := addUser(t, s, "ann")
	const over, alive = sweepRows + 200, sweepRows + 300
	var wg sync.WaitGroup
	for i := range over + alive {
		wg.Go(func() { addSession(t, s, u, fmt.Sprint("s", i), epoch) })
	}
	wg.Wait()
	for i := range alive { // those that are over in between are found among them
		wg.Go(func() {
			r := rotation(fmt.Sprint("s", i), 0, epoch)
			r.IdleUntil = epoch.Add(30 * 24 * time.Hour)
			if _, err := s.Rotate(t.Context(), r); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	calls := sweepAll(t, s, epoch.Add(20*24*time.Hour))
	gone := 0
	for _, n := range calls {
		gone += n
	}
	if gone != over || slices.Max(calls) > sweepRows {
		t.Errorf("got %d rows in calls of %v, want %d, at most %d a call", gone, calls, over, sweepRows)
	}
	living, err := s.LivingSessions(t.Context(), dir, u.ID, epoch)
	if err != nil || len(living) != alive {
		t.Errorf("got %d living sessions, %v, want %d", len(living), err, alive)
	}
}

func TestAShortenedSessionIsSweptInTime(t *testing.T) {
	s := open(t, "short.db")
	u := addUser(t, s, "ann")
	addSession(t, s, u, "session", epoch)
	r := rotation("session", 0, epoch)
	r.IdleUntil = epoch.Add(time.Hour)
	res, err := s.Rotate(t.Context(), r)
	if err != nil || res.Outcome != auth.Rotated || !res.Session.IdleUntil.Equal(r.IdleUntil) {
		t.Fatalf("got %+v, %v", res, err)
	}
	if calls := sweepAll(t, s, epoch.Add(2*time.Hour)); len(calls) != 1 {
		t.Errorf("got calls %v, want one that removes the session", calls)
	}
	if _, err := s.Session(t.Context(), dir, "session"); !errors.Is(err, auth.ErrNoRecord) {
		t.Errorf("got %v, want ErrNoRecord", err)
	}
}
