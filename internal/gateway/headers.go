package gateway

import (
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"github.com/latchkey/latchkey/guard"
)

// ours are the headers by which services know who asks. No client sets them, in
// whatever spelling a service may take for one of them.
var ours = []string{
	"x-user-id", "x-tenant-id", "x-space-id", "x-role", "x-session-id", "x-permissions", "x-username",
}

// claimsIdentity reports whether a header is one of ours, or is taken for one by
// servers that read other signs as - (CGI and those who come from it make _ of
// them all).
func claimsIdentity(name, assertion string) bool {
	if begins(name, "x-identity-") || begins(name, "x-service-") || same(name, assertion) {
		return true
	}
	for _, o := range ours {
		if same(name, o) {
			return true
		}
	}
	return false
}

// plain is a sign of a header's name in a small letter, and - if it is neither
// letter nor digit.
func plain(c byte) byte {
	switch {
	case c >= 'A' && c <= 'Z':
		return c + 'a' - 'A'
	case c >= 'a' && c <= 'z' || c >= '0' && c <= '9':
		return c
	}
	return '-'
}

// begins and same compare names as servers do that read every other sign as -.
func begins(name, with string) bool {
	if len(name) < len(with) {
		return false
	}
	for i := range len(with) {
		if plain(name[i]) != plain(with[i]) {
			return false
		}
	}
	return true
}

func same(name, other string) bool { return len(name) == len(other) && begins(name, other) }

// odd reports whether a name has signs that some read as -.
func odd(name string) bool {
	for i := range len(name) {
		if name[i] != '-' && plain(name[i]) == '-' {
			return true
		}
	}
	return false
}

// stripIdentity takes away what only the gateway may say.
func stripIdentity(h http.Header, assertion string) {
	for name := range h {
		if claimsIdentity(name, assertion) {
			delete(h, name)
		}
	}
}

// stripTricks takes away what the service could take for more than is sent here:
// headers behind the body, which some join with those before it, names with signs
// that CGI reads as -, and a change to any protocol but WebSocket. Behind a 101
// to h2c the client would send requests that no rule has seen.
func stripTricks(out *http.Request) {
	out.Trailer = nil
	for name := range out.Header {
		if odd(name) {
			delete(out.Header, name)
		}
	}
	if to := out.Header.Get("Upgrade"); to != "" && !strings.EqualFold(to, "websocket") {
		out.Header.Del("Upgrade")
		out.Header.Del("Connection")
	}
	out.Header.Del("Http2-Settings")
}

// stripForeign takes away every identity that is not a wish: the auth service
// hears which tenant and space its client means, and checks that itself.
func stripForeign(h http.Header) {
	tenant, space := h["X-Tenant-Id"], h["X-Space-Id"]
	stripIdentity(h, "")
	if len(tenant) > 0 {
		h["X-Tenant-Id"] = tenant
	}
	if len(space) > 0 {
		h["X-Space-Id"] = space
	}
}

// identify adds who asks.
func identify(h http.Header, id guard.Identity) {
	for _, said := range [...]struct{ name, value string }{ // as net/http writes them
		{"X-Identity-Kind", string(id.Kind)}, {"X-User-Id", id.UserID}, {"X-Tenant-Id", id.TenantID}, {"X-Space-Id", id.SpaceID}, {"X-Role", id.Role},
		{"X-Session-Id", id.SessionID}, {"X-Permissions", strings.Join(id.Permissions, ",")}, {"X-Service-Id", id.KeyID}, {"X-Service-Name", printable(id.Name)},
	} {
		if said.value != "" {
			h[said.name] = []string{said.value}
		}
	}
}

// The names under which the auth service gives out its tokens.
const (
	accessCookie  = "accessToken"
	refreshCookie = "refreshToken"
	deviceCookie  = "deviceId"
)

// stripTokens takes the client's tokens away: they are for the gateway.
func stripTokens(h http.Header) {
	h.Del("Authorization")
	h.Del("X-Access-Token")
	h.Del("X-Device-Token")
	kept := cookiesBut(h, accessCookie, refreshCookie, deviceCookie)
	h.Del("Cookie")
	if len(kept) > 0 {
		h["Cookie"] = []string{strings.Join(kept, "; ")}
	}
}

// cookiesBut are the cookies of a request but for those with these names, as they
// were written.
func cookiesBut(h http.Header, names ...string) (kept []string) {
	for _, line := range h["Cookie"] {
		for pair := range strings.SplitSeq(line, ";") {
			pair = strings.TrimSpace(pair)
			name, _, _ := strings.Cut(pair, "=")
			if name = strings.TrimSpace(name); name != "" && !slices.Contains(names, name) {
				kept = append(kept, pair)
			}
		}
	}
	return kept
}

// forwarded begin the names of the headers in which proxies say where a request
// came from, and as what.
var forwarded = []string{
	"forwarded", "x-forwarded", "x-original-", "x-originating-", "x-remote-", "x-rewrite-", "x-real-ip", "x-client-ip", "x-cluster-client-ip",
	"true-client-ip", "client-ip", "cf-connecting-ip", "fastly-client-ip",
}

// hops leaves of Connection what is about the connection. Whatever else it names
// the proxy would take away (RFC 9110 §7.6.1), and the next one would judge the
// request without it: without its Origin, or its cookies.
func hops(h http.Header) {
	var kept []string
	for option := range strings.SplitSeq(strings.Join(h["Connection"], ","), ",") {
		switch option = strings.ToLower(strings.TrimSpace(option)); option {
		case "close", "keep-alive", "upgrade", "te":
			kept = append(kept, option)
		}
	}
	h.Del("Connection")
	if len(kept) > 0 {
		h.Set("Connection", strings.Join(kept, ", "))
	}
}

// setForwarded says where a request came from, believing only proxies that are
// trusted.
func (t *table) setForwarded(out http.Header, in *http.Request) {
	for name := range out {
		for _, f := range forwarded {
			if begins(name, f) {
				delete(out, name)
			}
		}
	}
	peer := address(in.RemoteAddr)
	chain, host, proto := peer, in.Host, "http"
	if in.TLS != nil {
		proto = "https"
	}
	if t.trusts(peer) {
		if before := strings.Join(in.Header["X-Forwarded-For"], ", "); before != "" {
			chain = before + ", " + peer
		}
		if h := in.Header.Get("X-Forwarded-Host"); h != "" {
			host = h
		}
		if p := in.Header.Get("X-Forwarded-Proto"); p == "http" || p == "https" {
			proto = p
		}
	}
	out["X-Forwarded-For"], out["X-Forwarded-Host"], out["X-Forwarded-Proto"] = []string{chain}, []string{host}, []string{proto}
}

func (t *table) trusts(peer string) bool {
	a, err := netip.ParseAddr(peer)
	if err != nil {
		return false
	}
	for _, p := range t.trusted {
		if p.Contains(a.Unmap()) {
			return true
		}
	}
	return false
}

func address(remote string) string {
	a, err := netip.ParseAddrPort(remote)
	if err != nil {
		return "unknown"
	}
	return a.Addr().Unmap().WithZone("").String()
}

// clean reports whether a path can be read in one way only: what a service
// behind makes of an escaped slash, a dot segment or a backslash, or of one that
// is escaped twice, is not known here, and the rules of one path must not serve another.
func clean(u *url.URL) bool {
	if u.Path == "" || u.Path[0] != '/' {
		return false
	}
	escaped := strings.ToLower(u.EscapedPath())
	for _, bad := range []string{"//", "%2f", "%5c", "%2e", "%00", "\\", ";", "%3b", "%252", "%255c", "%2500", "%253b"} {
		if strings.Contains(escaped, bad) {
			return false
		}
	}
	for segment := range strings.SplitSeq(u.Path, "/") {
		if segment == "." || segment == ".." {
			return false
		}
	}
	return strings.IndexFunc(u.Path, func(r rune) bool { return r < ' ' || r == 0x7f || r == '\uFFFD' }) < 0
}

// printable is text as it may stand in a header: the name of a key is anybody's
// words.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, text)
}
