package auth

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
)

// TenantView is a tenant as those who run it see it.
type TenantView struct {
	ID           string       `json:"id" format:"uuid"`
	Name         string       `json:"name" doc:"Its slug: x-tenant-id, the tenantId claim" example:"acme"`
	DisplayName  string       `json:"displayName" example:"Acme Ltd"`
	ContactEmail string       `json:"contactEmail" doc:"Empty when nobody is named"`
	Status       TenantStatus `json:"status" enum:"PENDING,ACTIVE,INACTIVE,LOCKED,SUSPENDED"`
	Policy       Policy       `json:"policy" doc:"What the tenant decides for itself; the deployment decides the rest"`
	InForce      Policy       `json:"policyInForce" doc:"With what the deployment decides"`
	Brand        Brand        `json:"brand"`
	Directory    string       `json:"directory" doc:"Tenants of one directory share its users; default is the shared one"`
	CreatedAt    time.Time    `json:"createdAt"`
	UpdatedAt    time.Time    `json:"updatedAt"`
}

func (s *Service) tenantView(t Tenant) TenantView {
	return TenantView{
		ID: t.ID, Name: t.Slug, DisplayName: t.Name, ContactEmail: t.ContactEmail, Status: t.Status, Policy: t.Policy,
		InForce: s.policyInForce(t.Policy), Brand: t.Brand, Directory: t.Directory, CreatedAt: t.CreatedAt, UpdatedAt: t.UpdatedAt,
	}
}

// policyInForce is what holds for a tenant with that policy, lifetimes included.
func (s *Service) policyInForce(p Policy) Policy {
	life := s.lifetimes(p)
	p = p.over(s.Policy)
	p.AccessLife, p.RefreshLife, p.SessionLife = Span(life.Access), Span(life.Refresh), Span(life.Session)
	return p
}

// NewTenantInput describes a tenant to make.
type NewTenantInput struct {
	Name         string       `json:"name" pattern:"^[a-z0-9][a-z0-9-]{1,62}$" doc:"Slug; never used again once it was" example:"acme"`
	DisplayName  string       `json:"displayName,omitempty" maxLength:"100" doc:"The slug when left out" example:"Acme Ltd"`
	ContactEmail string       `json:"contactEmail,omitempty" format:"email" maxLength:"254" example:"it@acme.example"`
	Status       TenantStatus `json:"status,omitempty" enum:"PENDING,ACTIVE,INACTIVE,LOCKED,SUSPENDED" doc:"ACTIVE when left out"`
	Policy       Policy       `json:"policy,omitzero"`
	Brand        BrandInput   `json:"brand,omitzero"`
	DatabaseURL  Secret       `json:"databaseUrl,omitempty" maxLength:"1024" doc:"A database of its own, such as sqlite:acme.db; where TENANT_ISOLATION says when left out"`
}

// TenantsInput asks for a list of tenants.
type TenantsInput struct {
	PageInput
	Prefix string       `query:"q" json:"-" maxLength:"63" doc:"What the name begins with"`
	Status TenantStatus `query:"status" json:"-" enum:"PENDING,ACTIVE,INACTIVE,LOCKED,SUSPENDED"`
}

// TenantRef names a tenant.
type TenantRef struct {
	ID string `path:"id" json:"-" doc:"Id or name of the tenant"`
}

// TenantChange says what to change of a tenant: what is given is replaced, what
// is left out stays.
type TenantChange struct {
	TenantRef
	DisplayName  string     `json:"displayName,omitempty" maxLength:"100"`
	ContactEmail string     `json:"contactEmail,omitempty" format:"email" maxLength:"254"`
	Policy       Policy     `json:"policy,omitzero" doc:"What is given replaces what the tenant had"`
	Brand        BrandInput `json:"brand,omitzero"`
	Reset        []string   `json:"reset,omitempty" maxItems:"32" doc:"Fields of policy that are to be as the deployment says again; also contactEmail, color, logo"`
}

// TenantStatusInput is a tenant's new status.
type TenantStatusInput struct {
	TenantRef
	Status TenantStatus `json:"status" enum:"PENDING,ACTIVE,INACTIVE,LOCKED,SUSPENDED"`
}

// TenantStatusView is a tenant's status.
type TenantStatusView struct {
	Name   string       `json:"name"`
	Status TenantStatus `json:"status"`
}

// Deleted says that something was deleted.
type Deleted struct {
	Deleted bool `json:"deleted"`
}

// tenantStatuses are those that there are.
var tenantStatuses = []TenantStatus{TenantPending, TenantActive, TenantInactive, TenantLocked, TenantSuspended}

// CreateTenant makes a tenant: in the shared directory, or in one of its own,
// whose database is made on the way.
func (s *Service) CreateTenant(ctx context.Context, by Caller, in NewTenantInput) (TenantView, error) {
	if err := by.operates(); err != nil {
		return TenantView{}, err
	}
	var p problems
	now := s.now()
	t := Tenant{ID: s.newID(), Slug: in.Name, Status: in.Status, CreatedAt: now, UpdatedAt: now}
	if !ValidSlug(in.Name) || reserved(in.Name) {
		p.add("name", "must be 2 to 63 lower-case letters, digits and dashes, must not begin with a dash, and must not be a reserved name")
	}
	t.Name = p.line("displayName", in.DisplayName, nameLimit, false)
	if t.Name == "" {
		t.Name = in.Name
	}
	t.ContactEmail = p.name("contactEmail", in.ContactEmail, Email, false)
	if t.Status == "" {
		t.Status = TenantActive
	}
	p.status("status", t.Status)
	t.Policy = p.policy(in.Policy)
	p.lives(s, t.Policy)
	t.Brand, t.Logo = p.brand(Brand{}, in.Brand)
	d := s.place(&p, by, t, in.DatabaseURL)
	if err := p.err(); err != nil {
		return TenantView{}, err
	}
	t.Directory = d.ID
	err := s.found(ctx, t, d, s.registryNote(by, t, ActionTenantMade, string(t.Status)))
	s.Live.DropTenant(t) // that there was none may be held
	if errors.Is(err, ErrTaken) {
		return TenantView{}, ErrTenantTaken.With(Meta{Fields: []FieldProblem{{Field: "name", Problem: "is taken"}}})
	}
	return s.tenantView(t), s.fault(ctx, "create tenant", err)
}

// ListTenants returns tenants by name: to an operator all, to an admin theirs.
func (s *Service) ListTenants(ctx context.Context, by Caller, in TenantsInput) (Page[TenantView], error) {
	if err := by.administers(); err != nil {
		return Page[TenantView]{}, err
	}
	var p problems
	n, after := in.size(&p), ""
	in.after(&p, &after)
	if in.Status != "" {
		p.status("status", in.Status)
	}
	if err := p.err(); err != nil {
		return Page[TenantView]{}, err
	}
	if by.Operator == "" {
		t, err := s.ownTenant(ctx, by, by.Tenant.ID)
		if err != nil || !strings.HasPrefix(t.Slug, in.Prefix) || in.Status != "" && in.Status != t.Status || after != "" {
			return Page[TenantView]{Items: []TenantView{}}, err
		}
		return Page[TenantView]{Items: []TenantView{s.tenantView(t)}}, nil
	}
	found, err := s.Registry.Tenants(ctx, TenantQuery{Prefix: in.Prefix, Status: in.Status, After: after, Max: n + 1})
	return paged(found, n, func(t Tenant) string { return t.Slug }, s.tenantView), s.fault(ctx, "list tenants", err)
}

// ownTenant returns the tenant with that id or slug, as it is stored: to an
// operator any, to an admin theirs.
func (s *Service) ownTenant(ctx context.Context, by Caller, ref string) (Tenant, error) {
	if err := by.administers(); err != nil {
		return Tenant{}, err
	}
	if by.Operator == "" && ref != by.Tenant.ID && ref != by.Tenant.Slug {
		return Tenant{}, ErrTenantNotFound
	}
	find := s.Registry.Tenant
	if uuid.Validate(ref) == nil {
		find = s.Registry.TenantByID
	}
	t, err := find(ctx, ref)
	if errors.Is(err, ErrNoRecord) {
		return Tenant{}, ErrTenantNotFound
	}
	return t, s.fault(ctx, "find tenant", err)
}

// Tenant returns a tenant.
func (s *Service) Tenant(ctx context.Context, by Caller, in TenantRef) (TenantView, error) {
	t, err := s.ownTenant(ctx, by, in.ID)
	return s.tenantView(t), err
}

// TenantStatus returns a tenant's status.
func (s *Service) TenantStatus(ctx context.Context, by Caller, in TenantRef) (TenantStatusView, error) {
	t, err := s.ownTenant(ctx, by, in.ID)
	return TenantStatusView{Name: t.Slug, Status: t.Status}, err
}

// UpdateTenant changes a tenant. It takes effect at once: no restart, no time
// in which the old policy holds.
func (s *Service) UpdateTenant(ctx context.Context, by Caller, in TenantChange) (TenantView, error) {
	if err := by.operates(); err != nil {
		return TenantView{}, err
	}
	var p problems
	name := p.line("displayName", in.DisplayName, nameLimit, false)
	contact := p.name("contactEmail", in.ContactEmail, Email, false)
	policy := p.policy(in.Policy)
	p.resets(in)
	brand, logo := p.brand(Brand{}, in.Brand)
	if err := p.err(); err != nil {
		return TenantView{}, err
	}
	return s.changeTenant(ctx, by, in.ID, ActionTenant, strings.Join(in.changed(), " "), func(t *Tenant) error {
		if name != "" {
			t.Name = name
		}
		if contact != "" {
			t.ContactEmail = contact
		}
		t.Policy = policy.or(t.Policy)
		t.Brand = brand.or(t.Brand)
		t.Logo = logo
		t.reset(in.Reset)
		var p problems // the lives must fit together, whichever of them is new
		p.lives(s, t.Policy)
		return p.err()
	})
}

// SetTenantStatus changes a tenant's status. Anything but ACTIVE refuses logins,
// refreshes and access tokens from now on; sessions are kept, for when it is
// ACTIVE again.
func (s *Service) SetTenantStatus(ctx context.Context, by Caller, in TenantStatusInput) (TenantStatusView, error) {
	if err := by.operates(); err != nil {
		return TenantStatusView{}, err
	}
	var p problems
	p.status("status", in.Status)
	if err := p.err(); err != nil {
		return TenantStatusView{}, err
	}
	v, err := s.changeTenant(ctx, by, in.ID, ActionTenantStatus, string(in.Status), func(t *Tenant) error {
		t.Status = in.Status
		return nil
	})
	return TenantStatusView{Name: v.Name, Status: v.Status}, err
}

// DeleteTenant deletes a tenant: it is there for nobody any more, and its name
// is never used again. Its data stays in the database.
func (s *Service) DeleteTenant(ctx context.Context, by Caller, in TenantRef) (Deleted, error) {
	if err := by.operates(); err != nil {
		return Deleted{}, err
	}
	t, err := s.ownTenant(ctx, by, in.ID)
	if err == nil && t.Slug == s.DefaultTenant {
		err = ErrDefaultTenant
	}
	if err != nil {
		return Deleted{}, err
	}
	_, err = s.changeTenant(ctx, by, t.ID, ActionTenantGone, "", func(t *Tenant) error {
		t.DeletedAt = s.now()
		return nil
	})
	return Deleted{Deleted: err == nil}, err
}

// changeTenant changes a tenant for an operator, which by must be, and says so
// in the record.
func (s *Service) changeTenant(ctx context.Context, by Caller, ref string, a Action, what string, change func(*Tenant) error) (TenantView, error) {
	t, err := s.ownTenant(ctx, by, ref)
	if err != nil {
		return TenantView{}, err
	}
	ctx, cancel := lasting(ctx)
	defer cancel()
	changed, err := s.Registry.UpdateTenant(ctx, t.ID, func(now *Tenant) error {
		now.UpdatedAt = s.now()
		return change(now)
	}, s.registryNote(by, t, a, what))
	if err == nil && (a == ActionTenantStatus || a == ActionTenantGone) {
		n := News{Event: NewsTenantStatus, Tenants: []string{t.Slug}, TenantID: t.Slug, Reason: string(changed.Status)}
		if a == ActionTenantGone {
			n.Reason = "DELETED"
		}
		s.tell(ctx, n)
	}
	s.Live.DropTenant(t)
	if errors.Is(err, ErrNoRecord) {
		return TenantView{}, ErrTenantNotFound
	}
	return s.tenantView(changed), s.fault(ctx, "change tenant", err)
}

// registryNote is what is written of a change to the registry: in the record of
// the control database.
func (s *Service) registryNote(by Caller, t Tenant, a Action, what string) Note {
	e := by.event(s, a, "", "", what)
	e.Directory, e.Tenant = DefaultDirectory, t.ID
	return Note{Events: []Event{e}}
}

func (p *problems) status(field string, status TenantStatus) {
	if !slices.Contains(tenantStatuses, status) {
		p.add(field, "must be PENDING, ACTIVE, INACTIVE, LOCKED or SUSPENDED")
	}
}
