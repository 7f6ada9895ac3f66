package auth

import (
	"context"
	"strconv"
	"time"
)

// OverviewInput says how far back an overview looks.
type OverviewInput struct {
	Hours string `query:"hours" json:"-" pattern:"^[0-9]{1,3}$" doc:"24 or 168; 24 when left out" example:"24"`
}

// Overview is what goes on in a tenant, step by step.
type Overview struct {
	From           time.Time `json:"from" doc:"Where the first step begins"`
	Step           int       `json:"step" doc:"How long each is, in seconds"`
	SignIns        []int     `json:"signIns" nullable:"false" doc:"Log-ins in the step"`
	Failures       []int     `json:"failures" nullable:"false" doc:"Wrong passwords and codes"`
	Locks          []int     `json:"locks" nullable:"false" doc:"Accounts that were locked"`
	SignUps        []int     `json:"signUps" nullable:"false" doc:"Accounts that were made"`
	ActiveSessions []int     `json:"activeSessions" nullable:"false" doc:"Sessions that lived at the end of the step"`
	ActiveNow      int       `json:"activeNow" doc:"Sessions that live now"`
}

// overviewSteps are how long the steps of an overview are, by its hours.
var overviewSteps = map[int]time.Duration{24: time.Hour, 7 * 24: 6 * time.Hour}

// Overview counts what went on in the caller's tenant, up to now.
func (s *Service) Overview(ctx context.Context, by Caller, in OverviewInput) (Overview, error) {
	if err := by.administers(); err != nil {
		return Overview{}, err
	}
	hours, err := 24, error(nil)
	if in.Hours != "" {
		hours, err = strconv.Atoi(in.Hours)
	}
	step := overviewSteps[hours]
	if err != nil || step == 0 {
		var p problems
		p.add("hours", "must be 24 or 168")
		return Overview{}, p.err()
	}
	span := time.Duration(hours) * time.Hour
	q := PulseQuery{Directory: by.Tenant.Directory, Tenant: by.Tenant.ID, From: s.now().Add(-span), Step: step, Steps: int(span / step)}
	found, err := s.Records.Pulse(ctx, q)
	if err != nil {
		return Overview{}, s.fault(ctx, "count events and sessions", err)
	}
	return Overview{
		From: q.From, Step: int(step.Seconds()),
		SignIns: found.sum(ActionLogin), Failures: found.sum(ActionLoginFailed, ActionCodeFailed), Locks: found.sum(ActionLocked),
		SignUps: found.sum(ActionSignUp, ActionUserMade, ActionJoined), ActiveSessions: found.Living, ActiveNow: found.Living[q.Steps-1],
	}, nil
}

// sum adds up events of several sorts.
func (p Pulse) sum(actions ...Action) []int {
	all := make([]int, len(p.Living))
	for _, a := range actions {
		for i, n := range p.Events[a] {
			all[i] += n
		}
	}
	return all
}
