package main

import (
	"context"
	"errors"
	"strings"

	"github.com/google/uuid"

	"github.com/latchkey/latchkey/internal/auth"
)

// userCmd makes and looks after accounts.
type userCmd struct {
	Create userCreateCmd `cmd:"" help:"Make an account."`
	List   userListCmd   `cmd:"" help:"List the users of a tenant."`
	Invite userInviteCmd `cmd:"" help:"Mail an invitation to join a tenant."`
	Lock   userLockCmd   `cmd:"" help:"Lock an account until it is unlocked, and end its sessions."`
	Unlock userUnlockCmd `cmd:"" help:"End the lock of an account and clear what was counted against it."`
	Role   userRoleCmd   `cmd:"" help:"Give a user another role; live sessions have it at once."`
	Remove userRemoveCmd `cmd:"" help:"Take a user out of a tenant; an account that belongs to no other is removed."`
	Import userImportCmd `cmd:"" help:"Take over accounts of another system, with their passwords' hashes."`
}

// personArg names a user of a tenant.
type personArg struct {
	Name string `arg:"" help:"E-mail address, username, mobile or id of the user."`
	tenantFlag
}

// find returns the id of a user. Whether it is one of the tenant's, the rules
// say.
func (p personArg) find(ctx context.Context, a *app, by auth.Caller) (auth.MemberRef, error) {
	if len(p.Name) == 36 && uuid.Validate(p.Name) == nil {
		return auth.MemberRef{ID: strings.ToLower(p.Name)}, nil
	}
	name, ok := auth.ParseName(p.Name)
	if !ok {
		return auth.MemberRef{}, auth.ErrUserNotFound
	}
	u, err := a.store.UserByName(ctx, by.Tenant.Directory, name)
	if errors.Is(err, auth.ErrNoRecord) {
		return auth.MemberRef{}, auth.ErrUserNotFound
	}
	return auth.MemberRef{ID: u.ID}, err
}

// asPerson lets a command use the rules for one user of a tenant.
func asPerson(ctx context.Context, w *console, flags map[string]string, p personArg, do func(*app, auth.Caller, auth.MemberRef) error) error {
	return asTenant(ctx, w, flags, p.Tenant, func(a *app, by auth.Caller) error {
		who, err := p.find(ctx, a, by)
		if err != nil {
			return err
		}
		return do(a, by, who)
	})
}

// printMember prints what is known of a user.
func printMember(w *console, asJSON bool, m auth.MemberView) error {
	if asJSON {
		return printJSON(w.Out, m)
	}
	return printLines(w.Out, [][2]string{
		{"id", m.ID}, {"name", m.Name}, {"email", m.Email}, {"username", m.Username}, {"nickname", m.Nickname}, {"mobile", m.Mobile},
		{"role", m.Role}, {"status", string(m.Status)}, {"created", shortTime(m.CreatedAt)},
	})
}
