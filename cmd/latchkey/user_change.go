package main

import (
	"context"
	"fmt"

	"github.com/latchkey/latchkey/internal/auth"
)

type userLockCmd struct {
	settingFlags `quiet:""`
	personArg
	JSON bool `name:"json" help:"Print a JSON object."`
}

// Run locks an account.
func (c *userLockCmd) Run(ctx context.Context, w *console) error {
	return asPerson(ctx, w, c.given(), c.personArg, func(a *app, by auth.Caller, who auth.MemberRef) error {
		m, err := a.service.LockMember(ctx, by, who)
		if err != nil {
			return err
		}
		return printDone(w, c.JSON, m, "The account of %s is locked, and its sessions have ended. latchkey user unlock ends the lock.", m.Email)
	})
}

type userUnlockCmd struct {
	settingFlags `quiet:""`
	personArg
	JSON bool `name:"json" help:"Print a JSON object."`
}

// Run unlocks an account. One that is not locked is no error.
func (c *userUnlockCmd) Run(ctx context.Context, w *console) error {
	return asPerson(ctx, w, c.given(), c.personArg, func(a *app, by auth.Caller, who auth.MemberRef) error {
		out, err := a.service.UnlockMember(ctx, by, who)
		if err != nil {
			return err
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

type userRoleCmd struct {
	settingFlags `quiet:""`
	personArg
	Role  string `arg:"" help:"The new role: user, manager, admin or one of the tenant's own."`
	Space string `placeholder:"SPACE" help:"Id or name of the space in which; all of the user's in the tenant when left out."`
	JSON  bool   `name:"json" help:"Print a JSON object."`
}

// Run gives a user another role.
func (c *userRoleCmd) Run(ctx context.Context, w *console) error {
	return asPerson(ctx, w, c.given(), c.personArg, func(a *app, by auth.Caller, who auth.MemberRef) error {
		if err := c.inSpace(ctx, a, &by); err != nil {
			return err
		}
		v, err := a.service.ChangeRole(ctx, by, auth.ChangeRoleInput{UserID: who.ID, NewRole: c.Role})
		if err != nil {
			return err
		}
		return printDone(w, c.JSON, v, "%s is %s now, and was %s.", v.Email, v.NewRole, v.PreviousRole)
	})
}

// inSpace makes the command one for the space that was named.
func (c *userRoleCmd) inSpace(ctx context.Context, a *app, by *auth.Caller) error {
	if c.Space == "" {
		return nil
	}
	spaces, err := a.service.ListSpaces(ctx, *by, struct{}{})
	if err != nil {
		return err
	}
	for _, sp := range spaces {
		if sp.ID == c.Space || sp.Name == c.Space {
			by.Space = sp.ID
			return nil
		}
	}
	return auth.ErrSpaceNotFound
}

type userRemoveCmd struct {
	settingFlags `quiet:""`
	personArg
	JSON bool `name:"json" help:"Print a JSON object."`
}

// Run takes a user out of a tenant.
func (c *userRemoveCmd) Run(ctx context.Context, w *console) error {
	return asPerson(ctx, w, c.given(), c.personArg, func(a *app, by auth.Caller, who auth.MemberRef) error {
		v, err := a.service.RemoveMember(ctx, by, who)
		if err != nil {
			return err
		}
		return printDone(w, c.JSON, v, "%s is removed from %s.", plain(c.Name), by.Tenant.Slug)
	})
}
