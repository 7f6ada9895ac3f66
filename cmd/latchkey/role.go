package main

import (
	"context"
	"strings"

	"github.com/latchkey/latchkey/internal/auth"
)

// roleCmd looks after the roles of a tenant.
type roleCmd struct {
	List   roleListCmd   `cmd:"" help:"List the roles of a tenant."`
	Create roleCreateCmd `cmd:"" help:"Make a role."`
	Set    roleSetCmd    `cmd:"" help:"Change a role; live sessions have the new permissions at once."`
	Delete roleDeleteCmd `cmd:"" help:"Delete a role that nobody has."`
}

type roleListCmd struct {
	settingFlags `quiet:""`
	tenantFlag
	JSON bool `name:"json" help:"Print a JSON array."`
}

// Run prints the roles: the built-in ones, then the tenant's own by name.
func (c *roleListCmd) Run(ctx context.Context, w *console) error {
	return asTenant(ctx, w, c.given(), c.Tenant, func(a *app, by auth.Caller) error {
		roles, err := a.service.ListRoles(ctx, by, struct{}{})
		if err != nil {
			return err
		}
		return printRoles(w, c.JSON, roles)
	})
}

func printRoles(w *console, asJSON bool, roles []auth.RoleView) error {
	return printAll(w.Out, asJSON, "NAME, KIND, PERMISSIONS, DESCRIPTION", func(r auth.RoleView) []string {
		kind := "own"
		if r.BuiltIn {
			kind = "built in"
		}
		return []string{r.Name, kind, strings.Join(r.Permissions, " "), r.Description}
	}, roles)
}

func printRole(w *console, asJSON bool, r auth.RoleView) error {
	if asJSON {
		return printJSON(w.Out, r)
	}
	return printRoles(w, false, []auth.RoleView{r})
}

type roleCreateCmd struct {
	settingFlags `quiet:""`
	tenantFlag
	Name        string   `arg:"" help:"Name: 2 to 32 lower-case letters, digits, dashes and underscores."`
	Description string   `placeholder:"TEXT" help:"What the role is for."`
	Permission  []string `placeholder:"PERMISSION" help:"What the role may do, such as invoices:read; may be given more than once."`
	JSON        bool     `name:"json" help:"Print a JSON object."`
}

// Run makes a role and prints it.
func (c *roleCreateCmd) Run(ctx context.Context, w *console) error {
	return asTenant(ctx, w, c.given(), c.Tenant, func(a *app, by auth.Caller) error {
		r, err := a.service.CreateRole(ctx, by, auth.NewRoleInput{Name: c.Name, Description: c.Description, Permissions: c.Permission})
		if err != nil {
			return err
		}
		return printRole(w, c.JSON, r)
	})
}

type roleSetCmd struct {
	settingFlags `quiet:""`
	tenantFlag
	Name         string   `arg:"" help:"Name of the role."`
	Description  string   `placeholder:"TEXT" help:"What the role is for."`
	Permission   []string `xor:"permissions" placeholder:"PERMISSION" help:"One of all that the role is to have; may be given more than once."`
	NoPermission bool     `xor:"permissions" help:"The role is to have no permission."`
	JSON         bool     `name:"json" help:"Print a JSON object."`
}

// Validate refuses a command that asks for nothing.
func (c *roleSetCmd) Validate() error {
	if c.Description == "" && len(c.Permission) == 0 && !c.NoPermission {
		return misuse("nothing to change; give --description, --permission or --no-permission")
	}
	return nil
}

// Run changes a role and prints it.
func (c *roleSetCmd) Run(ctx context.Context, w *console) error {
	in := auth.RoleChange{RoleRef: auth.RoleRef{Name: c.Name}, Description: c.Description, Permissions: c.Permission}
	if c.NoPermission {
		in.Permissions = []string{}
	}
	return asTenant(ctx, w, c.given(), c.Tenant, func(a *app, by auth.Caller) error {
		r, err := a.service.UpdateRole(ctx, by, in)
		if err != nil {
			return err
		}
		return printRole(w, c.JSON, r)
	})
}

type roleDeleteCmd struct {
	settingFlags `quiet:""`
	tenantFlag
	Name string `arg:"" help:"Name of the role."`
	JSON bool   `name:"json" help:"Print a JSON object."`
}

// Run deletes a role.
func (c *roleDeleteCmd) Run(ctx context.Context, w *console) error {
	return asTenant(ctx, w, c.given(), c.Tenant, func(a *app, by auth.Caller) error {
		v, err := a.service.DeleteRole(ctx, by, auth.RoleRef{Name: c.Name})
		if err != nil {
			return err
		}
		return printDone(w, c.JSON, v, "The role %s is deleted.", c.Name)
	})
}
