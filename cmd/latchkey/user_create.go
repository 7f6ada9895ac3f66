package main

import (
	"context"

	"github.com/latchkey/latchkey/internal/auth"
)

type userCreateCmd struct {
	settingFlags `quiet:""`
	tenantFlag
	Email         string `required:"" placeholder:"ADDRESS" help:"E-mail address."`
	Name          string `required:"" placeholder:"TEXT" help:"What the person is called."`
	Role          string `placeholder:"ROLE" help:"Role in the tenant. (default: user)"`
	Space         string `placeholder:"SPACE" help:"Id or name of a space of the tenant; its default one when left out."`
	Username      string `placeholder:"TEXT" help:"Username."`
	Nickname      string `placeholder:"TEXT" help:"Nickname."`
	Mobile        string `placeholder:"NUMBER" help:"Mobile number."`
	PasswordStdin bool   `help:"Read the password from standard input; else it is asked for on the terminal."`
	JSON          bool   `name:"json" help:"Print a JSON object."`
}

// Run makes an account and prints it. The password is never an argument, which
// everybody on the machine can read.
func (c *userCreateCmd) Run(ctx context.Context, w *console) error {
	return asTenant(ctx, w, c.given(), c.Tenant, func(a *app, by auth.Caller) error {
		password, err := askPassword(ctx, w, c.PasswordStdin)
		if err != nil {
			return err
		}
		m, err := a.service.CreateMember(ctx, by, auth.NewMemberInput{
			Name: c.Name, Email: c.Email, Password: password, Username: c.Username, Nickname: c.Nickname, Mobile: c.Mobile,
			Role: c.Role, SpaceID: c.Space,
		})
		if err != nil {
			return err
		}
		return printMember(w, c.JSON, m)
	})
}

type userInviteCmd struct {
	settingFlags `quiet:""`
	tenantFlag
	Email string `arg:"" help:"E-mail address of who is to join."`
	Role  string `placeholder:"ROLE" help:"Role in the tenant. (default: user)"`
	Space string `placeholder:"SPACE" help:"Id or name of a space of the tenant; its default one when left out."`
	JSON  bool   `name:"json" help:"Print a JSON object."`
}

// Run puts an invitation into the outbox, from which the server sends it.
func (c *userInviteCmd) Run(ctx context.Context, w *console) error {
	return asTenant(ctx, w, c.given(), c.Tenant, func(a *app, by auth.Caller) error {
		v, err := a.service.Invite(ctx, by, auth.InviteInput{Email: c.Email, Role: c.Role, SpaceID: c.Space})
		if err != nil {
			return err
		}
		return printDone(w, c.JSON, v, "%s is invited to %s as %s; the server mails it, and the link is good until %s.", v.Email, by.Tenant.Slug, v.Role, shortTime(v.ExpiresAt))
	})
}
