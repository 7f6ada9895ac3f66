package main

import (
	"context"
	"errors"
	"io"
	"maps"
	"strings"
	"sync/atomic"

	"github.com/latchkey/latchkey/internal/auth"
)

// importTally counts what became of the users of an import.
type importTally struct {
	Read      int64 `json:"read"`
	Created   int64 `json:"created"`
	Joined    int64 `json:"joined"`
	Unchanged int64 `json:"unchanged"`
	Refused   int64 `json:"refused"`
}

// refusal is a line that was not taken, and why.
type refusal struct {
	Line   int    `json:"line"`
	Reason string `json:"reason"`
}

// importing takes over users: many at once, so that the store writes them
// together, and bounded, so that a file may be of any length.
type importing struct {
	next   func() (record, error) // io.EOF at the end
	put    func(context.Context, auth.ImportedUser) (auth.ImportOutcome, error)
	refuse func(refusal) error // in the order of the lines

	done  atomic.Int64 // for the progress
	tally importTally
}

// inFlight is how many users are being written at once.
const inFlight = 128

// result is what became of a record, when it is known.
type result struct {
	line    int
	outcome auth.ImportOutcome
	err     error
	ready   chan struct{}
}

func (r *result) isReady() bool {
	select {
	case <-r.ready:
		return true
	default:
		return false
	}
}

// run takes over all of them and stops at the first fault that is not a
// record's own. What was taken over stays, and the tally counts it.
func (i *importing) run(ctx context.Context) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	queue := make(chan *result, inFlight)
	var unread error
	go func() {
		defer close(queue)
		unread = i.start(ctx, queue)
	}()
	var failed error
	for r := range queue {
		<-r.ready
		if err := i.count(r); err != nil && failed == nil {
			failed = err
			stop() // those under way are waited for all the same
		}
	}
	if failed == nil {
		failed = unread
	}
	return failed
}

// start reads records and sets them going. The queue's length is their number.
// Of lines with one e-mail address the first is taken over first.
func (i *importing) start(ctx context.Context, queue chan<- *result) error {
	last := map[string]*result{} // by address
	for {
		rec, err := i.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		r := &result{line: rec.line, err: rec.err, ready: make(chan struct{})}
		select {
		case queue <- r:
		case <-ctx.Done():
			return ctx.Err()
		}
		if r.err != nil {
			r.err = &badRecord{r.err.Error()}
			close(r.ready)
			continue
		}
		who := strings.ToLower(strings.TrimSpace(rec.user.Email))
		before := last[who]
		if len(last) > 4*inFlight { // most of them are long done
			maps.DeleteFunc(last, func(_ string, r *result) bool { return r.isReady() })
		}
		last[who] = r
		go func() {
			defer close(r.ready)
			if before != nil {
				<-before.ready
			}
			r.outcome, r.err = i.put(ctx, rec.user)
		}()
	}
}

// count adds a result to the tally. Its error ends the import.
func (i *importing) count(r *result) error {
	var wrong *badRecord
	var refused *auth.Error
	switch {
	case r.err == nil:
	case errors.As(r.err, &wrong):
		return i.refused(refusal{r.line, wrong.why})
	case errors.As(r.err, &refused) && refused.Kind != auth.KindInternal && refused.Kind != auth.KindUnavailable:
		return i.refused(refusal{r.line, reasonOf(refused)})
	default:
		return r.err
	}
	i.tally.Read++
	i.done.Add(1)
	switch r.outcome {
	case auth.Imported:
		i.tally.Created++
	case auth.ImportAdd:
		i.tally.Joined++
	default:
		i.tally.Unchanged++
	}
	return nil
}

func (i *importing) refused(r refusal) error {
	i.tally.Read++
	i.tally.Refused++
	i.done.Add(1)
	return i.refuse(r)
}

// reasonOf says on one line why a user was refused.
func reasonOf(e *auth.Error) string {
	text := ""
	for _, f := range e.Meta.Fields {
		if text != "" {
			text += "; "
		}
		text += f.Field + " " + f.Problem
	}
	if text == "" {
		text = e.Text
	}
	return text
}
