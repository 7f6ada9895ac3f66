package site

import (
	"net/http"
	"net/url"

	"github.com/latchkey/latchkey/internal/auth"
)

// tenantStatuses are the states of a tenant, in the order in which they are
// offered.
var tenantStatuses = []auth.TenantStatus{auth.TenantActive, auth.TenantPending, auth.TenantInactive, auth.TenantLocked, auth.TenantSuspended}

// tenantList is the page of tenants.
type tenantList struct {
	Tenants  []auth.TenantView
	Statuses []auth.TenantStatus
	paging
}

// paging is where in a long list a page is.
type paging struct {
	First string // address of the first page, "" on it
	Next  string // of the next one, "" on the last
}

// listed reads a page of a list of the API's: what the address asks for by those
// names, and where the list goes on.
func (v *visit) listed(from string, filters ...string) (answer, paging) {
	ask, here := url.Values{}, url.Values{}
	for _, name := range filters {
		if value := v.r.URL.Query().Get(name); value != "" {
			ask.Set(name, value)
			here.Set(name, value)
		}
	}
	var p paging
	if cursor := v.r.URL.Query().Get("cursor"); cursor != "" {
		ask.Set("cursor", cursor)
		p.First = v.r.URL.Path + "?" + here.Encode()
	}
	a := v.ask(http.MethodGet, from+"?"+ask.Encode(), nil)
	if a.Meta.NextCursor != "" {
		here.Set("cursor", a.Meta.NextCursor)
		p.Next = v.r.URL.Path + "?" + here.Encode()
	}
	return a, p
}

func showTenants(v *visit) {
	a, p := v.listed("/tenants", "q", "status")
	list := tenantList{Statuses: tenantStatuses, paging: p}
	switch {
	case a.Meta.Code == auth.ErrValidation.Code: // what is searched for cannot be
		v.again(page{name: "tenants", data: list, fields: map[string]string{"cursor": "q"}}, a)
	case !a.ok():
		v.failed(a)
	case a.read(&list.Tenants) != nil:
		v.failed(v.broken("the tenants could not be read", a.read(&list.Tenants)))
	default:
		v.render(http.StatusOK, page{name: "tenants", data: list})
	}
}

// newTenant is the form that makes a tenant.
type newTenant struct{ OTP, SignUp setting }

func (v *visit) newTenant() newTenant {
	typed := func(name string) setting {
		s := policySettings[name]
		s.Value = v.Typed(name)
		return s
	}
	return newTenant{OTP: typed("otp"), SignUp: typed("signUp")}
}

func showNewTenant(v *visit) { v.render(http.StatusOK, page{name: "tenant-new", data: v.newTenant()}) }

func makeTenant(v *visit) {
	in := map[string]any{"name": v.field("name")}
	for _, name := range []string{"displayName", "contactEmail"} {
		if value := v.field(name); value != "" {
			in[name] = value
		}
	}
	policy := map[string]any{}
	for _, name := range []string{"otp", "signUp"} {
		if value := v.field(name); value != "" {
			policy[name] = value
		}
	}
	in["policy"] = policy
	a := v.ask(http.MethodPost, "/tenants", in)
	if !a.ok() {
		if a.Meta.Code == auth.ErrTenantTaken.Code { // a code that is that of an account, too
			a.Meta.Code = "tenants.taken"
		}
		v.again(page{name: "tenant-new", data: v.newTenant(), fields: policyFields}, a)
		return
	}
	var made auth.TenantView
	if err := a.read(&made); err != nil {
		v.failed(v.broken("the tenant could not be read", err))
		return
	}
	v.say(a.Meta.Code)
	v.see(v.In(made.Name, "settings"))
}
