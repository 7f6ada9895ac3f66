package sql

import (
	"testing"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

// TestAFlagIsNotTakenForAnother: two in a millisecond are two.
func TestAFlagIsNotTakenForAnother(t *testing.T) {
	s := open(t, "flag.db")
	tenant := auth.Tenant{ID: "tenant", Slug: "tenant", Directory: "apart", Status: auth.TenantActive}
	if err := s.CreateTenant(t.Context(), tenant, auth.Directory{ID: "apart", Name: "tenant"}, auth.Space{}, auth.Note{}); err != nil {
		t.Fatal(err)
	}
	flag := func() time.Time {
		if err := s.FlagDirectory(t.Context(), "apart", epoch); err != nil {
			t.Fatal(err)
		}
		flagged, err := s.FlaggedDirectories(t.Context())
		if err != nil || len(flagged) != 1 {
			t.Fatalf("got %v, %v, want one", flagged, err)
		}
		return flagged["apart"]
	}
	first, second := flag(), flag()
	if !first.Equal(epoch) || !second.After(first) {
		t.Errorf("got %v, then %v, want another", first, second)
	}
	for _, c := range []struct {
		at   time.Time
		left int
	}{{first, 1}, {second, 0}} {
		if err := s.UnflagDirectory(t.Context(), "apart", c.at); err != nil {
			t.Fatal(err)
		}
		if flagged, err := s.FlaggedDirectories(t.Context()); err != nil || len(flagged) != c.left {
			t.Errorf("got %v, %v, want %d", flagged, err, c.left)
		}
	}
}
