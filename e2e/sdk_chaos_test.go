package e2e

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// How long the chaos lasts, and in how many tabs.
const (
	chaosTime = 3 * time.Minute
	chaosTabs = 20
)

// TestSDKChaos: twenty tabs of a browser whose clock is five minutes off live
// with access tokens of two seconds, while answers get lost or come late and the
// server starts anew. Nobody is logged out, every token is traded once for the
// whole browser, and a token that was stolen meanwhile ends the session.
func TestSDKChaos(t *testing.T) {
	t.Parallel()
	port := freePort(t)
	s := start(t, "dev", quick().with(env{
		"APP_BASE_URL": fmt.Sprintf("http://localhost:%d", port), "TRUSTED_PROXIES": "127.0.0.1", "RATE_LIMITS": "off",
		"JWT_EXPIRES_IN": "2s", "REFRESH_GRACE": "10s", "LOG_LEVEL": "info",
	}))
	m := &mischief{until: map[string]time.Time{}, successor: map[string]int{}, to: &url.URL{Scheme: "http", Host: fmt.Sprintf("127.0.0.1:%d", s.port)}}
	origin := m.open(t, port, buildSDK(t))
	b := browse(t)

	first := b.open(t, origin+"/page")
	who := newPerson()
	var in string
	first.run(t, fmt.Sprintf(`auth.start().then(() => auth.call('POST /auth/sign-up', {body: %s})).then(() => auth.call('POST /auth/login', {body: %s})).then(r => r.data.loginId)`,
		jsonOf(t, who.signUp()), jsonOf(t, who.logIn())), &in)
	code := s.devCode(t, who.Email)
	var ok bool
	first.run(t, fmt.Sprintf(`auth.call('POST /auth/login/verify', {body: {loginId: %q, otp: %q}}).then(r => r.ok)`, in, code), &ok)
	if !ok {
		t.Fatal("no login")
	}
	tabs := []*tab{first}
	for len(tabs) < chaosTabs {
		p := b.open(t, origin+"/page")
		// Every other one is in front, as in a window of its own; Chromium slows the clocks of the rest.
		b.want(t, p.session, "Emulation.setFocusEmulationEnabled", map[string]bool{"enabled": len(tabs)%2 == 0}, nil)
		p.run(t, `auth.start().then(s => s.isAuthenticated)`, &ok)
		if !ok {
			t.Fatalf("tab %d is not logged in", len(tabs))
		}
		tabs = append(tabs, p)
	}
	var stolen string
	eventually(t, "a refresh token to steal", func() bool {
		stolen = m.refreshCookie()
		return stolen != ""
	})
	m.set(true)
	for end, restart := time.Now().Add(chaosTime), time.Now().Add(chaosTime/2); time.Now().Before(end); time.Sleep(time.Second) {
		if !restart.IsZero() && time.Now().After(restart) {
			restart = time.Time{}
			// An answer that is lost and cannot be had again within REFRESH_GRACE ends a
			// session, and rightly: the restart begins where none is outstanding.
			m.set(false)
			eventually(t, "every answer has come", m.settled)
			s.stop()
			m.set(true)
			time.Sleep(3 * time.Second)
			s.launch()
			s.await()
		}
	}
	m.set(false)
	calls, expired := 0, 0
	for i, p := range tabs {
		var told struct {
			Lost           []string
			Calls, Expired int
			Bad            []string
		}
		p.run(t, `({lost, calls, expired, bad})`, &told)
		if len(told.Lost) > 0 || len(told.Bad) > 0 || told.Calls == 0 {
			t.Errorf("tab %d: logged out for %q; of %d calls went wrong %q", i, told.Lost, told.Calls, told.Bad)
		}
		calls, expired = calls+told.Calls, expired+told.Expired
	}
	t.Logf("of %d calls %d were answered that their token was over", calls, expired)
	if expired > calls/10 { // a busy machine takes longer to answer than a token lives
		t.Errorf("of %d calls %d were answered that their token was over", calls, expired)
	}
	m.judge(t)

	// The grace of the stolen one is long over: whoever uses it ends the session.
	a, err := http.Post(s.base+"/auth/refresh", "application/json", strings.NewReader(fmt.Sprintf(`{"refreshToken":%q}`, stolen)))
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	var answered answer
	if err := json.NewDecoder(a.Body).Decode(&answered); err != nil || answered.Meta.Code != "INVALID_REFRESH_HASH" {
		t.Errorf("a stolen token: %+v, %v", answered.Meta, err)
	}
	var state string
	defer func() { t.Logf("the last tab said: %s", state) }()
	for i, p := range tabs {
		eventually(t, fmt.Sprintf("tab %d knows of the theft", i), func() bool {
			p.run(t, `auth.isAuthenticated + ' ' + auth.reason`, &state)
			return state == "false reuse_detected"
		})
	}
}

// chaosPage is a page of an application: it keeps its session, calls all the time
// and notes what goes wrong. Its clock is five minutes ahead.
const chaosPage = `<!doctype html><html lang="en"><title>A page</title><link rel="icon" href="data:,">
<script>{
  const ahead = 5 * 60_000, Real = Date;
  Date = class extends Real { constructor(...a) { a.length ? super(...a) : super(Real.now() + ahead); } static now() { return Real.now() + ahead; } };
}</script>
<script src="/sdk.js"></script>
<script>
const auth = new latchkey.AuthStore(), lost = [], bad = [];
let calls = 0, expired = 0, was = false;
auth.subscribe(() => {
  if (was && !auth.isAuthenticated) lost.push(auth.reason);
  was = auth.isAuthenticated;
});
(async () => {
  for (;;) {
    await new Promise(go => setTimeout(go, 500 + 1000 * Math.random()));
    if (!auth.isAuthenticated) continue;
    const r = await auth.call('GET /auth/me');
    calls++;
    if (r.ok || ['NETWORK', 'TIMEOUT', 'SERVER', 'NOT_READY'].includes(r.error.code)) continue;
    if (r.error.reason === 'expired') expired++;
    else bad.push(r.error.code + ' ' + (r.error.reason ?? ''));
  }
})();
</script></html>`

// mischief stands between a browser and the service, and does harm.
type mischief struct {
	to *url.URL

	mu        sync.Mutex
	harm      bool
	asked     int                  // refreshes that were sent while it did harm
	refused   int                  // of those, with no new tokens
	faults    int                  // of those, whose answer was lost or held up
	hasty     int                  // of those, for a token that was good for a while
	successor map[string]int       // refresh tokens that were given, and how often
	until     map[string]time.Time // when the access token that came with one is over
	owed      bool                 // the last new tokens did not arrive
	last      string               // the one that was sent last
}

// What happens to the answers of twelve refreshes in turn: one is lost, one comes
// later than its token lives and the next one is lost, one comes later than the
// service remembers it, two in a row are lost.
const chaosRound = 12

var (
	losses = []int{1, 5, 10, 11}
	delays = map[int]time.Duration{4: 3 * time.Second, 8: 12 * time.Second}
)

func (m *mischief) open(t *testing.T, port int, sdk []byte) (origin string) {
	t.Helper()
	pages := http.NewServeMux()
	pages.HandleFunc("/page", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		io.WriteString(w, chaosPage) //nolint:errcheck // the browser has gone
	})
	pages.HandleFunc("/sdk.js", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/javascript; charset=utf-8")
		w.Write(sdk) //nolint:errcheck // the browser has gone
	})
	proxy := &httputil.ReverseProxy{FlushInterval: -1, Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(m.to)
		r.SetXForwarded()
		r.Out.Host = r.In.Host
	}, ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) }}
	pages.Handle("/auth/", proxy)
	pages.HandleFunc("/auth/refresh", func(w http.ResponseWriter, r *http.Request) { m.refresh(w, r, proxy) })
	listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		t.Fatal(err)
	}
	web := &httptest.Server{Listener: listener, Config: &http.Server{Handler: pages}}
	web.Start()
	t.Cleanup(web.CloseClientConnections)
	return fmt.Sprintf("http://localhost:%d", port)
}

// refresh passes a refresh on and spoils its answer where it is its turn.
func (m *mischief) refresh(w http.ResponseWriter, r *http.Request, proxy http.Handler) {
	sent, came := "", time.Now()
	if c, err := r.Cookie("refreshToken"); err == nil {
		sent = c.Value
	}
	answer := httptest.NewRecorder()
	proxy.ServeHTTP(answer, r)
	got := ""
	for _, c := range answer.Result().Cookies() {
		if c.Name == "refreshToken" {
			got = c.Value
			hideTokens([]*http.Cookie{c}, nil)
		}
	}
	var said struct {
		Data struct{ AccessTokenExpiresAt time.Time }
	}
	if got != "" && json.Unmarshal(answer.Body.Bytes(), &said) != nil {
		got = ""
	}
	lost, delay := m.note(sent, got, came, said.Data.AccessTokenExpiresAt)
	if lost {
		panic(http.ErrAbortHandler)
	}
	time.Sleep(delay)
	for name, values := range answer.Header() {
		w.Header()[name] = values
	}
	w.WriteHeader(answer.Code)
	w.Write(answer.Body.Bytes()) //nolint:errcheck // the browser has gone
}

// note counts a refresh and says what becomes of its answer.
func (m *mischief) note(sent, got string, came, until time.Time) (lost bool, delay time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.last = sent
	if !m.harm {
		m.until[got], m.owed = until, m.owed && got == ""
		return false, 0
	}
	turn := m.asked % chaosRound
	m.asked++
	lost, delay = slices.Contains(losses, turn), delays[turn]
	if lost || delay > 0 || time.Since(came) > 2*time.Second { // or by itself, on a busy machine
		m.faults++
	}
	if got == "" {
		m.refused++
		return lost, delay
	}
	m.owed = lost || delay > 0
	if m.successor[got]++; m.successor[got] == 1 && came.Add(time.Second).Before(m.until[sent]) {
		m.hasty++
	}
	m.until[got] = until
	return lost, delay
}

func (m *mischief) refreshCookie() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.last
}

// set says whether it does harm.
func (m *mischief) set(harm bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.harm = harm
}

// settled reports whether the browser has the last tokens that it was given.
func (m *mischief) settled() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return !m.owed
}

// judge: a token is traded when it is about to end and not before, and beside
// the refreshes that had to be sent again there is one for each token, from the
// whole browser.
func (m *mischief) judge(t *testing.T) {
	t.Helper()
	m.mu.Lock()
	defer m.mu.Unlock()
	tokens, twice := len(m.successor), 0
	for _, n := range m.successor {
		twice += n - 1
	}
	t.Logf("%d refreshes of %d tabs in %v: %d tokens, %d of them asked for again, %d before it was time; %d answers lost or late, %d without tokens",
		m.asked, chaosTabs, chaosTime, tokens, twice, m.hasty, m.faults, m.refused)
	if most := int(chaosTime / time.Second); tokens < most/9 || tokens > most || m.faults < tokens/4 {
		t.Errorf("%d tokens and %d faults in %v: that is no chaos", tokens, m.faults, chaosTime)
	}
	if twice > m.faults+tokens/10 {
		t.Errorf("%d tokens were asked for again, want hardly more than answers were lost or late: %d", twice, m.faults)
	}
	if m.hasty > tokens/4 {
		t.Errorf("%d of %d tokens were traded though they were good for another second", m.hasty, tokens)
	}
}

// buildSDK builds the SDK as a script that a page can load, in a copy of its
// folder, and returns it.
func buildSDK(t *testing.T) []byte {
	t.Helper()
	folder := t.TempDir()
	for _, name := range []string{"package.json", "package-lock.json", "tsconfig.json", "src"} {
		run(t, ".", "cp", "-r", filepath.Join("..", "sdk", name), folder)
	}
	run(t, folder, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
	run(t, folder, "node", "-e", `require('esbuild').buildSync({entryPoints: ['src/index.ts'], bundle: true, minify: true, format: 'iife', globalName: 'latchkey', outfile: 'sdk.js'})`)
	script, err := os.ReadFile(filepath.Join(folder, "sdk.js"))
	if err != nil {
		t.Fatal(err)
	}
	return script
}

func run(t *testing.T, folder, name string, args ...string) {
	t.Helper()
	c := exec.Command(name, args...)
	c.Dir = folder
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", strings.Join(slices.Concat([]string{name}, args), " "), err, out)
	}
}

func jsonOf(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
