package main

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"github.com/latchkey/latchkey/internal/auth"
)

func listenHost(text string) (string, error) {
	if _, err := netip.ParseAddr(text); err != nil && text != "localhost" {
		return "", fmt.Errorf("%s is not an address; write one such as 127.0.0.1, 0.0.0.0 or ::, and the port in AUTH_SERVICE_HTTP_PORT", quote(text))
	}
	return text, nil
}

var nameOfHost = regexp.MustCompile(`^[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_.])?$`)

// hostName takes a name or an address alone. The value is not repeated, since
// a URL with a password is what people write here by mistake.
func hostName(text string) (string, error) {
	if _, err := netip.ParseAddr(text); err == nil || nameOfHost.MatchString(text) && len(text) <= 253 {
		return text, nil
	}
	return "", errors.New("is not a host name; write one without scheme, user or port, such as smtp.example.com")
}

func trustedProxies(text string) ([]netip.Prefix, error) {
	prefixes, err := prefixList(text)
	if err != nil {
		return nil, err
	}
	for _, prefix := range prefixes {
		if prefix.Bits() == 0 {
			return nil, fmt.Errorf("%q trusts everyone, so that anyone could claim any address; write the addresses of your proxies", prefix)
		}
	}
	return prefixes, nil
}

func metricsAllow(text string) ([]netip.Prefix, error) {
	if text == "none" {
		return nil, nil
	}
	return prefixList(text)
}

// prefixList reads addresses and CIDR ranges. An IPv4 range in IPv6 notation
// becomes the IPv4 range, so that it matches unmapped addresses.
func prefixList(text string) ([]netip.Prefix, error) {
	var prefixes []netip.Prefix
	for _, item := range strings.Split(text, ",") {
		item = strings.TrimSpace(item)
		prefix, err := netip.ParsePrefix(item)
		if addr, addrErr := netip.ParseAddr(item); addrErr == nil && addr.Zone() == "" {
			prefix, err = netip.PrefixFrom(addr, addr.BitLen()), nil
		}
		if err != nil {
			return nil, fmt.Errorf("%s is not an address or a range; write such as 10.0.0.1, 10.0.0.0/8 or ::1, with commas between", quote(item))
		}
		if prefix.Addr().Is4In6() {
			if prefix.Bits() < 96 {
				return nil, fmt.Errorf("%s is wider than all of IPv4; write the IPv4 range", quote(item))
			}
			prefix = netip.PrefixFrom(prefix.Addr().Unmap(), prefix.Bits()-96)
		}
		prefixes = append(prefixes, prefix.Masked())
	}
	return prefixes, nil
}

// baseURL takes scheme, host and port. What it refuses is not repeated, since
// it may hold a password.
func baseURL(text string) (*url.URL, error) {
	const mend = "; write one such as https://auth.example.com"
	u, err := url.Parse(text)
	if err != nil {
		return nil, errors.New("is not a URL" + mend)
	}
	scheme := strings.ToLower(u.Scheme)
	if scheme != "http" && scheme != "https" || u.Hostname() == "" {
		return nil, errors.New("is not an http or https URL with a host" + mend)
	}
	if u.User != nil {
		return nil, errors.New("holds a user name; leave it out" + mend)
	}
	if u.Path != "" && u.Path != "/" || u.RawQuery != "" || u.ForceQuery || strings.Contains(text, "#") {
		return nil, errors.New("goes on after the host; leave out path, query and fragment" + mend)
	}
	host, err := urlHost(u, scheme)
	if err != nil {
		return nil, errors.New(err.Error() + mend)
	}
	return &url.URL{Scheme: scheme, Host: host}, nil
}

// urlHost returns host and port as a browser writes them: lower case, without
// the scheme's own port.
func urlHost(u *url.URL, scheme string) (string, error) {
	host, wanted := strings.ToLower(u.Hostname()), u.Port()
	if _, err := netip.ParseAddr(host); err != nil && !nameOfHost.MatchString(host) {
		// Browsers send IDNA names in their xn-- form, and so must we compare.
		return "", errors.New("has a host that is no host name (an international one is written xn--…)")
	}
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if wanted == "" {
		if strings.HasSuffix(u.Host, ":") {
			return "", errors.New("has a colon without a port")
		}
		return host, nil
	}
	n, err := strconv.ParseUint(wanted, 10, 16)
	if err != nil || n == 0 {
		return "", errors.New("has a port that is not from 1 to 65535")
	}
	if scheme == "http" && n == 80 || scheme == "https" && n == 443 {
		return host, nil
	}
	return host + ":" + strconv.FormatUint(n, 10), nil
}

// origins reads a list of origins; a wildcard or null would let anyone in.
func origins(text string) ([]string, error) {
	var all []string
	for i, item := range strings.Split(text, ",") {
		item = strings.TrimSpace(item)
		switch item {
		case "*", "null":
			return nil, fmt.Errorf("%q would let every site in; write each origin, such as https://app.example.com", item)
		}
		u, err := baseURL(item)
		if err != nil || strings.HasSuffix(item, "/") {
			return nil, fmt.Errorf("origin %d is not scheme, host and port alone; write each such as https://app.example.com, with commas between", i+1)
		}
		all = append(all, u.String())
	}
	return all, nil
}

// senderDomain returns the domain that mails come from when nothing says it.
func senderDomain(base *url.URL) string {
	if base == nil || net.ParseIP(base.Hostname()) != nil {
		return "localhost"
	}
	return base.Hostname()
}

// databasePath takes sqlite:PATH, with or without slashes before the path.
func databasePath(text string) (string, error) {
	path, ok := strings.CutPrefix(text, "sqlite:")
	if !ok {
		return "", errors.New("is not a database; write sqlite:PATH")
	}
	path = strings.TrimPrefix(path, "//")
	if path == "" || strings.HasSuffix(path, "/") {
		return "", errors.New("names no file; write sqlite:PATH")
	}
	if strings.HasPrefix(path, ":memory:") || strings.HasPrefix(path, "file:") || strings.ContainsAny(path, "?#") {
		return "", errors.New("is not a plain path (no :memory:, file:, ? or #); write sqlite:PATH")
	}
	return path, nil
}

// serverURL takes a URL of one of the schemes, unread: it may hold a password,
// and its driver knows it better.
func serverURL(schemes ...string) func(string) (auth.Secret, error) {
	return func(text string) (auth.Secret, error) {
		for _, scheme := range schemes {
			if rest, ok := strings.CutPrefix(text, scheme); ok && rest != "" {
				return auth.Secret(text), nil
			}
		}
		return "", fmt.Errorf("does not begin with %s", strings.Join(schemes, " or "))
	}
}
