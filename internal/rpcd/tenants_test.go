package rpcd_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/latchkey/latchkey/internal/auth"
)

// documents are the tenants of an answer.
type documents []struct {
	Key                           string `json:"_id"`
	ID, Name, DisplayName, Status string
	ContactEmail                  string
	Deleted                       *bool
	CreatedAt, UpdatedAt          string
}

func (d documents) names() (all []string) {
	for _, v := range d {
		all = append(all, v.Name)
	}
	return all
}

// TestTenantDocument is a tenant as the seed's service shows it, with nothing of
// what is set elsewhere.
func TestTenantDocument(t *testing.T) {
	w := newWorld(t)
	want := []string{"_id", "contactEmail", "createdAt", "deleted", "displayName", "id", "name", "status", "updatedAt"}
	made := w.call(t, "tenant.create", object{
		"name": "acme", "displayName": "Acme Ltd", "contactEmail": "it@acme.example", "status": "PENDING",
		"policy": object{"otp": "off"}, "databaseUrl": "sqlite:/etc/x", "brand": object{"color": "#000000"}, "_id": "x", "deleted": true, "req": object{"user": object{"role": "admin"}},
	}).want(t, "TENANT_CREATED")
	tenant, err := w.store.Tenant(t.Context(), "acme")
	must(t, err)
	if tenant.Policy.OTP != "" || tenant.Directory != auth.DefaultDirectory || tenant.Brand.Color != "" || tenant.Status != auth.TenantPending {
		t.Errorf("got %+v", tenant)
	}
	for _, a := range []answer{
		made,
		w.call(t, "tenant.findById", tenant.ID).want(t, "TENANT_RETRIEVED"),
		w.call(t, "tenant.findByName", "acme").want(t, "TENANT_RETRIEVED"),
		w.call(t, "tenant.update", object{"id": tenant.ID, "dto": object{}}).want(t, "TENANT_UPDATED"),
		w.call(t, "tenant.changeStatus", object{"id": tenant.ID, "status": "PENDING"}).want(t, "TENANT_STATUS_CHANGED"),
		w.call(t, "tenant.changeStatusByName", object{"name": "acme", "status": "PENDING"}).want(t, "TENANT_STATUS_CHANGED"),
	} {
		if got := names(t, a.Data); !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", a.command, got, want)
		}
		var one documents
		must(t, json.Unmarshal([]byte("["+string(a.Data)+"]"), &one))
		if d := one[0]; d.ID != tenant.ID || d.Key != d.ID || d.Name != "acme" || d.DisplayName != "Acme Ltd" || d.ContactEmail != "it@acme.example" || d.Status != "PENDING" || *d.Deleted {
			t.Errorf("%s: got %+v", a.command, d)
		}
	}
}

// TestValidateTenant says yes to an active tenant alone.
func TestValidateTenant(t *testing.T) {
	w := newWorld(t)
	var v struct {
		Valid  bool
		Tenant *struct{ Name, Status string }
	}
	if w.call(t, "tenant.validate", other).want(t, "TENANT_VALIDATED").into(t, &v); !v.Valid || v.Tenant == nil || v.Tenant.Name != other {
		t.Errorf("got %+v", v)
	}
	for _, status := range []auth.TenantStatus{auth.TenantPending, auth.TenantInactive, auth.TenantLocked, auth.TenantSuspended} {
		w.status(t, other, status)
		if a := w.call(t, "tenant.validate", other).want(t, "TENANT_VALIDATED"); string(a.Data) != `{"valid":false}` {
			t.Errorf("%s: got %s", status, a.Data)
		}
	}
	w.status(t, other, auth.TenantActive)
	w.call(t, "tenant.softDelete", other).want(t, "TENANT_DELETED")
	if a := w.call(t, "tenant.validate", other).want(t, "TENANT_VALIDATED"); string(a.Data) != `{"valid":false}` {
		t.Errorf("deleted: got %s", a.Data)
	}
}

// TestTenantPages are numbered from 1, as numbers or as the texts of a query; all
// come below 0.
func TestTenantPages(t *testing.T) {
	w := newWorld(t) // with four tenants
	for n := range 21 {
		w.addTenant(t, fmt.Sprintf("t-%02d", n), auth.TenantPending, auth.Policy{})
	}
	for _, tt := range []struct {
		ask                      string
		first, last              string
		total, page, size, pages int
	}{
		{`{}`, "asleep", "t-05", 25, 1, 10, 3},
		{`{"status":null,"page":1,"pageSize":10}`, "asleep", "t-05", 25, 1, 10, 3},
		{`{"page":null,"pageSize":null}`, "asleep", "t-05", 25, 1, 10, 3},
		{`{"page":"3","pageSize":"10"}`, "t-16", "t-20", 25, 3, 10, 3},
		{`{"page":4}`, "", "", 25, 4, 10, 3},
		{`{"page":1000000,"pageSize":100}`, "", "", 25, 1000000, 100, 1},
		{`{"page":1,"pageSize":25}`, "asleep", "t-20", 25, 1, 25, 1},
		{`{"status":"PENDING","page":2}`, "t-10", "t-19", 21, 2, 10, 3},
		{`{"status":"LOCKED"}`, "", "", 0, 1, 10, 0},
		{`{"page":-1}`, "asleep", "t-20", 25, -1, 25, 1},
		{`{"page":"-7","pageSize":3}`, "asleep", "t-20", 25, -1, 25, 1},
		{`{"status":"INACTIVE","page":-1}`, "asleep", "asleep", 1, -1, 1, 1},
	} {
		t.Run(tt.ask, func(t *testing.T) {
			var d documents
			a := w.call(t, "tenant.findAll", raw(tt.ask)).want(t, "TENANTS_RETRIEVED").into(t, &d)
			got := d.names()
			if len(got) == 0 && tt.first != "" || len(got) > 0 && (got[0] != tt.first || got[len(got)-1] != tt.last) || string(a.Data) == "null" {
				t.Errorf("got %q, want from %q to %q", got, tt.first, tt.last)
			}
			if m := a.Meta; *m.Total != tt.total || *m.Page != tt.page || *m.PageSize != tt.size || *m.TotalPages != tt.pages {
				t.Errorf("got %d in all, page %d of %d, by %d", *m.Total, *m.Page, *m.TotalPages, *m.PageSize)
			}
		})
	}
	for ask, field := range map[string]string{
		`{"page":0}`: "page", `{"page":1000001}`: "page", `{"page":99999999999999999999}`: "page", `{"page":1.5}`: "page", `{"page":"x"}`: "page", `{"page":""}`: "page",
		`{"page":[1]}`: "page", `{"page":true}`: "page", `{"pageSize":0}`: "page", `{"pageSize":1001}`: "page", `{"pageSize":-1}`: "page", `{"pageSize":"ten"}`: "pageSize",
		`{"status":"ON"}`: "status", `{"status":7}`: "status", `[]`: "body", `"PENDING"`: "body", `null`: "body",
	} {
		t.Run(ask, func(t *testing.T) {
			w.call(t, "tenant.findAll", raw(ask)).wantStatus(t, 400, "VALIDATION_FAILED").wantFields(t, field)
		})
	}
}

// TestAllTenantsAreNotTooMany: who asks for all gets all or is told that they
// are too many, and not a part.
func TestAllTenantsAreNotTooMany(t *testing.T) {
	w := newWorld(t)
	for n := range 996 { // and four
		w.addTenant(t, fmt.Sprintf("t-%04d", n), auth.TenantActive, auth.Policy{})
	}
	var d documents
	if w.call(t, "tenant.findAll", object{"page": -1}).want(t, "TENANTS_RETRIEVED").into(t, &d); len(d) != 1000 {
		t.Errorf("got %d, want 1000", len(d))
	}
	w.addTenant(t, "one-more", auth.TenantActive, auth.Policy{})
	w.call(t, "tenant.findAll", object{"page": -1}).wantStatus(t, 400, "VALIDATION_FAILED").wantFields(t, "page")
	if a := w.call(t, "tenant.findAll", object{"page": 11, "pageSize": 100}).want(t, "TENANTS_RETRIEVED").into(t, &d); len(d) != 1 || *a.Meta.Total != 1001 {
		t.Errorf("got %d of %d on the last page", len(d), *a.Meta.Total)
	}
}

// TestUpdateTenant changes what is given, and nothing where something is wrong.
func TestUpdateTenant(t *testing.T) {
	w := newWorld(t)
	before, err := w.store.Tenant(t.Context(), other)
	must(t, err)
	for name, tt := range map[string]struct {
		dto   object
		field string
	}{
		"no such status":      {object{"displayName": "New", "status": "ON"}, "status"},
		"no address":          {object{"status": "LOCKED", "displayName": "New", "contactEmail": "x"}, "contactEmail"},
		"another name":        {object{"name": "another", "displayName": "New"}, "dto.name"},
		"a name of no tenant": {object{"name": "../x"}, "dto.name"},
		"a list":              {object{"displayName": []string{"New"}}, "dto.displayName"},
		"too long":            {object{"displayName": strings.Repeat("x", 101), "status": "LOCKED"}, "displayName"},
	} {
		t.Run(name, func(t *testing.T) {
			w.call(t, "tenant.update", object{"id": other, "dto": tt.dto}).wantStatus(t, 400, "VALIDATION_FAILED").wantFields(t, tt.field)
			now, err := w.store.Tenant(t.Context(), other)
			if err != nil || now.Name != before.Name || now.Status != before.Status || !now.UpdatedAt.Equal(before.UpdatedAt) {
				t.Errorf("got %+v, %v", now, err)
			}
		})
	}
	for _, dto := range []any{nil, object{}, object{"name": other}, object{"role": "admin", "policy": object{"otp": "off"}}} {
		w.call(t, "tenant.update", object{"id": other, "dto": dto}).want(t, "TENANT_UPDATED")
	}
	w.call(t, "tenant.update", object{"id": other, "dto": object{"displayName": "New", "status": "LOCKED"}}).want(t, "TENANT_UPDATED")
	now, err := w.store.Tenant(t.Context(), other)
	if err != nil || now.Name != "New" || now.Status != auth.TenantLocked || now.Policy.OTP != "" {
		t.Errorf("got %+v, %v", now, err)
	}
	for _, ref := range []any{"", "nowhere", nil} {
		w.call(t, "tenant.update", object{"id": ref, "dto": object{"displayName": "New"}}).wantStatus(t, 404, "TENANT_NOT_FOUND")
		w.call(t, "tenant.changeStatus", object{"id": ref, "status": "LOCKED"}).wantStatus(t, 404, "TENANT_NOT_FOUND")
		w.call(t, "tenant.changeStatusByName", object{"name": ref, "status": "LOCKED"}).wantStatus(t, 404, "TENANT_NOT_FOUND")
	}
}

// TestPeersAreWrittenDown: who changed a tenant over this door was a peer of it.
func TestPeersAreWrittenDown(t *testing.T) {
	w := newWorld(t)
	w.call(t, "tenant.changeStatusByName", object{"name": other, "status": "LOCKED"}).want(t, "TENANT_STATUS_CHANGED")
	tenant, err := w.store.Tenant(t.Context(), other)
	must(t, err)
	all, err := w.store.Events(t.Context(), auth.EventQuery{Directory: auth.DefaultDirectory, Tenant: tenant.ID, Max: 10})
	must(t, err)
	if len(all) == 0 || all[0].Actor != auth.AtTrustedPeer || all[0].Action != auth.ActionTenantStatus || all[0].IP != "" || all[0].RequestID == "" {
		t.Errorf("got %+v", all)
	}
	w.call(t, "tenant.softDelete", "default").wantStatus(t, 409, "DEFAULT_TENANT")
}
