package sql

import (
	"errors"
	"fmt"

	"github.com/latchkey/latchkey/internal/auth"
)

// errNeighbour: another write of the same commit went wrong without a savepoint
// to go back to.
var errNeighbour = errors.New("the commit was lost with another write")

// commit runs the jobs in one transaction, answers each, and returns the
// emptied slice.
func (w *writer) commit(jobs []*job) []*job {
	jobs = w.asides(jobs)
	if len(jobs) == 0 {
		return jobs
	}
	err := w.begin()
	if err == nil {
		jobs = claim(jobs)
		err = w.run(jobs)
	}
	for _, j := range jobs {
		if err != nil && j.panic == nil {
			j.err = fmt.Errorf("%w: %w", auth.ErrUnavailable, err)
		}
		j.answer()
	}
	return jobs[:0]
}

// asides runs the jobs that want no transaction and returns the others.
func (w *writer) asides(jobs []*job) []*job {
	rest := jobs[:0]
	for _, j := range jobs {
		if j.shape != aside {
			rest = append(rest, j)
		} else if j.begin() {
			j.err = j.attempt(w.tx)
			j.answer()
		}
	}
	return rest
}

// claim returns the jobs whose callers still wait.
func claim(jobs []*job) []*job {
	kept := jobs[:0]
	for _, j := range jobs {
		if j.begin() {
			kept = append(kept, j)
		}
	}
	return kept
}

func (w *writer) begin() error {
	_, err := w.tx.exec(w.dialect.begin)
	if err != nil {
		w.rollback() // in case an earlier rollback failed
	}
	return err
}

// run runs claimed jobs and commits. An error is every job's: nothing of them
// was written, or nobody knows.
func (w *writer) run(jobs []*job) error {
	if len(jobs) == 1 {
		return w.alone(jobs[0])
	}
	for _, j := range jobs {
		if err := w.among(j); err != nil {
			w.rollback()
			return err
		}
	}
	return w.end()
}

// alone runs a job that has the transaction to itself.
func (w *writer) alone(j *job) error {
	j.err = j.attempt(w.tx)
	if j.err == nil {
		return w.end()
	}
	w.rollback()
	if j.panic == nil && down(w.dialect, j.err) {
		return j.err
	}
	return nil
}

// among runs a job beside others and undoes it, and only it, when it fails.
// The error it returns means that the transaction is lost.
func (w *writer) among(j *job) error {
	if j.shape != whole {
		j.err = j.attempt(w.tx)
		switch {
		case j.panic != nil:
			return errNeighbour
		case j.err != nil && down(w.dialect, j.err):
			return j.err
		}
		return nil
	}
	if _, err := w.tx.exec("SAVEPOINT job"); err != nil {
		return err
	}
	j.err = j.attempt(w.tx)
	if j.err != nil {
		if down(w.dialect, j.err) {
			return j.err
		}
		if _, err := w.tx.exec("ROLLBACK TO SAVEPOINT job"); err != nil {
			return err
		}
	}
	_, err := w.tx.exec("RELEASE SAVEPOINT job")
	return err
}

func (w *writer) end() error {
	_, err := w.tx.exec("COMMIT")
	if err != nil {
		w.rollback()
	}
	return err
}

// rollback ends a transaction that failed.
func (w *writer) rollback() {
	w.tx.exec("ROLLBACK") //nolint:errcheck // the database may have ended it already; if it is open still, begin says so
}
