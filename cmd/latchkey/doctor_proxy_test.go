package main

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"
)

// logins writes logins into the record, from these addresses in turn.
func logins(n int, addresses ...string) func(*testing.T, string) []string {
	return func(t *testing.T, dir string) []string {
		var rows []string
		for i := range n {
			rows = append(rows, fmt.Sprintf("('d', 't', %d, 'x%d', 'session.create', 'u', 's', '%s', '', '', '')", time.Now().Add(-time.Hour).UnixMilli(), i, addresses[i%len(addresses)]))
		}
		alter(t, dir, "INSERT INTO audit_events (directory, tenant_id, at, id, action, user_id, session_id, ip, agent, request_id, reason) VALUES "+strings.Join(rows, ", "))
		return nil
	}
}

func TestDoctorProxy(t *testing.T) {
	const public, trusted = "APP_BASE_URL=https://auth.example.com", "TRUSTED_PROXIES=10.0.0.2"
	diagnose(t, checkProxy, []illness{
		{name: "loopback", bare: true, want: ok("come from this machine")},
		{name: "a proxy that is known", environ: []string{public, trusted}, want: ok("a proxy is in front")},
		{name: "a proxy that is not", environ: []string{public}, want: warn("TRUSTED_PROXIES is empty", "set TRUSTED_PROXIES")},
		{name: "few logins", environ: []string{public}, prepare: logins(19, "10.0.0.2"), want: warn("TRUSTED_PROXIES is empty", "set TRUSTED_PROXIES")},
		{name: "all from one", environ: []string{public}, prepare: logins(20, "10.0.0.2"), want: fail("the last 20 logins all seem to come from 10.0.0.2", "set TRUSTED_PROXIES")},
		{name: "all from loopback", environ: []string{public}, prepare: logins(20, "127.0.0.1"), want: fail("from 127.0.0.1", "set TRUSTED_PROXIES")},
		{name: "all from the wrong proxy", environ: []string{public, trusted}, prepare: logins(20, "10.0.0.3"), want: warn("from 10.0.0.3", "set TRUSTED_PROXIES")},
		{name: "from all over", environ: []string{public}, prepare: logins(20, "10.0.0.2", "10.0.0.3"), want: ok("a proxy is in front")},
		{name: "all from one outside", environ: []string{public}, prepare: logins(20, "203.0.113.9"), want: ok("a proxy is in front")},
		{name: "half of the Internet", environ: []string{public, "TRUSTED_PROXIES=0.0.0.0/1,128.0.0.0/1"}, want: fail("128.0.0.0/1, a large part", "alone in TRUSTED_PROXIES")},
		{name: "a public range", environ: []string{public, "TRUSTED_PROXIES=203.0.113.0/24"}, want: warn("a public range", "alone in TRUSTED_PROXIES")},
	})
}

func TestRangesInside(t *testing.T) {
	for text, want := range map[string]bool{
		"10.0.0.0/8": true, "10.0.0.0/7": false, "172.16.0.0/12": true, "172.32.0.0/16": false, "192.168.1.1/32": true, "100.64.0.0/10": true,
		"127.0.0.1/32": true, "fd00::/8": true, "fc00::/6": false, "::1/128": true, "2001:db8::/32": false, "8.8.8.8/32": false,
	} {
		if got := isInside(netip.MustParsePrefix(text)); got != want {
			t.Errorf("%s: got %v, want %v", text, got, want)
		}
	}
}

func TestDoctorCookies(t *testing.T) {
	const public = "APP_BASE_URL=https://auth.example.com"
	diagnose(t, checkCookies, []illness{
		{name: "all well", bare: true, environ: []string{public, "ALLOWED_ORIGINS=https://app.example.com"}, want: ok("are safe")},
		{name: "not Secure", bare: true, environ: []string{public, "COOKIE_SECURE=false"}, want: warn("COOKIE_SECURE is false", "unset COOKIE_SECURE")},
		{
			name: "nothing secure", bare: true, environ: []string{"APP_BASE_URL=http://auth.example.com", "COOKIE_SECURE=false"},
			want: fail("can be read on the way", "put TLS in front"),
		},
		{name: "a page in the clear", bare: true, environ: []string{public, "ALLOWED_ORIGINS=http://app.example.com"}, want: warn("http://app.example.com", "https")},
		{name: "visitors' own machines", bare: true, environ: []string{public, "ALLOWED_ORIGINS=http://localhost:3000"}, want: warn("http://localhost:3000", "in production")},
		{name: "a page of a developer", bare: true, mode: modeDev, environ: []string{"ALLOWED_ORIGINS=http://localhost:3000"}, want: ok("are safe")},
	})
}
