package main

import (
	"log/slog"
	"net/mail"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
	"github.com/latchkey/latchkey/internal/place"
	"github.com/latchkey/latchkey/internal/rpcd"
)

const day = 24 * time.Hour

// Settings is everything an operator can choose, checked and typed. It is
// filled by [loadSettings] from the table in settings_table.go, where the
// meaning of each is written down.
type Settings struct {
	HTTPPort       int
	ListenHost     string // an IP address or localhost
	TrustedProxies []netip.Prefix
	MetricsAllow   []netip.Prefix
	RateLimits     bool
	DrainDelay     time.Duration

	NestPorts    []int  // none: the door is closed
	NestMore     int    // another of them; 0: none
	NestHost     string // an IP address or localhost
	NestCert     string // path of a PEM file; "" without TLS, as the next two
	NestKey      string
	NestClientCA string
	NestTenants  rpcd.TenantAccess

	AppName        string
	BaseURL        *url.URL // scheme and host only
	AllowedOrigins []string // as browsers send them
	CookieSecure   cookieChoice
	DefaultTenant  string
	SignUp         auth.SignUpPolicy
	Taken          auth.TakenPolicy
	LoginOTP       auth.OTPPolicy

	DatabaseURL     auth.Secret // of a server; empty: SQLite
	ReadURL         auth.Secret // of a PostgreSQL replica
	DatabasePath    string      // an SQLite file; empty: a server
	TenantIsolation isolation
	MongoDBPrefix   string
	RedisURL        auth.Secret
	RedisHost       string
	RedisPort       int
	RedisUser       string
	RedisPassword   auth.Secret
	RedisPrefix     string

	// MasterKey is 32 bytes, from LATCHKEY_SECRET or from the file that
	// LATCHKEY_SECRET_FILE names; empty when neither is set.
	MasterKey auth.Secret

	JWTSecret    auth.Secret // empty: keys of our own
	JWTAlgorithm string      // HS256, ES256, EdDSA, RS256
	JWTAudience  string
	AccessLife   time.Duration
	RefreshLife  time.Duration
	SessionLife  time.Duration
	RefreshGrace time.Duration // 0: none
	KeyRotation  time.Duration // 0: never

	BcryptCost     int // 0: argon2id
	PasswordLength int // least characters of a new one
	LoginAttempts  int
	LoginLock      time.Duration
	MaxSessions    int
	AtLimit        auth.LimitPolicy

	SMTPHost       string // empty: no way to send mail
	SMTPPort       int
	SMTPSecure     bool // TLS from the first byte
	SMTPRequireTLS bool // without SMTPSecure: no mail unless STARTTLS works
	SMTPUser       string
	SMTPPass       auth.Secret
	EmailFrom      *mail.Address
	MailTemplates  string // a folder
	MailLanguage   string // en, ko

	Places *place.File // nil: there is none

	LogLevel  slog.Level
	LogFormat string // json, text

	// Values is what each setting was given or is by default, as text.
	Values map[string]auth.Secret

	dir string // what relative paths start from
}

// A cookieChoice says whether cookies carry the Secure attribute.
type cookieChoice string

const (
	cookieAuto     cookieChoice = "auto"
	cookieSecure   cookieChoice = "true"
	cookieInsecure cookieChoice = "false"
)

// SecureCookies reports whether cookies carry Secure: with auto, unless the
// base URL is http on loopback (CONTRACT.md §9).
func (s Settings) SecureCookies() bool {
	switch s.CookieSecure {
	case cookieSecure:
		return true
	case cookieInsecure:
		return false
	case cookieAuto:
	}
	return s.BaseURL == nil || s.BaseURL.Scheme != "http" || !isLoopback(s.BaseURL.Hostname())
}

// Policy returns what holds for tenants that say nothing themselves.
func (s Settings) Policy() auth.Policy {
	return auth.Policy{
		OTP: s.LoginOTP, SignUp: s.SignUp, Taken: s.Taken, AllowedOrigins: s.AllowedOrigins, Language: s.MailLanguage,
		LockAttempts: s.LoginAttempts, LockMinutes: int(s.LoginLock / time.Minute), MaxSessions: s.MaxSessions, AtLimit: s.AtLimit,
		PasswordLength: s.PasswordLength,
	}
}

// Lifetimes returns what the rules want to know of time. There, a grace of
// zero means the default, and a negative one means none.
func (s Settings) Lifetimes() auth.Lifetimes {
	grace := s.RefreshGrace
	if grace == 0 {
		grace = -1
	}
	return auth.Lifetimes{Access: s.AccessLife, Refresh: s.RefreshLife, Session: s.SessionLife, Grace: grace}
}

// An isolation says where the users of new tenants are.
type isolation string

const (
	isolationShared   isolation = "shared"   // in one database
	isolationDatabase isolation = "database" // in one for each
)

// A runMode is what the settings are for. It decides some defaults and what
// must be set.
type runMode int

const (
	modeTool  runMode = iota // a command beside the server: serve's defaults, nothing required
	modeServe                // latchkey serve: needs a way to send mail
	modeDev                  // latchkey dev: loopback only
)

// isLoopback reports whether a host name or address is this machine alone.
func isLoopback(host string) bool {
	addr, err := netip.ParseAddr(host)
	if err != nil {
		name := strings.TrimSuffix(strings.ToLower(host), ".")
		return name == "localhost" || strings.HasSuffix(name, ".localhost")
	}
	return addr.Unmap().IsLoopback()
}
