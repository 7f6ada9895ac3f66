package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"

	"github.com/wneessen/go-mail/smtp"

	"github.com/latchkey/latchkey/internal/mail"
)

// soon is how long before its end a certificate should be renewed.
const soon = 14 * day

// checkMail goes the way of a mail without sending one.
func checkMail(ctx context.Context, p *patient) []finding {
	s := p.settings
	switch {
	case p.mode == modeDev:
		return []finding{ok("latchkey dev keeps every mail in its mailbox at /dev/mail")}
	case s.SMTPHost == "":
		return nil // checkSettings says so
	}
	server := smtpOf(s)
	server.Roots, server.Timeout = p.roots, p.patience
	found := checkSender(s)
	passed, err := server.Probe(ctx, s.EmailFrom.Address)
	where := fmt.Sprintf("the mail server %s port %d", s.SMTPHost, s.SMTPPort)
	if failed := new(mail.ProbeError); errors.As(err, &failed) {
		return append(found, fail(fmt.Sprintf("%s: %s: %s", where, steps[failed.Step], failed), mendMail(failed, s)))
	}
	if err != nil {
		return append(found, fail(where+": "+err.Error(), "correct SMTP_HOST and SMTP_PORT"))
	}
	if !passed.Encrypted && !isLoopback(s.SMTPHost) {
		found = append(found, warn(where+" is spoken to in the clear: who listens on the way reads the codes", "set SMTP_REQUIRE_TLS=true, or SMTP_SECURE=true with the port for it (usually 465)"))
	}
	if left := passed.Expires.Sub(p.now()); passed.Encrypted && left < soon {
		found = append(found, warn(fmt.Sprintf("the certificate of %s ends in %d days; no mail goes out then", where, left/day), "renew the mail server's certificate, or tell who runs SMTP_HOST"))
	}
	how := map[bool]string{true: "with TLS", false: "without TLS"}[passed.Encrypted]
	if passed.LoggedIn {
		how += ", takes SMTP_USER with SMTP_PASS"
	}
	return append(found, ok("%s answers %s and would take mail from %s", where, how, s.EmailFrom.Address))
}

// steps says in words where it went wrong.
var steps = map[mail.Step]string{
	mail.StepName: "its name", mail.StepConnect: "connecting", mail.StepGreeting: "its greeting", mail.StepHello: "EHLO",
	mail.StepTLS: "TLS", mail.StepLogin: "logging in", mail.StepSender: "the sender",
}

// checkSender looks at the address that mails come from.
func checkSender(s Settings) []finding {
	_, domain, _ := strings.Cut(s.EmailFrom.Address, "@")
	if strings.Contains(domain, ".") && !isLoopback(domain) {
		return nil
	}
	return []finding{warn("mails come from "+s.EmailFrom.Address+", which no other mail server knows: many refuse it", "set EMAIL_FROM to an address of a domain of yours")}
}

// mendMail names the setting that a failed probe leads to.
func mendMail(e *mail.ProbeError, s Settings) string {
	silent := errors.Is(e, context.DeadlineExceeded)
	switch e.Step {
	case mail.StepName:
		return "correct SMTP_HOST, or this machine's DNS (/etc/resolv.conf)"
	case mail.StepConnect:
		if silent {
			return "open the way in the firewall (many providers close port 25), or correct SMTP_HOST and SMTP_PORT"
		}
		return "correct SMTP_HOST and SMTP_PORT (usually 587, or 465 with SMTP_SECURE=true), or start the mail server"
	case mail.StepGreeting:
		if silent && !s.SMTPSecure {
			return "set SMTP_SECURE=true when SMTP_PORT speaks TLS from the first byte (usually 465), else SMTP_PORT to that of the mail server (usually 587)"
		}
		return "set SMTP_PORT to that of a mail server (usually 587, or 465 with SMTP_SECURE=true)"
	case mail.StepHello:
		return "set SMTP_PORT to the port for submission (usually 587), and ask who runs SMTP_HOST why it refuses this machine"
	case mail.StepTLS:
		return mendTLS(e)
	case mail.StepLogin:
		return mendLogin(e)
	case mail.StepSender:
		if e.Code == 530 {
			return "set SMTP_USER and SMTP_PASS: the server wants to know who sends"
		}
		return "set EMAIL_FROM to an address that this server sends for"
	}
	return "correct SMTP_HOST and SMTP_PORT"
}

func mendTLS(e *mail.ProbeError) string {
	var (
		header  tls.RecordHeaderError
		host    x509.HostnameError
		stale   x509.CertificateInvalidError
		unknown x509.UnknownAuthorityError
	)
	switch {
	case errors.As(e, &header):
		return "set SMTP_SECURE=false for STARTTLS, or SMTP_PORT to the one with TLS from the first byte (usually 465)"
	case errors.As(e, &host):
		return "set SMTP_HOST to the name that the certificate is for"
	case errors.As(e, &stale) && stale.Reason == x509.Expired:
		return "renew the mail server's certificate, or tell who runs SMTP_HOST; see also that this machine's clock is right"
	case errors.As(e, &unknown), errors.As(e, &stale):
		return "give the mail server of SMTP_HOST a certificate of a known authority, or name yours to this machine (SSL_CERT_FILE)"
	}
	return "set SMTP_PORT to one that offers STARTTLS (usually 587), or SMTP_SECURE=true with the port for it (usually 465)"
}

func mendLogin(e *mail.ProbeError) string {
	switch {
	case errors.Is(e, smtp.ErrUnencrypted):
		return "set SMTP_REQUIRE_TLS=true, or SMTP_SECURE=true with the port for it (usually 465): the password is not sent in the clear"
	case e.Code == 0 && !errors.Is(e, context.DeadlineExceeded):
		return "unset SMTP_USER and SMTP_PASS, or set SMTP_PORT to the port for submission (usually 587)"
	}
	return "correct SMTP_USER and SMTP_PASS; some providers want a password made for programs"
}
