package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/latchkey/latchkey/internal/auth"
)

// tenantFlags are what can be said of a tenant when it is made and later.
type tenantFlags struct {
	DisplayName  string `placeholder:"TEXT" help:"What people read; the name when left out."`
	ContactEmail string `placeholder:"ADDRESS" help:"Of whoever answers for the tenant."`
	policyFlags
	Color string `placeholder:"#RRGGBB" help:"Of buttons and lines in mails and pages."`
	Logo  string `placeholder:"FILE" help:"PNG, JPEG or WebP of at most 32 KiB, in mails and pages."`
}

// policyFlags are what a tenant decides for itself; what is left out is as the
// deployment says.
type policyFlags struct {
	OTP            *auth.OTPPolicy    `name:"otp" enum:"off,email,new-device" placeholder:"WHEN" group:"Policy" help:"When a login needs a mailed code: off, email (always) or new-device. (default of tenant create: email)"`
	SignUp         *auth.SignUpPolicy `enum:"open,invite,closed" placeholder:"WHO" group:"Policy" help:"Who may make an account: open (anyone), invite (who was sent an invitation) or closed."`
	Taken          *auth.TakenPolicy  `enum:"tell,hide" placeholder:"WHAT" group:"Policy" help:"Whether sign-up says that an address has an account: tell or hide."`
	AllowedOrigin  []string           `placeholder:"ORIGIN" group:"Policy" help:"An origin whose pages may call with cookies, such as https://app.example.com; may be given more than once, none for nobody."`
	BrowserTokens  *bool              `negatable:"" group:"Policy" help:"Whether scripts of a page may ask for tokens in the body."`
	Language       *string            `enum:"en,ko" placeholder:"LANG" group:"Policy" help:"Of mails: en or ko."`
	LockAttempts   *int               `placeholder:"N" group:"Policy" help:"Wrong passwords in a row that lock an account."`
	LockMinutes    *int               `placeholder:"N" group:"Policy" help:"Minutes until a lock ends by itself."`
	MaxSessions    *int               `placeholder:"N" group:"Policy" help:"Devices on which an account may be logged in at once."`
	AtLimit        *auth.LimitPolicy  `enum:"end-oldest,refuse" placeholder:"WHAT" group:"Policy" help:"What a login beyond max-sessions does: end-oldest or refuse."`
	AccessLife     *auth.Span         `placeholder:"SPAN" group:"Policy" help:"Life of an access token, such as 5m; at most JWT_EXPIRES_IN."`
	RefreshLife    *auth.Span         `placeholder:"SPAN" group:"Policy" help:"Life of a session that is not refreshed, such as 7d."`
	SessionLife    *auth.Span         `placeholder:"SPAN" group:"Policy" help:"Life of a session however often it is refreshed, such as 90d."`
	PasswordLength *int               `placeholder:"N" group:"Policy" help:"Least number of characters of a new password, 8 to 64."`
	MailFrom       *string            `placeholder:"ADDRESS" group:"Policy" help:"Sender of mails, such as Acme <no-reply@acme.example>."`
}

// Validate refuses a zero, which the rules would read as: not said.
func (f *policyFlags) Validate() error {
	for name, n := range map[string]*int{
		"lock-attempts": f.LockAttempts, "lock-minutes": f.LockMinutes, "max-sessions": f.MaxSessions, "password-length": f.PasswordLength,
	} {
		if n != nil && *n == 0 {
			return errors.New("--" + name + ": 0 is too small; to leave it to the deployment again: latchkey tenant set --reset")
		}
	}
	return nil
}

func (f policyFlags) policy() auth.Policy {
	p := auth.Policy{
		OTP: value(f.OTP), SignUp: value(f.SignUp), Taken: value(f.Taken), BrowserTokens: f.BrowserTokens, Language: value(f.Language),
		LockAttempts: value(f.LockAttempts), LockMinutes: value(f.LockMinutes), MaxSessions: value(f.MaxSessions), AtLimit: value(f.AtLimit),
		AccessLife: value(f.AccessLife), RefreshLife: value(f.RefreshLife), SessionLife: value(f.SessionLife),
		PasswordLength: value(f.PasswordLength), MailFrom: value(f.MailFrom), AllowedOrigins: f.AllowedOrigin,
	}
	if slices.Equal(f.AllowedOrigin, []string{"none"}) {
		p.AllowedOrigins = []string{}
	}
	return p
}

// value is what a flag was given; the zero value when it was not.
func value[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}

// policyLines say what holds for a tenant, and what of it the tenant decides.
func policyLines(own, force auth.Policy) [][2]string {
	yes := func(b *bool) string { return strconv.FormatBool(value(b)) }
	span := func(s auth.Span) string { return spanText(s) }
	origins := func(all []string) string {
		if len(all) == 0 {
			return "none"
		}
		return strings.Join(all, " ")
	}
	line := func(name, text string, mine bool) [2]string {
		if mine {
			text += "  (the tenant's own)"
		}
		return [2]string{name, text}
	}
	return [][2]string{
		line("otp", string(force.OTP), own.OTP != ""),
		line("sign-up", string(force.SignUp), own.SignUp != ""),
		line("taken", string(force.Taken), own.Taken != ""),
		line("allowed origins", origins(force.AllowedOrigins), own.AllowedOrigins != nil),
		line("browser tokens", yes(force.BrowserTokens), own.BrowserTokens != nil),
		line("language", force.Language, own.Language != ""),
		line("lock attempts", strconv.Itoa(force.LockAttempts), own.LockAttempts != 0),
		line("lock minutes", strconv.Itoa(force.LockMinutes), own.LockMinutes != 0),
		line("max sessions", strconv.Itoa(force.MaxSessions), own.MaxSessions != 0),
		line("at limit", string(force.AtLimit), own.AtLimit != ""),
		line("access life", span(force.AccessLife), own.AccessLife != 0),
		line("refresh life", span(force.RefreshLife), own.RefreshLife != 0),
		line("session life", span(force.SessionLife), own.SessionLife != 0),
		line("password length", strconv.Itoa(force.PasswordLength), own.PasswordLength != 0),
		line("mail from", force.MailFrom, own.MailFrom != ""),
	}
}

// printLines prints names and values, one a line; what is empty is left out.
func printLines(out io.Writer, lines [][2]string) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, l := range lines {
		if l[1] == "" {
			continue
		}
		if _, err := fmt.Fprintf(table, "%s\t%s\n", l[0], plain(l[1])); err != nil {
			return err
		}
	}
	return table.Flush()
}
