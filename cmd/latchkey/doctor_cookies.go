package main

import (
	"context"
	"net/url"
)

// checkCookies looks at what browsers make of the settings.
func checkCookies(_ context.Context, p *patient) (found []finding) {
	s := p.settings
	if !s.SecureCookies() {
		switch {
		case s.BaseURL.Scheme == "https":
			found = append(found, warn("COOKIE_SECURE is false, and APP_BASE_URL is https: browsers send the cookies also in the clear, where they can be made to", "unset COOKIE_SECURE"))
		case !isLoopback(s.BaseURL.Hostname()):
			found = append(found, fail("APP_BASE_URL is http and COOKIE_SECURE is false: passwords, codes and cookies can be read on the way", "put TLS in front, write https in APP_BASE_URL and unset COOKIE_SECURE"))
		}
	}
	for _, origin := range s.AllowedOrigins {
		found = append(found, checkOrigin(p.mode, origin)...)
	}
	if found == nil {
		found = append(found, ok("cookies and ALLOWED_ORIGINS are safe"))
	}
	return found
}

// checkOrigin judges an origin whose pages may call with cookies.
func checkOrigin(mode runMode, origin string) []finding {
	u, err := url.Parse(origin)
	if err != nil || mode == modeDev { // it was read as an origin before
		return nil
	}
	switch {
	case isLoopback(u.Hostname()):
		return []finding{warn("ALLOWED_ORIGINS has "+origin+": whatever runs on a visitor's own machine may act for the visitor", "take it out of ALLOWED_ORIGINS in production")}
	case u.Scheme == "http":
		return []finding{warn("ALLOWED_ORIGINS has "+origin+": who changes that page on the way may act for its visitor", "serve that page with https and write that in ALLOWED_ORIGINS")}
	}
	return nil
}
