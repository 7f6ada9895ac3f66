package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"

	"github.com/latchkey/latchkey/internal/auth"
	"github.com/latchkey/latchkey/internal/live"
)

// withStore opens databases that are there, beside a running server or not.
func withStore(ctx context.Context, w *console, flags map[string]string, do func(*app) error) (err error) {
	s, _, err := loadSettings(modeTool, flags, w.Environ, w.Dir)
	if err != nil {
		return err
	}
	if _, err := os.Stat(s.DatabasePath); err != nil && s.DatabaseURL == "" {
		return fmt.Errorf("there is no database at %s: DATABASE_URL names it, and latchkey migrate or the first start makes it", s.DatabasePath)
	}
	a := &app{settings: s, log: slog.New(slog.NewTextHandler(w.Err, &slog.HandlerOptions{Level: slog.LevelWarn}))}
	defer func() { err = errors.Join(err, a.Close()) }()
	if err := a.openStore(ctx, true); err != nil {
		return err
	}
	return do(a)
}

// withRules lets a command use the rules, beside a running server or not; the
// server sees what it did within two seconds.
func withRules(ctx context.Context, w *console, flags map[string]string, do func(*app) error) error {
	return withStore(ctx, w, flags, func(a *app) error {
		if err := a.openShared(ctx); err != nil {
			return err
		}
		a.live = live.New(a.liveConfig(false))
		if err := a.openKeys(); err != nil {
			return err
		}
		if err := a.keys.Load(ctx); err != nil {
			return err
		}
		if err := a.wireService(); err != nil {
			return err
		}
		a.service.Mailer = later{}
		return said(do(a))
	})
}

// asTenant lets a command use the rules for one tenant; "": the default one.
func asTenant(ctx context.Context, w *console, flags map[string]string, tenant string, do func(*app, auth.Caller) error) error {
	return withRules(ctx, w, flags, func(a *app) error {
		by, err := a.service.CommandLine(ctx, auth.Origin{TenantSlug: tenant})
		if err != nil {
			return err
		}
		return do(a, by)
	})
}

// asOperator lets a command use the rules for what is no tenant's. On a
// database that no server has been started on yet, what its first start makes
// is made first.
func asOperator(ctx context.Context, w *console, flags map[string]string, do func(*app, auth.Caller) error) error {
	return withRules(ctx, w, flags, func(a *app) error {
		by, err := a.service.CommandLine(ctx, auth.Origin{})
		if errors.Is(err, auth.ErrTenantNotFound) {
			by, err = a.firstCaller(ctx)
		}
		if err != nil {
			return err
		}
		return do(a, by)
	})
}

// firstCaller is for a database without the default tenant: DEFAULT_TENANT may
// be set for the server and not here, so another tenant will do as well.
func (a *app) firstCaller(ctx context.Context) (auth.Caller, error) {
	tenants, err := a.store.Tenants(ctx, auth.TenantQuery{Max: 1})
	if err != nil {
		return auth.Caller{}, err
	}
	if len(tenants) > 0 {
		return a.service.CommandLine(ctx, auth.Origin{TenantSlug: tenants[0].Slug})
	}
	if err := a.service.Bootstrap(ctx); err != nil {
		return auth.Caller{}, err
	}
	a.live.DropAll() // that there was no tenant is held
	return a.service.CommandLine(ctx, auth.Origin{})
}

// later leaves mail to the server, which looks at the outbox.
type later struct{}

// Send implements [auth.Mailer]. No rule that a command uses waits for a mail.
func (later) Send(context.Context, auth.Message) error {
	return errors.New("a command sends no mail")
}

// Wake implements [auth.Mailer].
func (later) Wake() {}

// tenantFlag names the tenant that a command is about.
type tenantFlag struct {
	Tenant string `placeholder:"NAME" help:"Name of the tenant; the default one when left out."`
}
