package auth

import (
	"fmt"
	"net/mail"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Bounds of what a tenant may decide.
const (
	accessLeast  = time.Minute
	lifeMost     = 3650 * day
	originsLimit = 50
)

// policy checks what a tenant wants to decide for itself, but for lifetimes, and
// returns it in its one form.
func (p *problems) policy(v Policy) Policy {
	oneOf(p, "policy.otp", v.OTP, OTPInherit, OTPOff, OTPEmail, OTPDevice)
	oneOf(p, "policy.signUp", v.SignUp, SignUpInherit, SignUpOpen, SignUpInvite, SignUpClosed)
	oneOf(p, "policy.taken", v.Taken, TakenInherit, TakenTell, TakenHide)
	oneOf(p, "policy.atLimit", v.AtLimit, LimitInherit, LimitOldest, LimitRefuse)
	oneOf(p, "policy.language", v.Language, "", "en", "ko")
	p.within("policy.lockAttempts", v.LockAttempts, 1, 100)
	p.within("policy.lockMinutes", v.LockMinutes, 1, 525_600)
	p.within("policy.maxSessions", v.MaxSessions, 1, 1000)
	p.within("policy.passwordLength", v.PasswordLength, passwordLeast, 64)
	v.AllowedOrigins = p.origins("policy.allowedOrigins", v.AllowedOrigins)
	if v.MailFrom != "" {
		v.MailFrom = p.sender("policy.mailFrom", v.MailFrom)
	}
	return v
}

// lives checks lifetimes, each by itself and beside what the deployment has. No
// access token lives longer than the deployment's: a key that signs no more is
// kept for as long, and must be gone soon when it has leaked.
func (p *problems) lives(s *Service, v Policy) {
	most := s.Lifetimes.withDefaults().Access
	for _, life := range []struct {
		field       string
		value       Span
		least, most time.Duration
	}{
		{"policy.accessLife", v.AccessLife, min(accessLeast, most), most},
		{"policy.refreshLife", v.RefreshLife, accessLeast, lifeMost},
		{"policy.sessionLife", v.SessionLife, accessLeast, lifeMost},
	} {
		if d := time.Duration(life.value); d != 0 && (d < life.least || d > life.most) {
			p.add(life.field, "must be from "+FormatDuration(life.least)+" to "+FormatDuration(life.most))
		}
	}
	l := s.lifetimes(v)
	if v.AccessLife != 0 && l.Access > l.Refresh {
		p.add("policy.accessLife", "must not be longer than refreshLife, which is "+FormatDuration(l.Refresh))
	}
	if v.SessionLife != 0 && time.Duration(v.SessionLife) < l.Refresh {
		p.add("policy.sessionLife", "must not be shorter than refreshLife, which is "+FormatDuration(l.Refresh))
	}
}

func oneOf[T ~string](p *problems, field string, v T, allowed ...T) {
	if slices.Contains(allowed, v) {
		return
	}
	var names []string
	for _, a := range allowed {
		if a != "" {
			names = append(names, string(a))
		}
	}
	p.add(field, "must be one of "+strings.Join(names, ", "))
}

func (p *problems) within(field string, v, least, most int) {
	if v != 0 && (v < least || v > most) {
		p.add(field, fmt.Sprintf("must be from %d to %d", least, most))
	}
}

// origins checks a list of origins and returns them as browsers send them.
func (p *problems) origins(field string, all []string) []string {
	if len(all) > originsLimit {
		p.add(field, fmt.Sprintf("must have at most %d origins", originsLimit))
		return nil
	}
	var out []string
	if all != nil {
		out = []string{} // none, which is not the same as leaving it to the deployment
	}
	for _, text := range all {
		o, ok := origin(text)
		if !ok {
			p.add(field, "must be origins such as https://app.example.com: scheme, host and port alone")
			return nil
		}
		out = append(out, o)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// origin returns the one spelling of an origin (RFC 6454 §6.1).
func origin(text string) (string, bool) {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || len(text) > 300 {
		return "", false
	}
	host := strings.ToLower(u.Host)
	if port := u.Port(); u.Scheme == "https" && port == "443" || u.Scheme == "http" && port == "80" {
		host = strings.TrimSuffix(host, ":"+port)
	}
	if u.Hostname() == "" || strings.Trim(host, "abcdefghijklmnopqrstuvwxyz0123456789.-:[]") != "" {
		return "", false
	}
	out := u.Scheme + "://" + host
	return out, strings.EqualFold(strings.TrimSuffix(text, ":443"), out) || strings.EqualFold(strings.TrimSuffix(text, ":80"), out)
}

// sender checks who mails come from: a name and an address, or the address.
func (p *problems) sender(field, text string) string {
	a, err := mail.ParseAddress(text)
	if err != nil {
		p.add(field, "must be an address such as no-reply@example.com or Example <no-reply@example.com>")
		return ""
	}
	address, err := Email(a.Address)
	if err != nil {
		p.add(field, err.Error())
		return ""
	}
	name := p.line(field, a.Name, nameLimit, false)
	return (&mail.Address{Name: name, Address: address}).String()
}
