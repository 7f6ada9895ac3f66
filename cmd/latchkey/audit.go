package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/latchkey/latchkey/internal/auth"
)

// auditCmd reads the record of what happened.
type auditCmd struct {
	Verify auditVerifyCmd `cmd:"" help:"Check that nothing in the record was changed, taken out or put in."`
	Export auditExportCmd `cmd:"" help:"Print the record as JSON lines, oldest first, and check it on the way."`
}

type auditVerifyCmd struct {
	settingFlags
	JSON bool `name:"json" help:"Print a JSON array, one report a directory."`
}

// errTampered is what a script learns by the exit code.
var errTampered = errors.New("the record is not whole: compare it with an export that was kept elsewhere")

// trailReport is what was found in the record of a directory, with its name.
type trailReport struct {
	auth.TrailReport
	Name string `json:"name,omitempty"` // of the tenant that it was made for
}

// Run verifies the record of every directory, those of tenants with a database
// of their own too. Its error says that one is broken.
func (c *auditVerifyCmd) Run(ctx context.Context, w *console) error {
	return withStore(ctx, w, c.given(), func(a *app) error {
		directories, err := a.store.Trails(ctx)
		if err != nil {
			return err
		}
		if len(directories) == 0 { // there is one from the first start on: somebody emptied it, or this is another database
			return errors.New("there is no record: DATABASE_URL names another database than the server's, or somebody emptied it")
		}
		var reports []trailReport
		for _, d := range directories {
			r, err := a.verifyTrail(ctx, d)
			if err != nil {
				return err
			}
			reports = append(reports, r)
		}
		if err := printReports(w, c.JSON, reports); err != nil {
			return err
		}
		if slices.ContainsFunc(reports, func(r trailReport) bool { return r.Problem != "" }) {
			return errTampered
		}
		return nil
	})
}

// verifyTrail verifies the record of one directory. That its database cannot be
// had is a finding like others.
func (a *app) verifyTrail(ctx context.Context, id string) (trailReport, error) {
	var out trailReport
	d, err := a.store.Directory(ctx, id)
	if err != nil && !errors.Is(err, auth.ErrNoRecord) {
		return out, err
	}
	out.Name = d.Name
	out.TrailReport, err = auth.VerifyTrail(ctx, a.store, a.vault.Chain, id, nil)
	if errors.Is(err, auth.ErrUnavailable) && id != auth.DefaultDirectory && ctx.Err() == nil {
		out.Problem, err = "its database cannot be read: "+err.Error(), nil
	}
	return out, err
}

func printReports(w *console, asJSON bool, reports []trailReport) error {
	if asJSON {
		return printJSON(w.Out, reports)
	}
	for _, r := range reports {
		name, verdict := r.Directory, "whole"
		if r.Name != "" {
			name = r.Name + " (" + r.Directory + ")"
		}
		if r.Problem != "" {
			verdict = "BROKEN: " + r.Problem
		}
		if _, err := fmt.Fprintf(w.Out, "directory %s: events %d to %d, %s\n  newest link %s\n", name, r.First, r.Last, verdict, r.Hash); err != nil {
			return err
		}
		for _, g := range r.Gathered {
			if _, err := fmt.Fprintf(w.Out, "  put into the chain later than they were written, as by an upgrade: %s\n", g); err != nil {
				return err
			}
		}
	}
	return nil
}
