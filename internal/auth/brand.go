package auth

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"reflect"
	"regexp"
	"slices"
	"strings"
)

// BrandInput is how mails and pages of a tenant are to look.
type BrandInput struct {
	Color string `json:"color,omitempty" pattern:"^#[0-9a-fA-F]{6}$" doc:"Of buttons and lines" example:"#0b5fff"`
	Logo  string `json:"logo,omitempty" maxLength:"44000" doc:"A PNG, JPEG or WebP of at most 32 KiB as a data: URL; pages and mails carry it and load nothing from elsewhere" example:"data:image/png;base64,iVBORw0KGgo="`
}

// logoLimit bounds a picture, in bytes.
const logoLimit = 32 << 10

var colorPattern = regexp.MustCompile(`^#[0-9a-f]{6}$`)

// pictures are the kinds of logos, and how each begins. No SVG: it may hold
// scripts.
var pictures = map[string]func([]byte) bool{
	"image/png":  func(b []byte) bool { return bytes.HasPrefix(b, []byte("\x89PNG\r\n\x1a\n")) },
	"image/jpeg": func(b []byte) bool { return bytes.HasPrefix(b, []byte("\xff\xd8\xff")) },
	"image/webp": func(b []byte) bool { return len(b) > 12 && string(b[:4]) == "RIFF" && string(b[8:12]) == "WEBP" },
}

// brand checks how a tenant wants to look; the picture is nil when none is given.
func (p *problems) brand(old Brand, in BrandInput) (Brand, []byte) {
	out := old
	if in.Color != "" {
		out.Color = strings.ToLower(in.Color)
		if !colorPattern.MatchString(out.Color) {
			p.add("brand.color", "must be a colour such as #0b5fff")
		}
	}
	if in.Logo == "" {
		return out, nil
	}
	kind, text, found := strings.Cut(strings.TrimPrefix(in.Logo, "data:"), ";base64,")
	picture, err := base64.StdEncoding.DecodeString(text)
	is := pictures[kind]
	if !found || err != nil || is == nil || !is(picture) {
		p.add("brand.logo", "must be a PNG, JPEG or WebP as a data: URL, such as data:image/png;base64,…")
		return out, nil
	}
	if len(picture) > logoLimit {
		p.add("brand.logo", "must have at most 32 KiB")
		return out, nil
	}
	out.Logo = kind
	return out, picture
}

// or fills what b leaves open from another brand.
func (b Brand) or(old Brand) Brand {
	return Brand{Color: cmp.Or(b.Color, old.Color), Logo: cmp.Or(b.Logo, old.Logo)}
}

// resettable are the fields that a change of a tenant can take back.
var resettable = map[string]func(*Tenant){
	"contactEmail":   func(t *Tenant) { t.ContactEmail = "" },
	"color":          func(t *Tenant) { t.Brand.Color = "" },
	"logo":           func(t *Tenant) { t.Brand.Logo, t.Logo = "", []byte{} },
	"otp":            func(t *Tenant) { t.Policy.OTP = "" },
	"signUp":         func(t *Tenant) { t.Policy.SignUp = "" },
	"allowedOrigins": func(t *Tenant) { t.Policy.AllowedOrigins = nil },
	"browserTokens":  func(t *Tenant) { t.Policy.BrowserTokens = nil },
	"language":       func(t *Tenant) { t.Policy.Language = "" },
	"taken":          func(t *Tenant) { t.Policy.Taken = "" },
	"lockAttempts":   func(t *Tenant) { t.Policy.LockAttempts = 0 },
	"lockMinutes":    func(t *Tenant) { t.Policy.LockMinutes = 0 },
	"maxSessions":    func(t *Tenant) { t.Policy.MaxSessions = 0 },
	"atLimit":        func(t *Tenant) { t.Policy.AtLimit = "" },
	"accessLife":     func(t *Tenant) { t.Policy.AccessLife = 0 },
	"refreshLife":    func(t *Tenant) { t.Policy.RefreshLife = 0 },
	"sessionLife":    func(t *Tenant) { t.Policy.SessionLife = 0 },
	"passwordLength": func(t *Tenant) { t.Policy.PasswordLength = 0 },
	"mailFrom":       func(t *Tenant) { t.Policy.MailFrom = "" },
}

func (p *problems) resets(in TenantChange) {
	given := TenantChange{ContactEmail: in.ContactEmail, Policy: in.Policy, Brand: in.Brand}.changed()
	for _, n := range in.Reset {
		if resettable[n] == nil {
			p.add("reset", "must name fields of policy, contactEmail, color or logo")
			return
		}
		if slices.Contains(given, n) {
			p.add("reset", "names "+n+", which is given too: set it or reset it")
			return
		}
	}
}

// reset takes fields back to what the deployment says, or to nothing.
func (t *Tenant) reset(names []string) {
	for _, n := range names {
		resettable[n](t)
	}
}

// changed lists what a change is about, for the record: names, no values.
func (in TenantChange) changed() []string {
	var t Tenant
	t.ContactEmail, t.Policy, t.Brand = in.ContactEmail, in.Policy, Brand{Color: in.Brand.Color, Logo: in.Brand.Logo}
	names := slices.Clone(in.Reset)
	for name, reset := range resettable {
		before := t
		reset(&t)
		t.Logo = nil
		if !reflect.DeepEqual(before, t) {
			names = append(names, name)
		}
		t = before
	}
	if in.DisplayName != "" {
		names = append(names, "displayName")
	}
	slices.Sort(names)
	return slices.Compact(names)
}
