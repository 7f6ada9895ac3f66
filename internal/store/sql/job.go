package sql

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync/atomic"
)

// shape says what a job may do inside the writer's transaction.
type shape int

const (
	// whole: several statements, undone together when one fails.
	whole shape = iota
	// single: one statement. It needs no savepoint and no transaction.
	single
	// last: several statements, of which none fails unless the database does. It
	// needs no savepoint, but a transaction.
	last
	// moment: several statements that read what is of one moment.
	moment
	// aside: runs outside of any transaction.
	aside
)

// The states of a job. Only the writer begins one, only its caller leaves one.
const (
	waiting int32 = iota
	begun
	left
)

// job is one call that waits to be written.
type job struct {
	shape shape
	run   func(*tx) error
	state atomic.Int32
	err   error
	panic error
	done  chan struct{} // receives once, when err and panic are set
}

func newJob(shape shape, run func(*tx) error) *job {
	return &job{shape: shape, run: run, done: make(chan struct{}, 1)}
}

// begin claims the job for the writer; false when its caller has left.
func (j *job) begin() bool { return j.state.CompareAndSwap(waiting, begun) }

// wait returns the outcome. A caller whose ctx ends leaves a job that has not
// begun; of one that has, it learns the outcome.
func (j *job) wait(ctx context.Context) error {
	select {
	case <-j.done:
	case <-ctx.Done():
		if j.state.CompareAndSwap(waiting, left) {
			return ctx.Err()
		}
		<-j.done
	}
	if j.panic != nil {
		panic(j.panic)
	}
	return j.err
}

// attempt runs the job's function. A panic is kept for the caller's goroutine:
// the writer serves others too.
func (j *job) attempt(t *tx) (err error) {
	defer func() {
		if v := recover(); v != nil {
			j.panic = fmt.Errorf("panic in a write: %v\n%s", v, debug.Stack())
			err = j.panic
		}
	}()
	return j.run(t)
}

func (j *job) answer() { j.done <- struct{}{} }
