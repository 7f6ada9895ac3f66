package auth_test

import (
	"strings"
	"testing"

	"github.com/latchkey/latchkey/internal/auth"
)

// TestADefaultTenantThatIsGoneStopsTheStart, by a command of somebody with other
// settings, say: its name is never used again, so somebody has to choose.
func TestADefaultTenantThatIsGoneStopsTheStart(t *testing.T) {
	w := newWorld(t)
	must(t, w.Bootstrap(t.Context()))
	_, err := w.store.UpdateTenant(t.Context(), w.tenant(t, home).ID, func(v *auth.Tenant) error {
		v.DeletedAt = w.clock.Now()
		return nil
	}, auth.Note{})
	must(t, err)
	if err := w.Bootstrap(t.Context()); err == nil || !strings.Contains(err.Error(), "DEFAULT_TENANT") {
		t.Errorf("got %v, want the setting to change", err)
	}
}
