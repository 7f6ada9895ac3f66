package sql

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/latchkey/latchkey/internal/auth"
)

// trail reads a directory's whole record, in pages, and complains when it has a
// gap, a link that does not hold, or another end than the head says.
func trail(t *testing.T, s *Store, directory string) []auth.Link {
	t.Helper()
	var links []auth.Link
	var last int64
	for {
		page, err := s.Trail(t.Context(), directory, last, 700)
		if err != nil {
			t.Fatal(err)
		}
		if len(page) == 0 {
			break
		}
		links = append(links, page...)
		last = page[len(page)-1].Number
	}
	var hash []byte
	for i, l := range links {
		switch {
		case i > 0 && l.Number != links[i-1].Number+1:
			t.Fatalf("link %d comes after link %d", l.Number, links[i-1].Number)
		case i == 0 && l.Number > 1: // what was before it has been swept
		case !bytes.Equal(l.Hash, chain(hash, l.Number, l.Event)):
			t.Fatalf("link %d does not hold", l.Number)
		}
		hash = l.Hash
	}
	number, end, err := s.TrailEnd(t.Context(), directory)
	if err != nil || len(links) > 0 && (number != last || !bytes.Equal(end, hash)) {
		t.Fatalf("the record ends at %d, the head says %d (hashes agree: %v), %v", last, number, bytes.Equal(end, hash), err)
	}
	return links
}

func event(directory, id string, at time.Time) auth.Event {
	return auth.Event{ID: id, Directory: directory, Tenant: "tenant", At: at, Action: auth.ActionLogin}
}

// ids returns the ids of a directory's events, in the order of the record.
func ids(t *testing.T, s *Store, directory string) (out []string) {
	t.Helper()
	for _, l := range trail(t, s, directory) {
		out = append(out, l.ID)
	}
	return out
}

func TestHashesAreOfWhatIsRead(t *testing.T) {
	s := open(t, "read.db")
	odd := event(dir, "odd", time.Date(2030, 1, 1, 9, 0, 0, 123456789, time.FixedZone("KST", 9*3600)))
	odd.Agent, odd.Reason, odd.RequestID = "a\x00b", "\xff\xfe", "Ünï 🐈"
	now := event(dir, "now", time.Now()) // with a monotonic reading
	note := auth.Note{Events: []auth.Event{odd, now, event("other", "other", time.Time{}), event(dir, "zero", time.Time{})}}
	if err := s.Write(t.Context(), note); err != nil {
		t.Fatal(err)
	}
	links := trail(t, s, dir)
	odd.At = time.Date(2030, 1, 1, 0, 0, 0, 123000000, time.UTC)
	if diff := cmp.Diff(odd, links[0].Event); diff != "" {
		t.Errorf("the event (-want +got):\n%s", diff)
	}
	if got, want := ids(t, s, dir), []string{"odd", "now", "zero"}; !slices.Equal(got, want) {
		t.Errorf("record of the directory: got %v, want %v", got, want)
	}
	if got, want := ids(t, s, "other"), []string{"other"}; !slices.Equal(got, want) {
		t.Errorf("record of the other directory: got %v, want %v", got, want)
	}
}

func TestAFailedJobLeavesNoGap(t *testing.T) {
	s := open(t, "gap.db")
	release := hold(t, s)
	writes := func(id string, fails error) func(*tx) error {
		return func(t *tx) error {
			return errors.Join(addNote(t, auth.Note{Events: []auth.Event{event(dir, id, epoch)}}), fails)
		}
	}
	var outcomes []func() error
	for i := range 9 {
		var fails error
		if i%3 == 1 {
			fails = errTest
		}
		outcomes = append(outcomes, queue(t, s, whole, writes(fmt.Sprint("e", i), fails)))
	}
	release()
	for i, outcome := range outcomes {
		if err := outcome(); errors.Is(err, errTest) != (i%3 == 1) {
			t.Errorf("job %d: %v", i, err)
		}
	}
	if err := queue(t, s, whole, writes("alone", errTest))(); !errors.Is(err, errTest) {
		t.Errorf("a lone job: %v", err)
	}
	if err := s.Write(t.Context(), auth.Note{Events: []auth.Event{event(dir, "after", epoch)}}); err != nil {
		t.Fatal(err)
	}
	if got, want := ids(t, s, dir), []string{"e0", "e2", "e3", "e5", "e6", "e8", "after"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestTwoStoresWriteOneRecord(t *testing.T) {
	path := t.TempDir() + "/record.db"
	stores := []*Store{openPath(t, path), openPath(t, path)}
	var wg sync.WaitGroup
	for i := range 200 {
		wg.Go(func() {
			if err := stores[i%2].Write(t.Context(), auth.Note{Events: []auth.Event{event(dir, fmt.Sprint(i), epoch)}}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	for _, s := range stores {
		if got := len(trail(t, s, dir)); got != 200 {
			t.Errorf("got a record of %d links, want 200", got)
		}
	}
}

// TestSweepLeavesAGaplessEnd sweeps a record that was not written in the order
// of its times, and more of it than goes at once.
func TestSweepLeavesAGaplessEnd(t *testing.T) {
	s := open(t, "end.db")
	var note auth.Note
	for i := range sweepRows + 100 {
		note.Events = append(note.Events, event(dir, fmt.Sprint("old", i), epoch), event("other", fmt.Sprint("old", i), epoch))
	}
	late, after := epoch.Add(2*time.Hour), epoch.Add(3*time.Hour)
	note.Events = append(note.Events, event(dir, "late", late), event(dir, "behind", epoch), event(dir, "last", after))
	if err := s.Write(t.Context(), note); err != nil {
		t.Fatal(err)
	}
	calls := sweepAll(t, s, epoch.Add(time.Hour))
	// The newest of the other record stays.
	if want := []int{sweepRows, sweepRows, 199}; !slices.Equal(calls, want) {
		t.Errorf("got calls of %v rows, want %v", calls, want)
	}
	if got, want := ids(t, s, dir), []string{"late", "behind", "last"}; !slices.Equal(got, want) {
		t.Errorf("left: got %v, want %v", got, want)
	}
	if calls := sweepAll(t, s, late.Add(time.Millisecond)); !slices.Equal(calls, []int{2}) {
		t.Errorf("later: got calls %v, want one of 2 rows", calls)
	}
	sweepAll(t, s, after.Add(time.Hour))
	if err := s.Write(t.Context(), auth.Note{Events: []auth.Event{event(dir, "next", after)}}); err != nil {
		t.Fatal(err)
	}
	links := trail(t, s, dir)
	if len(links) != 2 || links[1].Number != sweepRows+104 {
		t.Errorf("after everything was swept: got %d links, the first %v, want the newest and one that goes on counting", len(links), links[:1])
	}
	trails, err := s.Trails(t.Context())
	if want := []string{dir, "other"}; err != nil || !slices.Equal(trails, want) {
		t.Errorf("got records of %v, %v, want %v", trails, err, want)
	}
}
