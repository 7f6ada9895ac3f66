package main

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/latchkey/latchkey/internal/auth"
)

func TestDatabasesOfTenantsHaveOneSpelling(t *testing.T) {
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	p := places{control: filepath.Join(dir, "data", "latchkey.db")}
	for _, folder := range []string{"data", "data/latchkey.tenants", "else"} {
		if err := os.MkdirAll(filepath.Join(dir, folder), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(filepath.Join(dir, "data"), filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	for url, want := range map[string]string{
		"":                                                 "sqlite:acme.db",
		"sqlite:acme.db":                                   "sqlite:acme.db",
		"sqlite:a.b-c_d.db":                                "sqlite:a.b-c_d.db",
		"sqlite:" + dir + "/else/Acme.db":                  "sqlite:" + dir + "/else/Acme.db",
		"sqlite:/" + dir + "/else/../else/a.db":            "sqlite:" + dir + "/else/a.db",
		"sqlite:" + dir + "/new/folder/a.db":               "sqlite:" + dir + "/new/folder/a.db",
		"sqlite:" + dir + "/data/latchkey.db":              "",
		"sqlite:" + dir + "/link/latchkey.db":              "",
		"sqlite:" + dir + "/link/latchkey.tenants/acme.db": "sqlite:acme.db",
	} {
		got, err := p.Canonical(auth.Secret(url), "acme", true)
		if got != want || err != nil {
			t.Errorf("%q: got %q, %v; want %q", url, got, err, want)
		}
	}
}

func TestDatabasesOfTenantsStayWhereTheyBelong(t *testing.T) {
	p := places{control: filepath.Join(t.TempDir(), "latchkey.db")}
	for url, want := range map[string]error{
		"postgres://user:c4n4ry@db/acme": errOtherScheme,
		"acme.db":                        errOtherScheme,
		"sqlite:":                        errOwnName,
		"sqlite:../acme.db":              errOwnName,
		"sqlite:sub/acme.db":             errOwnName,
		`sqlite:sub\acme.db`:             errOwnName,
		"sqlite:acme.db.lock":            errOwnName,
		"sqlite:acme.db-wal":             errOwnName,
		"sqlite:.db":                     errOwnName,
		"sqlite:Acme.db":                 errOwnName,
		"sqlite:acme.db\n":               errOwnName,
		"sqlite:acme.db?mode=ro":         errOwnName,
		"sqlite:/data/acme":              errPath,
		"sqlite:/data/.db":               errPath,
		"sqlite:/data/acme.db-wal":       errPath,
		"sqlite:/data/\n.db":             errPath,
	} {
		if got, err := p.Canonical(auth.Secret(url), "acme", true); !errors.Is(err, want) {
			t.Errorf("%q: got %q, %v; want %v", url, got, err, want)
		}
	}
	if got, err := p.Canonical("sqlite:/data/acme.db", "acme", false); !errors.Is(err, errElsewhere) {
		t.Errorf("a path by HTTP: got %q, %v; want %v", got, err, errElsewhere)
	}
}

func TestFilesOfDirectories(t *testing.T) {
	vault, err := auth.NewVault(make([]byte, auth.MasterKeySize))
	if err != nil {
		t.Fatal(err)
	}
	p := places{control: "/data/latchkey.db"}
	got, err := p.path(vault, auth.Directory{ID: "x", Name: "acme"})
	if want := "/data/latchkey.tenants/acme.db"; got != want || err != nil {
		t.Errorf("got %q, %v; want %q", got, err, want)
	}
	if got, err := p.path(vault, auth.Directory{ID: "x", Name: "../acme"}); err == nil {
		t.Errorf("a name that climbs out is the file %q", got)
	}
	if got, err := p.path(vault, auth.Directory{ID: "x", Name: "acme", Sealed: []byte("not sealed by this key, nor by any other")}); err == nil {
		t.Errorf("what does not open is the file %q", got)
	}
}
