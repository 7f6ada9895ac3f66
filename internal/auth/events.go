package auth

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/google/uuid"
)

// EventView is one line of the record as those who run a tenant see it.
type EventView struct {
	ID        string    `json:"id" format:"uuid"`
	At        time.Time `json:"at"`
	Action    Action    `json:"action" example:"session.create"`
	UserID    string    `json:"userId,omitempty" doc:"Whom it is about"`
	Actor     string    `json:"actor,omitempty" doc:"Who did it, where that was somebody else: a user's id, operator:<id of the key>, command-line"`
	SessionID string    `json:"sessionId,omitempty"`
	IP        string    `json:"ip,omitempty"`
	Agent     string    `json:"ua,omitempty"`
	RequestID string    `json:"requestId,omitempty"`
	Reason    string    `json:"reason,omitempty"`
}

func (e Event) view() EventView {
	return EventView{
		ID: e.ID, At: e.At, Action: e.Action, UserID: e.User, Actor: e.Actor, SessionID: e.Session,
		IP: e.IP, Agent: e.Agent, RequestID: e.RequestID, Reason: e.Reason,
	}
}

// EventsInput asks for events.
type EventsInput struct {
	PageInput
	UserID string `query:"userId" json:"-" format:"uuid" doc:"Whom they are about"`
	Action Action `query:"action" json:"-" maxLength:"64" example:"session.create"`
	From   string `query:"from" json:"-" format:"date-time" doc:"The first moment (RFC 3339)" example:"2026-01-01T00:00:00Z"`
	To     string `query:"to" json:"-" format:"date-time" doc:"The moment after the last (RFC 3339)" example:"2026-02-01T00:00:00Z"`
}

// moment reads a time that may be left out, which is the zero time.
func (p *problems) moment(field, text string) time.Time {
	if text == "" {
		return time.Time{}
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil || at.Year() < 1970 || at.Year() > 9999 {
		p.add(field, "must be a time such as 2026-01-31T00:00:00Z")
	}
	return at
}

// ListEvents returns what happened in the caller's tenant, newest first: what is
// in the record of its directory and, where that is a database of its own, what
// the control database's says of the tenant itself.
func (s *Service) ListEvents(ctx context.Context, by Caller, in EventsInput) (Page[EventView], error) {
	if err := by.administers(); err != nil {
		return Page[EventView]{}, err
	}
	var p problems
	n := in.size(&p)
	var before EventPlace
	in.after(&p, &before)
	since, until := p.moment("from", in.From), p.moment("to", in.To)
	if in.UserID != "" && (len(in.UserID) != 36 || uuid.Validate(in.UserID) != nil) {
		p.add("userId", "must be a UUID")
	}
	if err := p.err(); err != nil {
		return Page[EventView]{}, err
	}
	if !until.IsZero() && (before == EventPlace{} || until.Before(before.At)) {
		before = EventPlace{At: until}
	}
	q := EventQuery{
		Directory: by.Tenant.Directory, Tenant: by.Tenant.ID, User: in.UserID, Action: in.Action, Since: since, Before: before, Max: n + 1,
	}
	found, err := s.Records.Events(ctx, q)
	if err == nil && q.Directory != DefaultDirectory {
		q.Directory = DefaultDirectory
		var more []Event
		more, err = s.Records.Events(ctx, q)
		found = append(found, more...)
		slices.SortFunc(found, func(a, b Event) int { return cmp.Or(b.At.Compare(a.At), cmp.Compare(b.ID, a.ID)) })
	}
	if err != nil {
		return Page[EventView]{}, s.fault(ctx, "list events", err)
	}
	return paged(found, n, func(e Event) EventPlace { return EventPlace{At: e.At, ID: e.ID} }, Event.view), nil
}
