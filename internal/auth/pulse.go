package auth

import (
	"context"
	"time"
)

// PulseRecords counts what goes on in a tenant.
type PulseRecords interface {
	// Pulse counts events and sessions of a tenant in steps of time.
	Pulse(ctx context.Context, q PulseQuery) (Pulse, error)
}

// PulseQuery asks what went on in a tenant: from From on, in Steps steps of Step
// each.
type PulseQuery struct {
	Directory string
	Tenant    string // tenant id
	From      time.Time
	Step      time.Duration
	Steps     int
}

// Pulse is what went on, step by step.
type Pulse struct {
	Events map[Action][]int // how many of each were written in the step
	Living []int            // sessions that lived at the end of the step
}

// Empty is the pulse of a tenant in which nothing goes on.
func (q PulseQuery) Empty() Pulse {
	return Pulse{Events: map[Action][]int{}, Living: make([]int, q.Steps)}
}

// Until is the end of the last step.
func (q PulseQuery) Until() time.Time { return q.From.Add(time.Duration(q.Steps) * q.Step) }

// AddEvents counts n events of a step; what is in no step is not counted.
func (p *Pulse) AddEvents(action Action, step, n int) {
	if step < 0 || step >= len(p.Living) {
		return
	}
	if p.Events[action] == nil {
		p.Events[action] = make([]int, len(p.Living))
	}
	p.Events[action][step] += n
}

// AddSessions counts n sessions that live at the ends of the steps from first
// to before the one after last.
func (p *Pulse) AddSessions(first, after, n int) {
	for i := max(first, 0); i < min(after, len(p.Living)); i++ {
		p.Living[i] += n
	}
}

// StepOf is the step in which a moment is, negative before the first.
func (q PulseQuery) StepOf(at time.Time) int {
	if at.Before(q.From) {
		return -1
	}
	return int(at.Sub(q.From) / q.Step)
}

// Span says at the ends of which steps a session lives: from that of first on,
// and no longer at that of after.
func (q PulseQuery) Span(s Session) (first, after int) {
	over := s.ExpiresAt
	if s.IdleUntil.Before(over) {
		over = s.IdleUntil
	}
	if s.Ended() && s.EndedAt.Before(over) {
		over = s.EndedAt
	}
	if !over.After(q.From) {
		return 0, 0
	}
	return max(q.StepOf(s.CreatedAt), 0), q.StepOf(over.Add(-time.Millisecond))
}
