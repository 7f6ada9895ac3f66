package main

import (
	"fmt"
	"strings"

	"github.com/latchkey/latchkey/internal/auth"
)

// A rule holds between settings.
type rule struct {
	of     []string // the settings it looks at; the first is the one to blame
	broken func(mode runMode, s *Settings, set func(name string) bool) string
}

// rules returns what must hold between settings that are right each for itself.
func rules() []rule {
	return append(nestRules(), []rule{
		{[]string{"LISTEN_HOST"}, func(mode runMode, s *Settings, _ func(string) bool) string {
			if mode == modeDev && !isLoopback(s.ListenHost) {
				return quote(s.ListenHost) + " is not loopback, and latchkey dev is for this machine alone; use 127.0.0.1, or latchkey serve"
			}
			return ""
		}},
		{[]string{"MONGO_URI", "DATABASE_URL"}, func(_ runMode, _ *Settings, set func(string) bool) string {
			if set("MONGO_URI") && set("DATABASE_URL") {
				return "is set together with DATABASE_URL; unset one of them"
			}
			return ""
		}},
		{[]string{"DATABASE_READ_URL", "DATABASE_URL"}, func(_ runMode, s *Settings, set func(string) bool) string {
			if set("DATABASE_READ_URL") && !strings.HasPrefix(s.DatabaseURL.Reveal(), "postgres") {
				return "is for a DATABASE_URL of PostgreSQL; unset it"
			}
			return ""
		}},
		{[]string{"LATCHKEY_SECRET", "DATABASE_URL", "MONGO_URI"}, func(_ runMode, s *Settings, _ func(string) bool) string {
			if s.DatabaseURL != "" && s.MasterKey == "" {
				return "is not set, and there is no file beside a database on a server that could hold it; set it, or LATCHKEY_SECRET_FILE, to 32 random bytes in base64 (openssl rand -base64 32) and keep it: without it nothing that was sealed opens"
			}
			return ""
		}},
		{[]string{"LATCHKEY_SECRET_FILE", "LATCHKEY_SECRET"}, func(_ runMode, _ *Settings, set func(string) bool) string {
			if set("LATCHKEY_SECRET_FILE") && set("LATCHKEY_SECRET") {
				return "is set together with LATCHKEY_SECRET; unset one of them"
			}
			return ""
		}},
		{[]string{"JWT_ALGORITHM", "JWT_SECRET"}, func(_ runMode, s *Settings, set func(string) bool) string {
			switch {
			case set("JWT_SECRET") && s.JWTAlgorithm != "HS256":
				return fmt.Sprintf("%q conflicts with JWT_SECRET, which means HS256; unset one of them", s.JWTAlgorithm)
			case !set("JWT_SECRET") && s.JWTAlgorithm == "HS256":
				return `"HS256" needs JWT_SECRET; set it, or write ES256, EdDSA or RS256`
			}
			return ""
		}},
		{[]string{"JWT_EXPIRES_IN", "JWT_REFRESH_EXPIRES_IN"}, func(_ runMode, s *Settings, _ func(string) bool) string {
			if s.AccessLife > s.RefreshLife {
				return fmt.Sprintf("%s is longer than JWT_REFRESH_EXPIRES_IN (%s); write at most that, or lengthen JWT_REFRESH_EXPIRES_IN",
					auth.FormatDuration(s.AccessLife), auth.FormatDuration(s.RefreshLife))
			}
			return ""
		}},
		{[]string{"SESSION_MAX_AGE", "JWT_REFRESH_EXPIRES_IN"}, func(_ runMode, s *Settings, _ func(string) bool) string {
			if s.SessionLife < s.RefreshLife {
				return fmt.Sprintf("%s is shorter than JWT_REFRESH_EXPIRES_IN (%s); write at least that, or shorten JWT_REFRESH_EXPIRES_IN",
					auth.FormatDuration(s.SessionLife), auth.FormatDuration(s.RefreshLife))
			}
			return ""
		}},
		{[]string{"SMTP_HOST"}, func(mode runMode, s *Settings, _ func(string) bool) string {
			if mode == modeServe && s.SMTPHost == "" {
				return "is not set, and latchkey serve needs a way to send mail; set it, or try latchkey dev, which has a mailbox of its own"
			}
			return ""
		}},
		{[]string{"SMTP_USER", "SMTP_PASS"}, func(_ runMode, s *Settings, set func(string) bool) string {
			if set("SMTP_USER") && !set("SMTP_PASS") {
				return "is set without SMTP_PASS; set both or neither"
			}
			return ""
		}},
		{[]string{"SMTP_PASS", "SMTP_USER"}, func(_ runMode, s *Settings, set func(string) bool) string {
			if set("SMTP_PASS") && !set("SMTP_USER") {
				return "is set without SMTP_USER; set both or neither"
			}
			return ""
		}},
	}...)
}
