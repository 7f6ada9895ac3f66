package httpd_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/latchkey/latchkey/internal/auth"
)

// onlyOwn is a deployment that makes no databases.
type onlyOwn struct{}

// Canonical refuses every URL.
func (onlyOwn) Canonical(auth.Secret, string, bool) (string, error) {
	return "", errors.New("is not allowed here")
}

// Prepare is never reached.
func (onlyOwn) Prepare(context.Context, auth.Directory) error { return auth.ErrUnavailable }

// commandLine is whoever has a shell on the machine.
func (w *world) commandLine(t testing.TB, tenant string) auth.Caller {
	t.Helper()
	by, err := w.service.CommandLine(t.Context(), auth.Origin{TenantSlug: tenant})
	must(t, err)
	return by
}

// operatorKey makes a key.
func (w *world) operatorKey(t testing.TB, name string) string {
	t.Helper()
	k, err := w.service.CreateOperatorKey(t.Context(), w.commandLine(t, ""), name, 0)
	must(t, err)
	secrets.add(string(k.Key))
	return string(k.Key)
}

// operator are the headers of a request with an operator's key.
func (w *world) operator(more ...string) []string {
	return append([]string{"Authorization", "Bearer " + w.key}, more...)
}

var tenants atomic.Int64

// newTenant makes a tenant whose logins need no code and returns its name.
func (w *world) newTenant(t testing.TB) string {
	t.Helper()
	slug := fmt.Sprintf("acme-%d", tenants.Add(1))
	w.do(t, "POST /tenants", object{"name": slug}, w.operator()...).want(t, 201, "TENANT_CREATED")
	return slug
}

// joinAs signs a person up and gives them a role.
func (w *world) joinAs(t testing.TB, tenant, role string) person {
	t.Helper()
	p := w.join(t, tenant)
	_, err := w.service.ChangeRole(t.Context(), w.commandLine(t, tenant), auth.ChangeRoleInput{UserID: p.ID, NewRole: role})
	must(t, err)
	return p
}

// admin signs an admin up.
func (w *world) admin(t testing.TB, tenant string) person {
	t.Helper()
	return w.joinAs(t, tenant, auth.RoleAdmin)
}

// seat gives a person a seat in another tenant too.
func (w *world) seat(t testing.TB, p person, tenant, role string) {
	t.Helper()
	found, err := w.store.Tenant(t.Context(), tenant)
	must(t, err)
	space, err := w.store.Space(t.Context(), found.Directory, found.ID, auth.DefaultSpace)
	must(t, err)
	_, err = w.store.ChangeAccount(t.Context(), auth.AccountChange{
		Directory: found.Directory, User: p.ID, Change: func(a *auth.Account) error {
			if _, has := a.Seat(found.ID, ""); has {
				return nil
			}
			a.Seats = append(a.Seats, auth.Seat{Tenant: found.ID, Space: space.ID, Role: role})
			return nil
		},
	})
	must(t, err)
	w.live.DropAccount(found.Directory, p.ID)
}

// invite sends an invitation and returns who was invited and the mailed token.
func (w *world) invite(t testing.TB, tenant string) (p person, token string) {
	t.Helper()
	p = stranger(tenant)
	w.do(t, "POST /invitations", object{"email": p.Email}, w.operator(p.headers()...)...).want(t, 202, "INVITATION_SENT")
	return p, w.mailed(t, p, auth.MessageInvitation)
}

// anyPlace is what stands in the places of a path where a test does not say.
const anyPlace = "019a2f6b-7c1e-7d53-9b0a-5f2d8c4e6a10"

// fill puts a value in the place of a path; "" is one of something that is not
// there, but for tenants.
func fill(path, value string) string {
	before, rest, found := strings.Cut(path, "{")
	_, after, closed := strings.Cut(rest, "}")
	if !found || !closed {
		return path
	}
	if value == "" {
		value = anyPlace
		if strings.HasPrefix(path, "/tenants/") {
			value = "default"
		}
	}
	return before + value + after
}

// template finds the path of the contract that a path of a request fits.
func template(path string) string {
	parts := strings.Split(path, "/")
	for _, r := range contract {
		want := strings.Split(r.path, "/")
		if strings.Contains(r.path, "{") && len(parts) == len(want) && fits(want, parts) {
			return r.path
		}
	}
	return path
}

func fits(want, parts []string) bool {
	for i, p := range want {
		if p != parts[i] && !strings.HasPrefix(p, "{") {
			return false
		}
	}
	return true
}
