package main

import (
	"context"
	"fmt"
)

// migrateCmd brings the schema up to date.
type migrateCmd struct{ settingFlags }

// Run migrates under the store's lock and says so.
func (c *migrateCmd) Run(ctx context.Context, w *console) error {
	s, _, err := loadSettings(modeTool, c.given(), w.Environ, w.Dir)
	if err != nil {
		return err
	}
	a := &app{settings: s}
	if _, err := a.openStore(ctx); err != nil {
		return err
	}
	if err := a.Close(); err != nil {
		return err
	}
	_, err = fmt.Fprintln(w.Out, "the schema of", s.DatabasePath, "is up to date")
	return err
}
