package main

import (
	"context"

	"github.com/latchkey/latchkey/internal/auth"
)

// tenantSpaceCmd makes and lists the spaces of a tenant.
type tenantSpaceCmd struct {
	Add  spaceAddCmd  `cmd:"" help:"Make a space in a tenant."`
	List spaceListCmd `cmd:"" help:"List the spaces of a tenant."`
}

type spaceAddCmd struct {
	settingFlags `quiet:""`
	Tenant       string `arg:"" help:"Name of the tenant."`
	Name         string `arg:"" help:"Name of the space: 2 to 63 lower-case letters, digits and dashes."`
	DisplayName  string `placeholder:"TEXT" help:"What people read; the name when left out."`
	JSON         bool   `name:"json" help:"Print a JSON object."`
}

// Run makes a space and prints it.
func (c *spaceAddCmd) Run(ctx context.Context, w *console) error {
	return asTenant(ctx, w, c.given(), c.Tenant, func(a *app, by auth.Caller) error {
		sp, err := a.service.CreateSpace(ctx, by, auth.NewSpaceInput{Name: c.Name, Title: c.DisplayName})
		if err != nil {
			return err
		}
		if c.JSON {
			return printJSON(w.Out, sp)
		}
		return printSpaces(w, false, []auth.SpaceView{sp})
	})
}

type spaceListCmd struct {
	settingFlags `quiet:""`
	Tenant       string `arg:"" help:"Name of the tenant."`
	JSON         bool   `name:"json" help:"Print a JSON array."`
}

// Run prints the spaces of a tenant, oldest first.
func (c *spaceListCmd) Run(ctx context.Context, w *console) error {
	return asTenant(ctx, w, c.given(), c.Tenant, func(a *app, by auth.Caller) error {
		spaces, err := a.service.ListSpaces(ctx, by, struct{}{})
		if err != nil {
			return err
		}
		return printSpaces(w, c.JSON, spaces)
	})
}

func printSpaces(w *console, asJSON bool, spaces []auth.SpaceView) error {
	return printAll(w.Out, asJSON, "NAME, DISPLAY NAME, CREATED, ID", func(sp auth.SpaceView) []string {
		return []string{sp.Name, sp.Title, shortTime(sp.CreatedAt), sp.ID}
	}, spaces)
}
