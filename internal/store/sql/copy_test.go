package sql_test

import (
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/latchkey/latchkey/internal/ferry"
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

// TestACopyGoesThroughBothDatabases and comes back as it went.
func TestACopyGoesThroughBothDatabases(t *testing.T) {
	first := openCopied(t, sql.Config{Path: filepath.Join(t.TempDir(), "first.db"), Chain: storetest.Chain})
	server := openCopied(t, sql.Config{URL: testserver.Postgres(t), Chain: storetest.Chain})
	last := openCopied(t, sql.Config{Path: filepath.Join(t.TempDir(), "last.db"), Chain: storetest.Chain})
	storetest.Fill(t, first)
	there, err := ferry.Copy(t.Context(), first, server, ferry.Config{Page: 3})
	if err != nil {
		t.Fatal(err)
	}
	back, err := ferry.Copy(t.Context(), server, last, ferry.Config{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(there, back); diff != "" {
		t.Errorf("what was carried there and back (-there +back):\n%s", diff)
	}
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
