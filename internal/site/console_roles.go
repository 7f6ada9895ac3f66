package site

import (
	"net/http"

	"github.com/latchkey/latchkey/internal/auth"
)

func showRoles(v *visit) {
	var roles []auth.RoleView
	if v.fetch("/roles", &roles) {
		v.render(http.StatusOK, page{name: "roles", data: ownRoles(roles)})
	}
}

// ownRoles are the roles that a tenant made itself.
func ownRoles(roles []auth.RoleView) []auth.RoleView {
	own := make([]auth.RoleView, 0, len(roles))
	for _, r := range roles {
		if !r.BuiltIn {
			own = append(own, r)
		}
	}
	return own
}

func makeRole(v *visit) {
	a := v.ask(http.MethodPost, "/roles", map[string]any{
		"name": v.field("name"), "description": v.field("description"), "permissions": several(v.field("permissions")),
	})
	if !a.ok() {
		var roles []auth.RoleView
		if v.fetch("/roles", &roles) {
			v.again(page{name: "roles", data: ownRoles(roles)}, v.about("role", a))
		}
		return
	}
	v.say(auth.OutcomeRoleCreated.Code)
	v.see(v.In(v.tenant, "roles"))
}

func showRole(v *visit) {
	if r, ok := v.role(); ok {
		v.render(http.StatusOK, page{name: "role", data: r})
	}
}

// role is the role that the address names; one that every tenant has is not
// there to be changed. Where it reports false, the visit was answered.
func (v *visit) role() (role auth.RoleView, ok bool) {
	var roles []auth.RoleView
	if ok = v.fetch("/roles", &roles); !ok {
		return role, false
	}
	for _, r := range ownRoles(roles) {
		if r.Name == v.r.PathValue("name") {
			return r, true
		}
	}
	v.refuse(http.StatusNotFound, auth.ErrRoleNotFound.Code)
	return role, false
}

func changeRole(v *visit) {
	in := map[string]any{"permissions": append([]string{}, several(v.field("permissions"))...)}
	if description := v.field("description"); description != "" {
		in["description"] = description
	}
	v.doneRole(v.ask(http.MethodPatch, apiPath("roles", v.r.PathValue("name")), in))
}

func deleteRole(v *visit) {
	v.doneRole(v.ask(http.MethodDelete, apiPath("roles", v.r.PathValue("name")), nil))
}

// doneRole goes back to the roles after something was done with one, or says on
// its page why not.
func (v *visit) doneRole(a answer) {
	if a.ok() {
		v.say(a.Meta.Code)
		v.see(v.In(v.tenant, "roles"))
		return
	}
	if r, ok := v.role(); ok {
		v.again(page{name: "role", data: r}, v.about("role", a))
	}
}
