package attacks

import (
	"net/http"
	"strings"
	"sync"
	"testing"
)

// TestA11ClientAddress: where a request comes from is the peer's word only where
// the peer is a proxy that is trusted, and then the last address that it did
// not have to take on trust itself. What is counted by
// is read from the session that each login opens.
func TestA11ClientAddress(t *testing.T) {
	t.Parallel()
	s := start(t, open().with(env{"TRUSTED_PROXIES": "127.0.0.1,10.0.0.0/8,fd00::/8", "METRICS_ALLOW": "127.0.0.2"}))
	v, proxy, stranger := judge(t), s.client(), s.clientFrom("127.0.0.2")
	p, _ := proxy.join(t)
	type variant struct {
		from    *client
		headers []string
		want    string
	}
	var all []variant
	for _, name := range addressHeaders {
		for _, value := range []string{
			"203.0.113.9", "127.0.0.1", `for="[2001:db8::1]"`, "203.0.113.9, 10.0.0.1", "",
		} {
			all = append(all, variant{stranger, []string{name, value}, "127.0.0.2"})
			if name != "X-Forwarded-For" {
				all = append(all, variant{proxy, []string{name, value}, "127.0.0.1"})
			}
		}
	}
	for _, tt := range chains {
		headers := []string{}
		for _, value := range tt.values {
			headers = append(headers, "X-Forwarded-For", value)
		}
		all = append(all, variant{proxy, headers, tt.want}, variant{stranger, headers, "127.0.0.2"})
	}
	var logins sync.Map // session, variant
	each(all, func(tt variant) {
		session := tt.from.must(t, p.logIn(tt.headers...)).grant().SessionID
		logins.Store(session, tt)
	})
	seen := 0
	for _, row := range s.rows("SELECT id, ip FROM sessions") {
		session, got, _ := strings.Cut(row, " ")
		if found, ok := logins.Load(session); ok {
			seen++
			if tt := found.(variant); got != tt.want {
				v.breach("X-Forwarded-For and its kin", "with %q the client is %s, want %s", tt.headers, got, tt.want)
			}
		}
	}
	if seen != len(all) {
		t.Errorf("%d of %d logins found", seen, len(all))
	}
	metrics(t, v, s)
}

// addressHeaders say where a request comes from, to somebody.
var addressHeaders = []string{
	"X-Forwarded-For", "Forwarded", "X-Real-IP", "X-Client-IP", "True-Client-IP", "CF-Connecting-IP", "Fastly-Client-IP", "X-Cluster-Client-IP",
	"X-Forwarded", "Forwarded-For", "X-Originating-IP", "X-Remote-IP", "X-Remote-Addr", "Via", "X_Forwarded_For",
}

// chains are what a trusted proxy at 127.0.0.1 passes on, and who that is.
var chains = []struct {
	values []string
	want   string
}{
	{[]string{"203.0.113.9"}, "203.0.113.9"},
	{[]string{"198.51.100.7, 203.0.113.9"}, "203.0.113.9"}, // the first is the client's own word
	{[]string{"198.51.100.7,203.0.113.9,10.1.2.3"}, "203.0.113.9"},
	{[]string{"198.51.100.7", "203.0.113.9"}, "203.0.113.9"}, // two lines are one list
	{[]string{"203.0.113.9", "10.0.0.1, 10.0.0.2"}, "203.0.113.9"},
	{[]string{"127.0.0.1"}, "127.0.0.1"},
	{[]string{"10.0.0.1, 10.0.0.2"}, "10.0.0.1"},
	{[]string{"  203.0.113.9  "}, "203.0.113.9"},
	{[]string{"198.51.100.7,\t203.0.113.9 "}, "203.0.113.9"},
	{[]string{"198.51.100.7,"}, "127.0.0.1"}, // what cannot be read is not passed over
	{[]string{"198.51.100.7, unknown"}, "127.0.0.1"},
	{[]string{"198.51.100.7, unknown, 10.0.0.1"}, "10.0.0.1"},
	{[]string{""}, "127.0.0.1"},
	{[]string{"2001:db8::1"}, "2001:db8::1"},
	{[]string{"2001:DB8:0:0:0:0:0:1"}, "2001:db8::1"},
	{[]string{"2001:db8::1%eth0"}, "2001:db8::1"}, // one client, whatever it adds
	{[]string{"::ffff:203.0.113.9"}, "203.0.113.9"},
	{[]string{"::ffff:cb00:7109"}, "203.0.113.9"},
	{[]string{"198.51.100.7, ::ffff:10.0.0.1"}, "198.51.100.7"},
	{[]string{"198.51.100.7, fd00::1%x"}, "198.51.100.7"},
	{[]string{"[2001:db8::1]"}, "127.0.0.1"},
	{[]string{"203.0.113.9:1234"}, "127.0.0.1"},
	{[]string{"0xcb007109"}, "127.0.0.1"},
	{[]string{"0313.0.0161.011"}, "127.0.0.1"},
	{[]string{"203.0.113.009"}, "127.0.0.1"},
	{[]string{"3405803785"}, "127.0.0.1"},
	{[]string{"203.0.113"}, "127.0.0.1"},
	{[]string{"203.0.113.9.evil.test"}, "127.0.0.1"},
	{[]string{"203.0.113.256"}, "127.0.0.1"},
	{[]string{"２０３.0.113.9"}, "127.0.0.1"},
	{[]string{"203.0.113.9'--"}, "127.0.0.1"},
}

// metrics: an address that may read them is the peer's own, not what it says.
func metrics(t *testing.T, v *verdict, s *server) {
	if a := s.clientFrom("127.0.0.2").must(t, get("/metrics")); a.status != http.StatusOK {
		t.Fatalf("who may read /metrics gets %v", a)
	}
	for _, name := range append(addressHeaders, "Host") {
		for _, from := range []string{"127.0.0.1", "127.0.0.3"} {
			if a := s.clientFrom(from).must(t, get("/metrics", name, "127.0.0.2")); a.status != http.StatusNotFound {
				v.breach("metrics from "+from, "with %s: %v", name, a)
			}
		}
	}
	// Behind a proxy on an address that may, everybody would.
	for _, name := range []string{"X-Forwarded-For", "Forwarded", "X-Real-IP", "Via"} {
		if a := s.clientFrom("127.0.0.2").must(t, get("/metrics", name, "203.0.113.9")); a.status != http.StatusNotFound {
			v.breach("metrics through a proxy", "with %s: %v", name, a)
		}
	}
}
