package sql

import (
	"context"
	"io/fs"
	"slices"

	"github.com/pressly/goose/v3"
)

// versions is the table in which the migrations are counted.
const versions = "goose_db_version"

// Schema is the state of the migrations.
type Schema struct {
	Have    int64 // the newest migration in the database; 0: none
	Known   int64 // the newest that this program knows
	Missing []string
	Foreign bool // there are tables, and they are not ours
}

// Schema compares the migrations in the database with those of the program.
func (i *Inspection) Schema(ctx context.Context) (Schema, error) {
	tables, err := column[string](ctx, i.reads, i.look.tables)
	if err != nil {
		return Schema{}, err
	}
	s := Schema{Foreign: foreign(tables)}
	applied := map[int64]bool{}
	if len(tables) > 0 && !s.Foreign {
		done, err := column[int64](ctx, i.reads, "SELECT version_id FROM goose_db_version WHERE is_applied")
		if err != nil {
			return Schema{}, err
		}
		for _, v := range done {
			applied[v], s.Have = true, max(s.Have, v)
		}
	}
	files, err := fs.Glob(i.dialect.migrations, "*.sql")
	for _, name := range files { // sorted
		version, err := goose.NumericComponent(name)
		if err != nil {
			return Schema{}, err
		}
		s.Known = max(s.Known, version)
		if !applied[version] {
			s.Missing = append(s.Missing, name)
		}
	}
	return s, err
}

// ourTables are those by which a database is known to be ours.
var ourTables = []string{versions, "tenants", "users", "sessions", "audit_events"}

// foreign tells of a database's tables whether they are another program's. Ours
// has those of the first migration, or, when that was cut off, only the one that
// counts migrations. Others beside them are nobody's business: what copies a
// database to elsewhere keeps some.
func foreign(tables []string) bool {
	if len(tables) == 0 || len(tables) == 1 && tables[0] == versions {
		return false
	}
	for _, ours := range ourTables {
		if !slices.Contains(tables, ours) {
			return true
		}
	}
	return false
}
