package quota

import (
	"context"
	"math"
	"net/netip"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
	"github.com/latchkey/latchkey/internal/limit"
)

// Gate charges requests to those that they are about. A nil Limiter lets
// everybody pass.
type Gate struct {
	Limiter *limit.Limiter
	// Recognises reports whether one of the tokens is of a device that has
	// logged in to the account with that name.
	Recognises func(ctx context.Context, by auth.Caller, name string, tokens ...auth.Secret) bool
}

// Address charges a request to the address that it comes from.
func (g Gate) Address(ctx context.Context, l *Limits, from netip.Addr) (limit.Verdict, error) {
	if g.Limiter == nil || l == nil || l.Address.Events == 0 {
		return limit.Verdict{OK: true}, nil
	}
	return g.Limiter.Take(ctx, AddressKey(from), l.Address)
}

// Caller charges a request whose input has been read to the account that it
// names and to its tenant: to both or to neither, so that a tenant that is busy
// uses up nobody's attempts. It comes before the rule, and so before any hash
// and anything the rule asks the database. Accounts are charged by name, whether
// there is such an account or not; where strangers have used up what the name
// has, a device that has logged in to it before has its own. by says which of
// them refused.
func (g Gate) Caller(ctx context.Context, l *Limits, who auth.Caller, subject string, in any) (v limit.Verdict, by string, err error) {
	if g.Limiter == nil || l == nil {
		return limit.Verdict{OK: true}, "", nil
	}
	v, by, err = g.account(ctx, l, who, subject, "")
	if err != nil || v.OK || l.Account.Events == 0 {
		return v, by, err
	}
	login, ok := in.(interface {
		Subject() string
		Devices() []auth.Secret
	})
	if !ok || !g.Recognises(ctx, who, login.Subject(), append(login.Devices(), who.Device)...) {
		return v, by, nil
	}
	return g.account(ctx, l, who, subject, "\x00known")
}

// account charges the account, of strangers or of known devices, and the tenant.
func (g Gate) account(ctx context.Context, l *Limits, who auth.Caller, subject, group string) (limit.Verdict, string, error) {
	var by []string
	var charges []limit.Charge
	if l.Account.Events > 0 && subject != "" {
		by, charges = append(by, "account"), append(charges, limit.Charge{Key: accountKey(who.Tenant.Directory, subject) + group, Rate: l.Account})
	}
	if l.Tenant.Events > 0 && who.Tenant.ID != "" {
		by, charges = append(by, "tenant"), append(charges, limit.Charge{Key: who.Tenant.ID, Rate: l.Tenant})
	}
	if len(charges) == 0 {
		return limit.Verdict{OK: true}, "", nil
	}
	v, at, err := g.Limiter.TakeAll(ctx, charges...)
	if err != nil || v.OK {
		return v, "", err
	}
	return v, by[at], nil
}

// Refusal is the answer to who met a limit; nil to who did not.
func Refusal(v limit.Verdict) error {
	if v.OK {
		return nil
	}
	return auth.ErrRateLimited.With(auth.Meta{RetryAfter: max(Seconds(v.Retry), 1)})
}

// Seconds rounds up: who waits as long as told is not refused again.
func Seconds(d time.Duration) int { return int(math.Ceil(d.Seconds())) }

// AddressKey is what a client's address counts as: an IPv4 address itself, of an
// IPv6 address its /64, in which every host can have any number of addresses
// (RFC 4291 §2.5.4, RFC 8981). All whose address is not known count as one.
func AddressKey(a netip.Addr) string {
	a = a.Unmap()
	if a.Is6() {
		bytes := a.As16()
		return string(bytes[:8])
	}
	return string(a.AsSlice())
}

// accountKey is what an account counts as: the form of the name under which it
// would be found, in its directory, so that neither another spelling nor another
// tenant of the same people gives fresh attempts. The limiter keeps a hash.
func accountKey(directory, subject string) string {
	if name, ok := auth.ParseName(subject); ok {
		subject = name.Value
	}
	return directory + "\x00" + subject
}
