package sql

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/pressly/goose/v3"
)

// migrate brings the schema up to date. The caller holds the lock. The
// migrations of a fresh file go to the disk together: nobody knows of it yet, and
// one that is lost half-way is made again.
func migrate(ctx context.Context, db *sql.DB, d dialect, fresh bool) error {
	if !fresh {
		return up(ctx, db, d)
	}
	if _, err := db.ExecContext(ctx, d.hasten); err != nil {
		return err
	}
	if err := up(ctx, db, d); err != nil {
		return err
	}
	for _, step := range d.settle {
		if _, err := db.ExecContext(ctx, step); err != nil {
			return err
		}
	}
	return nil
}

// up runs the migrations that are missing.
func up(ctx context.Context, db *sql.DB, d dialect) error {
	p, err := goose.NewProvider(d.goose, db, d.migrations,
		goose.WithDisableGlobalRegistry(true), goose.WithLogger(goose.NopLogger()))
	if err != nil {
		return fmt.Errorf("read the migrations: %w", err)
	}
	have, known, err := p.GetVersions(ctx)
	if err != nil {
		return fmt.Errorf("read the version of the schema: %w", err)
	}
	if have > known {
		return fmt.Errorf("the database has schema version %d, this program knows %d: start a newer release", have, known)
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("migrate the schema: %w", err)
	}
	return nil
}
