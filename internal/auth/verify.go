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

// ResendInput names the challenge that wants a new code.
type ResendInput struct {
	LoginID string `json:"loginId" format:"uuid"`
}

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
	t, err := s.spendCode(ctx, by, in)
	if err != nil {
		return Grant{}, err
	}
	l, err := s.pendingLogin(ctx, by, t)
	if err != nil {
		return Grant{}, err
	}
	if in.DeviceName != "" {
		l.deviceName = in.DeviceName
	}
	if id := s.device(l.account.User, in.DeviceToken, by.Device); id != "" {
		l.device = id
	}
	g, err := s.openSession(ctx, by, l)
	if errors.Is(err, ErrCredentials) { // locked or disabled just now
		err = ErrOTPGone
	}
	return g, err
}

// spendCode spends the challenge. The attempt is counted against the account
// before it is made and taken back unless a wrong code was compared, so that no
// number of callers at once gets past the budget, or uses it up for nothing.
func (s *Service) spendCode(ctx context.Context, by Caller, in VerifyInput) (Ticket, error) {
	key := by.loginKey(in.LoginID)
	t, err := s.Tickets.Ticket(ctx, key, s.now())
	if err == nil && t.Tries <= 0 {
		err = ErrNoRecord
	}
	if err != nil {
		return Ticket{}, s.codeRefused(ctx, by, "", err)
	}
	u := User{ID: t.User, Directory: key.Directory}
	failed, err := s.Tickets.Count(ctx, s.failedCodes(u, 1))
	if err != nil {
		return Ticket{}, s.fault(ctx, "count failed codes", err)
	}
	if failed.N > codeFailures {
		s.takeBack(ctx, u)
		return Ticket{}, s.codeRefused(ctx, by, t.User, ErrNoRecord)
	}
	spent, err := s.Tickets.Attempt(ctx, key, s.Vault.proof(key, t.User, in.OTP), s.now())
	if errors.Is(err, ErrWrongProof) {
		if err := s.codeRefused(ctx, by, t.User, err); !errors.Is(err, ErrOTPWrong) {
			return Ticket{}, err
		}
		return Ticket{}, ErrOTPWrong.With(Meta{Field: "otp", AttemptsLeft: &spent.Tries})
	}
	if err != nil && !errors.Is(err, ErrNoRecord) {
		return Ticket{}, s.fault(ctx, "spend code", err)
	}
	s.takeBack(ctx, u)
	if err != nil {
		return Ticket{}, s.codeRefused(ctx, by, t.User, err)
	}
	return spent, nil
}

// takeBack uncounts an attempt that was no failure.
func (s *Service) takeBack(ctx context.Context, u User) {
	ctx, cancel := lasting(ctx)
	defer cancel()
	if _, err := s.Tickets.Count(ctx, s.failedCodes(u, -1)); err != nil {
		s.Log.WarnContext(ctx, "attempt not taken back", "error", err.Error())
	}
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
func (s *Service) pendingLogin(ctx context.Context, by Caller, t Ticket) (login, error) {
	var kept pending
	if err := json.Unmarshal(t.Data, &kept); err != nil {
		return login{}, s.fault(ctx, "read challenge", err)
	}
	account, err := s.Records.Account(ctx, t.Directory, t.User)
	if err != nil && !errors.Is(err, ErrNoRecord) {
		return login{}, s.fault(ctx, "find account", err)
	}
	seat, ok := account.Seat(by.Tenant.ID, kept.Space)
	if err != nil || !ok || !account.User.Usable() || account.User.Locked(s.now()) {
		return login{}, s.codeRefused(ctx, by, t.User, ErrNoRecord)
	}
	return login{account: account, seat: seat, deviceName: kept.DeviceName, device: kept.Device}, nil
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
	account, err := s.Records.Account(ctx, t.Directory, t.User)
	if err != nil && !errors.Is(err, ErrNoRecord) {
		return Challenge{}, s.fault(ctx, "find account", err)
	}
	if err != nil || !account.User.Usable() || account.User.Locked(s.now()) {
		return Challenge{}, s.codeRefused(ctx, by, t.User, ErrNoRecord)
	}
	c, err := s.sendCode(ctx, by, account.User, t, func(ctx context.Context, t Ticket) error {
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
