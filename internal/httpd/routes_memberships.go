package httpd

import "github.com/latchkey/latchkey/internal/auth"

// membershipRoutes are anybody's own memberships and profile.
func membershipRoutes() []*route {
	const group = groupMemberships
	return []*route{
		doWith(route{
			methods: methodPost, paths: []string{"/auth/switch-tenant"}, grants: true, group: group, summary: "Move the session to another of one's tenants",
			text:     "The same session and the same refresh token, with an access token for the other tenant. One whose login asks for a code takes only sessions in which one was given.",
			outcomes: []auth.Outcome{auth.OutcomeSwitched}, examples: examples{in: exampleSwitch, out: []any{switched(exampleGrant)}},
		}, func(x *exchange, in auth.SwitchInput) (auth.Grant, error) {
			g, err := x.server.service.SwitchTenant(x.r.Context(), x.by, in)
			if err == nil { // whether a page may have the tokens is for their tenant to say
				x.by.Tenant.Policy = x.server.service.TenantPolicy(x.r.Context(), in.TenantID)
			}
			return g, err
		}),
		do(route{
			methods: methodPost, paths: []string{"/auth/tenants/main"}, group: group, summary: "Say which of one's tenants is the main one",
			outcomes: []auth.Outcome{auth.OutcomeMainTenant}, examples: examples{in: exampleSwitch, out: []any{exampleMe}},
		}, (*auth.Service).SetMainTenant),
		doWith(route{
			methods: methodPost, paths: []string{"/auth/tenants/leave"}, group: group, summary: "Leave one of one's tenants", text: "The sessions there end.",
			outcomes: []auth.Outcome{auth.OutcomeLeft}, errors: []*auth.Error{auth.ErrLastAdmin, auth.ErrLastSeat},
			examples: examples{in: exampleLeave, out: []any{true}},
		}, func(x *exchange, in auth.LeaveInput) (bool, error) {
			out, err := x.server.service.LeaveTenant(x.r.Context(), x.by, in)
			return clearing(x, out, err, in.TenantID == x.by.Tenant.Slug)
		}),
		do(route{
			methods: methodGet, paths: []string{"/auth/history"}, group: group, summary: "What happened to one's own account, newest first",
			text:     "In the tenant of the session. Those who run it stay unnamed.",
			outcomes: []auth.Outcome{auth.OutcomeHistory}, examples: examples{out: []any{[]auth.PastView{examplePast}}},
		}, (*auth.Service).History),
		do(route{
			methods: methodPatch, paths: []string{"/auth/me"}, group: group, summary: "Change one's own profile",
			text:     "Role, status, tenant and e-mail address are not part of it.",
			outcomes: []auth.Outcome{auth.OutcomeProfile}, errors: []*auth.Error{auth.ErrDuplicate},
			examples: examples{in: exampleProfile, out: []any{exampleMe}},
		}, (*auth.Service).UpdateProfile),
	}
}
