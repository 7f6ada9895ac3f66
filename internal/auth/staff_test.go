package auth_test

import (
	"reflect"
	"testing"

	"github.com/latchkey/latchkey/internal/auth"
)

// annex is a tenant of the directory that home is in.
const annex = "annex"

// staff is a world with people: root runs home, mia is a manager and ben a user
// of it, kim has a role of its own there; eve runs annex; carl is a user of
// both, with home as his main tenant. Everybody is logged in.
type staff struct {
	*world
	id map[string]string
	in map[string]auth.Grant
}

func staffed(t testing.TB, change ...func(*auth.Service)) staff {
	t.Helper()
	s := staff{newWorld(t, change...), map[string]string{}, map[string]auth.Grant{}}
	s.addTenant(t, annex, auth.DefaultDirectory, auth.TenantActive, auth.Policy{})
	s.addRole(t, home, "clerk", "orders:read")
	for _, p := range []struct{ name, slug, role string }{
		{"root", home, auth.RoleAdmin}, {"mia", home, auth.RoleManager}, {"ben", home, auth.RoleUser}, {"kim", home, "clerk"},
		{"eve", annex, auth.RoleAdmin}, {"carl", home, auth.RoleUser},
	} {
		s.id[p.name] = s.join(t, p.slug, p.name)
		seats := []auth.Seat{s.main(t, p.slug, p.role)}
		if p.name == "carl" {
			seats = append(seats, s.seat(t, annex, auth.RoleUser))
		}
		s.seats(t, s.id[p.name], seats...)
		s.in[p.name] = s.loginAt(t, p.slug, p.name)
	}
	return s
}

// by is one of them as the next request finds them.
func (s staff) by(t testing.TB, name string) auth.Caller {
	t.Helper()
	return s.enter(t, s.in[name].AccessToken)
}

// operator is who has a shell on the machine, at a tenant.
func (w *world) operator(t testing.TB, slug string) auth.Caller {
	t.Helper()
	by, err := w.CommandLine(t.Context(), auth.Origin{TenantSlug: slug})
	must(t, err)
	return by
}

// last is the newest event of a tenant.
func (w *world) last(t testing.TB, slug string) auth.Event {
	t.Helper()
	all := w.events(t, slug)
	if len(all) == 0 {
		t.Fatal("nothing was written down")
	}
	return all[len(all)-1]
}

// account reads an account from the store.
func (w *world) account(t testing.TB, id string) auth.Account {
	t.Helper()
	a, err := w.store.Account(t.Context(), auth.DefaultDirectory, id)
	must(t, err)
	return a
}

// role is that of an account in the default space of a tenant, "" when it has
// no seat there.
func (w *world) role(t testing.TB, id, slug string) string {
	t.Helper()
	seat, _ := w.account(t, id).Seat(w.tenant(t, slug).ID, w.space(t, slug).ID)
	return seat.Role
}

// problem wants VALIDATION_FAILED for that field alone.
func problem(t testing.TB, doing string, err error, field string) {
	t.Helper()
	refused(t, doing, err, auth.ErrValidation)
	if f := meta(err).Fields; len(f) != 1 || f[0].Field != field {
		t.Errorf("%s: got problems %v, want one with %s", doing, f, field)
	}
}

// fields are the names of a struct's fields.
func fields[T any]() map[string]bool {
	names := map[string]bool{}
	for _, f := range reflect.VisibleFields(reflect.TypeFor[T]()) {
		names[f.Name] = true
	}
	return names
}
