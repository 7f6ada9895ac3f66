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
	Epoch      int64  `json:"epoch"` // of the account when its password was right
	// The device that had logged in before, and the generation of its token.
	Device     string `json:"device,omitempty"`
	Generation int64  `json:"generation,omitempty"`
}

// challenge mails a code and asks for it.
func (s *Service) challenge(ctx context.Context, by Caller, l login) (*Challenge, error) {
	kept := pending{Space: l.seat.Space, DeviceName: l.deviceName, Epoch: l.epoch}
	if l.device.known {
		kept.Device, kept.Generation = l.device.id, l.device.generation
	}
	data, err := json.Marshal(kept)
	if err != nil {
		return nil, s.fault(ctx, "write challenge", err)
	}
	now := s.now()
	t := Ticket{
		TicketKey: TicketKey{Directory: by.Tenant.Directory, Tenant: by.Tenant.ID, Kind: TicketLogin, ID: uuid.NewString()},
		User:      l.account.User.ID, Data: data, CreatedAt: now,
	}
	return s.sendCode(ctx, by, l, t, s.Tickets.Issue)
}

// sendCode gives a ticket a new code and mails it at once: the answer says
// whether the mail server took it.
func (s *Service) sendCode(ctx context.Context, by Caller, l login, t Ticket, put func(context.Context, Ticket) error) (*Challenge, error) {
	u := l.account.User
	if err := s.spendCodeMail(ctx, u, l.device.known); err != nil {
		return nil, err
	}
	c, err := s.putCode(ctx, by, u, t, put)
	if err != nil { // nothing was mailed: it does not count
		s.giveBackCodeMail(ctx, u, l.device.known)
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
	if err := s.Mailer.Send(sending, s.message(ctx, s.newID(), u, by.Tenant, MessageLoginCode, f)); err != nil {
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
func (s *Service) spendCodeMail(ctx context.Context, u User, known bool) error {
	failed, err := s.count(ctx, s.failedCodes(u, known, 0))
	if err != nil {
		return s.fault(ctx, "count failed codes", err)
	}
	if failed.N >= codeFailures {
		return s.limited(failed)
	}
	if s.Unlimited {
		return nil
	}
	mails, err := s.count(ctx, s.codeMails(u, known, 1))
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
func (s *Service) giveBackCodeMail(ctx context.Context, u User, known bool) {
	if s.Unlimited {
		return
	}
	s.uncount(ctx, s.codeMails(u, known, 1))
}

// codeMails is the account's counter of mailed codes; those that devices ask for
// that have logged in before are counted by themselves.
func (s *Service) codeMails(u User, known bool, add int) Count {
	key := "code_mails/" + u.ID
	if known {
		key += "/known"
	}
	return Count{Directory: u.Directory, Key: key, Add: add, Window: codeMailSpan, Now: s.now()}
}

// failedCodes is the account's counter of wrong codes over all challenges:
// those of devices that have logged in before by themselves, so that who got
// hold of the password cannot use up the owner's tries.
func (s *Service) failedCodes(u User, known bool, add int) Count {
	key := "code_failures/" + u.ID
	if known {
		key += "/known"
	}
	return Count{Directory: u.Directory, Key: key, Add: add, Window: codeFailureSpan, Now: s.now()}
}

func (s *Service) limited(t Tally) error {
	return ErrRateLimited.With(Meta{RetryAfter: seconds(t.Resets.Sub(s.now()))})
}

// seconds is how long to wait in whole seconds, rounded up, at least one.
func seconds(d time.Duration) int { return max(int((d+time.Second-1)/time.Second), 1) }

// newCode draws six digits (NIST SP 800-63B-4 §3.1.3.2).
func newCode() (string, error) {
	n, err := rand.Int(rand.Reader, big.NewInt(1_000_000))
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%06d", n.Int64()), nil
}
