package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

// operatorCmd looks after the keys of operators.
type operatorCmd struct {
	Create operatorCreateCmd `cmd:"" help:"Make a key and print it, this once."`
	List   operatorListCmd   `cmd:"" help:"List the keys."`
	Revoke operatorRevokeCmd `cmd:"" help:"Revoke a key; the next request with it is refused."`
}

type operatorCreateCmd struct {
	settingFlags `quiet:""`
	Name         string    `required:"" placeholder:"TEXT" help:"What the key is called, such as the program that uses it."`
	Expires      auth.Span `placeholder:"SPAN" help:"After how long the key is good no more, such as 90d; never when left out."`
	JSON         bool      `name:"json" help:"Print a JSON object."`
}

// Validate refuses a key that is over when it is made.
func (c *operatorCreateCmd) Validate() error {
	return lives(c.Expires)
}

// Run makes a key and prints it. Nobody can print it again.
func (c *operatorCreateCmd) Run(ctx context.Context, w *console) error {
	return asOperator(ctx, w, c.given(), func(a *app, by auth.Caller) error {
		k, err := a.service.CreateOperatorKey(ctx, by, c.Name, time.Duration(c.Expires))
		if err != nil {
			return err
		}
		err = c.print(w, k)
		if err != nil { // nobody has it: it must not be good
			_, revoked := a.service.RevokeOperatorKey(ctx, by, k.ID)
			err = errors.Join(fmt.Errorf("the key could not be printed, so it was revoked: %w", err), revoked)
		}
		return err
	})
}

func (c *operatorCreateCmd) print(w *console, k auth.NewAPIKey) error {
	if c.JSON {
		return printJSON(w.Out, k)
	}
	return printLines(w.Out, [][2]string{
		{"id", k.ID}, {"name", k.Name}, {"expires", expiry(k.ExpiresAt)},
		{"key", string(k.Key)}, {"", "Keep the key now: it cannot be shown again."},
	})
}

func expiry(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return shortTime(t)
}

type operatorListCmd struct {
	settingFlags `quiet:""`
	JSON         bool `name:"json" help:"Print a JSON array."`
}

// Run prints every key, oldest first, without the keys themselves.
func (c *operatorListCmd) Run(ctx context.Context, w *console) error {
	return asOperator(ctx, w, c.given(), func(a *app, by auth.Caller) error {
		keys, err := a.service.ListOperatorKeys(ctx, by)
		if err != nil {
			return err
		}
		return printAll(w.Out, c.JSON, "NAME, STATE, CREATED, EXPIRES, LAST USED, ID", func(k auth.APIKeyView) []string {
			return []string{k.Name, keyState(k), shortTime(k.CreatedAt), expiry(k.ExpiresAt), shortTime(k.UsedAt), k.ID}
		}, keys)
	})
}

type operatorRevokeCmd struct {
	settingFlags `quiet:""`
	Key          string `arg:"" help:"Id or name of the key."`
	JSON         bool   `name:"json" help:"Print a JSON object."`
}

// Run revokes a key.
func (c *operatorRevokeCmd) Run(ctx context.Context, w *console) error {
	return asOperator(ctx, w, c.given(), func(a *app, by auth.Caller) error {
		k, err := a.service.RevokeOperatorKey(ctx, by, c.Key)
		if err != nil {
			return err
		}
		return printDone(w, c.JSON, k, "The operator key %s (%s) is revoked.", plain(k.Name), k.ID)
	})
}
