package auth

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"math/big"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/latchkey/latchkey/guard/jwt"
	"github.com/latchkey/latchkey/internal/password"
)

// Service is the rules and what they work on. Every field down to Now must be
// set, the rest has usable zero values; the fields do not change once it is in
// use.
type Service struct {
	Registry  Registry
	Records   Records
	Sessions  Sessions
	Tickets   Tickets
	Live      Live
	Mailer    Mailer
	Passwords *password.Hasher
	Keys      *KeyRing
	Verifier  *jwt.Verifier // of access tokens, on Keys, with Issuer and Audience
	Vault     *Vault
	Log       *slog.Logger
	Now       func() time.Time

	AppName       string // refused as a password; in mails
	BaseURL       string // what links in mails begin with, without a slash at the end; from nowhere else
	Issuer        string // iss
	Audience      string // aud
	DefaultTenant string // slug of the tenant of a request that names none
	Directories   Directories
	Apart         bool   // new tenants get a directory of their own
	Policy        Policy // of tenants that say nothing themselves
	Lifetimes     Lifetimes
	// RefusalFloor is the least time that a refused login takes, so that the
	// work of an older hash does not show which accounts have one.
	RefusalFloor time.Duration
	// Unlimited takes away the limits on mails, the waits after wrong passwords
	// and the budget of a network; locks and the budgets of an account stay. For
	// tests.
	Unlimited bool
	// Place says where an IP address is, for people; "" when it is not known. nil:
	// no place is.
	Place func(ip string) string
	// Machine says how this instance and what it stands on are, all but Now; nil:
	// nothing is known of it.
	Machine func(context.Context) System

	turns    turns      // of tries at passwords
	owing    owing      // of news to guards
	checking sync.Mutex // held while the record is read through
}

// now is the present as it is stored: UTC, whole milliseconds.
func (s *Service) now() time.Time { return s.Now().UTC().Truncate(time.Millisecond) }

// newID makes an id that sorts by time of making (UUIDv7, RFC 9562 §5.7). It is
// a name, never a secret.
func (s *Service) newID() string { return uuid.Must(uuid.NewV7()).String() }

// fault turns what a store or another part answered into what a caller may
// see; the cause goes to the log. Errors of this package pass.
func (s *Service) fault(ctx context.Context, doing string, err error) error {
	var known *Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &known):
		return err
	case errors.Is(ctx.Err(), context.DeadlineExceeded): // it waited for as long as anybody waits for an answer
		s.Log.ErrorContext(ctx, "no answer from the database in time", "doing", doing)
		return ErrTenantDown
	case ctx.Err() != nil: // the caller went away; nobody reads the answer
		return ErrInternal
	case errors.Is(err, ErrUnavailable):
		s.Log.ErrorContext(ctx, "database unavailable", "doing", doing, "error", err.Error())
		return ErrTenantDown
	default:
		s.Log.ErrorContext(ctx, "internal fault", "doing", doing, "error", err.Error())
		return ErrInternal
	}
}

// finishTime bounds what is finished though its caller has gone.
const finishTime = 10 * time.Second

// lasting returns a context for what must not be left undone because a caller
// hangs up: ending a session, counting and writing down a failure. Cancel it.
func lasting(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), finishTime)
}

// jitter shortens d by up to a twentieth, so that a million clients do not come
// back in the same second.
func jitter(d time.Duration) time.Duration {
	span := int64(d / 20)
	if span <= 0 {
		return d
	}
	n, err := rand.Int(rand.Reader, big.NewInt(span))
	if err != nil { // crypto/rand does not fail
		return d
	}
	return (d - time.Duration(n.Int64())).Truncate(time.Millisecond)
}

// Bootstrap makes what the first request needs: the default tenant with its
// default space, and a signing key. It changes nothing where they exist.
func (s *Service) Bootstrap(ctx context.Context) error {
	if err := s.Keys.Tend(ctx); err != nil {
		return fmt.Errorf("signing keys: %w", err)
	}
	_, err := s.Registry.Tenant(ctx, s.DefaultTenant)
	if !errors.Is(err, ErrNoRecord) {
		return err
	}
	now := s.now()
	t := Tenant{
		ID: s.newID(), Slug: s.DefaultTenant, Name: s.AppName,
		Status: TenantActive, CreatedAt: now, UpdatedAt: now,
	}
	err = s.found(ctx, t, Directory{ID: DefaultDirectory, CreatedAt: now}, Note{})
	if !errors.Is(err, ErrTaken) {
		return err
	}
	// Another instance was first; or it is gone for good.
	if _, err = s.Registry.Tenant(ctx, s.DefaultTenant); errors.Is(err, ErrNoRecord) {
		return fmt.Errorf("the default tenant %s was deleted: set DEFAULT_TENANT to another one", s.DefaultTenant)
	}
	return err
}
