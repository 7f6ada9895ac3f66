package main

import (
	"context"
	"errors"

	"github.com/latchkey/latchkey/internal/auth"
	"github.com/latchkey/latchkey/internal/seeds"
)

// tenant makes a tenant of a seed, or finds it there. The zero Tenant: it was
// refused, and so are those who belong to it.
func (r *seedRun) tenant(ctx context.Context, row seeds.Row[auth.NewTenantInput]) (auth.Tenant, error) {
	in := row.Value
	there, err := r.service.Registry.Tenant(ctx, in.Name)
	if err == nil {
		return there, r.report.add("", row.Origin, rowUnchanged, tenantDiffers(in, there))
	}
	if !errors.Is(err, auth.ErrNoRecord) {
		return auth.Tenant{}, err
	}
	in.Policy.OTP = auth.OTPEmail // every login of the seed asks for a code
	left, err := r.makeOf(func() error { _, err := r.service.CreateTenant(ctx, r.by, in); return err },
		map[string]*string{"displayName": &in.DisplayName, "contactEmail": &in.ContactEmail})
	if isRefusal(err) {
		return auth.Tenant{}, r.report.add("", row.Origin, rowRefused, r.named(fieldsOf(err)))
	}
	if err != nil {
		return auth.Tenant{}, err
	}
	if err := r.made(row.Origin, left); err != nil {
		return auth.Tenant{}, err
	}
	return r.service.Registry.Tenant(ctx, in.Name)
}

// makeOf makes something, without those of its fields that nothing depends on
// where they do not fit; left says why.
func (r *seedRun) makeOf(do func() error, spare map[string]*string) (left []auth.FieldProblem, err error) {
	for {
		err := do()
		if !isRefusal(err) {
			return left, err
		}
		did := false
		for _, p := range fieldsOf(err) {
			if field := spare[p.Field]; field != nil && *field != "" {
				*field, did = "", true
				left = append(left, r.named([]auth.FieldProblem{p})...)
			}
		}
		if !did {
			return nil, err
		}
	}
}

// made reports a tenant or a space that was made, and what was left out of it.
func (r *seedRun) made(row seeds.Origin, left []auth.FieldProblem) error {
	if err := r.report.add("", row, rowCreated, nil); err != nil || len(left) == 0 {
		return err
	}
	return r.report.tell("", row, rowLeft, left)
}

// tenantDiffers says what a tenant has otherwise than in the seed.
func tenantDiffers(in auth.NewTenantInput, there auth.Tenant) (all []auth.FieldProblem) {
	contact, err := auth.Email(in.ContactEmail)
	for _, one := range []struct {
		field   string
		differs bool
		problem string
	}{
		{"displayName", in.DisplayName != "" && in.DisplayName != there.Name, "is another one here"},
		{"contactEmail", in.ContactEmail != "" && (err != nil || contact != there.ContactEmail), "is another one here"},
		{"status", in.Status != there.Status, "is " + string(there.Status) + " here"},
	} {
		if one.differs {
			all = append(all, auth.FieldProblem{Field: one.field, Problem: one.problem})
		}
	}
	return all
}
