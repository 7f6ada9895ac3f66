package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/latchkey/latchkey/internal/auth"
	"github.com/latchkey/latchkey/internal/seeds"
)

// prismaCmd takes over users, spaces and memberships from prj-core's PostgreSQL.
type prismaCmd struct {
	settingFlags `quiet:""`
	tenantFlag
	URL string `name:"url" required:"" placeholder:"URL" help:"The database, as in the seed's DATABASE_URL. It is only ever read."`
	importFlags
}

// prismaColumns are the names that fields have in prj-core.
var prismaColumns = map[string]string{
	"passwordHash": "password", "mobile": "phone", "nickname": "profiles.nickname", "createdAt": "created_at", "displayName": "grounds.name",
	"spaceId": "tenants.space_id", "role": "tenants.role_id", "seats": "tenants",
}

// Run takes over what fits and reports what does not.
func (c *prismaCmd) Run(ctx context.Context, w *console) (err error) {
	w = &console{In: w.In, Out: w.Out, Err: &inTurn{Writer: w.Err}, Environ: w.Environ, Dir: w.Dir}
	source, err := seeds.OpenPrisma(ctx, auth.Secret(c.URL))
	if err != nil {
		return fmt.Errorf("--url: %w", err)
	}
	defer func() { err = errors.Join(err, source.Close(ctx)) }()
	return asTenant(ctx, w, c.given(), c.Tenant, func(a *app, by auth.Caller) error {
		return c.withSeed(ctx, w, a, by, prismaColumns, func(r *seedRun) error {
			if err := r.spaces(ctx, source.Spaces(ctx)); err != nil {
				return err
			}
			_, err := r.users(ctx, by, "", source.Users(ctx))
			return err
		})
	})
}
