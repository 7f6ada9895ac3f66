package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/latchkey/latchkey/internal/auth"
	"github.com/latchkey/latchkey/internal/live"
)

// userCmd looks after accounts.
type userCmd struct {
	Unlock userUnlockCmd `cmd:"" help:"End the lock of an account and clear what was counted against it."`
}

type userUnlockCmd struct {
	settingFlags
	Name   string `arg:"" help:"E-mail address, username or mobile of the account."`
	Tenant string `help:"Slug of a tenant of the account; the default one when left out."`
	JSON   bool   `name:"json" help:"Print a JSON object."`
}

// Run unlocks an account, beside a running server or not; a server sees it
// within two seconds. An account that is not locked is no error.
func (c *userUnlockCmd) Run(ctx context.Context, w *console) error {
	return withStore(ctx, w, c.given(), func(a *app, vault *auth.Vault) error {
		a.log = slog.New(slog.NewTextHandler(w.Err, nil))
		a.live = live.New(live.Config{Source: a.store, Log: a.log})
		if err := a.openKeys(vault); err != nil {
			return err
		}
		// Before anything is written: a wrong master key must not chain the record.
		if err := a.keys.Load(ctx); err != nil {
			return err
		}
		if err := a.wireService(vault); err != nil {
			return err
		}
		by, err := a.service.Anyone(ctx, auth.Origin{TenantSlug: c.Tenant}, "")
		if err != nil {
			return said(err)
		}
		out, err := a.service.UnlockAccount(ctx, by, c.Name)
		if err != nil {
			return said(err)
		}
		if c.JSON {
			return printJSON(w.Out, struct {
				auth.UnlockResult
				Code string `json:"code"`
			}{out, out.Outcome().Code})
		}
		_, err = fmt.Fprintln(w.Out, out.Outcome().Text, "What was counted against it is cleared.")
		return err
	})
}

// said turns an answer of the rules into what a command says.
func said(err error) error {
	var e *auth.Error
	if errors.As(err, &e) {
		return fmt.Errorf("%s (%s)", e.Text, e.Code)
	}
	return err
}
