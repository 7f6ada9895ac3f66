package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSettingsUnknownNamesStopTheStart(t *testing.T) {
	for _, tt := range []struct {
		name, dotenv string
		environ      []string
		want         string
	}{
		{"ours, in the environment", "", []string{"LATCHKEY_DEBUG=c4n4ry"},
			"LATCHKEY_DEBUG (from the environment): no such setting; unset it, or see docs/settings.md for the names"},
		{"ours, nearly", "", []string{"LATCHKEY_SECRETS=c4n4ry"},
			"LATCHKEY_SECRETS (from the environment): no such setting; did you mean LATCHKEY_SECRET?"},
		{"ours, empty", "", []string{"LATCHKEY_DEBUG="},
			"LATCHKEY_DEBUG (from the environment): no such setting; unset it, or see docs/settings.md for the names"},
		{"ours, lower case", "", []string{"latchkey_secret=c4n4ry"},
			"latchkey_secret (from the environment): no such setting; did you mean LATCHKEY_SECRET?"},
		{"a port that is no service link", "", []string{"LATCHKEY_PORT=8080"},
			"LATCHKEY_PORT (from the environment): no such setting; unset it, or see docs/settings.md for the names"},
		{"nearly a setting, in the environment", "", []string{"JWT_EXPIRE_IN=c4n4ry"},
			"JWT_EXPIRE_IN (from the environment): no such setting; did you mean JWT_EXPIRES_IN?"},
		{"ours, in the file", "A=1\nLATCHKEY_DEBUG=c4n4ry", nil,
			"LATCHKEY_DEBUG (from .env line 2): no such setting; take it out, or see docs/settings.md for the names"},
		{"a letter too few", "JWT_SECRT=c4n4ry", nil, "JWT_SECRT (from .env line 1): no such setting; did you mean JWT_SECRET?"},
		{"two letters swapped", "JWT_SERCET=c4n4ry", nil, "JWT_SERCET (from .env line 1): no such setting; did you mean JWT_SECRET?"},
		{"two letters too many", "LOG_LEVELSS=c4n4ry", nil, "LOG_LEVELSS (from .env line 1): no such setting; did you mean LOG_LEVEL?"},
		{"a hyphen", "SMTP-HOST=c4n4ry", nil, "SMTP-HOST (from .env line 1): no such setting; did you mean SMTP_HOST?"},
		{"lower case", "jwt_secret=c4n4ry", nil, "jwt_secret (from .env line 1): no such setting; did you mean JWT_SECRET?"},
		{"the file's own name", "LATCHKEY_ENV_FILE=c4n4ry", nil,
			"LATCHKEY_ENV_FILE (from .env line 1): a file cannot name the file to read; set it in the environment"},
		{"twice", "APP_NAME=c4n4ry\n\nAPP_NAME=b", nil, "APP_NAME (from .env line 3): is set before (from .env line 1); leave one of them"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, _, err := loadSettings(modeTool, nil, tt.environ, folder(t, tt.dotenv))
			if err == nil {
				t.Fatal("no error")
			}
			if diff := cmp.Diff(tt.want, err.Error()); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestSettingsOthersNamesAreLeftAlone(t *testing.T) {
	dir := folder(t, "TENANT_SERVICE_HTTP_PORT=3011\nJWT_EXPIRES=1\nHTTP_PORT=80\nREDIS_TTL=1\nPATH=/\nPATH=/bin\n")
	environ := []string{
		"HOME=/", "MONGO_URL=mongodb://another's", "smtp_hots=no setting is written so", "SMTP_HOTS=",
		"LATCHKEY_SERVICE_HOST=10.0.0.1", "LATCHKEY_SERVICE_PORT=3502", "LATCHKEY_SERVICE_PORT_HTTP=3502",
		"LATCHKEY_PORT=tcp://10.0.0.1:3502", "LATCHKEY_PORT_3502_TCP=tcp://10.0.0.1:3502",
		"LATCHKEY_PORT_3502_TCP_ADDR=10.0.0.1", "LATCHKEY_AUTH_SERVICE_HOST=10.0.0.1",
	}
	_, force, err := loadSettings(modeTool, nil, environ, dir)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"TENANT_SERVICE_HTTP_PORT", "JWT_EXPIRES", "HTTP_PORT", "REDIS_TTL", "PATH"}
	if diff := cmp.Diff(want, force.Unused); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestSettingsDistance(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want int
	}{
		{"", "", 0}, {"a", "", 1}, {"", "ab", 2}, {"abc", "abc", 0}, {"abc", "abd", 1}, {"abc", "bc", 1},
		{"abc", "acb", 2}, {"kitten", "sitting", 3},
	} {
		if got := distance(tt.a, tt.b); got != tt.want {
			t.Errorf("distance(%q, %q) = %d, want %d", tt.a, tt.b, got, tt.want)
		}
	}
}
