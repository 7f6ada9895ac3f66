package rpcd

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
	"github.com/latchkey/latchkey/internal/wire"
)

// tenantCommands are those of the seed's tenant service. Their payloads name
// nobody who asks, so the peer is the operator, and can do no more than they
// could there: databases, policies and brands are set elsewhere.
func tenantCommands() []*command {
	setStatus := func(s *auth.Service, ctx context.Context, by auth.Caller, ref string, status auth.TenantStatus) (tenantDocument, error) {
		_, err := s.SetTenantStatus(ctx, by, auth.TenantStatusInput{TenantRef: auth.TenantRef{ID: ref}, Status: status})
		return found(s, ctx, by, ref, err)
	}
	find := func(s *auth.Service, ctx context.Context, by auth.Caller, ref string) (tenantDocument, error) {
		return found(s, ctx, by, ref, nil)
	}
	return []*command{
		ask(command{name: "tenant.create", changes: true}, auth.OutcomeTenantCreated, createTenant),
		ask(command{name: "tenant.update", changes: true}, auth.OutcomeTenantUpdated, updateTenant),
		ask(command{name: "tenant.changeStatus", changes: true}, auth.OutcomeTenantStatus,
			func(s *auth.Service, ctx context.Context, by auth.Caller, in statusByID) (tenantDocument, error) {
				return setStatus(s, ctx, by, in.ID, in.Status)
			}),
		ask(command{name: "tenant.changeStatusByName", changes: true}, auth.OutcomeTenantStatus,
			func(s *auth.Service, ctx context.Context, by auth.Caller, in statusByName) (tenantDocument, error) {
				return setStatus(s, ctx, by, in.Name, in.Status)
			}),
		ask(command{name: "tenant.softDelete", changes: true}, auth.OutcomeTenantDeleted,
			func(s *auth.Service, ctx context.Context, by auth.Caller, ref string) (auth.Deleted, error) {
				return s.DeleteTenant(ctx, by, auth.TenantRef{ID: ref})
			}),
		ask(command{name: "tenant.findById"}, auth.OutcomeTenant, find),
		ask(command{name: "tenant.findByName", frequent: true}, auth.OutcomeTenant, find),
		ask(command{name: "tenant.getStatusByName"}, auth.OutcomeStatus,
			func(s *auth.Service, ctx context.Context, by auth.Caller, ref string) (auth.TenantStatusView, error) {
				return s.TenantStatus(ctx, by, auth.TenantRef{ID: ref})
			}),
		ask(command{name: "tenant.validate", frequent: true}, auth.OutcomeTenantValid, validateTenant),
		listTenants(),
	}
}

// ask is do for a command whose payload is the input, and whose sender is the
// one who asks.
func ask[In, Out any](c command, outcome auth.Outcome, f rule[In, Out]) *command {
	c.serve = func(x *call) (e wire.Envelope, err error) {
		if x.by, err = x.peer(); err != nil {
			return e, err
		}
		var in In
		if err = x.input(&in); err != nil {
			return e, err
		}
		out, err := f(x.door.service, x.ctx, x.by, in)
		if err != nil {
			return e, err
		}
		return wire.Success(outcome, out, x.now()), nil
	}
	return &c
}

// peer is who sends commands.
func (x *call) peer() (auth.Caller, error) {
	return x.door.service.TrustedPeer(x.ctx, auth.Origin{RequestID: x.id, Relayed: true})
}

// input reads a payload: a bare string, or an object.
func (x *call) input(into any) error {
	text, bare := into.(*string)
	if !bare {
		return wire.DecodeKnown(x.data, into)
	}
	if json.Unmarshal(x.data, text) != nil || *text == "" {
		return wire.Invalid("data", "must be the id or the name of a tenant, as a string")
	}
	return nil
}

// tenantDocument is a tenant as the seed's service shows it.
type tenantDocument struct {
	Key          string            `json:"_id"`
	ID           string            `json:"id"`
	Name         string            `json:"name"`
	DisplayName  string            `json:"displayName"`
	ContactEmail string            `json:"contactEmail"`
	Status       auth.TenantStatus `json:"status"`
	Deleted      bool              `json:"deleted"`
	CreatedAt    time.Time         `json:"createdAt"`
	UpdatedAt    time.Time         `json:"updatedAt"`
}

func documentOf(v auth.TenantView) tenantDocument {
	return tenantDocument{
		Key: v.ID, ID: v.ID, Name: v.Name, DisplayName: v.DisplayName, ContactEmail: v.ContactEmail, Status: v.Status,
		CreatedAt: v.CreatedAt, UpdatedAt: v.UpdatedAt,
	}
}

// found returns a tenant as it is now, after what went before went well.
func found(s *auth.Service, ctx context.Context, by auth.Caller, ref string, err error) (tenantDocument, error) {
	if err != nil {
		return tenantDocument{}, err
	}
	v, err := s.Tenant(ctx, by, auth.TenantRef{ID: ref})
	return documentOf(v), err
}

// newTenant is the seed's CreateTenantDto.
type newTenant struct {
	Name         string            `json:"name"`
	DisplayName  string            `json:"displayName"`
	ContactEmail string            `json:"contactEmail"`
	Status       auth.TenantStatus `json:"status"`
}

func createTenant(s *auth.Service, ctx context.Context, by auth.Caller, in newTenant) (tenantDocument, error) {
	v, err := s.CreateTenant(ctx, by, auth.NewTenantInput{
		Name: in.Name, DisplayName: in.DisplayName, ContactEmail: in.ContactEmail, Status: in.Status,
	})
	return documentOf(v), err
}

// tenantUpdate is a tenant and what to change of it.
type tenantUpdate struct {
	ID  string    `json:"id"`
	DTO newTenant `json:"dto"`
}

// updateTenant changes what is given, or nothing: a status that there is not is
// refused before anything else is changed.
func updateTenant(s *auth.Service, ctx context.Context, by auth.Caller, in tenantUpdate) (tenantDocument, error) {
	now, err := s.Tenant(ctx, by, auth.TenantRef{ID: in.ID})
	if err != nil {
		return tenantDocument{}, err
	}
	if in.DTO.Name != "" && in.DTO.Name != now.Name {
		return tenantDocument{}, wire.Invalid("dto.name", "cannot be changed: tokens and databases are named by it")
	}
	switch in.DTO.Status {
	case "", auth.TenantPending, auth.TenantActive, auth.TenantInactive, auth.TenantLocked, auth.TenantSuspended:
	default:
		return tenantDocument{}, wire.Invalid("status", "must be PENDING, ACTIVE, INACTIVE, LOCKED or SUSPENDED")
	}
	if in.DTO.DisplayName != "" || in.DTO.ContactEmail != "" {
		_, err = s.UpdateTenant(ctx, by, auth.TenantChange{
			TenantRef: auth.TenantRef{ID: now.ID}, DisplayName: in.DTO.DisplayName, ContactEmail: in.DTO.ContactEmail,
		})
	}
	if err == nil && in.DTO.Status != "" && in.DTO.Status != now.Status {
		_, err = s.SetTenantStatus(ctx, by, auth.TenantStatusInput{TenantRef: auth.TenantRef{ID: now.ID}, Status: in.DTO.Status})
	}
	return found(s, ctx, by, now.ID, err)
}

// statusByID is a tenant and its new status.
type statusByID struct {
	ID     string            `json:"id"`
	Status auth.TenantStatus `json:"status"`
}

// statusByName is the same, and an id beside the name says nothing.
type statusByName struct {
	Name   string            `json:"name"`
	Status auth.TenantStatus `json:"status"`
}

// validity says whether a tenant can be used.
type validity struct {
	Valid  bool            `json:"valid"`
	Tenant *tenantDocument `json:"tenant,omitempty"`
}

// validateTenant says no to a tenant that nobody may log in to, and to one that
// there is not.
func validateTenant(s *auth.Service, ctx context.Context, by auth.Caller, ref string) (validity, error) {
	t, err := found(s, ctx, by, ref, nil)
	switch {
	case errors.Is(err, auth.ErrTenantNotFound):
		return validity{}, nil
	case err != nil:
		return validity{}, err
	case t.Status != auth.TenantActive:
		return validity{}, nil
	}
	return validity{Valid: true, Tenant: &t}, nil
}
