package guard

import (
	"net/http"
	"slices"
)

// demand is what a route needs.
type demand struct {
	public      bool
	roles       [][]string // one of each
	permissions []string   // all
	tenants     []string   // all, so one at most makes sense
	stale       staleness
	chosen      bool // stale was set by a rule of this route
	own         int  // how many rules of its own it has
}

// ServeHTTP is never called: demands stand in a ServeMux to be found.
func (d *demand) ServeHTTP(http.ResponseWriter, *http.Request) {}

// need panics over rules that would say nothing.
func need(rule string, words []string) {
	if len(words) == 0 || slices.Contains(words, "") {
		panic("guard: " + rule + " needs names, none of them empty")
	}
}

func (d *demand) use(s staleness) {
	if d.chosen && d.stale != s {
		panic("guard: Strict and Lenient exclude each other")
	}
	d.stale, d.chosen = s, true
}

// put adds rules.
func (d *demand) put(rules []Rule) {
	for _, r := range rules {
		switch {
		case r.pattern != "":
			panic("guard: On cannot stand inside On")
		case r.put == nil:
			panic("guard: a Rule is made by Public, Roles, Permissions, Tenant, Strict, Lenient or On")
		}
		r.put(d)
		d.own++
	}
	if d.public && d.own > 1 {
		panic("guard: Public excludes every other rule of its route")
	}
}

// with returns a demand that has these rules on top.
func (d *demand) with(rules []Rule) *demand {
	next := &demand{stale: d.stale}
	next.put(rules)
	if next.public {
		return next
	}
	next.add(d)
	return next
}

// add takes over what another demand needs.
func (d *demand) add(other *demand) {
	d.roles = slices.Concat(other.roles, d.roles)
	d.permissions = slices.Concat(other.permissions, d.permissions)
	d.tenants = slices.Concat(other.tenants, d.tenants)
}

// check holds an identity against it.
func (d *demand) check(id *Identity) error {
	for _, t := range d.tenants {
		if t != id.TenantID {
			return errTenantMismatch
		}
	}
	for _, one := range d.roles {
		if id.Kind != User || !slices.Contains(one, id.Role) {
			return errForbidden
		}
	}
	for _, p := range d.permissions {
		if !id.Has(p) {
			return errForbidden
		}
	}
	return nil
}
