package httpd

import (
	"cmp"
	"log/slog"
	"math"
	"net/netip"
	"strconv"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
	"github.com/latchkey/latchkey/internal/limit"
)

// chargeAddress charges a request to the address that it comes from, before
// anything is read or looked up for it.
func (x *exchange) chargeAddress(l *limits) error {
	if l == nil || l.address.Events == 0 {
		return nil
	}
	client := x.server.config.Proxies.client(x.r)
	err := x.charge([]string{"address"}, limit.Charge{Key: addressKey(client), Rate: l.address})
	if err != nil {
		x.suspectProxy()
	}
	return err
}

// chargeCaller charges a request whose input has been read to the account that
// it names and to its tenant: to both or to neither, so that a tenant that is
// busy uses up nobody's attempts. It comes before the rule, and so before any
// hash and anything the rule asks the database. Accounts are charged by name,
// whether there is such an account or not; where strangers have used up what
// the name has, a device that has logged in to it before has its own.
func (x *exchange) chargeCaller(l *limits, in any) error {
	if l == nil {
		return nil
	}
	err := x.chargeAccount(l, in, "")
	if err == nil || l.account.Events == 0 {
		return err
	}
	login, ok := in.(interface {
		Subject() string
		Devices() []auth.Secret
	})
	if !ok || !x.server.service.Recognises(x.r.Context(), x.by, login.Subject(), append(login.Devices(), x.by.Device)...) {
		return err
	}
	x.limit = limit.Verdict{} // that of strangers, which does not count
	return x.chargeAccount(l, in, "\x00known")
}

// chargeAccount charges the account, of strangers or of known devices, and the
// tenant.
func (x *exchange) chargeAccount(l *limits, in any, group string) error {
	var by []string
	var charges []limit.Charge
	if l.account.Events > 0 {
		if subject := x.subject(in); subject != "" {
			by, charges = append(by, "account"), append(charges, limit.Charge{Key: accountKey(x.by.Tenant.Directory, subject) + group, Rate: l.account})
		}
	}
	if l.tenant.Events > 0 && x.by.Tenant.ID != "" {
		by, charges = append(by, "tenant"), append(charges, limit.Charge{Key: x.by.Tenant.ID, Rate: l.tenant})
	}
	if len(charges) == 0 {
		return nil
	}
	return x.charge(by, charges...)
}

// subject names the account that a request is charged to: the one that it is
// about; of mails to others, whose account it is that sends them.
func (x *exchange) subject(in any) string {
	if x.table.mails {
		return cmp.Or(x.by.Account.User.ID, x.by.Operator)
	}
	if named, ok := in.(interface{ Subject() string }); ok {
		return named.Subject()
	}
	return ""
}

// charge takes an event from every key or refuses; by says what they stand for.
func (x *exchange) charge(by []string, charges ...limit.Charge) error {
	v, at, err := x.server.config.Limits.TakeAll(x.r.Context(), charges...)
	if err != nil {
		return err
	}
	x.tellLimit(v)
	if v.OK {
		return nil
	}
	route := x.route
	if route == "" {
		route = "none"
	}
	x.server.metrics.limited.WithLabelValues(route, by[at]).Inc()
	return auth.ErrRateLimited.With(auth.Meta{RetryAfter: max(seconds(v.Retry), 1)})
}

// tellLimit writes what is left of the tightest limit that the request met
// (draft-ietf-httpapi-ratelimit-headers-07, the form that clients read today).
func (x *exchange) tellLimit(v limit.Verdict) {
	if x.limit.Limit > 0 && !v.Tighter(x.limit) {
		return
	}
	x.limit = v
	h := x.w.Header()
	h.Set("RateLimit-Limit", strconv.Itoa(v.Limit))
	h.Set("RateLimit-Remaining", strconv.Itoa(v.Remaining))
	h.Set("RateLimit-Reset", strconv.Itoa(seconds(v.Reset)))
}

// seconds rounds up: who waits as long as told is not refused again.
func seconds(d time.Duration) int { return int(math.Ceil(d.Seconds())) }

// addressKey is what a client's address counts as: an IPv4 address itself, of an
// IPv6 address its /64, in which every host can have any number of addresses
// (RFC 4291 §2.5.4, RFC 8981). All whose address is not known count as one.
func addressKey(a netip.Addr) string {
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

// suspectProxy says once what it most likely means when a client that was
// refused came through a proxy that is not trusted.
func (x *exchange) suspectProxy() {
	from := peer(x.r)
	if !forwarded(x.r.Header) || x.server.config.Proxies.contain(from) {
		return
	}
	x.server.suspected.Do(func() {
		x.server.log.LogAttrs(x.r.Context(), slog.LevelWarn,
			"a rate limit was met by requests that a proxy passed on which is not trusted: every client seems to have the proxy's address; "+
				"if it is yours, set TRUSTED_PROXIES to its address",
			slog.String("proxy", from.String()))
	})
}

// refusedQuietly reports whether a request that was refused by address goes
// without the headers that let page scripts read the answer. To know them takes
// a look for the tenant, in the database where it is not in memory; so a refused
// address gets as many looks as an honest page needs, and no more.
func (x *exchange) refusedQuietly() bool {
	if x.r.Header.Get("Origin") == "" {
		return true // nothing would be added
	}
	key := addressKey(x.server.config.Proxies.client(x.r))
	v, err := x.server.config.Limits.Take(x.r.Context(), key, x.server.limits[refusals].address)
	return err != nil || !v.OK
}

// limited reports whether the route can answer 429 by a limit of the door.
func (rt *route) limited() bool {
	l := rt.limits
	return l != nil && l.address.Events+l.account.Events+l.tenant.Events > 0
}
