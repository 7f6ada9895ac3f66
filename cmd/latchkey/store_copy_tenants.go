package main

import (
	"context"
	"errors"
	"strings"

	"github.com/latchkey/latchkey/internal/auth"
)

// unsealing says which directories are given up a place of their own: those
// whose place means nothing to the new home, since it is of another kind, and,
// where that is asked for, all. nil: none.
func (m *removal) unsealing(all bool) func(auth.Directory) (bool, error) {
	from, to := schemeOf(m.from), schemeOf(m.to)
	if from == to && !all {
		return nil
	}
	return func(d auth.Directory) (bool, error) {
		if all {
			return true, nil
		}
		url, err := m.vault.DirectoryURL(d)
		return !strings.HasPrefix(url.Reveal(), to+":"), err
	}
}

// schemeOf is what the places of tenants' databases begin with.
func schemeOf(s Settings) string {
	scheme, _, _ := strings.Cut(s.DatabaseURL.Reveal(), ":")
	switch {
	case scheme == "":
		return "sqlite"
	case strings.HasPrefix(scheme, "postgres"):
		return schemePostgres
	}
	return "mongodb"
}

// place returns a directory with the place that it has in the new home.
func (m *removal) place(d auth.Directory) (auth.Directory, error) {
	if m.unseals == nil || d.Sealed == nil {
		return d, nil
	}
	gives, err := m.unseals(d)
	if gives {
		d.Sealed = nil
	}
	return d, err
}

// carryDirectory opens a directory's own database at both ends.
func (m *removal) carryDirectory(ctx context.Context, d auth.Directory, carry func(from, to any) error) (err error) {
	from, err := m.from.home().opener(m.vault)(ctx, d, false)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, from.Close()) }()
	moved, err := m.place(d)
	if err != nil {
		return err
	}
	to, err := m.to.home().opener(m.vault)(ctx, moved, true)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, to.Close()) }()
	return carry(from, to)
}

// eachDirectory calls do for every directory that has a database of its own.
func (m *removal) eachDirectory(ctx context.Context, do func(auth.Directory) error) error {
	return (&app{control: m.source}).eachDirectory(ctx, do)
}

// unsealed is a store whose directories are given up their own places.
type unsealed struct {
	of      auth.Rows
	unseals func(auth.Directory) (bool, error)
}

var _ auth.Rows = unsealed{}

// Rows implements [auth.Rows].
func (u unsealed) Rows(ctx context.Context, kind, after string, max int) ([]auth.Row, error) {
	rows, err := u.of.Rows(ctx, kind, after, max)
	if err != nil || kind != auth.RowDirectories {
		return rows, err
	}
	for i, r := range rows {
		d, err := r.Directory()
		if err != nil {
			return nil, err
		}
		if d.Sealed == nil {
			continue
		}
		gives, err := u.unseals(d)
		if err != nil {
			return nil, err
		}
		if !gives {
			continue
		}
		d.Sealed = nil
		if rows[i], err = auth.DirectoryRow(d); err != nil {
			return nil, err
		}
	}
	return rows, nil
}

// PutRows implements [auth.Rows].
func (u unsealed) PutRows(ctx context.Context, rows []auth.Row) error { return u.of.PutRows(ctx, rows) }

// DropRows implements [auth.Rows].
func (u unsealed) DropRows(ctx context.Context, kind string, keys []string) error {
	return u.of.DropRows(ctx, kind, keys)
}
