package main

import (
	"context"
	"fmt"

	"github.com/latchkey/latchkey/internal/auth"
)

type tenantStatusCmd struct {
	settingFlags `quiet:""`
	Name         string            `arg:"" help:"Name or id of the tenant."`
	Status       auth.TenantStatus `arg:"" help:"PENDING, ACTIVE, INACTIVE, LOCKED or SUSPENDED."`
	JSON         bool              `name:"json" help:"Print a JSON object."`
}

// Run changes a tenant's status. Its sessions are kept for when it is ACTIVE
// again.
func (c *tenantStatusCmd) Run(ctx context.Context, w *console) error {
	return asOperator(ctx, w, c.given(), func(a *app, by auth.Caller) error {
		v, err := a.service.SetTenantStatus(ctx, by, auth.TenantStatusInput{TenantRef: auth.TenantRef{ID: c.Name}, Status: c.Status})
		if err != nil {
			return err
		}
		return printDone(w, c.JSON, v, "The tenant %s is %s.", v.Name, v.Status)
	})
}

type tenantDeleteCmd struct {
	settingFlags `quiet:""`
	Name         string `arg:"" help:"Name or id of the tenant."`
	Yes          bool   `help:"Really: nobody can use the tenant any more, and its name is never used again."`
	JSON         bool   `name:"json" help:"Print a JSON object."`
}

// Validate refuses a deletion that nobody has confirmed.
func (c *tenantDeleteCmd) Validate() error {
	if c.Yes {
		return nil
	}
	return misuse(fmt.Sprintf("nobody can use a deleted tenant any more, and its name is never used again; add --yes to delete %s", plain(c.Name)))
}

// Run deletes a tenant.
func (c *tenantDeleteCmd) Run(ctx context.Context, w *console) error {
	return asOperator(ctx, w, c.given(), func(a *app, by auth.Caller) error {
		v, err := a.service.DeleteTenant(ctx, by, auth.TenantRef{ID: c.Name})
		if err != nil {
			return err
		}
		return printDone(w, c.JSON, v, "The tenant %s is deleted. Its name is never used again; its data stays in the database.", plain(c.Name))
	})
}
