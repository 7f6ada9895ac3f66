package main

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/latchkey/latchkey/internal/rpcd"
)

// nestSettings are those of the door for NestJS gateways.
func nestSettings() []setting {
	return []setting{
		{name: "AUTH_SERVICE_TCP_PORT",
			help:  "Port of the NestJS TCP door, or several, comma-separated; closed unless set.",
			check: into(ports, func(s *Settings) *[]int { return &s.NestPorts })},
		{name: "TENANT_SERVICE_TCP_PORT",
			help:  "One more port of the same door, where AUTH_SERVICE_TCP_PORT is set: at which a gateway looks for the tenant service.",
			check: into(port, func(s *Settings) *int { return &s.NestMore })},
		{name: "AUTH_SERVICE_TCP_HOST", standard: "127.0.0.1",
			help:  "Address of the NestJS TCP door. Whoever reaches it is believed, so beyond loopback it takes mutual TLS.",
			check: into(nestHost, func(s *Settings) *string { return &s.NestHost })},
		{name: "AUTH_SERVICE_TCP_TLS_CERT",
			help:  "PEM file of the door's certificate and its chain; a renewed file is taken up by itself.",
			check: into(text, func(s *Settings) *string { return &s.NestCert })},
		{name: "AUTH_SERVICE_TCP_TLS_KEY",
			help:  "PEM file of the certificate's private key.",
			check: into(text, func(s *Settings) *string { return &s.NestKey })},
		{name: "AUTH_SERVICE_TCP_TLS_CLIENT_CA",
			help:  "PEM file of the authority whose client certificates are let in: one that signs for gateways alone.",
			check: into(text, func(s *Settings) *string { return &s.NestClientCA })},
		{name: "AUTH_SERVICE_TCP_TENANTS", standard: string(rpcd.TenantsWrite),
			help:  "write, read or off: which tenant.* commands are answered. They name nobody who asks, and a gateway of the seed sends them for every logged-in user: read, unless yours looks at roles.",
			check: into(oneOf(rpcd.TenantsWrite, rpcd.TenantsRead, rpcd.TenantsOff), func(s *Settings) *rpcd.TenantAccess { return &s.NestTenants })},
	}
}

// ports takes one or several.
func ports(text string) (all []int, err error) {
	for item := range strings.SplitSeq(text, ",") {
		p, err := port(strings.TrimSpace(item))
		if err != nil && strings.HasPrefix(text, "tcp://") {
			return nil, err
		}
		if err != nil {
			return nil, fmt.Errorf("%w, or several with commas", err)
		}
		if slices.Contains(all, p) {
			return nil, fmt.Errorf("%d is written twice; leave one", p)
		}
		all = append(all, p)
	}
	return all, nil
}

func nestHost(text string) (string, error) {
	if _, err := netip.ParseAddr(text); err != nil && text != "localhost" {
		return "", fmt.Errorf("%s is not an address; write one such as 127.0.0.1 or 10.0.0.5", quote(text))
	}
	return text, nil
}

// nestRules hold between the settings of the NestJS door.
func nestRules() []rule {
	files := []string{"AUTH_SERVICE_TCP_TLS_CERT", "AUTH_SERVICE_TCP_TLS_KEY", "AUTH_SERVICE_TCP_TLS_CLIENT_CA"}
	all := []rule{
		{[]string{"AUTH_SERVICE_TCP_PORT", "AUTH_SERVICE_HTTP_PORT"}, func(_ runMode, s *Settings, _ func(string) bool) string {
			if slices.Contains(s.NestPorts, s.HTTPPort) {
				return fmt.Sprintf("%d is the port of the HTTP door; choose another", s.HTTPPort)
			}
			return ""
		}},
		{[]string{"TENANT_SERVICE_TCP_PORT", "AUTH_SERVICE_HTTP_PORT"}, func(_ runMode, s *Settings, _ func(string) bool) string {
			if s.NestPorts != nil && s.NestMore == s.HTTPPort {
				return fmt.Sprintf("%d is the port of the HTTP door; choose another", s.NestMore)
			}
			return ""
		}},
		{append([]string{"AUTH_SERVICE_TCP_HOST"}, files...), func(mode runMode, s *Settings, _ func(string) bool) string {
			if mode == modeDev && !isLoopback(s.NestHost) {
				return quote(s.NestHost) + " is not loopback, and latchkey dev is for this machine alone; use 127.0.0.1, or latchkey serve"
			}
			if s.NestPorts != nil && !isLoopback(s.NestHost) && s.NestCert == "" {
				return quote(s.NestHost) + " is beyond this machine, and whoever reaches the door is believed; set " +
					files[0] + ", " + files[1] + " and " + files[2] + ", so that both ends prove themselves"
			}
			return ""
		}},
	}
	for i, name := range files {
		others := slices.Delete(slices.Clone(files), i, i+1)
		all = append(all, rule{append([]string{name}, others...), func(_ runMode, _ *Settings, set func(string) bool) string {
			if missing := slices.DeleteFunc(slices.Clone(others), set); set(name) && len(missing) > 0 {
				return "is set without " + strings.Join(missing, " and ") + "; set all three or none"
			}
			return ""
		}})
	}
	return all
}
