package auth

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"time"

	"github.com/google/uuid"
)

// pending is what a challenge keeps of its login.
type pending struct {
	Space      string `json:"space"`
	DeviceName string `json:"deviceName,omitempty"`
	Device     string `json:"device,omitempty"` // its id
}

// challenge mails a code and asks for it.
func (s *Service) challenge(ctx context.Context, by Caller, l login) (*Challenge, error) {
	data, err := json.Marshal(pending{Space: l.seat.Space, DeviceName: l.deviceName, Device: l.device})
	if err != nil {
		return nil, s.fault(ctx, "write challenge", err)
	}
	now := s.now()
	t := Ticket{
		TicketKey: TicketKey{Directory: by.Tenant.Directory, Tenant: by.Tenant.ID, Kind: TicketLogin, ID: uuid.NewString()},
		User:      l.account.User.ID, Data: data, CreatedAt: now,
	}
	return s.sendCode(ctx, by, l.account.User, t, s.Tickets.Issue)
}

// sendCode gives a ticket a new code and mails it at once: the answer says
// whether the mail server took it.
func (s *Service) sendCode(ctx context.Context, by Caller, u User, t Ticket, put func(context.Context, Ticket) error) (*Challenge, error) {
	if err := s.spendCodeMail(ctx, u); err != nil {
		return nil, err
	}
	c, err := s.putCode(ctx, by, u, t, put)
	if err != nil { // nothing was mailed: it does not count
		s.giveBackCodeMail(ctx, u)
	}
	return c, err
}

// putCode is sendCode without the counting.
func (s *Service) putCode(ctx context.Context, by Caller, u User, t Ticket, put func(context.Context, Ticket) error) (*Challenge, error) {
	code, err := newCode()
	if err != nil {
		return nil, s.fault(ctx, "make code", err)
	}
	t.Proof, t.Tries, t.ExpiresAt = s.Vault.proof(t.TicketKey, u.ID, code), codeTries, s.now().Add(codeLife)
	if err := put(ctx, t); err != nil {
		if errors.Is(err, ErrNoRecord) {
			return nil, ErrOTPGone
		}
		return nil, s.fault(ctx, "store challenge", err)
	}
	f := Facts{Code: code, Life: codeLife, Device: by.DeviceName, Address: by.Addr, At: s.now()}
	sending, cancel := context.WithTimeout(ctx, codeDeliveryTime)
	defer cancel()
	if err := s.Mailer.Send(sending, s.message(s.newID(), u, by.Tenant, MessageLoginCode, f)); err != nil {
		s.Log.ErrorContext(ctx, "login code not sent", "user", u.ID, "error", err.Error())
		if err := s.Tickets.Void(context.WithoutCancel(ctx), t.TicketKey); err != nil {
			s.Log.WarnContext(ctx, "challenge not voided", "error", err.Error())
		}
		return nil, ErrOTPNotSent
	}
	if err := s.Records.Write(ctx, Note{Events: []Event{by.event(s, ActionCodeSent, u.ID, "", "")}}); err != nil {
		return nil, s.fault(ctx, "write code sent", err)
	}
	return &Challenge{LoginID: t.ID, Channel: "email", MaskedEmail: maskEmail(u.Email), ExpiresAt: t.ExpiresAt}, nil
}

// spendCodeMail refuses an account that was mailed too many codes, or whose
// owner (or somebody) typed too many wrong ones.
func (s *Service) spendCodeMail(ctx context.Context, u User) error {
	failed, err := s.Tickets.Count(ctx, s.failedCodes(u, 0))
	if err != nil {
		return s.fault(ctx, "count failed codes", err)
	}
	if failed.N >= codeFailures {
		return s.limited(failed)
	}
	if s.Unlimited {
		return nil
	}
	mails, err := s.Tickets.Count(ctx, s.codeMails(u, 1))
	if err != nil {
		return s.fault(ctx, "count code mails", err)
	}
	if mails.N > codeMails {
		return s.limited(mails)
	}
	return nil
}

// giveBackCodeMail uncounts a mail that was not sent: an outage of the mail
// server must not use up the hour.
func (s *Service) giveBackCodeMail(ctx context.Context, u User) {
	if s.Unlimited {
		return
	}
	ctx, cancel := lasting(ctx)
	defer cancel()
	if _, err := s.Tickets.Count(ctx, s.codeMails(u, -1)); err != nil {
		s.Log.WarnContext(ctx, "mail not given back", "error", err.Error())
	}
}

// codeMails is the account's counter of mailed codes.
func (s *Service) codeMails(u User, add int) Count {
	return Count{Directory: u.Directory, Key: "code_mails/" + u.ID, Add: add, Window: codeMailSpan, Now: s.now()}
}

// failedCodes is the account's counter of wrong codes over all challenges.
func (s *Service) failedCodes(u User, add int) Count {
	return Count{Directory: u.Directory, Key: "code_failures/" + u.ID, Add: add, Window: codeFailureSpan, Now: s.now()}
}

func (s *Service) limited(t Tally) error {
	wait := t.Resets.Sub(s.now())
	return ErrRateLimited.With(Meta{RetryAfter: int((wait + time.Second - 1) / time.Second)})
}

// newCode draws six digits (NIST SP 800-63B-4 §3.1.3.2).
func newCode() (string, error) {
	n, err := rand.Int(rand.Reader, big.NewInt(1_000_000))
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%06d", n.Int64()), nil
}
