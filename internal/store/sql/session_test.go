package sql

import (
	"testing"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

func TestTouchLeavesAloneWhatDoesNotLive(t *testing.T) {
	s := open(t, "touch.db")
	u := addUser(t, s, "ann")
	sessions := map[string]func(*auth.Session){
		"living":  func(*auth.Session) {},
		"idle":    func(v *auth.Session) { v.IdleUntil = epoch.Add(time.Minute) },
		"expired": func(v *auth.Session) { v.ExpiresAt = epoch.Add(time.Minute) },
		"ended":   func(v *auth.Session) { v.EndedAt, v.EndReason = epoch, auth.EndLogout },
	}
	seen := map[string]time.Time{"absent": epoch}
	for id, change := range sessions {
		v := newSession(u, id, epoch)
		change(&v)
		if _, err := s.CreateSession(t.Context(), auth.Opening{Session: v}); err != nil {
			t.Fatal(err)
		}
		seen[id] = epoch.Add(time.Minute)
	}
	if err := s.Touch(t.Context(), dir, seen); err != nil {
		t.Fatal(err)
	}
	for id := range sessions {
		v, err := s.Session(t.Context(), dir, id)
		if err != nil {
			t.Fatal(err)
		}
		if moved := !v.LastSeen.Equal(epoch); moved != (id == "living") {
			t.Errorf("%s session: LastSeen moved: %v", id, moved)
		}
	}
}

// TestReuseEndsOnceWithItsNote has many callers show one old token.
func TestReuseEndsOnceWithItsNote(t *testing.T) {
	s := open(t, "reuse.db")
	u := addUser(t, s, "ann")
	addSession(t, s, u, "session", epoch)
	for counter := range int64(3) {
		if _, err := s.Rotate(t.Context(), rotation("session", counter, epoch)); err != nil {
			t.Fatal(err)
		}
	}
	outcomes := make(chan auth.RotationOutcome, 8)
	var ready, done = make(chan struct{}, 8), make(chan struct{})
	for range 8 { // all of them have seen that it is a reuse before one ends it
		go func() {
			r := rotation("session", 0, epoch)
			r.Reused = func(auth.Session) auth.Note {
				ready <- struct{}{}
				<-done
				return auth.Note{Events: []auth.Event{{ID: "event", Directory: dir, Tenant: "tenant", At: epoch, Action: auth.ActionReuse}}}
			}
			res, err := s.Rotate(t.Context(), r)
			if err != nil {
				t.Error(err)
			}
			outcomes <- res.Outcome
		}()
	}
	for range 8 {
		<-ready
	}
	close(done)
	count := map[auth.RotationOutcome]int{}
	for range 8 {
		count[<-outcomes]++
	}
	if count[auth.Reused] != 1 || count[auth.Ended] != 7 {
		t.Errorf("got outcomes %v, want Reused once and Ended by the others", count)
	}
	events, err := s.Events(t.Context(), auth.EventQuery{Directory: dir, Tenant: "tenant", Max: 10})
	if err != nil || len(events) != 1 {
		t.Errorf("got %d events, %v, want 1", len(events), err)
	}
}
