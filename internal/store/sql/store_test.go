package sql_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/latchkey/latchkey/internal/auth"
	"github.com/latchkey/latchkey/internal/store/sql"
	"github.com/latchkey/latchkey/internal/store/storetest"
)

func TestStore(t *testing.T) {
	fresh := newFile(t)
	storetest.Run(t, func(t *testing.T) auth.Store {
		path := filepath.Join(t.TempDir(), "store.db")
		if err := os.WriteFile(path, fresh, 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := sql.Open(t.Context(), sql.Config{Path: path, Chain: storetest.Chain})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := s.Close(); err != nil {
				t.Error("close:", err)
			}
		})
		return s
	})
}

// newFile is a database in which there is nothing yet. To copy it saves every
// promise the migrations, which have tests of their own.
func newFile(t *testing.T) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "new.db")
	s, err := sql.Open(t.Context(), sql.Config{Path: path, Chain: storetest.Chain})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return file
}
