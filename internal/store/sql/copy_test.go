package sql_test

import (
	"path/filepath"
	"testing"

	"github.com/latchkey/latchkey/internal/store/sql"
	"github.com/latchkey/latchkey/internal/store/storetest"
	"github.com/latchkey/latchkey/internal/testserver"
)

func TestRows(t *testing.T) {
	storetest.RunRows(t, func(t *testing.T) storetest.Copied {
		return openCopied(t, sql.Config{Path: filepath.Join(t.TempDir(), "store.db"), Chain: storetest.Chain})
	})
}

func TestPostgresRows(t *testing.T) {
	storetest.RunRows(t, func(t *testing.T) storetest.Copied {
		return openCopied(t, sql.Config{URL: testserver.Postgres(t), Chain: storetest.Chain})
	})
}

func openCopied(t *testing.T, c sql.Config) *sql.Store {
	t.Helper()
	s, err := sql.Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error("close:", err)
		}
	})
	return s
}
