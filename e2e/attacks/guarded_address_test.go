package attacks

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
)

// TestA11GuardedAddress: through the gateway, too, a request comes from the peer
// unless the table trusts that, whatever headers say; the auth service, which
// counts by it, and the service behind hear one address.
func TestA11GuardedAddress(t *testing.T) {
	t.Parallel()
	s := start(t, open().with(env{"TRUSTED_PROXIES": "127.0.0.1,10.0.0.0/8,fd00::/8"}))
	v, behind := judge(t), openService(t)
	wary := s.gate(t, routeTable, behind)
	trusting := s.gate(t, "trusted_proxies: [127.0.0.1, 10.0.0.0/8, \"fd00::/8\"]\n"+routeTable, behind)
	p, _ := s.client().join(t)
	_, g := s.client().join(t) // those of the logins end each other

	all := addressVariants(wary, trusting)
	var logins sync.Map // session, variant
	each(all, func(tt addressed) {
		session := tt.from.must(t, p.logIn(tt.headers...)).grant().SessionID
		logins.Store(session, tt)
	})
	seen := 0
	for _, row := range s.rows("SELECT id, ip FROM sessions") {
		session, got, _ := strings.Cut(row, " ")
		if found, ok := logins.Load(session); ok {
			seen++
			if tt := found.(addressed); got != tt.want {
				v.breach("through the gateway", "with %q the client is %s to the auth service, want %s", tt.headers, got, tt.want)
			}
		}
	}
	if seen != len(all) {
		t.Errorf("%d of %d logins found", seen, len(all))
	}

	behind.take()
	each(all, func(tt addressed) {
		if tt.chained {
			return // what a trusted proxy says is passed on for the service to read
		}
		tt.from.must(t, get("/orders/"+tt.want, append(tt.headers, g.bearer()...)...))
	})
	heard := behind.take()
	if len(heard) < len(addressHeaders) {
		t.Errorf("%d requests came to the service", len(heard))
	}
	believed := map[string]string{} // one finding for each header
	for _, a := range heard {
		toldAddress(v, a, strings.TrimPrefix(a.path, "/orders/"), believed)
	}
	for _, name := range slices.Sorted(maps.Keys(believed)) {
		v.breach(name, "the service hears the client's own word %q", believed[name])
	}
}

// addressed is a request of a client that says where it comes from.
type addressed struct {
	from    *client
	headers []string
	want    string
	chained bool // by a proxy that is trusted
}

func addressVariants(wary, trusting *server) (all []addressed) {
	peer, stranger := wary.client(), wary.clientFrom("127.0.0.2")
	proxy, other := trusting.client(), trusting.clientFrom("127.0.0.2")
	for _, name := range slices.Concat(addressHeaders, twins) {
		for _, value := range claimedAddresses {
			h := []string{name, value}
			all = append(all, addressed{stranger, h, "127.0.0.2", false}, addressed{other, h, "127.0.0.2", false},
				addressed{peer, h, "127.0.0.1", false}, addressed{peer, append(h, name, "198.51.100.7"), "127.0.0.1", false},
				addressed{peer, append(h, "Connection", "X-Forwarded-For, "+name), "127.0.0.1", false})
			if name != "X-Forwarded-For" {
				all = append(all, addressed{proxy, h, "127.0.0.1", false})
			}
		}
	}
	for _, tt := range chains {
		var h []string
		for _, value := range tt.values {
			h = append(h, "X-Forwarded-For", value)
		}
		all = append(all, addressed{proxy, h, tt.want, true}, addressed{other, h, "127.0.0.2", false}, addressed{peer, h, "127.0.0.1", false})
	}
	return all
}

// claimedAddresses are none of those that requests come from.
var claimedAddresses = []string{"203.0.113.9", `for="[2001:db8::1]"`, "203.0.113.9, 10.0.0.1"}

// twins are spellings that CGI and those who come from it take for the same name.
var twins = []string{"X_Forwarded-For", "X-Forwarded_For", "X.Forwarded.For", "X_Real_IP", "X~Real~IP", "x_client_ip"}

// toldAddress looks at what a service was told: one address, and no other word
// for one; that goes to believed.
func toldAddress(v *verdict, a arrival, want string, believed map[string]string) {
	v.t.Helper()
	if got := a.header["X-Forwarded-For"]; len(got) != 1 || got[0] != want {
		v.breach("X-Forwarded-For", "the service hears %q, want %s", got, want)
	}
	for name, values := range a.header {
		for _, said := range []string{"203.0.113.9", "2001:db8", "198.51.100.7"} {
			if text := fmt.Sprint(values); strings.Contains(text, said) && name != "Via" {
				believed[name] = text
			}
		}
	}
}
