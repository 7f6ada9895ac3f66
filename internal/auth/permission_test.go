package auth_test

import (
	"slices"
	"testing"
)

// TestPermissionsOfTheSeatAreInTheToken: guards in other services read them
// there.
func TestPermissionsOfTheSeatAreInTheToken(t *testing.T) {
	w, id := joined(t)
	w.addRole(t, home, "clerk", "orders:read", "orders:write")
	w.seats(t, id, w.main(t, home, "clerk"))
	claims, err := w.Verifier.Verify(string(w.login(t, "ann.lee").AccessToken))
	must(t, err)
	if want := []string{"orders:read", "orders:write"}; claims.Role != "clerk" || !slices.Equal(claims.Permissions, want) {
		t.Errorf("role %q with permissions %q, want clerk with %q", claims.Role, claims.Permissions, want)
	}
}
