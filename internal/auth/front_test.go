package auth_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/latchkey/latchkey/internal/auth"
)

// TestFront: what stands on a tenant's log-in page is what the tenant says, and
// else what the deployment does.
func TestFront(t *testing.T) {
	s := staffed(t)
	anyone, err := s.Anyone(t.Context(), auth.Origin{TenantSlug: home}, "")
	must(t, err)
	front, err := s.Front(t.Context(), anyone, auth.FrontInput{ReturnTo: "https://app.example.com/x"})
	must(t, err)
	if diff := cmp.Diff(auth.Front{TenantID: home, Name: anyone.Tenant.Name, SignUp: auth.SignUpOpen, Language: anyone.Tenant.Policy.Language}, front); diff != "" {
		t.Errorf("a tenant that says nothing (-want +got)\n%s", diff)
	}
	_, err = s.UpdateTenant(t.Context(), s.operator(t, home), auth.TenantChange{
		TenantRef: auth.TenantRef{ID: home}, Policy: auth.Policy{SignUp: auth.SignUpInvite, AllowedOrigins: []string{"https://app.example.com"}},
		Brand: auth.BrandInput{Color: "#0B5FFF", Logo: "data:image/png;base64,iVBORw0KGgo="},
	})
	must(t, err)
	if anyone, err = s.Anyone(t.Context(), auth.Origin{TenantSlug: home}, ""); err != nil {
		t.Fatal(err)
	}
	front, err = s.Front(t.Context(), anyone, auth.FrontInput{})
	must(t, err)
	if front.Color != "#0b5fff" || front.SignUp != auth.SignUpInvite || !strings.HasPrefix(front.Logo, "data:image/png;base64,") {
		t.Errorf("got %+v, want the tenant's colour, picture and policy", front)
	}
	for asked, want := range map[string]string{
		"https://app.example.com":             "https://app.example.com",
		"https://app.example.com/a?b=c#d":     "https://app.example.com/a?b=c#d",
		"https://app.example.com:443/":        "",
		"https://app.example.com.evil.test/":  "",
		"https://app.example.com@evil.test/":  "",
		"https://x@app.example.com/":          "",
		"https://app.example.com\\@evil.test": "",
		"https://app.example.com\t/":          "",
		"https:app.example.com":               "",
		"//app.example.com/":                  "",
		"http://app.example.com/":             "",
		"javascript:alert(1)":                 "",
		"":                                    "",
	} {
		if front, err = s.Front(t.Context(), anyone, auth.FrontInput{ReturnTo: asked}); err != nil || front.ReturnTo != want {
			t.Errorf("back to %q: got %q, %v, want %q", asked, front.ReturnTo, err, want)
		}
	}
}
