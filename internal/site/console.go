package site

import (
	"net/http"
	"net/url"

	"github.com/latchkey/latchkey/internal/auth"
)

// consolePages are those of who runs a tenant, or the deployment.
func (s *Site) consolePages() {
	s.show(console+"/{$}", func(v *visit) { v.see(console) })
	s.show(console, staff(showStart))
	s.show(console+"/enter", showEnter)
	s.act(console+"/enter", sendKey)
	s.act(console+"/leave", leaveConsole)
}

// staff makes a step of one for an operator or for who has a role in a tenant
// that lets them run it. What they may do there, the API decides.
func staff(f step) step {
	return func(v *visit) {
		v.front = &auth.Front{} // the console looks the same for all tenants
		if v.key = v.operatorKey(); v.key == "" && !v.enter() {
			return
		}
		v.staff = true
		if v.key == "" && v.me.Role == auth.RoleUser {
			v.refuse(http.StatusForbidden, auth.ErrForbidden.Code)
			return
		}
		v.tenant = v.r.PathValue("tenant")
		f(v)
	}
}

// operated makes a step of one for operators alone.
func operated(f step) step {
	return staff(func(v *visit) {
		if v.key == "" {
			v.refuse(http.StatusForbidden, auth.ErrForbidden.Code)
			return
		}
		f(v)
	})
}

// showStart goes to what somebody runs.
func showStart(v *visit) {
	if v.key != "" {
		v.see(console + "/tenants")
		return
	}
	v.see(v.In(v.me.TenantID, "overview"))
}

// In is the address of a page of a tenant.
func (v *visit) In(tenant, page string) string {
	return console + "/t/" + url.PathEscape(tenant) + "/" + page
}

// Tenant is the slug of the tenant that the page is about, "" for none.
func (v *visit) Tenant() string { return v.tenant }

// Operator reports whether an operator looks.
func (v *visit) Operator() bool { return v.key != "" }

// showEnter asks who is there: an operator shows a key, an admin logs in.
func showEnter(v *visit) {
	v.front = &auth.Front{}
	v.render(http.StatusOK, page{name: "enter"})
}
