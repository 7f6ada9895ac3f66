package main

import "github.com/latchkey/latchkey/internal/rpcd"

// doubts says what is allowed and probably not meant.
func doubts(mode runMode, s Settings) []string {
	var all []string
	host := s.BaseURL.Hostname()
	if mode == modeServe && isLoopback(host) {
		all = append(all, "APP_BASE_URL is "+s.BaseURL.String()+": tokens and mails name that address, which others cannot reach; set it to the public one")
	}
	if s.BaseURL.Scheme == "http" && !isLoopback(host) && s.SecureCookies() {
		all = append(all, "APP_BASE_URL is http: browsers drop the cookies, which are Secure; put TLS in front and write https")
	}
	if len(s.NestPorts) > 0 && s.NestTenants == rpcd.TenantsWrite {
		all = append(all, "AUTH_SERVICE_TCP_TENANTS is write: tenant.* commands over the NestJS door are an operator's, whoever the gateway sends them for; a gateway of the seed sends them for every logged-in user: set it to read, unless yours looks at roles")
	}
	return all
}
