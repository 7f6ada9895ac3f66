package sql

import "context"

// committer writes: a [writer] where one connection writes for all, a [crew]
// where each call has a transaction of its own.
type committer interface {
	// do runs a job and returns its outcome. The job's error comes back as it is,
	// and its panic as a panic.
	do(ctx context.Context, j *job) error
	close() error
}
