package httpd_test

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/latchkey/latchkey/internal/httpd"
	"github.com/latchkey/latchkey/internal/limit"
	"github.com/latchkey/latchkey/internal/quota"
)

// limited makes the door limit requests by the world's clock.
func limited(c *httpd.Config) {
	c.Gate = quota.Gate{Limiter: limit.New(limit.Config{Now: c.Service.Now}), Recognises: c.Service.Recognises}
}

// newLimited opens a world whose door limits requests and believes the proxy on
// loopback.
func newLimited(t testing.TB) *world { return newWorld(t, limited, behind("127.0.0.0/8")) }

// from says that a request was passed on for that address.
func from(address string) []string { return []string{"X-Forwarded-For", address} }

// address makes up the nth of many addresses.
func address(n int) string { return fmt.Sprintf("198.18.%d.%d", n/256, n%256) }

// knock sends a request without looking closer, for floods, and returns status
// and headers.
func (w *world) knock(t testing.TB, request string, body any, headers ...string) (int, http.Header) {
	t.Helper()
	method, path, _ := strings.Cut(request, " ")
	r, err := http.NewRequestWithContext(t.Context(), method, w.url+path, reader(t, body))
	must(t, err)
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	res, err := w.client.Do(r)
	must(t, err)
	defer res.Body.Close()
	_, err = io.Copy(io.Discard, res.Body)
	must(t, err)
	return res.StatusCode, res.Header
}

// useUp knocks until the limit is reached, and fails unless each answer on the
// way there told how many more there would be.
func (w *world) useUp(t testing.TB, request string, headers ...string) {
	t.Helper()
	left := -1
	for {
		status, h := w.knock(t, request, nil, headers...)
		if status == 429 && left <= 0 && rateHeaders(h) != "   " {
			return
		}
		told, err := strconv.Atoi(h.Get("RateLimit-Remaining"))
		must(t, err)
		if status == 429 || left >= 0 && told != left-1 {
			t.Fatalf("%s: %d, %d remain, after %d", request, status, told, left)
		}
		left = told
	}
}

// rateHeaders are limit, remaining and reset as told, then Retry-After.
func rateHeaders(h http.Header) string {
	return strings.Join([]string{h.Get("RateLimit-Limit"), h.Get("RateLimit-Remaining"), h.Get("RateLimit-Reset"), h.Get("Retry-After")}, " ")
}

func (a answer) wantRate(t testing.TB, want string) {
	t.Helper()
	if got := rateHeaders(a.header); got != want {
		t.Errorf("%s: limit, remaining, reset and retry are %q, want %q", a.request, got, want)
	}
}

// TestAnAddressIsLimited: what a client is told on the way there, at the end,
// and after the wait that it was told.
func TestAnAddressIsLimited(t *testing.T) {
	t.Parallel()
	w := newLimited(t)
	const signUp = "POST /auth/sign-up"
	at := from("203.0.113.7")
	w.do(t, signUp, object{}, at...).want(t, 400, "VALIDATION_FAILED").wantRate(t, "100 99 60 ")
	w.clock.advance(500 * time.Millisecond)
	w.do(t, signUp, object{}, at...).want(t, 400, "VALIDATION_FAILED").wantRate(t, "100 98 120 ") // rounded up
	w.useUp(t, "POST /api/v1/auth/signup", at...)                                                 // another of its paths
	a := w.do(t, signUp, "{nonsense", append(at, "x-tenant-id", "nobody-there")...).want(t, 429, "RATE_LIMITED")
	a.wantRate(t, "100 0 6000 60")
	if a.Meta.RetryAfter != 60 {
		t.Errorf("retryAfter is %d", a.Meta.RetryAfter)
	}
	w.do(t, signUp, object{}, from("203.0.113.8")...).want(t, 400, "VALIDATION_FAILED")
	w.do(t, "POST /auth/login", object{}, at...).want(t, 400, "VALIDATION_FAILED").wantRate(t, "200 199 1 ")
	w.clock.advance(59 * time.Second)
	w.do(t, signUp, object{}, at...).want(t, 429, "RATE_LIMITED").wantRate(t, "100 0 5941 1")
	w.clock.advance(time.Second)
	w.do(t, signUp, object{}, at...).want(t, 400, "VALIDATION_FAILED")
	metrics := w.do(t, "GET /metrics", nil)
	if line := `latchkey_rate_limited_total{by="address",route="/auth/sign-up"} 3`; !strings.Contains(string(metrics.body), line) {
		t.Errorf("metrics without %s:\n%s", line, metrics.body)
	}
}

// TestWhatCountsAsOneAddress: an IPv4 address, in any of its spellings; the /64
// of an IPv6 address; never what the client wrote itself.
func TestWhatCountsAsOneAddress(t *testing.T) {
	t.Parallel()
	w := newLimited(t)
	for _, tt := range []struct {
		first       string
		same, other []string
	}{
		{"203.0.113.7", []string{"::ffff:203.0.113.7", "198.51.100.1, 203.0.113.7", "unknown, 203.0.113.7"}, []string{"203.0.113.6", "203.0.113.7, 203.0.113.5"}},
		{
			"2001:db8:1:2::1",
			[]string{"2001:db8:1:2::2", "2001:0db8:0001:0002:ffff:ffff:ffff:ffff", "2001:db8:1:2::1%eth0", "2001:db8:9:9::1, 2001:db8:1:2::3"},
			[]string{"2001:db8:1:3::1", "2001:db8:0:2::1", "32.1.13.184", "203.0.113.9"},
		},
	} {
		w.useUp(t, "POST /auth/sign-up", from(tt.first)...)
		for _, addr := range tt.same {
			w.do(t, "POST /auth/sign-up", object{}, from(addr)...).want(t, 429, "RATE_LIMITED")
		}
		for _, addr := range tt.other {
			w.do(t, "POST /auth/sign-up", object{}, from(addr)...).want(t, 400, "VALIDATION_FAILED")
		}
	}
}

// TestAStrangersHeadersGiveNoFreshLimit: where no proxy is trusted, and from one
// that is not; and the operator is told once what that may mean.
func TestAStrangersHeadersGiveNoFreshLimit(t *testing.T) {
	const warning = "set TRUSTED_PROXIES"
	for _, trusted := range [][]string{nil, {"10.0.0.0/8"}} {
		_, mark := logged.since(0)
		w := newWorld(t, limited, behind(trusted...))
		w.useUp(t, "POST /auth/sign-up")
		w.do(t, "POST /auth/sign-up", object{}).want(t, 429, "RATE_LIMITED")
		if text, _ := logged.since(mark); strings.Contains(text, warning) {
			t.Error("warned of a proxy where there is none")
		}
		for i := range 5 {
			for _, name := range []string{"X-Forwarded-For", "X-Real-IP", "Forwarded", "Via", "CF-Connecting-IP", "True-Client-IP"} {
				w.do(t, "POST /auth/sign-up", object{}, name, address(i)).want(t, 429, "RATE_LIMITED")
			}
		}
		if text, _ := logged.since(mark); strings.Count(text, warning) != 1 || !strings.Contains(text, `"level":"WARN"`) || !strings.Contains(text, `"proxy":"127.0.0.1"`) {
			t.Errorf("trusted %q: log: %s", trusted, text)
		}
	}
	_, mark := logged.since(0)
	w := newLimited(t)
	w.useUp(t, "POST /auth/sign-up", from("203.0.113.7")...)
	if text, _ := logged.since(mark); strings.Contains(text, warning) {
		t.Error("warned of a proxy that is trusted")
	}
}

// TestAnAccountIsLimited from all addresses together, in any spelling of its
// name and through any tenant of its directory, whether it exists or not.
func TestAnAccountIsLimited(t *testing.T) {
	t.Parallel()
	w := newLimited(t)
	p := w.join(t, "")
	n := 0
	ask := func(email, tenant string) answer {
		n++
		return w.do(t, "POST /auth/password/forgot", object{"email": email}, append(from(address(n)), "x-tenant-id", tenant)...)
	}
	for _, email := range []string{p.Email, "nobody@example.com"} {
		ask(email, "default").want(t, 202, "RESET_SENT_IF_KNOWN")
		ask(" "+strings.ToUpper(email), "default").want(t, 202, "RESET_SENT_IF_KNOWN")
		for range 58 {
			ask(email, coded).want(t, 202, "RESET_SENT_IF_KNOWN")
		}
		before := w.dump(t)
		ask(email, "default").want(t, 429, "RATE_LIMITED").wantRate(t, "60 0 3600 60")
		ask(strings.ToUpper(email), pages).want(t, 429, "RATE_LIMITED")
		if after := w.dump(t); fmt.Sprint(after) != fmt.Sprint(before) {
			t.Error("a request that was refused changed the database")
		}
	}
	ask("somebody.else@example.com", "default").want(t, 202, "RESET_SENT_IF_KNOWN")
	metrics := w.do(t, "GET /metrics", nil)
	if line := `latchkey_rate_limited_total{by="account",route="/auth/password/forgot"} 4`; !strings.Contains(string(metrics.body), line) {
		t.Errorf("metrics without %s:\n%s", line, metrics.body)
	}
}

// TestStrangersDoNotUseUpWhatIsTheOwners: where the account's limit is used up,
// a device that has logged in before goes on, and no other token does.
func TestStrangersDoNotUseUpWhatIsTheOwners(t *testing.T) {
	t.Parallel()
	w := newLimited(t)
	p := w.join(t, "")
	in := object{"email": p.Email, "password": p.Password}
	login := func(n int, body object, more ...string) answer {
		return w.do(t, "POST /auth/login", body, append(from(address(n)), more...)...)
	}
	for n := range 400 {
		if a := login(n, object{"email": p.Email}); a.code() != "VALIDATION_FAILED" {
			t.Fatalf("request %d: got %d %s", n, a.status, a.code())
		}
	}
	login(500, in).want(t, 429, "RATE_LIMITED")
	login(501, in, "X-Device-Token", "garbage").want(t, 429, "RATE_LIMITED")
	login(502, in, "X-Device-Token", w.join(t, "").DeviceToken).want(t, 429, "RATE_LIMITED")
	var g struct{ DeviceToken string }
	login(503, in, "X-Device-Token", p.DeviceToken).want(t, 200, "LOGIN_SUCCESS").into(t, &g)
	in["deviceToken"] = g.DeviceToken
	login(504, in).want(t, 200, "LOGIN_SUCCESS")
}

// TestATenantIsLimited, apart from the others; and a refusal by its limit uses
// up nothing of the account's.
func TestATenantIsLimited(t *testing.T) {
	t.Parallel()
	w := newLimited(t)
	n := 0
	ask := func(id, tenant string) answer {
		n++
		return w.do(t, "POST /auth/login/resend", object{"loginId": id}, append(from(address(n)), "x-tenant-id", tenant)...)
	}
	for i := range 300 {
		status, _ := w.knock(t, "POST /auth/login/resend", object{"loginId": uuid.NewString()}, append(from(address(1000+i)), "x-tenant-id", coded)...)
		if status != 401 {
			t.Fatalf("request %d: %d", i, status)
		}
	}
	id := uuid.NewString()
	for range 10 {
		ask(id, coded).want(t, 429, "RATE_LIMITED").wantRate(t, "300 0 30 1")
	}
	ask(id, pages).want(t, 401, "OTP_EXPIRED_OR_INVALID") // the same directory: one of the account's five
	w.clock.advance(time.Second)
	for range 4 {
		ask(id, coded).want(t, 401, "OTP_EXPIRED_OR_INVALID")
	}
	ask(id, coded).want(t, 429, "RATE_LIMITED").wantRate(t, "5 0 3599 719")
	metrics := w.do(t, "GET /metrics", nil)
	if line := `latchkey_rate_limited_total{by="tenant",route="/auth/login/resend"} 10`; !strings.Contains(string(metrics.body), line) {
		t.Errorf("metrics without %s:\n%s", line, metrics.body)
	}
}

// TestARefusedRequestLooksNothingUp, but for pages that have to be told who may
// read the answer, and for them not without end.
func TestARefusedRequestLooksNothingUp(t *testing.T) {
	t.Parallel()
	w := newLimited(t)
	at := from("203.0.113.7")
	w.useUp(t, "POST /auth/sign-up", at...)
	looks := 0
	mend := w.live.breaks(func() error { looks++; return nil })
	for i := range 100 {
		w.knock(t, "POST /auth/sign-up", nil, append(at, "x-tenant-id", fmt.Sprint("tenant-", i), "Authorization", "Bearer x")...)
	}
	if looks != 0 {
		t.Errorf("100 refused requests looked for a tenant %d times", looks)
	}
	page := append(at, "Origin", pagesOrigin, "x-tenant-id", pages)
	for range 60 {
		status, h := w.knock(t, "POST /auth/sign-up", nil, page...)
		if status != 429 || h.Get("Access-Control-Allow-Origin") != pagesOrigin || !strings.Contains(h.Get("Access-Control-Expose-Headers"), "RateLimit-Reset, Retry-After") {
			t.Fatalf("a page cannot read its refusal: %d %v", status, h)
		}
	}
	for range 40 {
		w.knock(t, "POST /auth/sign-up", nil, page...)
	}
	mend()
	if looks != 60 {
		t.Errorf("100 refused requests of a page looked for its tenant %d times, want 60", looks)
	}
}

// TestWhatIsNoRouteIsLimited: pages and addresses that lead nowhere together,
// and the questions of browsers.
func TestWhatIsNoRouteIsLimited(t *testing.T) {
	t.Parallel()
	w := newLimited(t)
	w.door.Handle("/docs", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }))
	if status, h := w.knock(t, "GET /docs", nil); status != 204 || rateHeaders(h) != "1000 999 1 " {
		t.Errorf("a page: %d %s", status, rateHeaders(h))
	}
	w.useUp(t, "GET /nowhere")
	if status, _ := w.knock(t, "GET /", nil); status != 429 {
		t.Errorf("another address that leads nowhere: %d", status)
	}
	w.useUp(t, "OPTIONS /auth/login", "Origin", pagesOrigin, "Access-Control-Request-Method", "POST")
	metrics := w.do(t, "GET /metrics", nil)
	if line := `latchkey_rate_limited_total{by="address",route="none"} 3`; !strings.Contains(string(metrics.body), line) {
		t.Errorf("metrics without %s:\n%s", line, metrics.body)
	}
}

// TestProbesAreNeverRefused, and nobody is where limits are off.
func TestProbesAreNeverRefused(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		w        *world
		requests []string
	}{
		"limits are on":  {newLimited(t), []string{"GET /healthz", "GET /metrics", "GET /auth/me"}},
		"limits are off": {newWorld(t), []string{"POST /auth/sign-up", "POST /auth/password/forgot", "GET /nowhere", "GET /readyz"}},
	} {
		t.Run(name, func(t *testing.T) {
			for _, request := range tt.requests {
				for range 1010 {
					if status, h := tt.w.knock(t, request, nil); status == 429 || strings.TrimSpace(rateHeaders(h)) != "" {
						t.Fatalf("%s: %d %s", request, status, rateHeaders(h))
					}
				}
			}
		})
	}
}

// TestLimitedRoutesAreDocumented with 429, and only where limits are on.
func TestLimitedRoutesAreDocumented(t *testing.T) {
	t.Parallel()
	d := openDocument(t, newLimited(t).door.Document())
	d.operations(func(method, path string, op object) {
		public := len(list(op["security"])) == 0
		want := public && path != "/healthz" && path != "/metrics"
		got := slices.Contains(d.codes(method, path), "RATE_LIMITED")
		if public && got != want || want && !got {
			t.Errorf("%s %s is documented with 429: %v, want %v", method, path, got, want)
		}
	})
	off := openDocument(t, newWorld(t).door.Document())
	if slices.Contains(off.codes("GET", "/readyz"), "RATE_LIMITED") {
		t.Error("429 is documented where limits are off")
	}
}
