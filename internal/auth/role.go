package auth

import (
	"regexp"
	"slices"
	"time"
)

// The built-in roles.
const (
	RoleUser    = "user"
	RoleManager = "manager"
	RoleAdmin   = "admin" // runs the tenant
)

// BuiltIn reports whether every tenant has a role of that name, without
// permissions of its own.
func BuiltIn(role string) bool {
	return role == RoleUser || role == RoleManager || role == RoleAdmin
}

// Role is a role that a tenant made itself.
type Role struct {
	Directory   string
	Tenant      string // tenant id
	Name        string
	Description string
	Permissions []string // sorted, each once
	CreatedAt   time.Time
	UpdatedAt   time.Time
}

// Bounds of roles: what a token can carry.
const (
	rolesLimit       = 200 // of a tenant
	permissionsLimit = 100 // of a role
)

var (
	rolePattern       = regexp.MustCompile(`^[a-z][a-z0-9_-]{1,31}$`)
	permissionPattern = regexp.MustCompile(`^[a-z0-9][a-z0-9_.-]{0,31}(:[a-z0-9*][a-z0-9_.*-]{0,31}){1,2}$`)
)

// permissions checks a list of permissions and returns it sorted, each once.
func (p *problems) permissions(field string, all []string) []string {
	if len(all) > permissionsLimit {
		p.add(field, "must have at most 100 permissions")
		return nil
	}
	for _, one := range all {
		if !permissionPattern.MatchString(one) {
			p.add(field, "must be permissions such as orders:read, in lower case")
			return nil
		}
	}
	out := slices.Clone(all)
	slices.Sort(out)
	return slices.Compact(out)
}
