package sql

import (
	"context"
	"math"

	"github.com/latchkey/latchkey/internal/auth"
)

const (
	eventsWhere = " FROM audit_events WHERE directory = $1 AND tenant_id = $2 AND (at, id) < ($3, $4) AND at >= $6"
	eventsOrder = " ORDER BY at DESC, id DESC LIMIT $5"

	eventsByTenant = "SELECT " + eventColumns + eventsWhere + eventsOrder
	eventsByAction = "SELECT " + eventColumns + eventsWhere + " AND action = $7" + eventsOrder
	// What one user has to do with one tenant in the time for which the record is
	// kept is little enough to be looked through for an action.
	eventsByUser = "SELECT " + eventColumns + eventsWhere + " AND user_id = $8 AND user_id <> '' AND ($7 = '' OR action = $7)" + eventsOrder
)

// Events implements [auth.Records].
func (s *Store) Events(ctx context.Context, q auth.EventQuery) ([]auth.Event, error) {
	query := eventsByTenant
	switch {
	case q.User != "":
		query = eventsByUser
	case q.Action != "":
		query = eventsByAction
	}
	before := int64(math.MaxInt64)
	if q.Before != (auth.EventPlace{}) {
		before = ms(q.Before.At)
	}
	since := int64(math.MinInt64)
	if !q.Since.IsZero() {
		since = ms(q.Since)
	}
	var events []auth.Event
	err := s.readList(ctx, "Events", query, list(&events, scanEvent),
		q.Directory, q.Tenant, before, q.Before.ID, q.Max, since, string(q.Action), q.User)
	return events, err
}

func scanEvent(row scanner) (e auth.Event, err error) {
	var when int64
	err = row.Scan(&e.Directory, &e.Tenant, &when, &e.ID, &e.Action, &e.User, &e.Session, &e.IP, &e.Agent, &e.RequestID, &e.Reason, &e.Actor)
	e.At = at(when)
	return e, err
}
