package main

import (
	"log/slog"
	"net"
	"net/mail"
	"net/netip"
	"net/url"
	"strconv"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

// A setting is one line of the table that everything about settings is made
// from: the flags, what is read, `latchkey config` and docs/settings.md.
type setting struct {
	name     string // of the environment variable
	group    string // heading in help and manual
	standard string // default; empty: unset, or what derive says
	derive   func(runMode, *Settings) string
	derived  string // what derive does, in words
	help     string // one line
	mask     masking
	check    func(*Settings, string) error // parses a value that is not empty and keeps it
}

// flag returns the command line's name for the setting: the kebab case of its name.
func (s setting) flag() string { return kebab(s.name) }

// fallback returns the default. The settings above it in the table are known
// by then.
func (s setting) fallback(mode runMode, known *Settings) string {
	if s.derive != nil {
		return s.derive(mode, known)
	}
	return s.standard
}

// table returns every setting, in the order in which they are read, printed
// and complained about. A derived default looks only at the lines above.
func table() []setting {
	var all []setting
	for _, group := range []struct {
		name     string
		settings []setting
	}{
		{"Server", serverSettings()},
		{"NestJS door", nestSettings()},
		{"Application", applicationSettings()},
		{"Data", dataSettings()},
		{"Tokens and keys", tokenSettings()},
		{"Logging in", loginSettings()},
		{"Mail", mailSettings()},
		{"Places", placeSettings()},
		{"Logs", logSettings()},
	} {
		for _, s := range group.settings {
			s.group = group.name
			all = append(all, s)
		}
	}
	return all
}

func serverSettings() []setting {
	return []setting{
		{name: "AUTH_SERVICE_HTTP_PORT", standard: "3502",
			help:  "Port of the HTTP door.",
			check: into(port, func(s *Settings) *int { return &s.HTTPPort })},
		{name: "LISTEN_HOST", derived: "0.0.0.0; in latchkey dev 127.0.0.1",
			derive: func(mode runMode, _ *Settings) string {
				if mode == modeDev {
					return "127.0.0.1"
				}
				return "0.0.0.0"
			},
			help:  "Address to listen on; latchkey dev takes only a loopback one.",
			check: into(listenHost, func(s *Settings) *string { return &s.ListenHost })},
		{name: "TRUSTED_PROXIES",
			help:  "Addresses and CIDR ranges, comma-separated, whose X-Forwarded-For is believed.",
			check: into(trustedProxies, func(s *Settings) *[]netip.Prefix { return &s.TrustedProxies })},
		{name: "METRICS_ALLOW", standard: "127.0.0.0/8,::1",
			help:  "Addresses and CIDR ranges, comma-separated, that may read /metrics; none for nobody.",
			check: into(metricsAllow, func(s *Settings) *[]netip.Prefix { return &s.MetricsAllow })},
		{name: "DRAIN_DELAY", standard: "0s",
			help:  "How long requests are still taken after a signal to stop, while /readyz says 503 and load balancers look away, 0s to 5m.",
			check: into(between(0, 5*time.Minute), func(s *Settings) *time.Duration { return &s.DrainDelay })},
		{name: "RATE_LIMITS", standard: "on",
			help:  "on or off: whether clients are limited by address, account and tenant, and mails by account; off is for tests. Locks and the budgets of wrong passwords and codes stay, also when off.",
			check: into(either("on", "off"), func(s *Settings) *bool { return &s.RateLimits })},
	}
}

func applicationSettings() []setting {
	return []setting{
		{name: "APP_NAME", standard: "Latchkey",
			help:  "Name of the application in pages and mails, at most 64 characters.",
			check: into(appName, func(s *Settings) *string { return &s.AppName })},
		{name: "APP_BASE_URL", derived: "http://localhost:AUTH_SERVICE_HTTP_PORT",
			derive: func(_ runMode, s *Settings) string {
				if s.HTTPPort == 0 {
					return ""
				}
				return "http://" + net.JoinHostPort("localhost", strconv.Itoa(s.HTTPPort))
			},
			help:  "Where browsers reach the service, such as https://auth.example.com; links in mails and the tokens' issuer are made from it.",
			check: into(baseURL, func(s *Settings) **url.URL { return &s.BaseURL })},
		{name: "ALLOWED_ORIGINS",
			help:  "Origins, comma-separated, whose pages may call with cookies, such as https://app.example.com; matched exactly.",
			check: into(origins, func(s *Settings) *[]string { return &s.AllowedOrigins })},
		{name: "COOKIE_SECURE", standard: "auto",
			help:  "auto, true or false: whether cookies carry Secure; auto is true unless APP_BASE_URL is http on loopback.",
			check: into(oneOf(cookieAuto, cookieSecure, cookieInsecure), func(s *Settings) *cookieChoice { return &s.CookieSecure })},
		{name: "DEFAULT_TENANT", standard: "default",
			help:  "Slug of the tenant of requests that name none.",
			check: into(slug, func(s *Settings) *string { return &s.DefaultTenant })},
		{name: "SIGN_UP", standard: "open",
			help:  "open, invite or closed: whether anyone may make an account, who was sent an invitation, or only who is made one, where the tenant says nothing.",
			check: into(oneOf(auth.SignUpOpen, auth.SignUpInvite, auth.SignUpClosed), func(s *Settings) *auth.SignUpPolicy { return &s.SignUp })},
		{name: "SIGN_UP_TAKEN", standard: "tell",
			help:  "tell or hide: whether sign-up says that an e-mail address has an account; hide answers as for a new one, mails its owner, and logs nobody in.",
			check: into(oneOf(auth.TakenTell, auth.TakenHide), func(s *Settings) *auth.TakenPolicy { return &s.Taken })},
	}
}

func dataSettings() []setting {
	return []setting{
		{name: "DATABASE_URL", standard: "sqlite:latchkey.db", mask: maskPassword,
			help:  "Where the data is: sqlite:PATH, postgres://USER:PASSWORD@HOST:PORT/NAME (PostgreSQL and what speaks its protocol) or mongodb://….",
			check: readDatabaseURL},
		{name: "DATABASE_READ_URL", mask: maskPassword,
			help:  "PostgreSQL replica of DATABASE_URL, postgres://…, from which lists of users, events and tenants are read, a moment old; without it, or while it does not answer, they come from DATABASE_URL.",
			check: into(serverURL("postgres://", "postgresql://"), func(s *Settings) *auth.Secret { return &s.ReadURL })},
		{name: "TENANT_ISOLATION", standard: "shared",
			help:  "shared or database: whether a new tenant shares one database with the others, and its people may join those too, or gets one of its own: on SQLite a file in a folder beside that of DATABASE_URL, on a server a database called like that of DATABASE_URL, or like MONGO_DB_PREFIX, with _ and the tenant behind it; tenants that there are stay where they are.",
			check: into(oneOf(isolationShared, isolationDatabase), func(s *Settings) *isolation { return &s.TenantIsolation })},
		{name: "MONGO_URI", mask: maskPassword,
			help:  "MongoDB server, mongodb://…; the seed's name for a DATABASE_URL of that kind.",
			check: readMongoURI},
		{name: "MONGO_DB_PREFIX",
			help:  "What the names of tenants' MongoDB databases begin with.",
			check: into(word, func(s *Settings) *string { return &s.MongoDBPrefix })},
		{name: "REDIS_URL", mask: maskPassword,
			help:  "Redis server, redis://… or rediss://…: holds codes, counters and limits, and tells instances of each other's changes.",
			check: into(serverURL("redis://", "rediss://"), func(s *Settings) *auth.Secret { return &s.RedisURL })},
		{name: "REDIS_HOST",
			help:  "Redis server, where REDIS_URL is not set.",
			check: into(hostName, func(s *Settings) *string { return &s.RedisHost })},
		{name: "REDIS_PORT", standard: "6379",
			help:  "Port of the Redis server; used with REDIS_HOST.",
			check: into(port, func(s *Settings) *int { return &s.RedisPort })},
		{name: "REDIS_USER",
			help:  "User at the Redis server; used with REDIS_HOST.",
			check: into(text, func(s *Settings) *string { return &s.RedisUser })},
		{name: "REDIS_PASSWORD", mask: maskAll,
			help:  "Password at the Redis server; used with REDIS_HOST.",
			check: into(text, func(s *Settings) *string { return (*string)(&s.RedisPassword) })},
		{name: "REDIS_PREFIX",
			help:  "What the names of Redis keys begin with.",
			check: into(word, func(s *Settings) *string { return &s.RedisPrefix })},
		{name: "LATCHKEY_SECRET", mask: maskAll,
			help:  "Master key, 32 bytes in base64, the same for all instances; made and kept beside an SQLite file when neither it nor LATCHKEY_SECRET_FILE is set.",
			check: into(masterKey, func(s *Settings) *auth.Secret { return &s.MasterKey })},
		{name: "LATCHKEY_SECRET_FILE",
			help:  "File that holds the master key, 32 bytes in base64.",
			check: readMasterKeyFile},
	}
}

func tokenSettings() []setting {
	return []setting{
		{name: "JWT_SECRET", mask: maskAll,
			help:  "Signs access tokens with HS256, as the seeds do; at least 32 bytes. Unset: keys of our own, published at /.well-known/jwks.json.",
			check: into(jwtSecret, func(s *Settings) *auth.Secret { return &s.JWTSecret })},
		{name: "JWT_ALGORITHM", derived: "ES256; with JWT_SECRET HS256",
			derive: func(_ runMode, s *Settings) string {
				if s.JWTSecret != "" {
					return "HS256"
				}
				return "ES256"
			},
			help:  "ES256, EdDSA or RS256: the algorithm of new signing keys; not with JWT_SECRET.",
			check: into(oneOf("ES256", "EdDSA", "RS256", "HS256"), func(s *Settings) *string { return &s.JWTAlgorithm })},
		{name: "JWT_AUDIENCE", derived: "APP_BASE_URL",
			derive: func(_ runMode, s *Settings) string {
				if s.BaseURL == nil {
					return ""
				}
				return s.BaseURL.String()
			},
			help:  "The aud claim of access tokens.",
			check: into(word, func(s *Settings) *string { return &s.JWTAudience })},
		{name: "JWT_EXPIRES_IN", standard: "15m",
			help:  "Life of an access token, 1s to 30d; each lives up to a twentieth less, by chance, and who verifies it allows 30s for clocks.",
			check: into(between(time.Second, 30*day), func(s *Settings) *time.Duration { return &s.AccessLife })},
		{name: "JWT_REFRESH_EXPIRES_IN", standard: "7d",
			help:  "Life of a session that is not refreshed, 1s to 3650d; up to a twentieth less, by chance, so that devices do not come back all at once.",
			check: into(between(time.Second, 3650*day), func(s *Settings) *time.Duration { return &s.RefreshLife })},
		{name: "SESSION_MAX_AGE", derived: "90d, or JWT_REFRESH_EXPIRES_IN where that is longer",
			derive: func(_ runMode, s *Settings) string { return auth.FormatDuration(max(90*day, s.RefreshLife)) },
			help:   "Life of a session however often it is refreshed, JWT_REFRESH_EXPIRES_IN to 3650d.",
			check:  into(between(time.Second, 3650*day), func(s *Settings) *time.Duration { return &s.SessionLife })},
		{name: "REFRESH_GRACE", standard: "10s",
			help:  "How long the refresh token before the last is answered with the same successor, 0s to 5m.",
			check: into(between(0, 5*time.Minute), func(s *Settings) *time.Duration { return &s.RefreshGrace })},
		{name: "KEY_ROTATION", standard: "90d",
			help:  "How often a new signing key is made, 1h to 3650d, or off.",
			check: into(keyRotation, func(s *Settings) *time.Duration { return &s.KeyRotation })},
	}
}

func loginSettings() []setting {
	return []setting{
		{name: "PASSWORD_SALT_ROUNDS",
			help:  "4 to 15: hash passwords with bcrypt at that cost, as the seeds do. Unset: argon2id.",
			check: into(whole(4, 15), func(s *Settings) *int { return &s.BcryptCost })},
		{name: "PASSWORD_MIN_LENGTH", standard: "8",
			help:  "Least number of characters of a new password, 8 to 64, where the tenant says nothing.",
			check: into(whole(8, 64), func(s *Settings) *int { return &s.PasswordLength })},
		{name: "LOGIN_MAX_ATTEMPTS", standard: "7",
			help:  "Wrong passwords in a row, 1 to 100, that lock an account for devices that have not logged in to it before; a device that has is counted by itself.",
			check: into(whole(1, 100), func(s *Settings) *int { return &s.LoginAttempts })},
		{name: "LOGIN_LOCK_MINUTES", standard: "60",
			help:  "Minutes until a lock ends by itself, 1 to 525600; before that the mailed link ends it, or a new password.",
			check: into(minutes, func(s *Settings) *time.Duration { return &s.LoginLock })},
		{name: "LOGIN_OTP", standard: "email",
			help:  "email, new-device or off: when a login needs a mailed code, where the tenant says nothing; new-device: when the device has not logged in to the account before.",
			check: into(oneOf(auth.OTPEmail, auth.OTPDevice, auth.OTPOff), func(s *Settings) *auth.OTPPolicy { return &s.LoginOTP })},
		{name: "MAX_SESSIONS_PER_USER", standard: "20",
			help:  "Devices on which an account may be logged in at once, 1 to 1000.",
			check: into(whole(1, 1000), func(s *Settings) *int { return &s.MaxSessions })},
		{name: "SESSIONS_AT_LIMIT", standard: "end-oldest",
			help:  "end-oldest or refuse: what a login beyond MAX_SESSIONS_PER_USER does.",
			check: into(oneOf(auth.LimitOldest, auth.LimitRefuse), func(s *Settings) *auth.LimitPolicy { return &s.AtLimit })},
	}
}

func mailSettings() []setting {
	return []setting{
		{name: "SMTP_HOST",
			help:  "Mail server; latchkey serve needs one.",
			check: into(hostName, func(s *Settings) *string { return &s.SMTPHost })},
		{name: "SMTP_PORT", standard: "587",
			help:  "Port of the mail server.",
			check: into(port, func(s *Settings) *int { return &s.SMTPPort })},
		{name: "SMTP_SECURE", standard: "false",
			help:  "true or false: TLS from the first byte (usually port 465), or STARTTLS.",
			check: into(either("true", "false"), func(s *Settings) *bool { return &s.SMTPSecure })},
		{name: "SMTP_REQUIRE_TLS", derived: "true, unless SMTP_HOST is on loopback",
			derive: func(_ runMode, s *Settings) string {
				return strconv.FormatBool(s.SMTPHost == "" || !isLoopback(s.SMTPHost))
			},
			help:  "true or false: whether a server that does not offer STARTTLS is refused.",
			check: into(either("true", "false"), func(s *Settings) *bool { return &s.SMTPRequireTLS })},
		{name: "SMTP_USER",
			help:  "User at the mail server; set together with SMTP_PASS.",
			check: into(text, func(s *Settings) *string { return &s.SMTPUser })},
		{name: "SMTP_PASS", mask: maskAll,
			help:  "Password at the mail server.",
			check: into(text, func(s *Settings) *string { return (*string)(&s.SMTPPass) })},
		{name: "EMAIL_FROM", derived: "no-reply@ the host of APP_BASE_URL",
			derive: func(_ runMode, s *Settings) string { return "no-reply@" + senderDomain(s.BaseURL) },
			help:   "Sender of mails, such as no-reply@example.com or Example <no-reply@example.com>.",
			check:  into(sender, func(s *Settings) **mail.Address { return &s.EmailFrom })},
		{name: "MAIL_TEMPLATES",
			help:  "Folder of templates that replace the built-in mails.",
			check: readTemplates},
		{name: "MAIL_LANGUAGE", standard: "en",
			help:  "en or ko: the language of mails.",
			check: into(oneOf("en", "ko"), func(s *Settings) *string { return &s.MailLanguage })},
	}
}

func placeSettings() []setting {
	return []setting{
		{name: "GEOIP_FILE",
			help:  "File in the MaxMind DB format that says where IP addresses are, such as GeoLite2-City.mmdb: lists of devices then show places.",
			check: openPlaces},
	}
}

func logSettings() []setting {
	return []setting{
		{name: "LOG_LEVEL", standard: "info",
			help:  "debug, info, warn or error.",
			check: into(logLevel, func(s *Settings) *slog.Level { return &s.LogLevel })},
		{name: "LOG_FORMAT", standard: "json",
			help:  "json or text.",
			check: into(oneOf("json", "text"), func(s *Settings) *string { return &s.LogFormat })},
	}
}
