package main

import (
	"encoding/base64"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestSettingsWrongValues has the exact line for every way to be wrong. In
// want, ENV stands for " (from the environment)".
func TestSettingsWrongValues(t *testing.T) {
	const (
		canary = "c4n4ry"
		host   = "is not a host name; write one without scheme, user or port, such as smtp.example.com"
		base   = "; write one such as https://auth.example.com"
		openrd = "; make one with: openssl rand -base64 32"
		plain  = "is not a plain path (no :memory:, file:, ? or #); write sqlite:PATH"
		span   = "is not a duration; write a number and a unit (ms, s, m, h, d, w), such as 15m, 7d or 1h30m"
		mixed  = "is not an address or a range; write such as 10.0.0.1, 10.0.0.0/8 or ::1, with commas between"
		sender = "is not an e-mail address; write one such as no-reply@example.com or Example <no-reply@example.com>"
		tenant = "is not a tenant's name; write 2 to 63 of a-z, 0-9 and -, not - first"
		link   = "is an address, which Kubernetes sets for a Service of that name; set a port number, or enableServiceLinks: false"
	)
	bytes := func(n int) string { return base64.StdEncoding.EncodeToString(make([]byte, n)) }
	for _, tt := range []struct {
		set  []string
		want string
	}{
		{[]string{"AUTH_SERVICE_HTTP_PORT=http"}, `ENV: "http" is not a port; write a number from 1 to 65535`},
		{[]string{"AUTH_SERVICE_HTTP_PORT=0"}, `ENV: "0" is not a port; write a number from 1 to 65535`},
		{[]string{"AUTH_SERVICE_HTTP_PORT=65536"}, `ENV: "65536" is not a port; write a number from 1 to 65535`},
		{[]string{"AUTH_SERVICE_HTTP_PORT=-1"}, `ENV: "-1" is not a port; write a number from 1 to 65535`},
		{[]string{"AUTH_SERVICE_HTTP_PORT=+80"}, `ENV: "+80" is not a port; write a number from 1 to 65535`},
		{[]string{"AUTH_SERVICE_TCP_PORT=tcp"}, `ENV: "tcp" is not a port; write a number from 1 to 65535, or several with commas`},
		{[]string{"AUTH_SERVICE_TCP_PORT=4502,"}, `ENV: "" is not a port; write a number from 1 to 65535, or several with commas`},
		{[]string{"AUTH_SERVICE_TCP_PORT=4502,4502"}, `ENV: 4502 is written twice; leave one`},
		{[]string{"AUTH_SERVICE_TCP_PORT=3502"}, `ENV: 3502 is the port of the HTTP door; choose another`},
		{[]string{"TENANT_SERVICE_TCP_PORT=0", "AUTH_SERVICE_TCP_PORT=4502"}, `ENV: "0" is not a port; write a number from 1 to 65535`},
		{[]string{"TENANT_SERVICE_TCP_PORT=3502", "AUTH_SERVICE_TCP_PORT=4502"}, `ENV: 3502 is the port of the HTTP door; choose another`},
		{[]string{"AUTH_SERVICE_TCP_HOST=gateway"}, `ENV: "gateway" is not an address; write one such as 127.0.0.1 or 10.0.0.5`},
		{[]string{"AUTH_SERVICE_TCP_HOST=10.0.0.5", "AUTH_SERVICE_TCP_PORT=4502"}, `ENV: "10.0.0.5" is beyond this machine, and whoever reaches the door is believed; set AUTH_SERVICE_TCP_TLS_CERT, AUTH_SERVICE_TCP_TLS_KEY and AUTH_SERVICE_TCP_TLS_CLIENT_CA, so that both ends prove themselves`},
		{[]string{"AUTH_SERVICE_TCP_TLS_CERT=a.pem"}, `ENV: is set without AUTH_SERVICE_TCP_TLS_KEY and AUTH_SERVICE_TCP_TLS_CLIENT_CA; set all three or none`},
		{[]string{"AUTH_SERVICE_TCP_TLS_CLIENT_CA=a.pem"}, `ENV: is set without AUTH_SERVICE_TCP_TLS_CERT and AUTH_SERVICE_TCP_TLS_KEY; set all three or none`},
		{[]string{"AUTH_SERVICE_TCP_TENANTS=all"}, `ENV: "all" is unknown; write write, read or off`},
		{[]string{"LISTEN_HOST=example.com"}, `ENV: "example.com" is not an address; write one such as 127.0.0.1, 0.0.0.0 or ::, and the port in AUTH_SERVICE_HTTP_PORT`},
		{[]string{"LISTEN_HOST=0.0.0.0:80"}, `ENV: "0.0.0.0:80" is not an address; write one such as 127.0.0.1, 0.0.0.0 or ::, and the port in AUTH_SERVICE_HTTP_PORT`},
		{[]string{"TRUSTED_PROXIES=10.0.0.0/8,proxy"}, `ENV: "proxy" ` + mixed},
		{[]string{"TRUSTED_PROXIES=10.0.0.0/33"}, `ENV: "10.0.0.0/33" ` + mixed},
		{[]string{"TRUSTED_PROXIES=10.0.0.1,,10.0.0.2"}, `ENV: "" ` + mixed},
		{[]string{"TRUSTED_PROXIES=fe80::1%eth0"}, `ENV: "fe80::1%eth0" ` + mixed},
		{[]string{"TRUSTED_PROXIES=::ffff:0.0.0.0/90"}, `ENV: "::ffff:0.0.0.0/90" is wider than all of IPv4; write the IPv4 range`},
		{[]string{"TRUSTED_PROXIES=10.0.0.0/8,0.0.0.0/0"}, `ENV: "0.0.0.0/0" trusts everyone, so that anyone could claim any address; write the addresses of your proxies`},
		{[]string{"TRUSTED_PROXIES=::ffff:0.0.0.0/96"}, `ENV: "0.0.0.0/0" trusts everyone, so that anyone could claim any address; write the addresses of your proxies`},
		{[]string{"METRICS_ALLOW=localhost"}, `ENV: "localhost" ` + mixed},
		{[]string{"RATE_LIMITS=false"}, `ENV: "false" is unknown; write on or off`},
		{[]string{"APP_NAME=" + strings.Repeat("가", 65)}, "ENV: is 65 characters long; write at most 64"},
		{[]string{"APP_NAME=a\nBcc: b@example.com"}, "ENV: holds a control character or is not UTF-8; write it on one line, as plain text"},
		{[]string{"APP_NAME=a\xff"}, "ENV: holds a control character or is not UTF-8; write it on one line, as plain text"},
		{[]string{"APP_BASE_URL=auth.example.com"}, "ENV: is not an http or https URL with a host" + base},
		{[]string{"APP_BASE_URL=ftp://c4n4ry"}, "ENV: is not an http or https URL with a host" + base},
		{[]string{"APP_BASE_URL=https://"}, "ENV: is not an http or https URL with a host" + base},
		{[]string{"APP_BASE_URL=https:c4n4ry"}, "ENV: is not an http or https URL with a host" + base},
		{[]string{"APP_BASE_URL=http://[c4n4ry"}, "ENV: is not a URL" + base},
		{[]string{"APP_BASE_URL=https://u:c4n4ry@example.com"}, "ENV: holds a user name; leave it out" + base},
		{[]string{"APP_BASE_URL=https://example.com/c4n4ry"}, "ENV: goes on after the host; leave out path, query and fragment" + base},
		{[]string{"APP_BASE_URL=https://example.com?"}, "ENV: goes on after the host; leave out path, query and fragment" + base},
		{[]string{"APP_BASE_URL=https://example.com#"}, "ENV: goes on after the host; leave out path, query and fragment" + base},
		{[]string{"APP_BASE_URL=https://example.com:"}, "ENV: has a colon without a port" + base},
		{[]string{"APP_BASE_URL=https://example.com:70000"}, "ENV: has a port that is not from 1 to 65535" + base},
		{[]string{"APP_BASE_URL=https://빗장.example"}, "ENV: has a host that is no host name (an international one is written xn--…)" + base},
		{[]string{"ALLOWED_ORIGINS=*"}, `ENV: "*" would let every site in; write each origin, such as https://app.example.com`},
		{[]string{"ALLOWED_ORIGINS=null"}, `ENV: "null" would let every site in; write each origin, such as https://app.example.com`},
		{[]string{"ALLOWED_ORIGINS=https://a.example,https://*.c4n4ry"}, "ENV: origin 2 is not scheme, host and port alone; write each such as https://app.example.com, with commas between"},
		{[]string{"ALLOWED_ORIGINS=https://a.example/"}, "ENV: origin 1 is not scheme, host and port alone; write each such as https://app.example.com, with commas between"},
		{[]string{"ALLOWED_ORIGINS=https://a.example,"}, "ENV: origin 2 is not scheme, host and port alone; write each such as https://app.example.com, with commas between"},
		{[]string{"COOKIE_SECURE=yes"}, `ENV: "yes" is unknown; write auto, true or false`},
		{[]string{"DEFAULT_TENANT=Default"}, `ENV: "Default" ` + tenant},
		{[]string{"DEFAULT_TENANT=a"}, `ENV: "a" ` + tenant},
		{[]string{"DEFAULT_TENANT=../../etc"}, `ENV: "../../etc" ` + tenant},
		{[]string{"SIGN_UP=no"}, `ENV: "no" is unknown; write open, invite or closed`},
		{[]string{"DATABASE_URL=mysql://u:c4n4ry@db/latchkey"}, "ENV: is not a database; write sqlite:PATH, postgres://… or mongodb://…"},
		{[]string{"DATABASE_URL=u:c4n4ry@db"}, "ENV: is not a database; write sqlite:PATH, postgres://… or mongodb://…"},
		{[]string{"MONGO_URI=mongodb://u:c4n4ry@db", "DATABASE_URL=sqlite:l.db"}, "ENV: is set together with DATABASE_URL; unset one of them"},
		{[]string{"MONGO_URI=postgres://u:c4n4ry@db"}, "ENV: does not begin with mongodb:// or mongodb+srv://"},
		{[]string{"DATABASE_URL=sqlite:"}, "ENV: names no file; write sqlite:PATH"},
		{[]string{"DATABASE_URL=sqlite:data/"}, "ENV: names no file; write sqlite:PATH"},
		{[]string{"DATABASE_URL=sqlite::memory:"}, "ENV: " + plain},
		{[]string{"DATABASE_URL=sqlite:file:c4n4ry"}, "ENV: " + plain},
		{[]string{"DATABASE_URL=sqlite:l.db?_key=c4n4ry"}, "ENV: " + plain},
		{[]string{"PASSWORD_MIN_LENGTH=7"}, `ENV: "7" is not a whole number from 8 to 64`},
		{[]string{"PASSWORD_MIN_LENGTH=65"}, `ENV: "65" is not a whole number from 8 to 64`},
		{[]string{"TENANT_ISOLATION=none"}, `ENV: "none" is unknown; write shared or database`},
		{[]string{"MONGO_DB_PREFIX=a b"}, `ENV: "a b" holds a space; write it without`},
		{[]string{"REDIS_URL=http://:c4n4ry@redis"}, "ENV: does not begin with redis:// or rediss://"},
		{[]string{"REDIS_PORT=tcp://10.0.0.1:6379"}, "ENV: " + link},
		{[]string{"REDIS_PREFIX=a b"}, `ENV: "a b" holds a space; write it without`},
		{[]string{"LATCHKEY_SECRET=c4n4ry!"}, "ENV: is not base64" + openrd},
		{[]string{"LATCHKEY_SECRET=c4n4ry=xx"}, "ENV: is not base64" + openrd},
		{[]string{"LATCHKEY_SECRET=" + bytes(31)}, "ENV: is base64 of 31 bytes, 32 are needed" + openrd},
		{[]string{"LATCHKEY_SECRET=" + bytes(33)}, "ENV: is base64 of 33 bytes, 32 are needed" + openrd},
		{[]string{"LATCHKEY_SECRET_FILE=missing"}, `ENV: "missing" does not exist; make it or name another`},
		{[]string{"LATCHKEY_SECRET_FILE=short"}, `ENV: what is in "short" is base64 of 3 bytes, 32 are needed` + openrd},
		{[]string{"LATCHKEY_SECRET_FILE=folder"}, `ENV: "folder" cannot be read: is a directory; name another`},
		{[]string{"LATCHKEY_SECRET_FILE=key", "LATCHKEY_SECRET=" + key32}, "ENV: is set together with LATCHKEY_SECRET; unset one of them"},
		{[]string{"JWT_SECRET=c4n4ryc4n4ry"}, "ENV: 12 bytes, at least 32 are needed" + openrd},
		{[]string{"JWT_ALGORITHM=none"}, `ENV: "none" is unknown; write ES256, EdDSA, RS256 or HS256`},
		{[]string{"JWT_ALGORITHM=es256"}, `ENV: "es256" is unknown; write ES256, EdDSA, RS256 or HS256`},
		{[]string{"JWT_ALGORITHM=HS256"}, `ENV: "HS256" needs JWT_SECRET; set it, or write ES256, EdDSA or RS256`},
		{[]string{"JWT_ALGORITHM=RS256", "JWT_SECRET=" + key32}, `ENV: "RS256" conflicts with JWT_SECRET, which means HS256; unset one of them`},
		{[]string{"JWT_AUDIENCE=a b"}, `ENV: "a b" holds a space; write it without`},
		{[]string{"JWT_EXPIRES_IN=900"}, `ENV: "900" has no unit; write 900s or 15m`},
		{[]string{"JWT_EXPIRES_IN=-15m"}, `ENV: "-15m" is negative; write a duration such as 15m, 7d or 1h30m`},
		{[]string{"JWT_EXPIRES_IN=15 minutes"}, `ENV: "15 minutes" ` + span},
		{[]string{"JWT_EXPIRES_IN=0s"}, `ENV: "0s" is out of range; write a duration from 1s to 30d`},
		{[]string{"JWT_EXPIRES_IN=31d"}, `ENV: "31d" is out of range; write a duration from 1s to 30d`},
		{[]string{"JWT_REFRESH_EXPIRES_IN=500ms"}, `ENV: "500ms" is out of range; write a duration from 1s to 3650d`},
		{[]string{"JWT_REFRESH_EXPIRES_IN=999999999999d"}, `ENV: "999999999999d" is longer than can be counted; write at most 36500d`},
		{[]string{"SESSION_MAX_AGE=3651d"}, `ENV: "3651d" is out of range; write a duration from 1s to 3650d`},
		{[]string{"SESSION_MAX_AGE=1d"}, "ENV: 1d is shorter than JWT_REFRESH_EXPIRES_IN (7d); write at least that, or shorten JWT_REFRESH_EXPIRES_IN"},
		{[]string{"REFRESH_GRACE=6m"}, `ENV: "6m" is out of range; write a duration from 0s to 5m`},
		{[]string{"KEY_ROTATION=1m"}, `ENV: "1m" is out of range; write a duration from 1h to 3650d, or off`},
		{[]string{"PASSWORD_SALT_ROUNDS=3"}, `ENV: "3" is not a whole number from 4 to 15`},
		{[]string{"PASSWORD_SALT_ROUNDS=16"}, `ENV: "16" is not a whole number from 4 to 15`},
		{[]string{"LOGIN_MAX_ATTEMPTS=0"}, `ENV: "0" is not a whole number from 1 to 100`},
		{[]string{"LOGIN_MAX_ATTEMPTS=7.5"}, `ENV: "7.5" is not a whole number from 1 to 100`},
		{[]string{"LOGIN_LOCK_MINUTES=60m"}, `ENV: "60m" is not a whole number from 1 to 525600`},
		{[]string{"LOGIN_OTP=sms"}, `ENV: "sms" is unknown; write email, new-device or off`},
		{[]string{"MAX_SESSIONS_PER_USER=0"}, `ENV: "0" is not a whole number from 1 to 1000`},
		{[]string{"SESSIONS_AT_LIMIT=newest"}, `ENV: "newest" is unknown; write end-oldest or refuse`},
		{[]string{"SIGN_UP_TAKEN=no"}, `ENV: "no" is unknown; write tell or hide`},
		{[]string{"SMTP_HOST=smtp://u:c4n4ry@mail"}, "ENV: " + host},
		{[]string{"SMTP_HOST=mail:25"}, "ENV: " + host},
		{[]string{"SMTP_PORT=tcp://10.0.0.1:25"}, "ENV: " + link},
		{[]string{"SMTP_SECURE=0"}, `ENV: "0" is unknown; write true or false`},
		{[]string{"SMTP_REQUIRE_TLS=TRUE"}, `ENV: "TRUE" is unknown; write true or false`},
		{[]string{"SMTP_USER=u"}, "ENV: is set without SMTP_PASS; set both or neither"},
		{[]string{"SMTP_PASS=c4n4ry"}, "ENV: is set without SMTP_USER; set both or neither"},
		{[]string{"EMAIL_FROM=no-reply"}, `ENV: "no-reply" ` + sender},
		{[]string{"EMAIL_FROM=a@[127.0.0.1]"}, `ENV: "a@[127.0.0.1]" ` + sender},
		{[]string{"GEOIP_FILE=missing"}, `ENV: "missing" does not exist; make it or name another`},
		{[]string{"GEOIP_FILE=key"}, `ENV: "key" is no file of places in the MaxMind DB format: error opening database: invalid MaxMind DB file`},
		{[]string{"MAIL_TEMPLATES=missing"}, `ENV: "missing" does not exist; make it or name another`},
		{[]string{"MAIL_TEMPLATES=key"}, `ENV: "key" is not a folder; write the folder that holds the templates`},
		{[]string{"MAIL_LANGUAGE=de"}, `ENV: "de" is unknown; write en or ko`},
		{[]string{"LOG_LEVEL=verbose"}, `ENV: "verbose" is unknown; write debug, info, warn or error`},
		{[]string{"LOG_LEVEL=" + strings.Repeat("x", 500)}, `ENV: "` + strings.Repeat("x", 40) + `…" is unknown; write debug, info, warn or error`},
		{[]string{"LOG_FORMAT=u:c4n4ry@host"}, `ENV: the value is unknown; write json or text`},
	} {
		dir := t.TempDir()
		write(t, filepath.Join(dir, "key"), key32)
		write(t, filepath.Join(dir, "short"), "c2hv")
		if err := os.Mkdir(filepath.Join(dir, "folder"), 0o700); err != nil {
			t.Fatal(err)
		}
		_, force, err := loadSettings(modeTool, nil, tt.set, dir)
		if err == nil {
			t.Errorf("%v: no error", tt.set)
			continue
		}
		name, _, _ := strings.Cut(tt.set[0], "=")
		want := name + strings.Replace(tt.want, "ENV", " (from the environment)", 1)
		if diff := cmp.Diff(want, err.Error()); diff != "" {
			t.Errorf("%v, -want +got:\n%s", tt.set, diff)
		}
		if strings.Contains(err.Error(), canary) {
			t.Errorf("%s: the error tells the secret: %v", name, err)
		}
		if force.Values != nil {
			t.Errorf("%s: settings are in force beside an error", name)
		}
	}
}

func TestSettingsModes(t *testing.T) {
	const lonely = "SMTP_HOST: is not set, and latchkey serve needs a way to send mail; set it, or try latchkey dev, which has a mailbox of its own"
	if _, err := load(t, modeServe); err == nil || err.Error() != lonely {
		t.Errorf("serve without mail: got %v, want %s", err, lonely)
	}
	const open = `LISTEN_HOST (from the environment): "0.0.0.0" is not loopback, and latchkey dev is for this machine alone; use 127.0.0.1, or latchkey serve`
	if _, err := load(t, modeDev, "LISTEN_HOST=0.0.0.0"); err == nil || err.Error() != open {
		t.Errorf("dev on all addresses: got %v, want %s", err, open)
	}
	for _, host := range []string{"localhost", "127.0.0.2", "::1", "::ffff:127.0.0.1"} {
		if _, err := load(t, modeDev, "LISTEN_HOST="+host); err != nil {
			t.Errorf("dev on %s: %v", host, err)
		}
	}
}

func TestSettingsSayWhereTheyWereSet(t *testing.T) {
	dir := folder(t, "\n\nJWT_SECRET=twelve-bytes\n")
	flags := map[string]string{"AUTH_SERVICE_HTTP_PORT": "x"}
	_, _, err := loadSettings(modeTool, flags, []string{"LOG_LEVEL=x"}, dir)
	want := problems{
		`AUTH_SERVICE_HTTP_PORT (from --auth-service-http-port): "x" is not a port; write a number from 1 to 65535`,
		`JWT_SECRET (from .env line 3): 12 bytes, at least 32 are needed; make one with: openssl rand -base64 32`,
		`LOG_LEVEL (from the environment): "x" is unknown; write debug, info, warn or error`,
	}
	var got problems
	if !errors.As(err, &got) {
		t.Fatalf("got %v, want problems", err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestSettingsFile(t *testing.T) {
	const noFile = `LATCHKEY_ENV_FILE (from the environment): "other.env" does not exist; make it or name another`
	if _, err := load(t, modeTool, "LATCHKEY_ENV_FILE=other.env"); err == nil || err.Error() != noFile {
		t.Errorf("a named file that is missing: got %v, want %s", err, noFile)
	}
	const noFlag = `LATCHKEY_ENV_FILE (from --latchkey-env-file): "x" does not exist; make it or name another`
	if _, _, err := loadSettings(modeTool, map[string]string{envFileSetting: "x"}, nil, t.TempDir()); err == nil || err.Error() != noFlag {
		t.Errorf("a file that a flag names is missing: got %v, want %s", err, noFlag)
	}
	dir := folder(t, "A='c4n4ry\nLOG_LEVEL=x\nB\n")
	const malformed = ".env line 1: the quote is not closed on its line; close it, and write a line break inside \"…\" as \\n\n" +
		".env line 3: there is no =; write NAME=value, or # before a comment"
	if _, _, err := loadSettings(modeServe, nil, nil, dir); err == nil || err.Error() != malformed {
		t.Errorf("malformed: got %v, want %s", err, malformed)
	}
	dir = t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, ".env"), 0o700); err != nil {
		t.Fatal(err)
	}
	const aFolder = ".env: cannot be read: is a directory; name another"
	if _, _, err := loadSettings(modeTool, nil, nil, dir); err == nil || err.Error() != aFolder {
		t.Errorf("a folder: got %v, want %s", err, aFolder)
	}
}

// TestSettingsOfServers: where the data and the rest are, as the settings say.
func TestSettingsOfServers(t *testing.T) {
	for name, c := range map[string]struct {
		environ     []string
		home, redis string
	}{
		"a file":               {nil, "latchkey.db", ""},
		"PostgreSQL":           {[]string{"DATABASE_URL=postgres://u:c4n4ry@db/l"}, "postgres://u:***@db/l", ""},
		"MongoDB":              {[]string{"DATABASE_URL=mongodb+srv://u:c4n4ry@db"}, "mongodb+srv://u:***@db", ""},
		"as the seeds":         {[]string{"MONGO_URI=mongodb://u:c4n4ry@db", "REDIS_HOST=r", "REDIS_PASSWORD=p@/"}, "mongodb://u:***@db", "redis://:p%40%2F@r:6379"},
		"Redis without a word": {[]string{"REDIS_HOST=r", "REDIS_PORT=7"}, "latchkey.db", "redis://r:7"},
		"a URL before a host":  {[]string{"REDIS_URL=rediss://r", "REDIS_HOST=x"}, "latchkey.db", "rediss://r"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			s, _, err := loadSettings(modeTool, nil, append(c.environ, "LATCHKEY_SECRET="+key32), dir)
			if err != nil {
				t.Fatal(err)
			}
			home, err := filepath.Rel(dir, s.home().String())
			if err != nil || s.DatabaseURL != "" {
				home = s.home().String()
			}
			if home != c.home || s.Redis().Reveal() != c.redis {
				t.Errorf("got %s and %s, want %s and %s", home, s.Redis().Reveal(), c.home, c.redis)
			}
		})
	}
}

// TestSettingsOfAServerNeedAKey: what is sealed in a database on a server must
// open on every machine.
func TestSettingsOfAServerNeedAKey(t *testing.T) {
	_, _, err := loadSettings(modeTool, nil, []string{"DATABASE_URL=postgres://u:c4n4ry@db/l"}, t.TempDir())
	if err == nil || !strings.Contains(err.Error(), "LATCHKEY_SECRET") || strings.Contains(err.Error(), "c4n4ry") {
		t.Errorf("got %v, want an error about LATCHKEY_SECRET", err)
	}
}
