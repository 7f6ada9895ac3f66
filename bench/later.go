package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"
)

const codeOverloaded = codeField + `OVERLOADED"`

// later is what a step returns when the server has too much to do and asks to
// come again after so long.
type later time.Duration

func (l later) Error() string {
	return fmt.Sprintf("answered OVERLOADED: come again after %s", time.Duration(l))
}

// overloaded returns a later when that is what was answered. One that does not
// say how long is a wrong answer.
func overloaded(a answer) error {
	if a.expect(http.StatusServiceUnavailable, codeOverloaded) != nil {
		return nil //nolint:nilerr // something else was answered, which others judge
	}
	_, rest, _ := bytes.Cut(a.body, []byte(`"retryAfter":`))
	end := bytes.IndexAny(rest, ",}")
	seconds, err := strconv.Atoi(string(rest[:max(end, 0)]))
	if err != nil || seconds < 1 {
		return errors.New("answered OVERLOADED and not when to come again")
	}
	return later(time.Duration(seconds) * time.Second)
}

// returning is a step for a client that comes again when it is told to: its
// answer has taken as long as all that. Every refusal is counted, those of the
// warm-up too: a storm that breaks loose is refused at once. Whoever would come
// after end has nothing left to ask.
func returning(ctx context.Context, ask step, end time.Time, refused *atomic.Int64) step {
	return func(c *conn) error {
		for {
			err := ask(c)
			var wait later
			if !errors.As(err, &wait) {
				return err
			}
			refused.Add(1)
			if time.Now().Add(time.Duration(wait)).After(end) {
				return errSpent
			}
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(time.Duration(wait)):
			}
		}
	}
}
