package auth

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"
)

// RoleView is a role as it is shown.
type RoleView struct {
	Name        string    `json:"name"`
	Description string    `json:"description,omitempty"`
	Permissions []string  `json:"permissions" nullable:"false"`
	BuiltIn     bool      `json:"builtIn" doc:"Every tenant has it, and it cannot be changed"`
	CreatedAt   time.Time `json:"createdAt,omitzero"`
	UpdatedAt   time.Time `json:"updatedAt,omitzero"`
}

func (r Role) view() RoleView {
	return RoleView{
		Name: r.Name, Description: r.Description, Permissions: append([]string{}, r.Permissions...), BuiltIn: BuiltIn(r.Name),
		CreatedAt: r.CreatedAt, UpdatedAt: r.UpdatedAt,
	}
}

// NewRoleInput describes a role to make.
type NewRoleInput struct {
	Name        string   `json:"name" pattern:"^[a-z][a-z0-9_-]{1,31}$" example:"billing"`
	Description string   `json:"description,omitempty" maxLength:"100"`
	Permissions []string `json:"permissions,omitempty" maxItems:"100" example:"[\"invoices:read\",\"invoices:write\"]"`
}

// RoleRef names a role.
type RoleRef struct {
	Name string `path:"name" json:"-"`
}

// RoleChange says what to change of a role: what is given is replaced.
type RoleChange struct {
	RoleRef
	Description string   `json:"description,omitempty" maxLength:"100"`
	Permissions []string `json:"permissions,omitempty" maxItems:"100" doc:"All that the role is to have; an empty list for none"`
}

// ListRoles returns the roles of the caller's tenant: the built-in ones, then
// its own by name.
func (s *Service) ListRoles(ctx context.Context, by Caller, _ struct{}) ([]RoleView, error) {
	if err := by.administers(); err != nil {
		return nil, err
	}
	own, err := s.Records.Roles(ctx, by.Tenant.Directory, by.Tenant.ID)
	if err != nil {
		return nil, s.fault(ctx, "list roles", err)
	}
	views := []RoleView{Role{Name: RoleUser}.view(), Role{Name: RoleManager}.view(), Role{Name: RoleAdmin}.view()}
	for _, r := range own {
		views = append(views, r.view())
	}
	return views, nil
}

// role checks that a tenant has a role.
func (s *Service) role(ctx context.Context, t Tenant, field, name string) error {
	if BuiltIn(name) {
		return nil
	}
	own, err := s.Records.Roles(ctx, t.Directory, t.ID)
	if err != nil {
		return s.fault(ctx, "find role", err)
	}
	if slices.ContainsFunc(own, func(r Role) bool { return r.Name == name }) {
		return nil
	}
	var p problems
	p.add(field, "must be user, manager, admin or a role of the tenant")
	return p.err()
}

// CreateRole makes a role in the caller's tenant.
func (s *Service) CreateRole(ctx context.Context, by Caller, in NewRoleInput) (RoleView, error) {
	if err := by.administers(); err != nil {
		return RoleView{}, err
	}
	var p problems
	if !rolePattern.MatchString(in.Name) || BuiltIn(in.Name) {
		p.add("name", "must be 2 to 32 lower-case letters, digits, dashes and underscores, begin with a letter, and not be a built-in role")
	}
	r := Role{
		Directory: by.Tenant.Directory, Tenant: by.Tenant.ID, Name: in.Name, Description: p.line("description", in.Description, nameLimit, false),
		Permissions: p.permissions("permissions", in.Permissions), CreatedAt: s.now(), UpdatedAt: s.now(),
	}
	if err := p.err(); err != nil {
		return RoleView{}, err
	}
	own, err := s.Records.Roles(ctx, r.Directory, r.Tenant)
	if err != nil {
		return RoleView{}, s.fault(ctx, "count roles", err)
	}
	if len(own) >= rolesLimit {
		return RoleView{}, ErrTooManyRoles
	}
	err = s.Records.CreateRole(ctx, r, Note{Events: []Event{by.event(s, ActionRoleMade, "", "", r.Name)}})
	if errors.Is(err, ErrTaken) {
		return RoleView{}, ErrRoleTaken.With(Meta{Fields: []FieldProblem{{Field: "name", Problem: "is taken"}}})
	}
	return r.view(), s.fault(ctx, "create role", err)
}

// UpdateRole changes a role of the caller's tenant. Whoever has it has the new
// permissions at once.
func (s *Service) UpdateRole(ctx context.Context, by Caller, in RoleChange) (RoleView, error) {
	if err := by.administers(); err != nil {
		return RoleView{}, err
	}
	var p problems
	description := p.line("description", in.Description, nameLimit, false)
	permissions := p.permissions("permissions", in.Permissions)
	if BuiltIn(in.Name) {
		p.add("name", "is a built-in role, which cannot be changed")
	}
	if err := p.err(); err != nil {
		return RoleView{}, err
	}
	ctx, cancel := lasting(ctx)
	defer cancel()
	r, err := s.Records.UpdateRole(ctx, by.Tenant.Directory, by.Tenant.ID, in.Name, func(r *Role) error {
		if description != "" {
			r.Description = description
		}
		if in.Permissions != nil {
			r.Permissions = permissions
		}
		r.UpdatedAt = s.now()
		return nil
	}, Note{Events: []Event{by.event(s, ActionRoleChanged, "", "", strings.TrimSpace(in.Name))}})
	if err == nil {
		s.tell(ctx, News{Event: NewsRoleChanged, Tenants: []string{by.Tenant.Slug}, TenantID: by.Tenant.Slug, Role: r.Name, Permissions: r.Permissions})
	}
	s.Live.DropAll() // whoever has the role; roles change seldom
	return r.view(), s.roleFault(ctx, err)
}

// DeleteRole removes a role of the caller's tenant that nobody has.
func (s *Service) DeleteRole(ctx context.Context, by Caller, in RoleRef) (Deleted, error) {
	if err := by.administers(); err != nil {
		return Deleted{}, err
	}
	if BuiltIn(in.Name) {
		var p problems
		p.add("name", "is a built-in role, which cannot be deleted")
		return Deleted{}, p.err()
	}
	err := s.Records.DeleteRole(ctx, by.Tenant.Directory, by.Tenant.ID, in.Name,
		Note{Events: []Event{by.event(s, ActionRoleGone, "", "", in.Name)}})
	return Deleted{Deleted: err == nil}, s.roleFault(ctx, err)
}

func (s *Service) roleFault(ctx context.Context, err error) error {
	switch {
	case errors.Is(err, ErrNoRecord):
		return ErrRoleNotFound
	case errors.Is(err, ErrInUse):
		return ErrRoleInUse
	}
	return s.fault(ctx, "change role", err)
}
