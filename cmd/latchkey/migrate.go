package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/latchkey/latchkey/internal/auth"
)

// migrateCmd brings the schema of all databases up to date.
type migrateCmd struct{ settingFlags }

// Run migrates, each database under its lock, and says so. A tenant's that
// cannot be opened holds up no other; its error says which they were.
func (c *migrateCmd) Run(ctx context.Context, w *console) (err error) {
	s, _, err := loadSettings(modeTool, c.given(), w.Environ, w.Dir)
	if err != nil {
		return err
	}
	a := &app{settings: s}
	defer func() { err = errors.Join(err, a.Close()) }()
	if err := a.openStore(ctx, true); err != nil {
		return err
	}
	if _, err := fmt.Fprintln(w.Out, "the schema of", a.home, "is up to date"); err != nil {
		return err
	}
	done, failed := 0, 0
	open := a.home.opener(a.vault)
	err = a.eachDirectory(ctx, func(d auth.Directory) error {
		db, err := open(ctx, d, false)
		if err == nil {
			err = db.Close()
		}
		if err == nil {
			done++
			return nil
		}
		failed++
		_, err = fmt.Fprintf(w.Err, "directory %s (%s): %v\n", d.Name, d.ID, err)
		return err
	})
	if err != nil {
		return err
	}
	if done > 0 {
		if _, err := fmt.Fprintf(w.Out, "the schema of %d databases of tenants is up to date\n", done); err != nil {
			return err
		}
	}
	if failed > 0 {
		return fmt.Errorf("%d databases of tenants could not be brought up to date: restore them, and run latchkey migrate again", failed)
	}
	return nil
}

// eachDirectory calls do for every directory that has a database of its own.
func (a *app) eachDirectory(ctx context.Context, do func(auth.Directory) error) error {
	const page = 500
	for after := ""; ; {
		all, err := a.control.Directories(ctx, after, page)
		if err != nil {
			return err
		}
		for _, d := range all {
			after = d.ID
			if d.ID == auth.DefaultDirectory {
				continue
			}
			if err := do(d); err != nil {
				return err
			}
		}
		if len(all) < page {
			return nil
		}
	}
}
