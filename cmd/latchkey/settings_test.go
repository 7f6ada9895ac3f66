package main

import (
	"fmt"
	"log/slog"
	"net/mail"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/latchkey/latchkey/internal/auth"
	"github.com/latchkey/latchkey/internal/rpcd"
)

// key32 is 32 bytes in base64.
const key32 = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="

// folder makes a working directory with a .env file; "" makes none.
func folder(t *testing.T, dotenv string) string {
	t.Helper()
	dir := t.TempDir()
	if dotenv != "" {
		write(t, filepath.Join(dir, ".env"), dotenv)
	}
	return dir
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// load reads settings from an environment alone.
func load(t *testing.T, mode runMode, environ ...string) (Settings, error) {
	t.Helper()
	s, _, err := loadSettings(mode, nil, environ, t.TempDir())
	return s, err
}

func TestSettingsDefaults(t *testing.T) {
	got, err := load(t, modeTool)
	if err != nil {
		t.Fatal(err)
	}
	if filepath.Base(got.DatabasePath) != "latchkey.db" {
		t.Errorf("DatabasePath is %s, want latchkey.db", got.DatabasePath)
	}
	want := Settings{
		HTTPPort:        3502,
		ListenHost:      "0.0.0.0",
		MetricsAllow:    []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")},
		RateLimits:      true,
		NestHost:        "127.0.0.1",
		NestTenants:     rpcd.TenantsWrite,
		AppName:         "Latchkey",
		BaseURL:         &url.URL{Scheme: "http", Host: "localhost:3502"},
		CookieSecure:    cookieAuto,
		DefaultTenant:   "default",
		SignUp:          auth.SignUpOpen,
		Taken:           auth.TakenTell,
		LoginOTP:        auth.OTPEmail,
		TenantIsolation: isolationShared,
		RedisPort:       6379,
		JWTAlgorithm:    "ES256",
		JWTAudience:     "http://localhost:3502",
		AccessLife:      15 * time.Minute,
		RefreshLife:     7 * day,
		SessionLife:     90 * day,
		RefreshGrace:    10 * time.Second,
		KeyRotation:     90 * day,
		PasswordLength:  8,
		LoginAttempts:   7,
		LoginLock:       time.Hour,
		MaxSessions:     20,
		AtLimit:         auth.LimitOldest,
		SMTPPort:        587,
		SMTPRequireTLS:  true,
		EmailFrom:       &mail.Address{Address: "no-reply@localhost"},
		MailLanguage:    "en",
		LogLevel:        slog.LevelInfo,
		LogFormat:       "json",
	}
	ignore := cmp.Options{
		cmpopts.IgnoreUnexported(Settings{}), cmpopts.IgnoreFields(Settings{}, "DatabasePath", "Values"),
		cmp.Comparer(func(a, b netip.Prefix) bool { return a == b }),
	}
	if diff := cmp.Diff(want, got, ignore); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestSettingsAreKept(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "key"), key32+"\n")
	for _, tt := range []struct {
		set  []string
		got  func(Settings) any
		want any
		mode runMode
	}{
		{set: []string{"AUTH_SERVICE_HTTP_PORT=80"}, got: func(s Settings) any { return s.BaseURL.String() }, want: "http://localhost"},
		{set: []string{"AUTH_SERVICE_HTTP_PORT= 81 "}, got: func(s Settings) any { return s.HTTPPort }, want: 81},
		{set: []string{"LISTEN_HOST=::1"}, got: func(s Settings) any { return s.ListenHost }, want: "::1", mode: modeDev},
		{set: nil, got: func(s Settings) any { return s.ListenHost }, want: "127.0.0.1", mode: modeDev},
		{set: []string{"TRUSTED_PROXIES=10.1.2.3/8, 192.0.2.1,::ffff:10.0.0.1,::ffff:10.0.0.0/104"},
			got:  func(s Settings) any { return fmt.Sprint(s.TrustedProxies) },
			want: "[10.0.0.0/8 192.0.2.1/32 10.0.0.1/32 10.0.0.0/8]"},
		{set: []string{"METRICS_ALLOW=none"}, got: func(s Settings) any { return len(s.MetricsAllow) }, want: 0},
		{set: []string{"RATE_LIMITS=off"}, got: func(s Settings) any { return s.RateLimits }, want: false},
		{set: []string{"APP_BASE_URL=HTTPS://Auth.Example.com:443/"}, got: func(s Settings) any { return s.BaseURL.String() }, want: "https://auth.example.com"},
		{set: []string{"APP_BASE_URL=https://auth.example.com"}, got: func(s Settings) any { return s.JWTAudience }, want: "https://auth.example.com"},
		{set: []string{"APP_BASE_URL=https://auth.example.com"}, got: func(s Settings) any { return s.EmailFrom.Address }, want: "no-reply@auth.example.com"},
		{set: []string{"APP_BASE_URL=http://[::1]:8080"}, got: func(s Settings) any { return s.BaseURL.String() + " " + s.EmailFrom.Address }, want: "http://[::1]:8080 no-reply@localhost"},
		{set: []string{"ALLOWED_ORIGINS=https://App.example.com, http://localhost:80,http://localhost:5173"},
			got:  func(s Settings) any { return strings.Join(s.AllowedOrigins, " ") },
			want: "https://app.example.com http://localhost http://localhost:5173"},
		{set: []string{"DATABASE_URL=sqlite:///var/lib/l.db"}, got: func(s Settings) any { return s.DatabasePath }, want: "/var/lib/l.db"},
		{set: []string{"DATABASE_URL=sqlite:data/l.db"}, got: func(s Settings) any { return s.DatabasePath }, want: filepath.Join(dir, "data/l.db")},
		{set: []string{"DATABASE_URL=sqlite://l.db"}, got: func(s Settings) any { return s.DatabasePath }, want: filepath.Join(dir, "l.db")},
		{set: []string{"LATCHKEY_SECRET=" + key32}, got: func(s Settings) any { return s.MasterKey.Reveal() }, want: "0123456789abcdef0123456789abcdef"},
		{set: []string{"LATCHKEY_SECRET=" + strings.TrimRight(key32, "=")}, got: func(s Settings) any { return len(s.MasterKey) }, want: 32},
		{set: []string{"LATCHKEY_SECRET=" + strings.Repeat("_", 43)}, got: func(s Settings) any { return len(s.MasterKey) }, want: 32},
		{set: []string{"LATCHKEY_SECRET_FILE=key"}, got: func(s Settings) any { return s.MasterKey.Reveal() }, want: "0123456789abcdef0123456789abcdef"},
		{set: []string{"JWT_SECRET=" + key32}, got: func(s Settings) any { return s.JWTAlgorithm }, want: "HS256"},
		{set: []string{"JWT_SECRET=" + key32, "JWT_ALGORITHM=HS256"}, got: func(s Settings) any { return s.JWTSecret.Reveal() }, want: key32},
		{set: []string{"JWT_SECRET=  " + key32}, got: func(s Settings) any { return s.JWTSecret.Reveal() }, want: "  " + key32},
		{set: []string{"JWT_ALGORITHM=EdDSA"}, got: func(s Settings) any { return s.JWTAlgorithm }, want: "EdDSA"},
		{set: []string{"JWT_REFRESH_EXPIRES_IN=365d"}, got: func(s Settings) any { return s.SessionLife }, want: 365 * day},
		{set: []string{"REFRESH_GRACE=0s"}, got: func(s Settings) any { return s.Lifetimes().Grace < 0 }, want: true},
		{set: []string{"KEY_ROTATION=off"}, got: func(s Settings) any { return s.KeyRotation }, want: time.Duration(0)},
		{set: []string{"KEY_ROTATION=0s"}, got: func(s Settings) any { return s.KeyRotation }, want: time.Duration(0)},
		{set: []string{"PASSWORD_SALT_ROUNDS=12"}, got: func(s Settings) any { return s.BcryptCost }, want: 12},
		{set: []string{"LOGIN_LOCK_MINUTES=5"}, got: func(s Settings) any { return s.LoginLock }, want: 5 * time.Minute},
		{set: []string{"LOGIN_OTP=off"}, got: func(s Settings) any { return s.LoginOTP }, want: auth.OTPOff},
		{set: []string{"LOGIN_OTP=new-device"}, got: func(s Settings) any { return s.Policy().OTP }, want: auth.OTPDevice},
		{set: []string{"LOGIN_MAX_ATTEMPTS=3"}, got: func(s Settings) any { return s.Policy().LockAttempts }, want: 3},
		{set: []string{"LOGIN_LOCK_MINUTES=5"}, got: func(s Settings) any { return s.Policy().LockMinutes }, want: 5},
		{set: []string{"MAX_SESSIONS_PER_USER=2"}, got: func(s Settings) any { return s.Policy().MaxSessions }, want: 2},
		{set: []string{"SESSIONS_AT_LIMIT=refuse"}, got: func(s Settings) any { return s.Policy().AtLimit }, want: auth.LimitRefuse},
		{set: []string{"SIGN_UP_TAKEN=hide"}, got: func(s Settings) any { return s.Policy().Taken }, want: auth.TakenHide},
		{set: []string{"SIGN_UP=invite"}, got: func(s Settings) any { return s.Policy().SignUp }, want: auth.SignUpInvite},
		{set: []string{"PASSWORD_MIN_LENGTH=12"}, got: func(s Settings) any { return s.Policy().PasswordLength }, want: 12},
		{set: []string{"TENANT_ISOLATION=database"}, got: func(s Settings) any { return s.TenantIsolation }, want: isolationDatabase},
		{set: []string{"SIGN_UP=closed"}, got: func(s Settings) any { return s.SignUp }, want: auth.SignUpClosed},
		{set: []string{"SMTP_SECURE=false"}, got: func(s Settings) any { return s.SMTPSecure }, want: false},
		{set: []string{"SMTP_SECURE=true"}, got: func(s Settings) any { return s.SMTPSecure }, want: true},
		{set: []string{"SMTP_HOST=mail.example.com"}, got: func(s Settings) any { return s.SMTPRequireTLS }, want: true, mode: modeServe},
		{set: []string{"SMTP_HOST=localhost"}, got: func(s Settings) any { return s.SMTPRequireTLS }, want: false},
		{set: []string{"SMTP_HOST=127.0.0.1", "SMTP_REQUIRE_TLS=true"}, got: func(s Settings) any { return s.SMTPRequireTLS }, want: true},
		{set: []string{"EMAIL_FROM=Example <no-reply@example.com>"}, got: func(s Settings) any { return s.EmailFrom.String() }, want: `"Example" <no-reply@example.com>`},
		{set: []string{"MAIL_TEMPLATES=."}, got: func(s Settings) any { return s.MailTemplates }, want: dir},
		{set: []string{"LOG_LEVEL=warn"}, got: func(s Settings) any { return s.LogLevel }, want: slog.LevelWarn},
		{set: []string{"MONGO_DB_PREFIX=auth", "REDIS_PREFIX=auth:"}, got: func(s Settings) any { return s.MongoDBPrefix + s.RedisPrefix }, want: "authauth:"},
	} {
		s, _, err := loadSettings(tt.mode, nil, tt.set, dir)
		if err != nil {
			t.Errorf("%v: %v", tt.set, err)
			continue
		}
		if diff := cmp.Diff(tt.want, tt.got(s)); diff != "" {
			t.Errorf("%v, -want +got:\n%s", tt.set, diff)
		}
	}
}

func TestSettingsSecureCookies(t *testing.T) {
	for _, tt := range []struct {
		choice, base string
		want         bool
	}{
		{"auto", "http://localhost:3502", false},
		{"auto", "http://127.0.0.1", false},
		{"auto", "http://[::1]:80", false},
		{"auto", "https://localhost", true},
		{"auto", "http://auth.example.com", true},
		{"auto", "http://localhost.example.com", true},
		{"true", "http://localhost", true},
		{"false", "https://auth.example.com", false},
	} {
		s, err := load(t, modeTool, "COOKIE_SECURE="+tt.choice, "APP_BASE_URL="+tt.base)
		if err != nil {
			t.Fatal(err)
		}
		if got := s.SecureCookies(); got != tt.want {
			t.Errorf("%s at %s: Secure is %v, want %v", tt.choice, tt.base, got, tt.want)
		}
	}
}

func TestSettingsPrecedence(t *testing.T) {
	dir := folder(t, "# the file\n\nAPP_NAME=file\nLOG_LEVEL=\n")
	for _, tt := range []struct {
		name         string
		flags        map[string]string
		environ      []string
		want, origin string
	}{
		{"flag first", map[string]string{"APP_NAME": "flag"}, []string{"APP_NAME=environment"}, "flag", "flag"},
		{"then environment", nil, []string{"APP_NAME=environment"}, "environment", "environment"},
		{"then the file", nil, nil, "file", ".env:3"},
		{"an empty flag is none", map[string]string{"APP_NAME": ""}, []string{"APP_NAME=environment"}, "environment", "environment"},
		{"an empty variable is none", nil, []string{"APP_NAME="}, "file", ".env:3"},
		{"then the default", nil, []string{"LATCHKEY_ENV_FILE=off"}, "Latchkey", "default"},
		{"the flag names the file", map[string]string{"LATCHKEY_ENV_FILE": "off"}, []string{"LATCHKEY_ENV_FILE=.env"}, "Latchkey", "default"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, force, err := loadSettings(modeTool, tt.flags, tt.environ, dir)
			if err != nil {
				t.Fatal(err)
			}
			i := slices.IndexFunc(force.Values, func(v shown) bool { return v.Name == "APP_NAME" })
			want := shown{"APP_NAME", tt.want, tt.origin}
			if diff := cmp.Diff(want, force.Values[i]); diff != "" || s.AppName != tt.want {
				t.Errorf("AppName is %q, -want +got:\n%s", s.AppName, diff)
			}
		})
	}
}

func TestSettingsTableIsWhole(t *testing.T) {
	names := map[string]bool{}
	flagName := regexp.MustCompile(`^[a-z]+(-[a-z]+)*$`)
	for _, s := range table() {
		if names[s.name] {
			t.Errorf("%s is there twice", s.name)
		}
		names[s.name] = true
		if !flagName.MatchString(s.flag()) {
			t.Errorf("%s has the flag %q", s.name, s.flag())
		}
		if s.help == "" || strings.Contains(s.help, "\n") || !strings.HasSuffix(s.help, ".") {
			t.Errorf("%s: help is %q, want one line that ends with a full stop", s.name, s.help)
		}
		if s.check == nil {
			t.Errorf("%s has no check", s.name)
		}
		if s.group == "" {
			t.Errorf("%s has no group", s.name)
		}
		if (s.derive == nil) != (s.derived == "") || s.derive != nil && s.standard != "" {
			t.Errorf("%s: give a default, or derive it and say how", s.name)
		}
	}
	// CONTRACT.md §9.
	for _, name := range strings.Fields(`AUTH_SERVICE_HTTP_PORT AUTH_SERVICE_TCP_PORT APP_NAME APP_BASE_URL JWT_SECRET
		JWT_EXPIRES_IN JWT_REFRESH_EXPIRES_IN PASSWORD_SALT_ROUNDS LOGIN_MAX_ATTEMPTS LOGIN_LOCK_MINUTES SMTP_HOST SMTP_PORT
		SMTP_SECURE SMTP_USER SMTP_PASS EMAIL_FROM REDIS_HOST REDIS_PORT REDIS_USER REDIS_PASSWORD REDIS_PREFIX MONGO_URI
		MONGO_DB_PREFIX LISTEN_HOST DATABASE_URL REDIS_URL TENANT_ISOLATION PASSWORD_MIN_LENGTH DEFAULT_TENANT TRUSTED_PROXIES REFRESH_GRACE
		SESSION_MAX_AGE RATE_LIMITS LATCHKEY_SECRET LATCHKEY_SECRET_FILE COOKIE_SECURE`) {
		if !names[name] {
			t.Errorf("%s is missing", name)
		}
	}
}
