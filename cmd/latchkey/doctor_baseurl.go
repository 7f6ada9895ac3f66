package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"syscall"
)

// checkBaseURL looks at the address that everything is made from, and asks
// whether it leads here.
func checkBaseURL(ctx context.Context, p *patient) (found []finding) {
	s := p.settings
	for _, doubt := range doubts(p.mode, s) {
		found = append(found, warn(cutMend(doubt)))
	}
	host := s.BaseURL.Hostname()
	if _, err := netip.ParseAddr(host); err != nil && !isLoopback(host) && !strings.Contains(host, ".") {
		found = append(found, warn("APP_BASE_URL has the host "+host+", a name without a dot, which means another machine in another network", "set APP_BASE_URL to the full public name"))
	}
	v := p.visit(ctx)
	if v.err != nil {
		return append(found, unreachable(s.BaseURL.String(), v.err))
	}
	found = append(found, recognise(s.BaseURL.String(), v)...)
	if left := v.expires.Sub(p.now()); !v.expires.IsZero() && left < soon {
		found = append(found, warn(fmt.Sprintf("the certificate of APP_BASE_URL ends in %d days", left/day), "renew it at the proxy in front, and see why it was not renewed by itself"))
	}
	if ours, _ := v.isOurs(); ours && !isLoopback(host) && p.fetch(ctx, "/metrics").isMetrics() {
		found = append(found, openMetrics(s))
	}
	return found
}

// unreachable says why nothing came back. That nobody listens is what a
// deployment looks like before its first start.
func unreachable(base string, err error) finding {
	var (
		unknown x509.UnknownAuthorityError
		host    x509.HostnameError
		stale   x509.CertificateInvalidError
		header  tls.RecordHeaderError
		dns     *net.DNSError
	)
	switch {
	case errors.As(err, &host):
		return fail(base+": "+err.Error(), "have the proxy in front present a certificate for the host of APP_BASE_URL")
	case errors.As(err, &stale) && stale.Reason == x509.Expired:
		return fail(base+": "+err.Error(), "renew the certificate at the proxy in front; see also that this machine's clock is right")
	case errors.As(err, &unknown), errors.As(err, &stale):
		return fail(base+": "+err.Error(), "have the proxy in front present a certificate of a known authority, with its intermediates")
	case errors.As(err, &header), strings.Contains(err.Error(), "server gave HTTP response to HTTPS client"):
		return fail(base+" does not speak TLS", "put a proxy with TLS in front: latchkey itself speaks plain HTTP; or write http in APP_BASE_URL")
	case errors.As(err, &dns):
		return fail(base+": "+err.Error(), "correct APP_BASE_URL, or the DNS of its host")
	case errors.Is(err, syscall.ECONNREFUSED):
		return warn("nobody listens at "+base, "start the service and the proxy in front, then look again; or correct APP_BASE_URL")
	}
	return warn(base+" does not answer from here: "+err.Error(), "see that APP_BASE_URL leads to this service, and that a firewall does not keep this machine itself from it")
}

// recognise says whether what answered is Latchkey.
func recognise(base string, v visit) []finding {
	switch ours, well := v.isOurs(); {
	case well:
		return []finding{ok("%s leads to a latchkey, which is well", base)}
	case ours:
		return []finding{fail(base+" leads to a latchkey that cannot serve requests", "look for \"not ready\" in its log")}
	case v.status == 502 || v.status == 503 || v.status == 504:
		return []finding{warn(fmt.Sprintf("%s answers with %d: a proxy with nobody behind it", base, v.status), "start the service, and see that the proxy passes on to AUTH_SERVICE_HTTP_PORT")}
	}
	return []finding{fail(fmt.Sprintf("%s/auth/health answers with %d, but not as latchkey does", base, v.status), "set APP_BASE_URL to the address of this service, or have the proxy pass every path on as it is")}
}

// openMetrics judges metrics that were shown through the public address.
func openMetrics(s Settings) finding {
	what, mend := s.BaseURL.String()+"/metrics can be read from here", "set METRICS_ALLOW to the addresses of your Prometheus, or none"
	for _, prefix := range s.MetricsAllow {
		if !prefix.Addr().IsLoopback() {
			return warn(what+", as METRICS_ALLOW may mean", mend)
		}
	}
	return fail(what+" and so by everybody: the proxy does not say that it passes on", "have the proxy set X-Forwarded-For, and not pass /metrics on")
}
