package main

import (
	"context"
	"fmt"

	"github.com/latchkey/latchkey/internal/auth"
)

// tenantCmd makes and looks after tenants.
type tenantCmd struct {
	Create tenantCreateCmd `cmd:"" help:"Make a tenant."`
	List   tenantListCmd   `cmd:"" help:"List the tenants."`
	Show   tenantShowCmd   `cmd:"" help:"Show a tenant, with what holds for it."`
	Set    tenantSetCmd    `cmd:"" help:"Change a tenant; what is not named stays."`
	Status tenantStatusCmd `cmd:"" help:"Change a tenant's status; anything but ACTIVE refuses its logins, refreshes and access tokens."`
	Delete tenantDeleteCmd `cmd:"" help:"Delete a tenant for good; its name is never used again."`
	Space  tenantSpaceCmd  `cmd:"" help:"Make and list the spaces of a tenant."`
}

type tenantCreateCmd struct {
	settingFlags `quiet:"" leave:"DATABASE_URL SIGN_UP"`
	Name         string            `arg:"" help:"Name: 2 to 63 lower-case letters, digits and dashes. It is never used again once it was."`
	Status       auth.TenantStatus `placeholder:"STATUS" help:"PENDING, ACTIVE, INACTIVE, LOCKED or SUSPENDED. (default: ACTIVE)"`
	DatabaseURL  string            `name:"database-url" placeholder:"URL" help:"A database of the tenant's own, sqlite:NAME.db or sqlite:/PATH/NAME.db; where TENANT_ISOLATION says when left out."`
	tenantFlags
	JSON bool `name:"json" help:"Print a JSON object."`
}

// Run makes a tenant and prints it.
func (c *tenantCreateCmd) Run(ctx context.Context, w *console) error {
	brand, err := c.brand(w.Dir)
	if err != nil {
		return err
	}
	in := auth.NewTenantInput{
		Name: c.Name, DisplayName: c.DisplayName, ContactEmail: c.ContactEmail, Status: c.Status,
		Policy: c.policy(), Brand: brand, DatabaseURL: auth.Secret(c.DatabaseURL),
	}
	if in.Policy.OTP == "" { // CONTRACT.md §10
		in.Policy.OTP = auth.OTPEmail
	}
	return asOperator(ctx, w, c.given(), func(a *app, by auth.Caller) error {
		t, err := a.service.CreateTenant(ctx, by, in)
		if err != nil {
			return err
		}
		return printTenant(w, c.JSON, t)
	})
}

type tenantShowCmd struct {
	settingFlags `quiet:""`
	Name         string `arg:"" help:"Name or id of the tenant."`
	JSON         bool   `name:"json" help:"Print a JSON object."`
}

// Run prints a tenant.
func (c *tenantShowCmd) Run(ctx context.Context, w *console) error {
	return asOperator(ctx, w, c.given(), func(a *app, by auth.Caller) error {
		t, err := a.service.Tenant(ctx, by, auth.TenantRef{ID: c.Name})
		if err != nil {
			return err
		}
		return printTenant(w, c.JSON, t)
	})
}

type tenantListCmd struct {
	settingFlags `quiet:""`
	Status       auth.TenantStatus `placeholder:"STATUS" help:"Only those with that status."`
	Prefix       string            `placeholder:"TEXT" help:"Only those whose name begins with it."`
	JSON         bool              `name:"json" help:"Print a JSON array."`
}

// Run prints every tenant, by name.
func (c *tenantListCmd) Run(ctx context.Context, w *console) error {
	return asOperator(ctx, w, c.given(), func(a *app, by auth.Caller) error {
		_, err := printPages(w.Out, c.JSON, "NAME, STATUS, DISPLAY NAME, CREATED, ID", func(t auth.TenantView) []string {
			return []string{t.Name, string(t.Status), t.DisplayName, shortTime(t.CreatedAt), t.ID}
		}, 0, func(in auth.PageInput) (auth.Page[auth.TenantView], error) {
			return a.service.ListTenants(ctx, by, auth.TenantsInput{PageInput: in, Prefix: c.Prefix, Status: c.Status})
		})
		return err
	})
}

// printTenant prints what is known of a tenant.
func printTenant(w *console, asJSON bool, t auth.TenantView) error {
	if asJSON {
		return printJSON(w.Out, t)
	}
	lines := [][2]string{
		{"name", t.Name}, {"display name", t.DisplayName}, {"id", t.ID}, {"status", string(t.Status)}, {"contact", t.ContactEmail},
		{"directory", t.Directory}, {"colour", t.Brand.Color}, {"logo", t.Brand.Logo}, {"created", shortTime(t.CreatedAt)}, {"changed", shortTime(t.UpdatedAt)},
	}
	lines = append(lines, policyLines(t.Policy, t.InForce)...)
	return printLines(w.Out, lines)
}

// printDone prints a sentence, or for programs an object.
func printDone(w *console, asJSON bool, v any, format string, args ...any) error {
	if asJSON {
		return printJSON(w.Out, v)
	}
	_, err := fmt.Fprintf(w.Out, format+"\n", args...)
	return err
}
