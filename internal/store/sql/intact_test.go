package sql

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/latchkey/latchkey/internal/store/storetest"
)

// TestAFileThatWasTakenAwayIsMissed, and one that was put in its place.
func TestAFileThatWasTakenAwayIsMissed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.db")
	s, err := Open(t.Context(), Config{Path: path, Chain: storetest.Chain})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.Intact(); err != nil {
		t.Errorf("as it was opened: %v", err)
	}
	if err := os.Rename(path, path+".away"); err != nil {
		t.Fatal(err)
	}
	if s.Intact() == nil {
		t.Error("a file that is gone is not missed")
	}
	if err := os.WriteFile(path, []byte("another"), 0o600); err != nil {
		t.Fatal(err)
	}
	if s.Intact() == nil {
		t.Error("another file passes for it")
	}
	if err := os.Rename(path+".away", path); err != nil {
		t.Fatal(err)
	}
	if err := s.Intact(); err != nil {
		t.Errorf("put back: %v", err)
	}
}
