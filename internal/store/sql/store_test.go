package sql_test

import (
	"path/filepath"
	"testing"

	"github.com/latchkey/latchkey/internal/auth"
	"github.com/latchkey/latchkey/internal/store/sql"
	"github.com/latchkey/latchkey/internal/store/storetest"
)

func TestStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T) auth.Store {
		s, err := sql.Open(t.Context(), sql.Config{Path: filepath.Join(t.TempDir(), "store.db"), Chain: storetest.Chain})
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
