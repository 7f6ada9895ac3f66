package site

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/latchkey/latchkey/internal/auth"
)

// tenantSettings is the page of a tenant's settings.
type tenantSettings struct {
	auth.TenantView
	Groups   []settingGroup
	Statuses []auth.TenantStatus
	Preview  preview
	Form     string            // that was sent
	Shown    map[string]string // in the fields that are no policy
}

// settings is how a tenant is set; where it reports false, the visit was
// answered.
func (v *visit) settings() (d tenantSettings, found bool) {
	a := v.ask(http.MethodGet, v.tenantPath(), nil)
	if !a.ok() {
		v.failed(a)
		return d, false
	}
	err := a.read(&d.TenantView)
	if err == nil {
		d.Groups, err = policyGroups(d.TenantView)
	}
	if err != nil {
		v.failed(v.broken("the settings could not be read", err))
		return d, false
	}
	d.Statuses, d.Form = tenantStatuses, v.field("form")
	d.Shown = map[string]string{
		"displayName": d.DisplayName, "contactEmail": d.ContactEmail, "color": d.Brand.Color, "status": string(d.Status), "confirm": "",
	}
	d.Preview = preview{Name: d.DisplayName, Color: d.Brand.Color}
	if d.Brand.Logo != "" {
		d.Preview.Logo = v.logo()
	}
	return d, true
}

// tenantPath is where the API has the tenant.
func (v *visit) tenantPath() string { return "/tenants/" + url.PathEscape(v.tenant) }

// logo is the tenant's picture, "" while nobody may see it.
func (v *visit) logo() string {
	key := v.key
	v.key = "" // it is asked as anybody
	a := v.ask(http.MethodGet, "/auth/front", nil)
	v.key = key
	var front auth.Front
	if !a.ok() || a.read(&front) != nil {
		return ""
	}
	return front.Logo
}

func showSettings(v *visit) {
	if d, found := v.settings(); found {
		v.render(http.StatusOK, page{name: "settings", data: d})
	}
}

// changeSettings does what one of the forms of the page asks for.
func changeSettings(v *visit) {
	if err := v.form(); err != nil {
		v.tooLarge()
		return
	}
	d, found := v.settings()
	if !found {
		return
	}
	switch d.Form {
	case "about":
		v.change(d, changeAbout(v, d))
	case "policy":
		v.change(d, changePolicy(v, d))
	case "brand":
		v.changeBrand(d)
	case "status":
		v.settled(d, v.ask(http.MethodPatch, v.tenantPath()+"/status", map[string]string{"status": v.field("status")}))
	case "delete":
		v.deleteTenant(d)
	default:
		v.refuse(http.StatusBadRequest, auth.ErrValidation.Code)
	}
}

// tenantChange is a change as the API is asked for it: auth.TenantChange with
// nothing in it that was not given.
type tenantChange struct {
	DisplayName  string            `json:"displayName,omitempty"`
	ContactEmail string            `json:"contactEmail,omitempty"`
	Policy       map[string]any    `json:"policy,omitempty"`
	Brand        map[string]string `json:"brand,omitempty"`
	Reset        []string          `json:"reset,omitempty"`
}

func (c tenantChange) none() bool {
	return c.DisplayName == "" && c.ContactEmail == "" && len(c.Policy) == 0 && len(c.Brand) == 0 && len(c.Reset) == 0
}

// change asks for what is new on a form.
func (v *visit) change(d tenantSettings, c tenantChange) {
	if c.none() {
		v.say("settings.same")
		v.see(v.In(v.tenant, "settings"))
		return
	}
	v.settled(d, v.ask(http.MethodPatch, v.tenantPath(), c))
}

// settled shows the settings as they are now, or the form once more.
func (v *visit) settled(d tenantSettings, a answer) {
	if a.ok() {
		v.say(a.Meta.Code)
		v.see(v.In(v.tenant, "settings"))
		return
	}
	v.retype(d)
	v.again(page{name: "settings", data: d, fields: settingFields}, a)
}

// retype has the form that was sent show what was typed.
func (v *visit) retype(d tenantSettings) {
	for name := range d.Shown {
		if v.r.PostForm.Has(name) {
			d.Shown[name] = v.field(name)
		}
	}
	if d.Form != "policy" {
		return
	}
	for _, g := range d.Groups {
		for i := range g.Settings {
			s := &g.Settings[i]
			var open bool
			s.Value, open = s.typed(v)
			s.Own = !open
		}
	}
}

// settingFields are the names of fields on the page by those in the API.
var settingFields = func() map[string]string {
	fields := map[string]string{"brand.color": "color", "brand.logo": "logo", "reset": "noLogo"}
	for in, on := range policyFields {
		fields[in] = on
	}
	return fields
}()

// changeAbout is what is new of how a tenant is called.
func changeAbout(v *visit, d tenantSettings) (c tenantChange) {
	if name := strings.TrimSpace(v.field("displayName")); name != d.DisplayName {
		c.DisplayName = name
	}
	switch contact := strings.TrimSpace(v.field("contactEmail")); contact {
	case d.ContactEmail:
	case "":
		c.Reset = []string{"contactEmail"}
	default:
		c.ContactEmail = contact
	}
	return c
}

// changePolicy is what is new of a policy. What the form does not have stays.
func changePolicy(v *visit, d tenantSettings) tenantChange {
	c := tenantChange{Policy: map[string]any{}}
	for _, g := range d.Groups {
		for _, s := range g.Settings {
			text, open := s.typed(v)
			switch {
			case !v.r.PostForm.Has(s.Name), open && !s.Own, !open && s.Own && text == s.Value:
			case open:
				c.Reset = append(c.Reset, s.Name)
			default:
				c.Policy[s.Name] = s.asked(text)
			}
		}
	}
	return c
}
