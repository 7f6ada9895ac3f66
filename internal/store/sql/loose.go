package sql

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/latchkey/latchkey/internal/auth"
)

// looseRows bounds how many events are chained at once, so that nobody waits
// long behind it.
const looseRows = 500

const (
	eventIsLoose = "SELECT 1 FROM audit_events WHERE number = 0 LIMIT 1"
	eventsLoose  = "SELECT " + eventColumns + " FROM audit_events WHERE number = 0 ORDER BY directory, at, id LIMIT $1"
	eventPlace   = "UPDATE audit_events SET number = $5, hash = $6 WHERE directory = $1 AND tenant_id = $2 AND at = $3 AND id = $4"
)

// gather chains the events that have no number: those from before there was a
// chain, and those that the release before this one writes to the same
// database. They come into each record by their time, after what is in it
// already, and behind them comes an event that says so: who can write to the
// database could have put them there, and whoever verifies is to know. Who is interrupted goes on where it was; what is written meanwhile
// is left to the next.
func (s *Store) gather(ctx context.Context) error {
	var loose int
	err := s.readOne(ctx, "chain the record", eventIsLoose, func(row scanner) error { return row.Scan(&loose) })
	if errors.Is(err, auth.ErrNoRecord) {
		return nil
	}
	for n := looseRows; err == nil && n == looseRows; {
		err = s.write(ctx, "chain the record", func(t *tx) (err error) {
			n, err = gatherSome(t)
			return err
		})
	}
	return err
}

// gatherSome chains some events and returns how many.
func gatherSome(t *tx) (int, error) {
	if err := holdName(t, "loose"); err != nil {
		return 0, err
	}
	var events []auth.Event
	if err := t.all(eventsLoose, list(&events, scanEvent), looseRows); err != nil {
		return 0, err
	}
	err := extend(t, events, func(l auth.Link) error {
		_, err := t.exec(eventPlace, l.Directory, l.Tenant, ms(l.At), l.ID, l.Number, blob(l.Hash))
		return err
	})
	if err != nil {
		return 0, err
	}
	return len(events), addNote(t, auth.Note{Events: gathered(events)})
}

// gathered is what is written down about events that were chained later than
// they were written: one event a directory.
func gathered(events []auth.Event) (told []auth.Event) {
	n := map[string]int{}
	for _, e := range events {
		n[e.Directory]++
	}
	for _, directory := range slices.Sorted(maps.Keys(n)) {
		told = append(told, auth.Event{
			ID: uuid.Must(uuid.NewV7()).String(), Directory: directory, At: time.Now().UTC().Truncate(time.Millisecond),
			Action: auth.ActionGathered, Reason: strconv.Itoa(n[directory]) + " events",
		})
	}
	return told
}
