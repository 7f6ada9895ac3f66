package httpd

import (
	"cmp"
	"log/slog"
	"strconv"

	"github.com/latchkey/latchkey/internal/limit"
	"github.com/latchkey/latchkey/internal/quota"
)

// chargeAddress charges a request to the address that it comes from, before
// anything is read or looked up for it.
func (x *exchange) chargeAddress(l *quota.Limits) error {
	if x.server.config.Gate.Limiter == nil || l == nil || l.Address.Events == 0 {
		return nil
	}
	v, err := x.server.config.Gate.Address(x.r.Context(), l, x.server.config.Proxies.client(x.r))
	if err = x.charged(v, "address", err); err != nil {
		x.suspectProxy()
	}
	return err
}

// chargeCaller charges a request whose input has been read to the account that
// it is about and to its tenant.
func (x *exchange) chargeCaller(l *quota.Limits, in any) error {
	v, by, err := x.server.config.Gate.Caller(x.r.Context(), l, x.by, x.subject(in), in)
	return x.charged(v, by, err)
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

// charged tells what a limit said, and refuses where it did.
func (x *exchange) charged(v limit.Verdict, by string, err error) error {
	if err != nil {
		return err
	}
	x.tellLimit(v)
	if err = quota.Refusal(v); err == nil {
		return nil
	}
	route := x.route
	if route == "" {
		route = "none"
	}
	x.server.metrics.limited.WithLabelValues(route, by).Inc()
	return err
}

// tellLimit writes what is left of the tightest limit that the request met
// (draft-ietf-httpapi-ratelimit-headers-07, the form that clients read today).
func (x *exchange) tellLimit(v limit.Verdict) {
	if v.Limit == 0 || x.limit.Limit > 0 && !v.Tighter(x.limit) {
		return // nothing was charged, or something tighter
	}
	x.limit = v
	h := x.w.Header()
	h.Set("RateLimit-Limit", strconv.Itoa(v.Limit))
	h.Set("RateLimit-Remaining", strconv.Itoa(v.Remaining))
	h.Set("RateLimit-Reset", strconv.Itoa(quota.Seconds(v.Reset)))
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
	v, err := x.server.config.Gate.Address(x.r.Context(), x.server.limits[quota.Refusals], x.server.config.Proxies.client(x.r))
	return err != nil || !v.OK
}
