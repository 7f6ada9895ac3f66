package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/latchkey/latchkey/internal/auth"
	"github.com/latchkey/latchkey/internal/seeds"
)

// nestCmd takes over tenants and users from the NestJS tutorial's MongoDB.
type nestCmd struct {
	settingFlags `quiet:""`
	URI          string            `name:"uri" required:"" placeholder:"URI" help:"The server, as in the seed's MONGO_URI_TENANT. It is only ever read."`
	Prefix       string            `placeholder:"TEXT" help:"What the names of the tenants' databases begin with, as in the seed's MONGO_DB_PREFIX. (default: nestjs_tutorial)"`
	RegistryDB   string            `name:"registry-db" placeholder:"NAME" help:"Database that has the collection tenants. (default: that of the URI, else nestjs_tutorial_tenant_db)"`
	Rename       map[string]string `placeholder:"OLD=NEW" help:"Take a tenant over under another name, such as one whose name cannot be one here. May be given more than once."`
	importFlags
}

// nestColumns are the names that fields have in the tutorial.
var nestColumns = map[string]string{"passwordHash": "password"}

// Run takes over what fits and reports what does not.
func (c *nestCmd) Run(ctx context.Context, w *console) (err error) {
	w = &console{In: w.In, Out: w.Out, Err: &inTurn{Writer: w.Err}, Environ: w.Environ, Dir: w.Dir}
	source, err := seeds.OpenNest(ctx, auth.Secret(c.URI), c.RegistryDB, c.Prefix)
	if err != nil {
		return fmt.Errorf("--uri: %w", err)
	}
	defer func() { err = errors.Join(err, source.Close(context.WithoutCancel(ctx))) }()
	return c.rules(ctx, w, func(a *app, by auth.Caller) error {
		return c.withSeed(ctx, w, a, by, nestColumns, func(r *seedRun) error {
			// Read before any users are: a cursor that waits for them is closed.
			var tenants []seeds.Row[auth.NewTenantInput]
			for row, err := range source.Tenants(ctx) {
				if err != nil {
					return err
				}
				tenants = append(tenants, row)
			}
			for _, row := range tenants {
				if err := c.tenant(ctx, r, source, row); err != nil {
					return err
				}
			}
			return nil
		})
	})
}

// rules lets the command use the rules; for a dry run nothing is made that the
// first start of a server makes.
func (c *nestCmd) rules(ctx context.Context, w *console, do func(*app, auth.Caller) error) error {
	if c.Apply {
		return asOperator(ctx, w, c.given(), do)
	}
	return withRules(ctx, w, c.given(), func(a *app) error { return do(a, auth.Caller{Operator: auth.AtCommandLine}) })
}

// tenant takes over a tenant and its users.
func (c *nestCmd) tenant(ctx context.Context, r *seedRun, source *seeds.Nest, row seeds.Row[auth.NewTenantInput]) error {
	if is, err := passed(r, "", row); is {
		return err
	}
	theirs := row.Value.Name
	if name, ok := c.Rename[theirs]; ok {
		row.Value.Name = name
	}
	t, err := r.tenant(ctx, row)
	if err != nil || t.ID == "" {
		return err
	}
	by := r.by
	by.Tenant = t
	n, err := r.users(ctx, by, t.Slug, source.Users(ctx, theirs))
	if err == nil && n == 0 {
		return r.report.tell("", row.Origin, rowLeft, []auth.FieldProblem{{
			Field: "users", Problem: "are none in the database " + source.Database(theirs) + "; --prefix says how its name begins",
		}})
	}
	return err
}
