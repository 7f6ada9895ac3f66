package main

import (
	"context"
	"errors"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
	"github.com/latchkey/latchkey/internal/live"
)

// keysCmd looks after the keys that sign access tokens.
type keysCmd struct {
	List   keysListCmd   `cmd:"" help:"List the signing keys."`
	Rotate keysRotateCmd `cmd:"" help:"Make a new signing key; the old one verifies until its last token has expired."`
}

type keysListCmd struct {
	settingFlags
	JSON bool `name:"json" xor:"form" help:"Print a JSON array."`
	PEM  bool `name:"pem" xor:"form" help:"Print the public keys in PEM, for verifiers that fetch no JWKS."`
}

// Run prints the keys, oldest first.
func (c *keysListCmd) Run(ctx context.Context, w *console) error {
	return withKeys(ctx, w, c.given(), func(keys *auth.KeyRing) error {
		if c.PEM {
			return printPEM(w, keys)
		}
		return printKeys(w, c.JSON, keys.List())
	})
}

type keysRotateCmd struct {
	settingFlags
	Now  bool `help:"Sign with the new key at once, instead of after the ten minutes in which guards learn of it."`
	JSON bool `name:"json" help:"Print a JSON array."`
}

// Run adds a key and prints all of them.
func (c *keysRotateCmd) Run(ctx context.Context, w *console) error {
	return withKeys(ctx, w, c.given(), func(keys *auth.KeyRing) error {
		if _, err := keys.Rotate(ctx, c.Now); err != nil {
			if errors.Is(err, auth.ErrTaken) {
				return errors.New("another process is rotating the keys: look with latchkey keys list")
			}
			return err
		}
		return printKeys(w, c.JSON, keys.List())
	})
}

// withKeys opens the deployment's key ring, beside a running server or not. A
// server sees what was changed within two seconds.
func withKeys(ctx context.Context, w *console, flags map[string]string, do func(*auth.KeyRing) error) error {
	return withStore(ctx, w, flags, func(a *app) error {
		if err := a.openShared(ctx); err != nil {
			return err
		}
		if err := a.openKeys(); err != nil {
			return err
		}
		// What is due or over is the server's to decide, whose settings these may not be.
		if err := a.keys.Load(ctx); err != nil {
			return err
		}
		if err := do(a.keys); err != nil {
			return err
		}
		if a.bus == nil {
			return a.control.Alarm(ctx)
		}
		live.New(a.liveConfig(false)).TellOthers() // to load the keys
		return nil
	})
}

// printPEM prints the keys that verify, each in a block of its own.
func printPEM(w *console, keys *auth.KeyRing) error {
	published := keys.Published()
	if len(published) == 0 {
		return errors.New("there is no public key: with JWT_SECRET, whoever verifies needs the secret")
	}
	for _, k := range published {
		text, err := k.PEM()
		if err != nil {
			return err
		}
		if _, err := w.Out.Write(text); err != nil {
			return err
		}
	}
	return nil
}

func printKeys(w *console, asJSON bool, keys []auth.KeyInfo) error {
	if asJSON {
		return printJSON(w.Out, keys)
	}
	columns := tabwriter.NewWriter(w.Out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(columns, "KID\tALGORITHM\tSTATE\tSIGNS FROM\tGONE AFTER")
	for _, k := range keys {
		fmt.Fprintf(columns, "%s\t%s\t%s\t%s\t%s\n", k.ID, k.Algorithm, k.State, shortTime(k.SignsFrom), shortTime(k.GoneAfter))
	}
	return columns.Flush()
}

func shortTime(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.UTC().Format(time.RFC3339)
}
