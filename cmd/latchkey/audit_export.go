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

type auditExportCmd struct {
	settingFlags
	Directory string `default:"default" help:"Whose record: the id of a directory, or the name of a tenant, whose directory is meant."`
}

// auditLine is one event as it is exported.
type auditLine struct {
	Number    int64       `json:"number"`
	ID        string      `json:"id"`
	At        time.Time   `json:"at"`
	Action    auth.Action `json:"action"`
	TenantID  string      `json:"tenantId,omitempty"` // its id, not its slug: that is how it is chained
	UserID    string      `json:"userId,omitempty"`
	Actor     string      `json:"actor,omitempty"`
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
	return withStore(ctx, w, c.given(), func(a *app) error {
		id, err := a.trailOf(ctx, c.Directory)
		if err != nil {
			return err
		}
		lines := json.NewEncoder(w.Out)
		lines.SetEscapeHTML(false)
		report, err := auth.VerifyTrail(ctx, a.store, a.vault.Chain, id, func(l auth.Link) error {
			return lines.Encode(auditLine{
				Number: l.Number, ID: l.ID, At: l.At, Action: l.Action, TenantID: l.Tenant, UserID: l.User, Actor: l.Actor, SessionID: l.Session,
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

// trailOf returns the id of a directory that has a record, by that id or by the
// name of one of its tenants.
func (a *app) trailOf(ctx context.Context, ref string) (string, error) {
	directories, err := a.store.Trails(ctx)
	if err != nil {
		return "", err
	}
	id := ref
	if !slices.Contains(directories, ref) {
		t, err := a.store.Tenant(ctx, ref)
		if err != nil && !errors.Is(err, auth.ErrNoRecord) {
			return "", err
		}
		id = t.Directory
	}
	if !slices.Contains(directories, id) {
		return "", fmt.Errorf("there is no record of a directory %q; latchkey audit verify lists those that have one", ref)
	}
	return id, nil
}
