package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

// apiKeyCmd looks after the API keys of services.
type apiKeyCmd struct {
	Create apiKeyCreateCmd `cmd:"" help:"Make a key and print it, this once."`
	List   apiKeyListCmd   `cmd:"" help:"List the keys."`
	Revoke apiKeyRevokeCmd `cmd:"" help:"Revoke a key; it is refused at once here, and within a second by guards."`
}

// keyOwner says whose keys are meant.
type keyOwner struct {
	Tenant     string `placeholder:"NAME" xor:"owner" help:"The tenant whose services are meant; the default one when left out."`
	AllTenants bool   `xor:"owner" help:"Services of the deployment, for every tenant."`
}

type apiKeyCreateCmd struct {
	settingFlags `quiet:""`
	keyOwner     `embed:""`
	Name         string    `required:"" placeholder:"TEXT" help:"What the key is called, such as the service that uses it."`
	Scope        []string  `placeholder:"SCOPE" help:"What the service may do, written like a permission, such as orders:write; revocations:read is for guards. May be given several times."`
	Expires      auth.Span `placeholder:"SPAN" help:"After how long the key is good no more, such as 90d; never when left out."`
	JSON         bool      `name:"json" help:"Print a JSON object."`
}

// Validate refuses a key that is over when it is made.
func (c *apiKeyCreateCmd) Validate() error { return lives(c.Expires) }

// Run makes a key and prints it. Nobody can print it again.
func (c *apiKeyCreateCmd) Run(ctx context.Context, w *console) error {
	return c.as(ctx, w, c.given(), func(a *app, by auth.Caller) error {
		k, err := a.service.CreateServiceKey(ctx, by, auth.ServiceKeyInput{Name: c.Name, Scopes: c.Scope, ExpiresIn: c.Expires, Everywhere: c.AllTenants})
		if err != nil {
			return err
		}
		err = c.print(w, k)
		if err != nil { // nobody has it: it must not be good
			_, revoked := a.service.RevokeServiceKey(ctx, by, auth.ServiceKeyRef{Key: k.ID, ServiceKeysInput: c.which()})
			err = errors.Join(fmt.Errorf("the key could not be printed, so it was revoked: %w", err), revoked)
		}
		return err
	})
}

func (c *apiKeyCreateCmd) print(w *console, k auth.NewAPIKey) error {
	if c.JSON {
		return printJSON(w.Out, k)
	}
	return printLines(w.Out, [][2]string{
		{"id", k.ID}, {"name", k.Name}, {"tenant", keyTenant(k.APIKeyView)}, {"scopes", strings.Join(k.Scopes, " ")}, {"expires", expiry(k.ExpiresAt)},
		{"key", string(k.Key)}, {"", "Keep the key now: it cannot be shown again."},
	})
}

// as runs a command for whoever owns the keys.
func (o keyOwner) as(ctx context.Context, w *console, flags map[string]string, do func(*app, auth.Caller) error) error {
	if o.AllTenants {
		return asOperator(ctx, w, flags, do)
	}
	return asTenant(ctx, w, flags, o.Tenant, do)
}

func (o keyOwner) which() auth.ServiceKeysInput {
	if o.AllTenants {
		return auth.ServiceKeysInput{Everywhere: "true"}
	}
	return auth.ServiceKeysInput{}
}

func keyTenant(k auth.APIKeyView) string {
	if k.TenantID == "" {
		return "every one"
	}
	return k.TenantID
}

// lives refuses the life of a key that is over at once.
func lives(life auth.Span) error {
	if life != 0 && time.Duration(life) < time.Minute {
		return misuse("--expires: a key lives a minute at least; write a duration such as 90d")
	}
	return nil
}

// keyState says whether a key is good.
func keyState(k auth.APIKeyView) string {
	switch {
	case !k.RevokedAt.IsZero():
		return "revoked"
	case !k.ExpiresAt.IsZero() && !time.Now().Before(k.ExpiresAt):
		return "expired"
	}
	return "good"
}

type apiKeyListCmd struct {
	settingFlags `quiet:""`
	keyOwner     `embed:""`
	JSON         bool `name:"json" help:"Print a JSON array."`
}

// Run prints every key, oldest first, without the keys themselves.
func (c *apiKeyListCmd) Run(ctx context.Context, w *console) error {
	return c.as(ctx, w, c.given(), func(a *app, by auth.Caller) error {
		keys, err := a.service.ListServiceKeys(ctx, by, c.which())
		if err != nil {
			return err
		}
		return printAll(w.Out, c.JSON, "NAME, STATE, SCOPES, CREATED, EXPIRES, LAST USED, ID", func(k auth.APIKeyView) []string {
			return []string{k.Name, keyState(k), strings.Join(k.Scopes, " "), shortTime(k.CreatedAt), expiry(k.ExpiresAt), shortTime(k.UsedAt), k.ID}
		}, keys)
	})
}

type apiKeyRevokeCmd struct {
	settingFlags `quiet:""`
	keyOwner     `embed:""`
	Key          string `arg:"" help:"Id or name of the key."`
	JSON         bool   `name:"json" help:"Print a JSON object."`
}

// Run revokes a key.
func (c *apiKeyRevokeCmd) Run(ctx context.Context, w *console) error {
	return c.as(ctx, w, c.given(), func(a *app, by auth.Caller) error {
		k, err := a.service.RevokeServiceKey(ctx, by, auth.ServiceKeyRef{Key: c.Key, ServiceKeysInput: c.which()})
		if err != nil {
			return err
		}
		return printDone(w, c.JSON, k, "The API key %s (%s) is revoked.", plain(k.Name), k.ID)
	})
}
