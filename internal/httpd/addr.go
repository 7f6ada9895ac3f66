package httpd

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// proxies are the peers whose word is taken for where a request came from.
type proxies []netip.Prefix

func (p proxies) contain(a netip.Addr) bool {
	for _, prefix := range p {
		if prefix.Contains(a) {
			return true
		}
	}
	return false
}

// client is the one function that says where a request came from: the peer of
// the connection, or, when that is a trusted proxy, the last address in
// X-Forwarded-For that is none. What a client wrote itself stands further left
// and is never reached. The zero Addr means: not known.
func (p proxies) client(r *http.Request) netip.Addr {
	addr := peer(r)
	if !p.contain(addr) {
		return addr
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0; i-- {
		hop, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			return addr // the proxy says nothing that can be read
		}
		addr = hop.Unmap().WithZone("")
		if !p.contain(addr) {
			return addr
		}
	}
	return addr
}

// peer is the other end of the connection.
func peer(r *http.Request) netip.Addr {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	a, err := netip.ParseAddr(host)
	if err != nil {
		return netip.Addr{}
	}
	return a.Unmap().WithZone("")
}

// forwarded reports whether a proxy passed the request on. An empty header
// counts: a client may send one, and the proxy add its own below it.
func forwarded(h http.Header) bool {
	for _, name := range []string{"X-Forwarded-For", "Forwarded", "X-Real-Ip", "Via"} {
		if len(h[name]) > 0 {
			return true
		}
	}
	return false
}
