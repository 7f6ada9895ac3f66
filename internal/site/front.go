package site

import (
	"cmp"
	"html/template"
	"net/http"
	"net/url"
	"strings"

	"github.com/latchkey/latchkey/internal/auth"
)

// brand is whose pages these are.
type brand struct {
	auth.Front
	App string
}

// Title is the name on every page: the tenant's, unless it has the application's.
func (b brand) Title() string { return cmp.Or(b.Name, b.App) }

// Picture is the tenant's logo as a page may show it.
func (b brand) Picture() template.URL { return picture(b.Logo) }

// Sheet is the address of the tenant's colour, "" where it has none.
func (b brand) Sheet() string {
	name := strings.TrimPrefix(b.Color, "#") + ".css"
	if _, found := colours(name, ":root"); !found {
		return ""
	}
	return account + "/static/" + name
}

// brand asks once in a visit how the tenant wants to look. A page is shown
// plain rather than not at all.
func (v *visit) brand() brand {
	if v.front == nil {
		v.look()
	}
	return brand{Front: *v.front, App: v.App}
}

// look asks how the tenant wants to look.
func (v *visit) look() answer {
	tenant, key := v.tenant, v.key
	if v.me != nil {
		v.tenant = v.me.TenantID
	}
	v.key = "" // it is asked as anybody
	address := "/auth/front"
	if to := v.param("to"); strings.HasPrefix(to, "http") && len(to) <= 2048 {
		address += "?" + url.Values{"returnTo": {to}}.Encode()
	}
	a := v.ask(http.MethodGet, address, nil)
	v.tenant, v.key, v.front = tenant, key, &auth.Front{}
	if a.ok() && a.read(v.front) != nil {
		v.front = &auth.Front{}
	}
	return a
}
