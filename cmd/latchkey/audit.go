package main

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

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

// Run verifies the record of every directory. Its error says that one is broken.
func (c *auditVerifyCmd) Run(ctx context.Context, w *console) error {
	return withStore(ctx, w, c.given(), func(a *app, vault *auth.Vault) error {
		directories, err := a.store.Trails(ctx)
		if err != nil {
			return err
		}
		if len(directories) == 0 { // there is one from the first start on: somebody emptied it, or this is another database
			return errors.New("there is no record: DATABASE_URL names another database than the server's, or somebody emptied it")
		}
		var reports []auth.TrailReport
		for _, d := range directories {
			r, err := auth.VerifyTrail(ctx, a.store, vault.Chain, d, nil)
			if err != nil {
				return err
			}
			reports = append(reports, r)
		}
		if err := printReports(w, c.JSON, reports); err != nil {
			return err
		}
		if slices.ContainsFunc(reports, func(r auth.TrailReport) bool { return r.Problem != "" }) {
			return errTampered
		}
		return nil
	})
}

func printReports(w *console, asJSON bool, reports []auth.TrailReport) error {
	if asJSON {
		return printJSON(w.Out, reports)
	}
	for _, r := range reports {
		verdict := "whole"
		if r.Problem != "" {
			verdict = "BROKEN: " + r.Problem
		}
		if _, err := fmt.Fprintf(w.Out, "directory %s: events %d to %d, %s\n  newest link %s\n", r.Directory, r.First, r.Last, verdict, r.Hash); err != nil {
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

type auditExportCmd struct {
	settingFlags
	Directory string `default:"default" help:"Whose record."`
}

// auditLine is one event as it is exported.
type auditLine struct {
	Number    int64       `json:"number"`
	ID        string      `json:"id"`
	At        time.Time   `json:"at"`
	Action    auth.Action `json:"action"`
	TenantID  string      `json:"tenantId,omitempty"` // its id, not its slug: that is how it is chained
	UserID    string      `json:"userId,omitempty"`
	SessionID string      `json:"sessionId,omitempty"`
	IP        string      `json:"ip,omitempty"`
	Agent     string      `json:"ua,omitempty"`
	RequestID string      `json:"requestId,omitempty"`
	Reason    string      `json:"reason,omitempty"`
	Hash      string      `json:"hash"`
}

// Run prints every link of the record and verifies the chain. What is broken is
// said at the end, when all has been printed.
func (c *auditExportCmd) Run(ctx context.Context, w *console) error {
	return withStore(ctx, w, c.given(), func(a *app, vault *auth.Vault) error {
		directories, err := a.store.Trails(ctx)
		if err != nil {
			return err
		}
		if !slices.Contains(directories, c.Directory) {
			return fmt.Errorf("there is no record of a directory %q; latchkey audit verify lists those that have one", c.Directory)
		}
		lines := json.NewEncoder(w.Out)
		lines.SetEscapeHTML(false)
		report, err := auth.VerifyTrail(ctx, a.store, vault.Chain, c.Directory, func(l auth.Link) error {
			return lines.Encode(auditLine{
				Number: l.Number, ID: l.ID, At: l.At, Action: l.Action, TenantID: l.Tenant, UserID: l.User, SessionID: l.Session,
				IP: l.IP, Agent: l.Agent, RequestID: l.RequestID, Reason: l.Reason, Hash: hex.EncodeToString(l.Hash),
			})
		})
		if err != nil {
			return err
		}
		if report.Problem != "" {
			return fmt.Errorf("%s: %w", report.Problem, errTampered)
		}
		return nil
	})
}
