package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/latchkey/latchkey/internal/auth"
	"github.com/latchkey/latchkey/internal/ferry"
)

// storeCmd looks after the databases of a deployment.
type storeCmd struct {
	Copy storeCopyCmd `cmd:"" help:"Copy everything into another database, of any kind; sessions go on there."`
}

type storeCopyCmd struct {
	settingFlags `leave:"DATABASE_URL" quiet:""`
	From         string `placeholder:"URL" help:"Where the data is; DATABASE_URL when left out."`
	To           string `required:"" placeholder:"URL" help:"Where it is to go: a database that is empty, or that an earlier copy of the same deployment went to and nobody has used since."`
	MoveTenants  bool   `help:"Bring also those databases of tenants that have a place of their own (tenant create --database-url) to where the new deployment keeps its tenants'."`
	JSON         bool   `name:"json" help:"Print a JSON array."`
}

// Help is printed below the flags.
func (storeCopyCmd) Help() string {
	return `Stop all servers first, or copy twice: once while they run, which takes the time, and once
when they are stopped, which takes over what has changed since. A copy that was interrupted
goes on where it was when it is run again. At the end both sides are read again and compared.

The master key is the same on both sides. A database of a tenant's own is copied, too, each
into one of its own beside the new deployment's. One that has a place of its own keeps it where
that means something to the new deployment; see --move-tenants.`
}

// Run copies, and prints what there is on both sides.
func (c *storeCopyCmd) Run(ctx context.Context, w *console) (err error) {
	base, _, err := loadSettings(modeTool, c.given(), w.Environ, w.Dir)
	if err != nil {
		return err
	}
	move, err := newRemoval(base, c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, move.Close()) }()
	if err := move.open(ctx); err != nil {
		return err
	}
	shown := newShipping(w.Err)
	all, failed, err := move.carryAll(ctx, shown)
	shown.end()
	if len(all) > 0 {
		if printErr := printCopied(w.Out, c.JSON, all); printErr != nil {
			return errors.Join(err, printErr)
		}
	}
	if failed > 0 && err == nil {
		err = fmt.Errorf("%d databases of tenants could not be copied: see above, and run it again", failed)
	}
	return err
}

// copiedDatabase is what came of one database.
type copiedDatabase struct {
	name  string
	loads []ferry.Load
}

// carryAll copies the deployment's own database, and then those of tenants. One
// of those that cannot be copied holds up no other.
func (m *removal) carryAll(ctx context.Context, shown *shipping) (all []copiedDatabase, failed int, err error) {
	carry := func(name string, from, to any) error {
		have, ok := from.(auth.Rows)
		there, also := to.(auth.Rows)
		if !ok || !also {
			return errors.New("databases of this kind cannot be copied in this version")
		}
		if m.unseals != nil {
			have = unsealed{of: have, unseals: m.unseals}
		}
		loads, err := ferry.Copy(ctx, have, there, ferry.Config{Progress: shown.of(name)})
		if loads != nil {
			all = append(all, copiedDatabase{name, loads})
		}
		return err
	}
	if err := carry("deployment", m.source, m.target); err != nil {
		return all, 0, err
	}
	err = m.eachDirectory(ctx, func(d auth.Directory) error {
		err := m.carryDirectory(ctx, d, func(from, to any) error { return carry(d.Name, from, to) })
		if err == nil || ctx.Err() != nil {
			return err
		}
		failed++
		shown.tell(fmt.Sprintf("directory %s (%s): %v", d.Name, d.ID, err))
		return nil
	})
	return all, failed, err
}
