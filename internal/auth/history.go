package auth

import (
	"context"
	"slices"
	"time"
)

// PastView is one line of the record as the person sees it whom it is about.
type PastView struct {
	ID        string    `json:"id" format:"uuid"`
	At        time.Time `json:"at"`
	Action    Action    `json:"action" example:"session.create"`
	By        string    `json:"by,omitempty" enum:"admin,operator" doc:"Who did it, where that was not the person"`
	SessionID string    `json:"sessionId,omitempty"`
	IP        string    `json:"ip,omitempty" doc:"From where it was done, unless somebody else did it"`
	Agent     string    `json:"ua,omitempty" doc:"With what, likewise"`
	Reason    string    `json:"reason,omitempty"`
}

// inward are events that say something about us and nothing to the person.
var inward = []Action{ActionPasswordHash, ActionSignUpTaken}

// HistoryInput asks for one's own record.
type HistoryInput struct{ PageInput }

// History returns what happened to the caller's account in the caller's tenant,
// newest first, so that people can notice what was not their doing (ASVS 5.0
// V7.5, V16.3). Those who run the tenant stay unnamed, and so does where they
// are.
func (s *Service) History(ctx context.Context, by Caller, in HistoryInput) (Page[PastView], error) {
	var p problems
	n := in.size(&p)
	var before EventPlace
	in.after(&p, &before)
	if err := p.err(); err != nil {
		return Page[PastView]{}, err
	}
	found, err := s.Records.Events(ctx, EventQuery{
		Directory: by.Tenant.Directory, Tenant: by.Tenant.ID, User: by.Account.User.ID, Before: before, Max: n + 1,
	})
	if err != nil {
		return Page[PastView]{}, s.fault(ctx, "list events", err)
	}
	page := paged(found, n, func(e Event) EventPlace { return EventPlace{At: e.At, ID: e.ID} }, Event.past)
	page.Items = slices.DeleteFunc(page.Items, func(v PastView) bool { return slices.Contains(inward, v.Action) })
	return page, nil
}

func (e Event) past() PastView {
	v := PastView{ID: e.ID, At: e.At, Action: e.Action, SessionID: e.Session, IP: e.IP, Agent: e.Agent, Reason: e.Reason}
	if e.Actor != "" && e.Actor != e.User {
		v.By, v.IP, v.Agent = "admin", "", ""
		if isOperator(e.Actor) {
			v.By = "operator"
		}
	}
	return v
}
