package seeds

import (
	"slices"

	"github.com/latchkey/latchkey/internal/auth"
)

// prismaRoles are the roles of the seed. An ADMIN there has to do with one
// space; who is an admin here runs the whole tenant.
var prismaRoles = map[string]string{
	"USER":        auth.RoleUser,
	"ADMIN":       auth.RoleManager,
	"SUPER_ADMIN": auth.RoleAdmin,
}

// addSeats takes the memberships of a user, the main ones first. Without any
// that counts the user may do nothing in the seed, and is not taken.
func addSeats(r *Row[auth.ImportedAccount], all []seatRow) {
	for _, one := range all {
		from := Origin{"tenants", one.ID}
		role, known := prismaRoles[one.Role]
		there := func(s auth.ImportedSeat) bool { return s.Space == one.Space }
		switch {
		case one.Removed:
			r.leave(from, "", "")
		case one.SpaceGone:
			r.leave(from, "space_id", "is that of a space that is deleted")
		case one.RoleRemoved:
			r.leave(from, "role_id", "is that of a role that is deleted")
		case !known:
			r.leave(from, "role_id", "must be that of USER, ADMIN or SUPER_ADMIN")
		case slices.ContainsFunc(r.Value.Seats, there):
			r.leave(from, "space_id", "is that of another membership of the user, which counts")
		default:
			if one.Main && len(r.Value.Seats) > 0 {
				r.leave(from, "main", "is true for another membership of the user, which stays the main one")
			}
			r.Value.Seats = append(r.Value.Seats, auth.ImportedSeat{Space: one.Space, Role: role, Main: len(r.Value.Seats) == 0})
		}
	}
	if len(r.Value.Seats) == 0 {
		r.wrong("tenants", "must have a membership that counts: a user without one may do nothing")
	}
}
