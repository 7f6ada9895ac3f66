package main

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/latchkey/latchkey/internal/auth"
	"github.com/latchkey/latchkey/internal/seeds"
)

// importCmd takes over what another system knew.
type importCmd struct {
	NestMongo      nestCmd   `cmd:"" name:"nest-mongo" help:"Take over tenants and users from the MongoDB of the NestJS tutorial; a dry run unless --apply is given."`
	PrismaPostgres prismaCmd `cmd:"" name:"prisma-postgres" help:"Take over users, spaces and memberships from the PostgreSQL of prj-core; a dry run unless --apply is given."`
}

// importFlags are those of every import of a seed.
type importFlags struct {
	Without []string `enum:"username,nickname,mobile" placeholder:"FIELD" help:"Where this field of a user does not fit, or somebody else has it, take the user without it: username, nickname or mobile. May be given more than once. (default: such a user is refused)"`
	Apply   bool     `help:"Do it. Without this flag nothing is written."`
	JSON    bool     `name:"json" help:"Print a JSON object."`
}

// seedRun is an import of a seed under way.
type seedRun struct {
	importFlags
	service *auth.Service
	by      auth.Caller
	report  *seedReport
	columns map[string]string // what a field of this side is called in the seed, where it is another name
	handled atomic.Int64
}

// withSeed does an import with the rules, or for a dry run with rules that only
// plan, and prints the report. It can be run again.
func (f importFlags) withSeed(ctx context.Context, w *console, a *app, by auth.Caller, columns map[string]string, do func(*seedRun) error) error {
	if !f.Apply {
		planWith(a.service)
	}
	report, err := newSeedReport(w.Out, f.JSON, !f.Apply)
	if err != nil {
		return err
	}
	run := &seedRun{importFlags: f, service: a.service, by: by, report: report, columns: columns}
	quiet := showProgress(ctx, w.Err, run.handled.Load)
	failed := do(run)
	quiet()
	if err := report.close(); err != nil {
		return err
	}
	switch {
	case ctx.Err() != nil:
		return errors.New("the import was interrupted; what was taken over stays, and it can be run again")
	case failed != nil:
		return fmt.Errorf("the import stopped; what was taken over stays, and it can be run again: %w", said(failed))
	case report.refused() > 0:
		return fmt.Errorf("%d rows refused; mend them in the seed and run it again: what is there already stays as it is", report.refused())
	}
	return nil
}

// isRefusal reports whether an error is an answer of the rules to what they were
// given, and no fault of theirs.
func isRefusal(err error) bool {
	var e *auth.Error
	return errors.As(err, &e) && e.Kind != auth.KindInternal && e.Kind != auth.KindUnavailable
}

// fieldsOf are the fields for which the rules refused something.
func fieldsOf(err error) []auth.FieldProblem {
	var e *auth.Error
	switch {
	case !errors.As(err, &e):
		return nil
	case len(e.Meta.Fields) > 0:
		return e.Meta.Fields
	case errors.Is(e, auth.ErrUnproven):
		return []auth.FieldProblem{{Field: "email", Problem: "is that of an account in another tenant, and nobody has proved to own the address"}}
	}
	return []auth.FieldProblem{{Field: e.Meta.Field, Problem: e.Text}}
}

// named gives the fields the names that they have in the seed.
func (r *seedRun) named(all []auth.FieldProblem) []auth.FieldProblem {
	out := make([]auth.FieldProblem, 0, len(all))
	for _, one := range all {
		if name, ok := r.columns[one.Field]; ok {
			one.Field = name
		}
		out = append(out, one)
	}
	return out
}

// passed reports a row of which nothing is made, if it is one.
func passed[T any](r *seedRun, tenant string, row seeds.Row[T]) (bool, error) {
	switch {
	case row.Deleted:
		return true, r.report.add(tenant, row.Origin, rowDeleted, nil)
	case len(row.Wrong) > 0:
		return true, r.report.add(tenant, row.Origin, rowRefused, row.Wrong)
	}
	return false, nil
}

// lefts reports what stays behind of a row that is taken.
func (r *seedRun) lefts(tenant string, all []seeds.Left) error {
	for _, one := range all {
		outcome := rowLeft
		if one.Deleted {
			outcome = rowDeleted
		}
		if err := r.report.tell(tenant, one.Origin, outcome, one.Wrong); err != nil {
			return err
		}
	}
	return nil
}
