package main

import (
	"context"
	"fmt"
	"net/netip"
)

// checkProxy looks at whether the service knows where its clients are.
func checkProxy(ctx context.Context, p *patient) (found []finding) {
	s := p.settings
	for _, prefix := range s.TrustedProxies {
		found = append(found, checkTrust(prefix)...)
	}
	if isLoopback(s.BaseURL.Hostname()) {
		return append(found, ok("clients come from this machine"))
	}
	from, logins := evidence(ctx, p)
	behind := s.BaseURL.Scheme == "https" // and this service speaks plain HTTP: something in front does not
	blind := behind && len(s.TrustedProxies) == 0
	const mend = "set TRUSTED_PROXIES to the address from which the proxy comes, and have the proxy add the client's to X-Forwarded-For"
	switch {
	case from.IsValid() && blind:
		found = append(found, fail(fmt.Sprintf("the last %d logins all seem to come from %s, and TRUSTED_PROXIES is empty: that is the proxy, and limits for one client are limits for all", logins, from), mend))
	case from.IsValid():
		found = append(found, warn(fmt.Sprintf("the last %d logins all seem to come from %s, which may be a proxy: limits for one client are then limits for all", logins, from), mend+"; nothing to do when a program of yours logs in for everybody"))
	case blind && logins < enough:
		found = append(found, warn("APP_BASE_URL is https, so a proxy is in front, and TRUSTED_PROXIES is empty: every client seems to have the proxy's address", mend))
	case behind:
		found = append(found, ok("a proxy is in front, and nothing says that it hides the clients"))
	default:
		found = append(found, ok("nothing says that a proxy hides the clients"))
	}
	return found
}

// What the record has to hold before it says something.
const (
	lookedAt = 200
	enough   = 20
)

// evidence returns the one private address that all of the newest logins in the
// record come from, if so, and how many logins there were to judge by.
func evidence(ctx context.Context, p *patient) (from netip.Addr, logins int) {
	if p.db == nil {
		return netip.Addr{}, 0
	}
	addresses, err := p.db.LoginAddresses(ctx, lookedAt)
	if err != nil || len(addresses) < enough { // the database's check says why it cannot be read
		return netip.Addr{}, len(addresses)
	}
	first, err := netip.ParseAddr(addresses[0])
	if err != nil || !isInside(netip.PrefixFrom(first, first.BitLen())) {
		return netip.Addr{}, len(addresses)
	}
	for _, a := range addresses {
		if a != addresses[0] {
			return netip.Addr{}, len(addresses)
		}
	}
	return first, len(addresses)
}

// inside are the ranges that are nobody's on the Internet: RFC 1918, loopback,
// link-local, RFC 6598 (which platforms use behind their balancers), RFC 4193.
var inside = []netip.Prefix{
	netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("172.16.0.0/12"), netip.MustParsePrefix("192.168.0.0/16"),
	netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("169.254.0.0/16"), netip.MustParsePrefix("100.64.0.0/10"),
	netip.MustParsePrefix("fc00::/7"), netip.MustParsePrefix("fe80::/10"), netip.MustParsePrefix("::1/128"),
}

// isInside reports whether a whole range is nobody's on the Internet.
func isInside(p netip.Prefix) bool {
	for _, r := range inside {
		if r.Contains(p.Addr()) && p.Bits() >= r.Bits() {
			return true
		}
	}
	return false
}

// checkTrust judges a range whose word is taken. A half of the Internet gets
// past the check of the setting, which knows only all of it.
func checkTrust(p netip.Prefix) []finding {
	const mend = "write the addresses of your proxies alone in TRUSTED_PROXIES; a public range only when it is your provider's, and nobody else can send from it"
	what := fmt.Sprintf("TRUSTED_PROXIES has %s", p)
	switch {
	case isInside(p) || p.IsSingleIP():
		return nil
	case p.Bits() < 8 || p.Addr().Is6() && p.Bits() < 16:
		return []finding{fail(what+", a large part of the Internet: who is in it can claim any address", mend)}
	}
	return []finding{warn(what+", a public range: who is in it can claim any address", mend)}
}
