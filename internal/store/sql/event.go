package sql

import (
	"context"
	"math"

	"github.com/latchkey/latchkey/internal/auth"
)

const (
	eventsWhere = " FROM audit_events WHERE directory = $1 AND tenant_id = $2 AND (at, id) < ($3, $4)"
	eventsOrder = " ORDER BY at DESC, id DESC LIMIT $5"

	eventsByTenant = "SELECT " + eventColumns + eventsWhere + eventsOrder
	eventsByAction = "SELECT " + eventColumns + eventsWhere + " AND action = $6" + eventsOrder
	// What one user has to do with one tenant in the time for which the record is
	// kept is little enough to be looked through for an action.
	eventsByUser = "SELECT " + eventColumns + eventsWhere + " AND user_id = $7 AND user_id <> '' AND ($6 = '' OR action = $6)" + eventsOrder
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
	var events []auth.Event
	err := s.readList(ctx, "Events", query, list(&events, scanEvent),
		q.Directory, q.Tenant, before, q.Before.ID, q.Max, string(q.Action), q.User)
	return events, err
}

func scanEvent(row scanner) (e auth.Event, err error) {
	var when int64
	err = row.Scan(&e.Directory, &e.Tenant, &when, &e.ID, &e.Action, &e.User, &e.Session, &e.IP, &e.Agent, &e.RequestID, &e.Reason, &e.Actor)
	e.At = at(when)
	return e, err
}
