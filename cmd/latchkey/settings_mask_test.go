package main

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

func TestSettingsMaskURLs(t *testing.T) {
	for text, want := range map[string]string{
		"":                                  "",
		"sqlite:latchkey.db":                "sqlite:latchkey.db",
		"postgres://db/latchkey":            "postgres://db/latchkey",
		"postgres://u@db/latchkey":          "postgres://u@db/latchkey",
		"postgres://u:c4n4ry@db:5432/l":     "postgres://u:***@db:5432/l",
		"redis://:c4n4ry@redis:6379/0":      "redis://:***@redis:6379/0",
		"mongodb://u:c4n4ry@a:1,b:2/?w=1":   "mongodb://u:***@a:1,b:2/?***",
		"postgres://u:c4n@4ry/c4n4ry@db/l":  "postgres://u:***@db/l",
		"postgres://db/l?password=c4n4ry":   "postgres://db/l?***",
		"postgres://db/l?password=c4n4ry@x": "postgres://[set]",
		"postgres://db/l#c4n4ry":            "postgres://db/l?***",
		"host=db password=c4n4ry":           "[set]",
		"u:c4n4ry@db":                       "[set]",
	} {
		if got := maskURL(text); got != want {
			t.Errorf("maskURL(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestSettingsShowWhatMayBeSeen(t *testing.T) {
	for _, tt := range []struct {
		mask       masking
		text, want string
	}{
		{maskNothing, "Latchkey", "Latchkey"},
		{maskPassword, "postgres://u:c4n4ry@db", "postgres://u:***@db"},
		{maskAll, "c4n4ry", "[set]"},
		{maskAll, "", ""},
	} {
		if got := tt.mask.show(tt.text); got != tt.want {
			t.Errorf("%q is shown as %q, want %q", tt.text, got, tt.want)
		}
	}
}

// TestSettingsSecretsAreNeverPrinted gives every setting that may hold a
// secret a canary, from each source, right and wrong, and looks for it in all
// that is printed.
func TestSettingsSecretsAreNeverPrinted(t *testing.T) {
	const canary = "c4n4ryc4n4ryc4n4ryc4n4ryc4n4ryc4n4ryc4n4rya" // 43 letters: base64 of 32 bytes
	printed := func(set map[string]string, environ []string, dotenv string) string {
		var out bytes.Buffer
		w := &console{Out: &out, Err: &out, Environ: environ, Dir: folder(t, dotenv)}
		for _, asJSON := range []bool{false, true} {
			c := configCmd{settingFlags: newSettingFlags(false, nil), JSON: asJSON}
			give(t, c.settingFlags, set)
			if err := c.Run(w); err != nil {
				fmt.Fprintln(&out, err)
			}
		}
		s, force, err := loadSettings(modeTool, set, environ, w.Dir)
		fmt.Fprintf(&out, "%v %+v %#v %v %v", s, s, s, force, err)
		return out.String()
	}
	tried := 0
	for _, s := range table() {
		if s.mask == maskNothing {
			continue
		}
		for _, text := range []string{
			canary, canary + "\x01", canary[:8], "sqlite:l.db?key=" + canary, "postgres://u:" + canary + "@db", "redis://:" + canary + "@r",
			"mongodb://u:" + canary + "@" + canary + "@db", "postgres://db?password=" + canary,
		} {
			tried++
			for from, all := range map[string]string{
				"flag":        printed(map[string]string{s.name: text}, nil, ""),
				"environment": printed(nil, []string{s.name + "=" + text, "SMTP_USER=u", "SMTP_PASS=" + canary}, ""),
				"file":        printed(nil, nil, s.name+"='"+text+"'"),
				"broken file": printed(nil, nil, s.name+"='"+text),
			} {
				if strings.Contains(all, canary[:6]) {
					t.Errorf("%s=%q from the %s is told in:\n%s", s.name, text, from, all)
				}
			}
		}
	}
	if tried < 8*7 {
		t.Errorf("tried %d values: too few settings are marked as secret", tried)
	}
	if all := printed(nil, []string{"JWT_SECRET=" + canary}, ""); !strings.Contains(all, "[set]") {
		t.Errorf("a secret that is set is not shown as such:\n%s", all)
	}
}

// TestSettingsSecretsAreMarked: a setting that sounds like a secret is one.
func TestSettingsSecretsAreMarked(t *testing.T) {
	for _, s := range table() {
		switch {
		case s.name == "PASSWORD_SALT_ROUNDS", s.name == "PASSWORD_MIN_LENGTH", strings.HasSuffix(s.name, "_FILE"), s.name == "APP_BASE_URL":
		case strings.Contains(s.name, "SECRET"), strings.Contains(s.name, "PASS"):
			if s.mask != maskAll {
				t.Errorf("%s is printed", s.name)
			}
		case strings.HasSuffix(s.name, "_URL"), strings.HasSuffix(s.name, "_URI"):
			if s.mask != maskPassword {
				t.Errorf("%s is printed with its password", s.name)
			}
		}
	}
}
