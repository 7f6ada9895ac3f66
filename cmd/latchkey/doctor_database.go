package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"github.com/latchkey/latchkey/internal/store/sql"
)

// checkDatabase looks at the file, or the server, and what is in it. It makes
// none and migrates nothing.
func checkDatabase(ctx context.Context, p *patient) []finding {
	if p.served() {
		return checkServer(ctx, p)
	}
	path := p.settings.DatabasePath
	folder := checkFolder(p)
	switch {
	case p.fresh() && folder == nil:
		return []finding{ok("there is none yet at %s; the first start makes it", path)}
	case p.fresh():
		return folder
	case p.dbErr != nil:
		return append(folder, fail(fmt.Sprintf("%s does not open: %v", path, p.dbErr), mendOpen(p.dbErr)))
	}
	schema, err := p.db.Schema(ctx)
	if err == nil && schema.Foreign {
		return append(folder, fail(path+" is another program's database", "name another file with DATABASE_URL"))
	}
	found := append(folder, checkSchema(path, schema, err)...)
	found = append(found, checkWhole(ctx, p)...)
	found = append(found, checkWrites(ctx, p)...)
	return append(found, checkModes(ctx, p)...)
}

// checkFolder says why files could not be made beside the database; nil when
// they can.
func checkFolder(p *patient) []finding {
	if err := p.kernel.access(p.folder()); err != nil && !errors.Is(err, errUnknown) {
		return []finding{fail(fmt.Sprintf("nothing can be written in %s: %v", p.folder(), err), "make the folder writable for this user, or choose another with DATABASE_URL")}
	}
	return nil
}

func mendOpen(err error) string {
	switch text := err.Error(); {
	case errors.Is(err, fs.ErrPermission) || strings.Contains(text, "unable to open"):
		return "let this user read and write the file and its folder, or run doctor as the user that serves"
	case strings.Contains(text, "not a database"):
		return "DATABASE_URL names a file that is not SQLite's: name another, or restore a backup"
	case strings.Contains(text, "malformed"):
		return mendDamage
	}
	return "name another file with DATABASE_URL, or restore a backup"
}

const mendDamage = "stop the server, keep a copy of the file with its -wal, and restore a backup; look at the disk before you do"

func checkSchema(path string, s sql.Schema, err error) []finding {
	switch {
	case err != nil:
		return []finding{fail("the schema's version cannot be read: "+err.Error(), mendOpen(err))}
	case s.Have > s.Known:
		return []finding{fail(
			fmt.Sprintf("%s has schema version %d, this program knows %d", path, s.Have, s.Known),
			"this binary is too old for the database: use the release that migrated it, or a newer one")}
	case len(s.Missing) > 0:
		return []finding{warn(
			fmt.Sprintf("%s has schema version %d of %d; missing: %s", path, s.Have, s.Known, strings.Join(s.Missing, ", ")),
			"run latchkey migrate, or start the service, which does the same")}
	}
	return []finding{ok("%s has schema version %d, which is this program's", path, s.Have)}
}

// checkWhole reads the file through, as far as time allows.
func checkWhole(ctx context.Context, p *patient) []finding {
	const patience = 10 * time.Second
	limited, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	wrong, err := p.db.QuickCheck(limited)
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return []finding{ok("nothing damaged was found in %s, after which the search was left", patience)}
	case err != nil:
		return []finding{fail("the file could not be read through: "+err.Error(), mendDamage)}
	case len(wrong) > 0:
		return []finding{fail("the file is damaged: "+strings.Join(wrong, "; "), mendDamage)}
	}
	return []finding{ok("nothing in the file is damaged")}
}

// checkWrites tries a write that is taken back.
func checkWrites(ctx context.Context, p *patient) []finding {
	err := p.db.TryWrite(ctx)
	switch {
	case err == nil:
		return []finding{ok("the database can be written")}
	case strings.Contains(err.Error(), "readonly"):
		return []finding{fail("the database can only be read: "+err.Error(), "give the user that serves the right to write the file, its -wal and its folder; see that the file system is not mounted read-only")}
	case strings.Contains(err.Error(), "locked"):
		return []finding{fail("another process has been writing all the while: "+err.Error(), "look who has the file open (fuser, lsof): a backup tool or a shell with an open transaction")}
	}
	return []finding{fail("the database cannot be written: "+err.Error(), "look at the disk and the system's log")}
}

// checkModes looks at what makes an acknowledged write survive a power cut.
func checkModes(ctx context.Context, p *patient) []finding {
	journal, durable, err := p.db.Modes(ctx)
	switch {
	case err != nil:
		return []finding{fail("the journal's mode cannot be read: "+err.Error(), mendOpen(err))}
	case !durable:
		return []finding{fail("commits do not wait for the disk (synchronous is not FULL): a power cut would lose them", "this binary was built from changed sources: use a released one")}
	case journal != "wal":
		return []finding{warn("the journal's mode is "+journal+", not wal, as after a restore or by another program", "run latchkey migrate, or start the service: both set it")}
	}
	return []finding{ok("commits are in the write-ahead log and on disk before they are acknowledged")}
}
