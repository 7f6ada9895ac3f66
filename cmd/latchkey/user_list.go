package main

import (
	"context"
	"fmt"

	"github.com/latchkey/latchkey/internal/auth"
)

type userListCmd struct {
	settingFlags `quiet:""`
	tenantFlag
	Search string           `placeholder:"TEXT" help:"Only those of whom the e-mail address, username, mobile, name or a word of it begins with it."`
	Role   string           `placeholder:"ROLE" help:"Only those with that role."`
	Status *auth.UserStatus `enum:"active,locked,disabled" placeholder:"STATUS" help:"Only those that are active, locked or disabled."`
	Limit  int              `default:"100" placeholder:"N" help:"How many at most; 0 for all. (default: 100)"`
	JSON   bool             `name:"json" help:"Print a JSON array."`
}

// Validate refuses a limit that is none.
func (c *userListCmd) Validate() error {
	if c.Limit < 0 {
		return misuse("--limit: write a number, or 0 for all")
	}
	return nil
}

// Run prints the users of a tenant: newest first or, where something is
// searched for, by what was found.
func (c *userListCmd) Run(ctx context.Context, w *console) error {
	return asTenant(ctx, w, c.given(), c.Tenant, func(a *app, by auth.Caller) error {
		more, err := printPages(w.Out, c.JSON, "EMAIL, NAME, USERNAME, ROLE, STATUS, CREATED, ID", func(m auth.MemberView) []string {
			return []string{m.Email, m.Name, m.Username, m.Role, string(m.Status), shortTime(m.CreatedAt), m.ID}
		}, c.Limit, func(in auth.PageInput) (auth.Page[auth.MemberView], error) {
			return a.service.ListMembers(ctx, by, auth.MembersInput{PageInput: in, Search: c.Search, Role: c.Role, Status: value(c.Status)})
		})
		if err != nil || !more || c.JSON {
			return err
		}
		_, err = fmt.Fprintln(w.Err, "there are more: --limit 0 prints all, --search finds some")
		return err
	})
}
