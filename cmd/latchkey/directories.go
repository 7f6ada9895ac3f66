package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"unicode"

	"github.com/latchkey/latchkey/internal/auth"
	"github.com/latchkey/latchkey/internal/directory"
	"github.com/latchkey/latchkey/internal/limit"
	"github.com/latchkey/latchkey/internal/live"
	"github.com/latchkey/latchkey/internal/store/sql"
)

// places says where the databases of directories are: the control database is a
// file, and beside it is a folder for those of tenants. It is half of
// [auth.Directories].
type places struct {
	control string // path of the control database
}

// folder holds the files of tenants that have one of their own.
func (p places) folder() string { return strings.TrimSuffix(p.control, ".db") + ".tenants" }

// ownName is the name of a file in that folder: no path, nothing that SQLite or
// a lock keeps beside another file, and the same where letters have no case.
var ownName = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,99}\.db$`)

var (
	errOtherScheme = errors.New("must be sqlite:NAME.db: a tenant's database is of the kind of the deployment's own")
	errOwnName     = errors.New("must be sqlite:NAME.db, with a name of lower-case letters, digits, dots, dashes and underscores")
	errElsewhere   = errors.New("must be sqlite:NAME.db: only latchkey tenant create takes a path, such as sqlite:/data/acme.db")
	errControl     = errors.New("names the deployment's own database: leave it out to share that (and use DATABASE_URL to say where it is)")
	errPath        = errors.New("must be sqlite:NAME.db, or an absolute path that ends in .db, such as sqlite:/data/acme.db")
)

// Canonical implements [auth.Directories]: a name in the deployment's folder, or
// an absolute path elsewhere.
func (p places) Canonical(url auth.Secret, tenant string, anywhere bool) (string, error) {
	if url == "" {
		return "sqlite:" + tenant + ".db", nil
	}
	name, ok := strings.CutPrefix(url.Reveal(), "sqlite:")
	switch {
	case !ok:
		return "", errOtherScheme
	case name == filepath.Base(p.control):
		return "", errControl
	case ownName.MatchString(name):
		return "sqlite:" + name, nil
	case !strings.HasPrefix(name, "/"):
		return "", errOwnName
	case !anywhere:
		return "", errElsewhere
	}
	return p.elsewhere(filepath.Clean(name))
}

// elsewhere is the one spelling of an absolute path: links on the way are
// followed, so that two ways to one file are one directory.
func (p places) elsewhere(path string) (string, error) {
	path = resolved(path)
	name := filepath.Base(path)
	switch {
	case path == resolved(p.control):
		return "", nil
	case filepath.Dir(path) == resolved(p.folder()) && ownName.MatchString(name):
		return "sqlite:" + name, nil
	case len(name) <= len(".db") || filepath.Ext(name) != ".db" || len(path) > 1000 || strings.ContainsFunc(path, unicode.IsControl):
		return "", errPath
	}
	return "sqlite:" + path, nil
}

// resolved follows links as far as a path exists.
func resolved(path string) string {
	for rest := ""; ; {
		if real, err := filepath.EvalSymlinks(path); err == nil {
			return filepath.Join(real, rest)
		}
		parent := filepath.Dir(path)
		if parent == path {
			return filepath.Join(path, rest)
		}
		path, rest = parent, filepath.Join(filepath.Base(path), rest)
	}
}

// path is the file of a directory's own database.
func (p places) path(v *auth.Vault, d auth.Directory) (string, error) {
	if d.Sealed == nil {
		if !auth.ValidSlug(d.Name) { // it was checked when it was made: somebody wrote to the database by hand
			return "", fmt.Errorf("directory %s is called %q, which is no tenant's name", d.ID, d.Name)
		}
		return filepath.Join(p.folder(), d.Name+".db"), nil
	}
	url, err := v.DirectoryURL(d)
	if err != nil {
		return "", fmt.Errorf("directory %s: %w", d.ID, err)
	}
	name, _ := strings.CutPrefix(url.Reveal(), "sqlite:")
	if strings.HasPrefix(name, "/") {
		return name, nil
	}
	return filepath.Join(p.folder(), name), nil
}

func (p places) String() string { return p.control }

func (p places) open(ctx context.Context, v *auth.Vault, existing bool) (database, error) {
	s, err := sql.Open(ctx, sql.Config{Path: p.control, Chain: v.Chain, Existing: existing})
	if err != nil {
		return nil, err
	}
	return s, nil
}

func (p places) most() int { return 0 }

func (p places) kind() string { return "sqlite" }

// shared is nothing: whoever has the file open sees every commit, and one
// process serves.
func (p places) shared(database) (live.Bus, limit.Keeper) { return nil, nil }

// opener opens the databases of directories.
func (p places) opener(v *auth.Vault) func(context.Context, auth.Directory, bool) (directory.Database, error) {
	return func(ctx context.Context, d auth.Directory, create bool) (directory.Database, error) {
		path, err := p.path(v, d)
		if err != nil {
			return nil, err
		}
		s, err := sql.Open(ctx, sql.Config{Path: path, Chain: v.Chain, Existing: !create, Directory: d.ID, Readers: tenantReaders})
		if err != nil {
			return nil, err
		}
		return s, nil
	}
}

// tenantReaders bounds the connections that read a tenant's own database:
// thousands of them are open at once.
const tenantReaders = 2

// missing says why the file of a directory's own database cannot be used; nil
// when it is there.
func missing(path string) error {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return errors.New("is missing")
	case err != nil:
		return err
	case !info.Mode().IsRegular():
		return errors.New("is no file")
	}
	return nil
}
