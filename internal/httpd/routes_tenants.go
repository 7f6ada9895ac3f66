package httpd

import (
	"net/http"

	"github.com/latchkey/latchkey/internal/auth"
)

// The methods of routes.
var (
	methodGet    = []string{http.MethodGet}
	methodPost   = []string{http.MethodPost}
	methodPatch  = []string{http.MethodPatch}
	methodDelete = []string{http.MethodDelete}
)

// run makes a route for those who run a tenant: its admins, and operators.
func run[In, Out any](rt route, path string, f rule[In, Out]) *route {
	rt.paths, rt.operated = []string{path}, true
	return do(rt, f)
}

// tenantRoutes are for operators; a tenant's admins may read their own.
func tenantRoutes() []*route {
	const group = groupTenants
	missing := []*auth.Error{auth.ErrTenantNotFound}
	return []*route{
		run(route{
			methods: methodPost, group: group, status: http.StatusCreated, summary: "Make a tenant",
			text:     "For operators. With databaseUrl, or where the deployment keeps tenants apart, its database is made too.",
			outcomes: []auth.Outcome{auth.OutcomeTenantCreated}, errors: []*auth.Error{auth.ErrTenantTaken},
			examples: examples{in: exampleNewTenant, out: []any{exampleTenant}},
		}, "/tenants", (*auth.Service).CreateTenant),
		run(route{
			methods: methodGet, group: group, summary: "List tenants by name", text: "An operator sees all, an admin theirs.",
			outcomes: []auth.Outcome{auth.OutcomeTenants}, examples: examples{out: []any{[]auth.TenantView{exampleTenant}}},
		}, "/tenants", (*auth.Service).ListTenants),
		run(route{
			methods: methodGet, group: group, summary: "Look at a tenant", outcomes: []auth.Outcome{auth.OutcomeTenant}, errors: missing,
			examples: examples{out: []any{exampleTenant}},
		}, "/tenants/{id}", (*auth.Service).Tenant),
		run(route{
			methods: methodPatch, group: group, summary: "Change a tenant", text: "For operators. It holds from the next request on.",
			outcomes: []auth.Outcome{auth.OutcomeTenantUpdated}, errors: missing,
			examples: examples{in: exampleTenantChange, out: []any{exampleTenant}},
		}, "/tenants/{id}", (*auth.Service).UpdateTenant),
		run(route{
			methods: methodDelete, group: group, summary: "Delete a tenant", text: "For operators. Its name is never used again; its data stays in the database.",
			outcomes: []auth.Outcome{auth.OutcomeTenantDeleted}, errors: append(missing, auth.ErrDefaultTenant),
			examples: examples{out: []any{auth.Deleted{Deleted: true}}},
		}, "/tenants/{id}", (*auth.Service).DeleteTenant),
		run(route{
			methods: methodPatch, group: group, summary: "Change a tenant's status",
			text:     "For operators. Anything but ACTIVE refuses logins, refreshes and access tokens from the answer on; nothing is lost by it.",
			outcomes: []auth.Outcome{auth.OutcomeTenantStatus}, errors: missing,
			examples: examples{in: exampleStatus, out: []any{exampleStatusView}},
		}, "/tenants/{id}/status", (*auth.Service).SetTenantStatus),
		byName(route{
			methods: methodGet, group: group, summary: "Look at a tenant's status", outcomes: []auth.Outcome{auth.OutcomeStatus}, errors: missing,
			examples: examples{out: []any{exampleStatusView}},
		}, func(x *exchange, in tenantName) (auth.TenantStatusView, error) {
			return x.server.service.TenantStatus(x.r.Context(), x.by, auth.TenantRef{ID: in.Name})
		}),
		byName(route{
			methods: methodPatch, group: group, summary: "Change the status of the tenant with that name", text: "For operators.",
			outcomes: []auth.Outcome{auth.OutcomeTenantStatus}, errors: missing,
			examples: examples{in: exampleStatus, out: []any{exampleStatusView}},
		}, func(x *exchange, in tenantNameStatus) (auth.TenantStatusView, error) {
			return x.server.service.SetTenantStatus(x.r.Context(), x.by, auth.TenantStatusInput{TenantRef: auth.TenantRef{ID: in.Name}, Status: in.Status})
		}),
	}
}

// tenantName names a tenant by its slug only.
type tenantName struct {
	Name string `path:"name" json:"-" doc:"Name of the tenant"`
}

// tenantNameStatus is auth.TenantStatusInput for it.
type tenantNameStatus struct {
	Name   string            `path:"name" json:"-" doc:"Name of the tenant"`
	Status auth.TenantStatus `json:"status" enum:"PENDING,ACTIVE,INACTIVE,LOCKED,SUSPENDED"`
}

// byName makes a route of seed 002 that names a tenant by its slug.
func byName[In any](rt route, f func(*exchange, In) (auth.TenantStatusView, error)) *route {
	rt.paths, rt.operated = []string{"/tenants/by-name/{name}/status"}, true
	return doWith(rt, f)
}
