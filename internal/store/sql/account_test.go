package sql

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/latchkey/latchkey/internal/auth"
)

func TestSeatsHaveTheirRolesPermissions(t *testing.T) {
	s := open(t, "roles.db")
	u, seat := newUser("ann")
	seat.Role = "clerk"
	err := aside1(s, `INSERT INTO roles (directory, tenant_id, name, permissions, created_at, updated_at) VALUES
		('default', 'tenant', 'clerk', '["invoice:read","invoice:write"]', 0, 0),
		('default', 'other', 'clerk', '["everything"]', 0, 0)`)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.CreateUser(t.Context(), u, seat, auth.Note{}); err != nil {
		t.Fatal(err)
	}
	a, err := s.Account(t.Context(), dir, u.ID)
	if err != nil {
		t.Fatal(err)
	}
	seat.Permissions = []string{"invoice:read", "invoice:write"}
	if diff := cmp.Diff([]auth.Seat{seat}, a.Seats); diff != "" {
		t.Errorf("seats (-want +got):\n%s", diff)
	}
}

func TestAUserHasOneMainSeat(t *testing.T) {
	s := open(t, "main.db")
	addUser(t, s, "ann")
	insert := "INSERT INTO memberships (directory, user_id, tenant_id, space_id, role, main) VALUES ('default', 'user-ann', 't', 's', 'user', "
	if err := aside1(s, insert+"1)"); err == nil {
		t.Error("a second main seat was accepted")
	}
	if err := aside1(s, insert+"0)"); err != nil {
		t.Errorf("a second seat: %v", err)
	}
}
