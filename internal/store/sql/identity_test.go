package sql

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/latchkey/latchkey/internal/auth"
	"github.com/latchkey/latchkey/internal/store/storetest"
)

// TestADatabaseIsItsDirectorys: one that was exchanged for another's, or that is
// the control database, is refused as it is.
func TestADatabaseIsItsDirectorys(t *testing.T) {
	dir := t.TempDir()
	at := func(name, directory string, existing bool) Config {
		return Config{Path: filepath.Join(dir, name), Chain: storetest.Chain, Directory: directory, Existing: existing}
	}
	opens := func(c Config) error {
		s, err := Open(t.Context(), c)
		if err == nil {
			err = s.Close()
		}
		return err
	}
	for _, c := range []Config{at("one.db", "one", false), at("two.db", "two", false), at("control.db", "", false), at("one.db", "one", true), at("one.db", "one", false)} {
		if err := opens(c); err != nil {
			t.Fatalf("%+v: %v", c, err)
		}
	}
	s, err := Open(t.Context(), at("control.db", "", false))
	if err != nil {
		t.Fatal(err)
	}
	for _, slug := range []string{"a", "b"} {
		tenant := auth.Tenant{ID: slug, Slug: slug, Directory: slug, Status: auth.TenantActive}
		if err := s.CreateTenant(t.Context(), tenant, auth.Directory{ID: slug}, auth.Space{}, auth.Note{}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	body, err := os.ReadFile(filepath.Join(dir, "one.db"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "two.db"), body, 0o600); err != nil { // the wrong backup
		t.Fatal(err)
	}
	for _, c := range []Config{at("two.db", "two", true), at("two.db", "two", false), at("control.db", "a", true), at("control.db", "c", false)} {
		if err := opens(c); !errors.Is(err, errMisplaced) || !errors.Is(err, auth.ErrUnavailable) {
			t.Errorf("%s as %s: %v, want that it is another's", c.Path, c.Directory, err)
		}
	}
	if err := opens(at("two.db", "one", true)); err != nil {
		t.Errorf("what it is: %v", err)
	}
}
