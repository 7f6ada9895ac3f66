package sql

import (
	"context"
	"runtime"
	"sync"
)

// batch bounds how many jobs share a commit, and so how long one waits for the
// others.
const batch = 256

// writer is the one goroutine that writes. It takes all the jobs that wait,
// runs them in one transaction, commits, and answers. A lone job is committed
// at once: there is no timer.
type writer struct {
	tx      *tx
	release func() error // of what it writes with
	dialect dialect
	jobs    chan *job
	stopped chan struct{}

	mu     sync.RWMutex // held for reading while a job is handed over
	closed bool
}

func newWriter(t *tx, d dialect, release func() error) *writer {
	w := &writer{tx: t, dialect: d, release: release, jobs: make(chan *job, batch), stopped: make(chan struct{})}
	go w.loop()
	return w
}

// do has the writer run a job and returns its outcome. The job's error comes
// back as it is, and its panic as a panic.
func (w *writer) do(ctx context.Context, j *job) error {
	if err := w.hand(ctx, j); err != nil {
		return err
	}
	return j.wait(ctx)
}

func (w *writer) hand(ctx context.Context, j *job) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	w.mu.RLock()
	defer w.mu.RUnlock()
	if w.closed {
		return errClosed
	}
	select {
	case w.jobs <- j:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// close finishes what has been handed over and stops.
func (w *writer) close() error {
	w.mu.Lock()
	w.closed = true
	w.mu.Unlock()
	close(w.jobs)
	<-w.stopped
	return w.release()
}

func (w *writer) loop() {
	defer close(w.stopped)
	jobs := make([]*job, 0, batch)
	for first := range w.jobs {
		jobs = w.commit(w.collect(append(jobs[:0], first)))
		clear(jobs[:cap(jobs)]) // nothing of a caller is kept alive
		runtime.Gosched()
	}
}

// collect adds the jobs that wait, as many as may share a commit.
func (w *writer) collect(jobs []*job) []*job {
	for len(jobs) < batch {
		select {
		case j, open := <-w.jobs:
			if !open {
				return jobs
			}
			jobs = append(jobs, j)
		default:
			return jobs
		}
	}
	return jobs
}
