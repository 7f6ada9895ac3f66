package auth_test

import (
	"slices"
	"testing"

	"github.com/latchkey/latchkey/internal/auth"
)

// TestPermissionsOfTheSeatAreInTheToken: guards in other services read them
// there.
func TestPermissionsOfTheSeatAreInTheToken(t *testing.T) {
	w, id := joined(t)
	home := w.tenant(t, home)
	w.seats(id, auth.Seat{Tenant: home.ID, Space: w.space(t, home.Slug).ID, Role: "clerk", Permissions: []string{"orders:read", "orders:write"}, Main: true})
	claims, err := w.Verifier.Verify(string(w.login(t, "ann.lee").AccessToken))
	must(t, err)
	if want := []string{"orders:read", "orders:write"}; claims.Role != "clerk" || !slices.Equal(claims.Permissions, want) {
		t.Errorf("role %q with permissions %q, want clerk with %q", claims.Role, claims.Permissions, want)
	}
}
