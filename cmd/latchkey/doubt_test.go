package main

import (
	"strings"
	"testing"
)

func TestDoubts(t *testing.T) {
	for _, c := range []struct {
		mode runMode
		base string
		want string // the beginning of the only one; "": none
	}{
		{modeServe, "https://auth.example.com", ""},
		{modeDev, "http://localhost:3502", ""},
		{modeServe, "http://localhost:3502", "APP_BASE_URL is http://localhost:3502: tokens"},
		{modeServe, "http://auth.example.com", "APP_BASE_URL is http: browsers"},
	} {
		s, _, err := loadSettings(c.mode, nil, []string{"APP_BASE_URL=" + c.base, "SMTP_HOST=mail.example.com"}, t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		got := doubts(c.mode, s)
		if c.want == "" && len(got) > 0 || c.want != "" && (len(got) != 1 || !strings.HasPrefix(got[0], c.want)) {
			t.Errorf("%v with %s: got %q, want %q", c.mode, c.base, got, c.want)
		}
	}
}
