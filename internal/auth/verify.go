package auth

import (
	"context"
	"encoding/json"
	"errors"
	"strings"

	"github.com/google/uuid"
)

// VerifyInput is a code and the challenge that it answers.
type VerifyInput struct {
	LoginID     string `json:"loginId" format:"uuid"`
	OTP         string `json:"otp" pattern:"^[0-9]{6}$" example:"042137"`
	DeviceName  string `json:"deviceName,omitempty" maxLength:"64" example:"Ann's laptop"`
	DeviceToken Secret `json:"deviceToken,omitempty" doc:"From an earlier login on this device"`
}

// Subject names what the request is about, for its rate limit.
func (in VerifyInput) Subject() string { return in.LoginID }

// ResendInput names the challenge that wants a new code.
type ResendInput struct {
	LoginID string `json:"loginId" format:"uuid"`
}

// Subject names what the request is about, for its rate limit.
func (in ResendInput) Subject() string { return in.LoginID }

// Verify checks a mailed code and opens the session.
func (s *Service) Verify(ctx context.Context, by Caller, in VerifyInput) (Grant, error) {
	var p problems
	in.LoginID = p.uuid("loginId", in.LoginID)
	in.DeviceName = p.line("deviceName", in.DeviceName, deviceNameLimit, false)
	if len(in.OTP) != 6 || strings.Trim(in.OTP, "0123456789") != "" {
		p.add("otp", "must be six digits")
	}
	if err := p.err(); err != nil {
		return Grant{}, err
	}
	t, l, err := s.spendCode(ctx, by, in)
	if err != nil {
		return Grant{}, err
	}
	if in.DeviceName != "" {
		l.deviceName = in.DeviceName
	}
	l, err = s.pendingLogin(ctx, by, t, l)
	if err != nil {
		return Grant{}, err
	}
	g, err := s.openSession(ctx, by, l)
	if errors.Is(err, ErrCredentials) { // locked, disabled or given a new password just now
		err = ErrOTPGone
	}
	return g, err
}

// spendCode spends the challenge. The attempt is counted before it is made and
// taken back unless a wrong code was compared, so that no number of callers at
// once gets past the budget, or uses it up for nothing.
func (s *Service) spendCode(ctx context.Context, by Caller, in VerifyInput) (Ticket, login, error) {
	key := by.loginKey(in.LoginID)
	t, err := s.Tickets.Ticket(ctx, key, s.now())
	if err == nil && t.Tries <= 0 {
		err = ErrNoRecord
	}
	if err != nil {
		return Ticket{}, login{}, s.codeRefused(ctx, by, "", err)
	}
	l, err := s.resumed(ctx, by, t, in)
	if err != nil {
		return Ticket{}, login{}, err
	}
	counted, err := s.countCode(ctx, by, t, l.device.known)
	if err != nil {
		return Ticket{}, login{}, err
	}
	spent, err := s.Tickets.Attempt(ctx, key, s.Vault.proof(key, t.User, in.OTP), s.now())
	if errors.Is(err, ErrWrongProof) {
		if err := s.codeRefused(ctx, by, t.User, err); !errors.Is(err, ErrOTPWrong) {
			return Ticket{}, login{}, err
		}
		return Ticket{}, login{}, ErrOTPWrong.With(Meta{Field: "otp", AttemptsLeft: &spent.Tries})
	}
	if err != nil && !errors.Is(err, ErrNoRecord) {
		return Ticket{}, login{}, s.fault(ctx, "spend code", err)
	}
	s.uncount(ctx, counted...)
	if err != nil {
		return Ticket{}, login{}, s.codeRefused(ctx, by, t.User, err)
	}
	return spent, l, nil
}

// resumed is what a challenge kept of its login, and the device that answers
// it: that of the token that came now, else the one that the login began on.
func (s *Service) resumed(ctx context.Context, by Caller, t Ticket, in VerifyInput) (login, error) {
	var kept pending
	if err := json.Unmarshal(t.Data, &kept); err != nil {
		return login{}, s.fault(ctx, "read challenge", err)
	}
	u := User{ID: t.User, Directory: t.Directory}
	d, err := s.device(ctx, u, in.DeviceToken, by.Device)
	if err == nil && !d.known && kept.Device != "" {
		d, err = s.recall(ctx, u, kept.Device, kept.Generation)
	}
	if err != nil {
		return login{}, s.fault(ctx, "find device", err)
	}
	return login{seat: Seat{Space: kept.Space}, epoch: kept.Epoch, deviceName: kept.DeviceName, device: d}, nil
}

// countCode counts a try at a code against the account and, where the device
// has not logged in before, against its network.
func (s *Service) countCode(ctx context.Context, by Caller, t Ticket, known bool) ([]Count, error) {
	u := User{ID: t.User, Directory: t.Directory}
	counts := []Count{s.failedCodes(u, known, 1)}
	if !known && !by.Relayed {
		counts = append(counts, Count{
			Directory: t.Directory, Key: "code_failures/network/" + network(by.Addr), Add: 1, Window: networkSpan, Now: s.now(),
		})
	}
	n, err := s.Tickets.Count(ctx, counts...)
	if err != nil {
		return nil, s.fault(ctx, "count failed codes", err)
	}
	switch {
	case n[0].N > codeFailures:
		s.uncount(ctx, counts...)
		return nil, s.codeRefused(ctx, by, t.User, ErrNoRecord)
	case len(n) > 1 && n[1].N > networkFailures && !s.Unlimited:
		s.uncount(ctx, counts...)
		return nil, s.limited(n[1])
	}
	return counts, nil
}

// codeRefused writes down that a code was refused and returns the answer.
func (s *Service) codeRefused(ctx context.Context, by Caller, user string, err error) error {
	answer, reason := ErrOTPGone, "expired_or_spent"
	switch {
	case errors.Is(err, ErrWrongProof):
		answer, reason = ErrOTPWrong, "wrong_code"
	case !errors.Is(err, ErrNoRecord):
		return s.fault(ctx, "find challenge", err)
	}
	ctx, cancel := lasting(ctx)
	defer cancel()
	if err := s.Records.Write(ctx, Note{Events: []Event{by.event(s, ActionCodeFailed, user, "", reason)}}); err != nil {
		return s.fault(ctx, "write failed code", err)
	}
	return answer
}

// pendingLogin takes up the login that the challenge interrupted, as the
// account is now: one that was locked or disabled meanwhile gets nowhere.
func (s *Service) pendingLogin(ctx context.Context, by Caller, t Ticket, l login) (login, error) {
	account, err := s.Records.Account(ctx, t.Directory, t.User)
	if err != nil && !errors.Is(err, ErrNoRecord) {
		return login{}, s.fault(ctx, "find account", err)
	}
	seat, ok := account.Seat(by.Tenant.ID, l.seat.Space)
	if err != nil || !ok || account.User.Epoch != l.epoch || !account.User.MayLogIn(s.now(), l.device.known) {
		return login{}, s.codeRefused(ctx, by, t.User, ErrNoRecord)
	}
	l.account, l.seat, l.coded = account, seat, true
	return l, nil
}

// Resend mails a new code for a challenge; the old one is void.
func (s *Service) Resend(ctx context.Context, by Caller, in ResendInput) (Challenge, error) {
	var p problems
	in.LoginID = p.uuid("loginId", in.LoginID)
	if err := p.err(); err != nil {
		return Challenge{}, err
	}
	t, err := s.Tickets.Ticket(ctx, by.loginKey(in.LoginID), s.now())
	if err == nil && t.Tries <= 0 { // spent by wrong codes: a new one begins with the password
		err = ErrNoRecord
	}
	if err != nil {
		return Challenge{}, s.codeRefused(ctx, by, "", err)
	}
	l, err := s.resumed(ctx, by, t, VerifyInput{})
	if err == nil {
		l, err = s.pendingLogin(ctx, by, t, l)
	}
	if err != nil {
		return Challenge{}, err
	}
	c, err := s.sendCode(ctx, by, l, t, func(ctx context.Context, t Ticket) error {
		return s.Tickets.Reissue(ctx, t, s.now())
	})
	if err != nil {
		return Challenge{}, err
	}
	return *c, nil
}

// loginKey names a challenge of the caller's tenant; one of another tenant is
// not there.
func (c Caller) loginKey(id string) TicketKey {
	return TicketKey{Directory: c.Tenant.Directory, Tenant: c.Tenant.ID, Kind: TicketLogin, ID: id}
}

// uuid checks an id and returns its one spelling.
func (p *problems) uuid(field, s string) string {
	if s == "" {
		p.add(field, "is required")
		return ""
	}
	id, err := uuid.Parse(s)
	if err != nil || len(s) != 36 {
		p.add(field, "must be a UUID")
	}
	return id.String()
}
