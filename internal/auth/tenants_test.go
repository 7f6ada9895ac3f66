package auth_test

import (
	"encoding/base64"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/latchkey/latchkey/internal/auth"
)

// TestNamesOfTenants: slugs alone, none that stands for something else, none
// that looks like an id.
func TestNamesOfTenants(t *testing.T) {
	w := newWorld(t)
	op := w.operator(t, home)
	for _, bad := range []string{
		"", "a", "A1", "acme ", " acme", "-acme", "ac_me", "ac.me", "../acme", "acme/x", "acme\n", "acme%2e", "äcme", "аcme", "acme\x00", "ac'me", strings.Repeat("a", 64),
		"default", "control", "admin", "by-name", "tenants", "health", "postgres", "con", "nul", "null", "undefined", "shared", "registry", "www",
		uuid.NewString(), strings.ReplaceAll(uuid.NewString(), "-", ""), "0190b5c0-0000-7000-8000-000000000001",
	} {
		_, err := w.CreateTenant(t.Context(), op, auth.NewTenantInput{Name: bad})
		problem(t, bad, err, "name")
	}
	for _, good := range []string{"a1", "1a", "acme", "ac--me", "darmist1", strings.Repeat("a", 63), "deadbeef", "defaults"} {
		v, err := w.CreateTenant(t.Context(), op, auth.NewTenantInput{Name: good})
		must(t, err)
		if v.Name != good || v.DisplayName != good || v.Status != auth.TenantActive || v.Directory != auth.DefaultDirectory || uuid.Validate(v.ID) != nil {
			t.Errorf("got %+v", v)
		}
		_, err = w.CreateTenant(t.Context(), op, auth.NewTenantInput{Name: good})
		refused(t, good+" again", err, auth.ErrTenantTaken)
	}
}

// TestCreateTenant keeps what was said, makes the default space, and is there
// for a request that had just been told that there is none.
func TestCreateTenant(t *testing.T) {
	w := newWorld(t)
	op := w.operator(t, home)
	_, err := w.Anyone(t.Context(), auth.Origin{TenantSlug: "acme"}, "")
	refused(t, "before", err, auth.ErrTenantNotFound)
	picture := "data:image/png;base64," + base64.StdEncoding.EncodeToString([]byte("\x89PNG\r\n\x1a\n…"))
	v, err := w.CreateTenant(t.Context(), op, auth.NewTenantInput{
		Name: "acme", DisplayName: " Acme  Ltd ", ContactEmail: "IT@Acme.example", Policy: auth.Policy{OTP: auth.OTPOff},
		Brand: auth.BrandInput{Color: "#0B5FFF", Logo: picture},
	})
	must(t, err)
	want := auth.TenantView{
		ID: v.ID, Name: "acme", DisplayName: v.DisplayName, ContactEmail: "it@acme.example", Status: auth.TenantActive, Policy: auth.Policy{OTP: auth.OTPOff},
		InForce: v.InForce, Brand: auth.Brand{Color: "#0b5fff", Logo: "image/png"}, Directory: auth.DefaultDirectory, CreatedAt: w.clock.Now(), UpdatedAt: w.clock.Now(),
	}
	if diff := cmp.Diff(want, v); diff != "" || !strings.HasPrefix(v.DisplayName, "Acme") {
		t.Errorf("got %q, and (-want +got):\n%s", v.DisplayName, diff)
	}
	for _, ref := range []string{"acme", v.ID} {
		got, err := w.Tenant(t.Context(), op, auth.TenantRef{ID: ref})
		must(t, err)
		if diff := cmp.Diff(v, got); diff != "" {
			t.Errorf("read by %s:\n%s", ref, diff)
		}
	}
	id := w.join(t, "acme", "ben")
	g := w.loginAt(t, "acme", "ben")
	if g.User.ID != id || g.MainTenantID != "acme" || w.space(t, "acme").Slug != auth.DefaultSpace {
		t.Errorf("got %+v", g)
	}
	logo, err := w.store.Logo(t.Context(), v.ID)
	if err != nil || !strings.HasPrefix(string(logo), "\x89PNG") {
		t.Errorf("the logo is %q, %v", logo, err)
	}
	v, err = w.update(t, "acme", auth.TenantChange{DisplayName: "Acme"})
	if logo, readErr := w.store.Logo(t.Context(), v.ID); err != nil || readErr != nil || len(logo) == 0 || v.Brand != want.Brand || v.ContactEmail != want.ContactEmail {
		t.Errorf("a change of the name changed more: %+v, logo %q", v, logo)
	}
	v, err = w.update(t, "acme", auth.TenantChange{Reset: []string{"logo", "color", "contactEmail"}})
	if _, gone := w.store.Logo(t.Context(), v.ID); err != nil || gone == nil || v.Brand != (auth.Brand{}) || v.ContactEmail != "" || v.DisplayName != "Acme" {
		t.Errorf("reset: got %+v, %v", v, err)
	}
}

// TestOneTenantAName: of many at once one makes it.
func TestOneTenantAName(t *testing.T) {
	w := newWorld(t)
	op := w.operator(t, home)
	var all sync.WaitGroup
	errs := make([]error, 20)
	for i := range errs {
		all.Go(func() { _, errs[i] = w.CreateTenant(t.Context(), op, auth.NewTenantInput{Name: "acme"}) })
	}
	all.Wait()
	made := 0
	for _, err := range errs {
		if err == nil {
			made++
			continue
		}
		refused(t, "one of the others", err, auth.ErrTenantTaken)
	}
	if n := w.wroteOf(t, "acme", auth.ActionTenantMade); made != 1 || n != 1 {
		t.Errorf("%d made it, %d events, want one of each", made, n)
	}
}

// TestTenantInput: what else is refused, one field at a time, and nothing is
// made.
func TestTenantInput(t *testing.T) {
	w := newWorld(t)
	png := []byte("\x89PNG\r\n\x1a\n")
	url := func(kind string, b []byte) string {
		return "data:" + kind + ";base64," + base64.StdEncoding.EncodeToString(b)
	}
	for name, c := range map[string]struct {
		in    auth.NewTenantInput
		field string
	}{
		"display name of 101":    {auth.NewTenantInput{DisplayName: strings.Repeat("x", 101)}, "displayName"},
		"display name, breaks":   {auth.NewTenantInput{DisplayName: "Acme\r\nBcc: x@evil.example"}, "displayName"},
		"contact":                {auth.NewTenantInput{ContactEmail: "nobody"}, "contactEmail"},
		"status":                 {auth.NewTenantInput{Status: "GONE"}, "status"},
		"colour":                 {auth.NewTenantInput{Brand: auth.BrandInput{Color: "red"}}, "brand.color"},
		"colour with a style":    {auth.NewTenantInput{Brand: auth.BrandInput{Color: "#0b5ff;}"}}, "brand.color"},
		"logo from elsewhere":    {auth.NewTenantInput{Brand: auth.BrandInput{Logo: "https://evil.example/x.png"}}, "brand.logo"},
		"logo, SVG":              {auth.NewTenantInput{Brand: auth.BrandInput{Logo: url("image/svg+xml", []byte("<svg/>"))}}, "brand.logo"},
		"logo, not what it says": {auth.NewTenantInput{Brand: auth.BrandInput{Logo: url("image/jpeg", png)}}, "brand.logo"},
		"logo, HTML as PNG":      {auth.NewTenantInput{Brand: auth.BrandInput{Logo: url("image/png", []byte("<html>"))}}, "brand.logo"},
		"logo, not base64":       {auth.NewTenantInput{Brand: auth.BrandInput{Logo: "data:image/png;base64,%%%"}}, "brand.logo"},
		"logo of 32 KiB and 1":   {auth.NewTenantInput{Brand: auth.BrandInput{Logo: url("image/png", append(png, make([]byte, 32<<10-7)...))}}, "brand.logo"},
	} {
		c.in.Name = "acme"
		_, err := w.CreateTenant(t.Context(), w.operator(t, home), c.in)
		problem(t, name, err, c.field)
	}
	for _, reset := range []string{"name", "status", "policy", "", "OTP", "displayName", "directory"} {
		_, err := w.update(t, home, auth.TenantChange{Reset: []string{reset}})
		problem(t, "reset "+reset, err, "reset")
	}
	if _, err := w.store.Tenant(t.Context(), "acme"); err == nil {
		t.Error("a tenant was made")
	}
	in := auth.NewTenantInput{Name: "acme", Brand: auth.BrandInput{Logo: url("image/png", append(png, make([]byte, 32<<10-8)...))}}
	_, err := w.CreateTenant(t.Context(), w.operator(t, home), in)
	refused(t, "a logo of 32 KiB", err, nil)
}

// TestListTenants: to an operator all, page by page, by name; to an admin
// theirs alone, whatever is asked for.
func TestListTenants(t *testing.T) {
	s := staffed(t)
	op := s.operator(t, home)
	for i := range 7 {
		status := auth.TenantActive
		if i%2 == 1 {
			status = auth.TenantPending
		}
		_, err := s.CreateTenant(t.Context(), op, auth.NewTenantInput{Name: fmt.Sprintf("t-%d", i), Status: status})
		must(t, err)
	}
	list := func(by auth.Caller, limit, prefix string, status auth.TenantStatus) (names string, pages int) {
		in := auth.TenantsInput{PageInput: auth.PageInput{Limit: limit}, Prefix: prefix, Status: status}
		for {
			page, err := s.ListTenants(t.Context(), by, in)
			must(t, err)
			if page.Items == nil {
				t.Error("the items are null")
			}
			for _, v := range page.Items {
				names += v.Name + " "
			}
			if pages++; page.Next == "" {
				return names, pages
			}
			in.Cursor = page.Next
		}
	}
	for name, c := range map[string]struct {
		limit, prefix string
		status        auth.TenantStatus
		want          string
		pages         int
	}{
		"all":            {"", "", "", "annex asleep closed coded far home t-0 t-1 t-2 t-3 t-4 t-5 t-6 ", 1},
		"two a page":     {"2", "t-", "", "t-0 t-1 t-2 t-3 t-4 t-5 t-6 ", 4},
		"a page exactly": {"7", "t-", "", "t-0 t-1 t-2 t-3 t-4 t-5 t-6 ", 1},
		"by status":      {"1", "", auth.TenantPending, "t-1 t-3 t-5 ", 3},
		"none":           {"", "zzz", "", "", 1},
		"no pattern":     {"", "%", "", "", 1},
	} {
		got, pages := list(op, c.limit, c.prefix, c.status)
		if got != c.want || pages != c.pages {
			t.Errorf("%s: got %q on %d pages, want %q on %d", name, got, pages, c.want, c.pages)
		}
	}
	root := s.by(t, "root")
	for prefix, want := range map[string]string{"": "home ", "ho": "home ", "t-": "", "annex": ""} {
		if got, _ := list(root, "1", prefix, ""); got != want {
			t.Errorf("an admin, %q: got %q, want %q", prefix, got, want)
		}
	}
	if got, _ := list(root, "", "", auth.TenantPending); got != "" {
		t.Errorf("an admin, by status: got %q", got)
	}
	page, err := s.ListTenants(t.Context(), op, auth.TenantsInput{PageInput: auth.PageInput{Limit: "1"}})
	must(t, err)
	mine, err := s.ListTenants(t.Context(), root, auth.TenantsInput{PageInput: auth.PageInput{Cursor: page.Next}})
	if err != nil || len(mine.Items) != 0 {
		t.Errorf("an admin with an operator's cursor: got %d, %v", len(mine.Items), err)
	}
	_, err = s.ListTenants(t.Context(), op, auth.TenantsInput{Status: "x"})
	problem(t, "a status that there is not", err, "status")
}
