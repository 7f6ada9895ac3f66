package site

import (
	"cmp"
	"math"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
)

func TestALoginLeadsNowhereElse(t *testing.T) {
	for to, want := range map[string]string{
		"/auth/account/profile":         "/auth/account/profile",
		"/auth/account/profile?lang=ko": "/auth/account/profile?lang=ko",
		"/admin":                        "/admin",
		"/admin/t/acme/users":           "/admin/t/acme/users",
		"":                              "else",
		"/":                             "else",
		"/administrator":                "else",
		"/auth/logout":                  "else",
		"//evil.example/auth/account/":  "else",
		"https://evil.example/admin":    "else",
		"javascript:alert(1)":           "else",
		`/\evil.example/admin`:          "else",
		"/admin/../auth/logout":         "else",
		"/auth/account/%2e%2e/logout":   "else",
		"/admin\r\nSet-Cookie: a=b":     "else",
		"https:/admin":                  "else",
		"//user@/admin":                 "else",
	} {
		if got := cmp.Or(goalOf(to), "else"); got != want {
			t.Errorf("to %q leads to %q, want %q", to, got, want)
		}
	}
}

func TestWhatPagesOfOthersSend(t *testing.T) {
	s := &Site{Config: Config{Base: &url.URL{Scheme: "https", Host: "auth.example.com"}}}
	for _, tt := range []struct {
		name, fetch, origin string
		want                bool
	}{
		{"our own page", "same-origin", "https://auth.example.com", false},
		{"typed by hand", "none", "", false},
		{"a neighbour", "same-site", "https://app.example.com", true},
		{"a stranger", "cross-site", "https://evil.example", true},
		{"a value that there is not", "nonsense", "https://auth.example.com", true},
		{"an old browser, our page", "", "https://auth.example.com", false},
		{"an old browser, a stranger", "", "https://evil.example", true},
		{"an old browser, a page without origin", "", "null", true},
		{"no browser", "", "", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodPost, "https://auth.example.com/auth/account/login", nil)
			for name, value := range map[string]string{"Sec-Fetch-Site": tt.fetch, "Origin": tt.origin} {
				if value != "" {
					r.Header.Set(name, value)
				}
			}
			if got := (&visit{Site: s, r: r}).foreign(); got != tt.want {
				t.Errorf("foreign: %v, want %v", got, tt.want)
			}
		})
	}
}

// What stands on a tenant's colour is read on every colour there is (WCAG 2.2, 1.4.3).
func TestEveryColourCanBeWrittenOn(t *testing.T) {
	for r := 0; r < 256; r += 15 {
		for g := 0; g < 256; g += 5 {
			for b := 0; b < 256; b += 15 {
				rgb := []byte{byte(r), byte(g), byte(b)}
				l := luminance(rgb)
				contrast := 1.05 / (l + 0.05)
				if l > turnsDark {
					contrast = (l + 0.05) / 0.05
				}
				if contrast < 4.5 || math.IsNaN(contrast) {
					t.Fatalf("on #%x the contrast is %.2f", rgb, contrast)
				}
			}
		}
	}
}
