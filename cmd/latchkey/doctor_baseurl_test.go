package main

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"
)

// front is what stands at APP_BASE_URL.
type front struct {
	status  int
	body    string
	metrics string
	date    time.Time // zero: now
	cert    *tls.Certificate
}

const healthy = `{"ok":true,"service":"auth-service","mode":"HTTP"}`

// start returns the setting that leads to it.
func (f front) start(t *testing.T) []string {
	t.Helper()
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !f.date.IsZero() {
			w.Header().Set("Date", f.date.UTC().Format(http.TimeFormat))
		}
		switch {
		case r.URL.Path == "/auth/health":
			w.WriteHeader(f.status)
			fmt.Fprint(w, f.body)
		case r.URL.Path == "/metrics" && f.metrics != "":
			fmt.Fprint(w, f.metrics)
		default:
			http.NotFound(w, r)
		}
	}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	if f.cert != nil {
		server.TLS = &tls.Config{Certificates: []tls.Certificate{*f.cert}}
		server.StartTLS()
	} else {
		server.Start()
	}
	t.Cleanup(server.Close)
	return []string{"APP_BASE_URL=" + server.URL}
}

func TestDoctorBaseURL(t *testing.T) {
	now := time.Now()
	cert, pool := certify(t, now.Add(-time.Hour), now.Add(90*day))
	ending, endingPool := certify(t, now.Add(-time.Hour), now.Add(5*day+time.Hour))
	over, overPool := certify(t, now.Add(-2*time.Hour), now.Add(-time.Hour))
	at := func(f front) func(*testing.T, string) []string {
		return func(t *testing.T, _ string) []string { return f.start(t) }
	}
	trusting := func(pool *x509.CertPool) func(*patient) { return func(p *patient) { p.roots = pool } }
	well := front{status: 200, body: healthy}
	secure := func(c *tls.Certificate) front { return front{status: 200, body: healthy, cert: c} }
	diagnose(t, checkBaseURL, []illness{
		{name: "all well", bare: true, mode: modeDev, prepare: at(well), want: ok("leads to a latchkey, which is well")},
		{name: "TLS", bare: true, mode: modeDev, prepare: at(secure(cert)), change: trusting(pool), want: ok("which is well")},
		{name: "loopback in production", bare: true, prepare: at(well), want: warn("which others cannot reach", "set it to the public one")},
		{name: "in the clear", bare: true, environ: []string{"APP_BASE_URL=http://auth.invalid"}, want: warn("browsers drop the cookies", "https")},
		{name: "no such host", bare: true, environ: []string{"APP_BASE_URL=https://auth.invalid"}, want: fail("auth.invalid", "DNS")},
		{name: "no dot", bare: true, environ: []string{"APP_BASE_URL=https://auth"}, want: warn("a name without a dot", "full public name")},
		{name: "nobody there", bare: true, environ: []string{"APP_BASE_URL=http://127.0.0.1:1"}, want: warn("nobody listens", "start the service")},
		{name: "another program", bare: true, prepare: at(front{status: 200, body: "<html>"}), want: fail("not as latchkey does", "APP_BASE_URL")},
		{name: "a proxy that cuts the path", bare: true, prepare: at(front{status: 404, body: "{}"}), want: fail("answers with 404", "as it is")},
		{name: "a proxy alone", bare: true, prepare: at(front{status: 502}), want: warn("nobody behind it", "AUTH_SERVICE_HTTP_PORT")},
		{name: "a latchkey that is not ready", bare: true, prepare: at(front{status: 503, body: `{"code":"NOT_READY"}`}), want: fail("cannot serve requests", "log")},
		{name: "unknown authority", bare: true, prepare: at(secure(cert)), want: fail("certificate", "known authority")},
		{name: "expired", bare: true, prepare: at(secure(over)), change: trusting(overPool), want: fail("expired", "renew")},
		{name: "ends soon", bare: true, prepare: at(secure(ending)), change: trusting(endingPool), want: warn("ends in 5 days", "renew")},
		{
			name: "another's certificate", bare: true, change: trusting(pool), want: fail("certificate", "for the host of APP_BASE_URL"),
			prepare: func(t *testing.T, _ string) []string {
				return []string{strings.Replace(secure(cert).start(t)[0], "127.0.0.1", "localhost", 1)}
			},
		},
		{
			name: "no TLS", bare: true, want: fail("does not speak TLS", "write http"),
			prepare: func(t *testing.T, _ string) []string {
				return []string{strings.Replace(well.start(t)[0], "http:", "https:", 1)}
			},
		},
	})
}

// A public name leads to a server on loopback here through the environment's
// proxy alone, so metrics are judged as they were fetched.
func TestDoctorMetrics(t *testing.T) {
	for name, c := range map[string]struct {
		allow string
		want  status
	}{
		"for loopback alone": {"127.0.0.0/8", failing}, "for a network": {"127.0.0.0/8,10.0.0.0/8", warning},
	} {
		s, err := load(t, modeTool, "METRICS_ALLOW="+c.allow)
		if err != nil {
			t.Fatal(err)
		}
		if got := openMetrics(s); got.Status != c.want || got.Mend == "" {
			t.Errorf("%s: got %+v, want %s", name, got, c.want)
		}
	}
	for body, want := range map[string]bool{"# HELP x\nlatchkey_live_held 1\n": true, "<html>latchkey_": false, "": false} {
		environ := front{status: 200, body: healthy, metrics: body}.start(t)
		p := admit(modeDev, nil, &console{Dir: t.TempDir(), Environ: environ})
		if got := p.fetch(t.Context(), "/metrics").isMetrics(); got != want {
			t.Errorf("%q: got %v, want %v", body, got, want)
		}
	}
}

// An address that says nothing is left when the doctor's time is over.
func TestDoctorLeavesASilentBaseURL(t *testing.T) {
	p := admit(modeServe, nil, &console{Dir: t.TempDir(), Environ: []string{"APP_BASE_URL=http://127.0.0.1:" + strconv.Itoa(silent(t))}})
	p.patience = time.Millisecond
	if got, want := checkBaseURL(t.Context(), p), warn("does not answer from here", "firewall"); !tells(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestDoctorClock(t *testing.T) {
	at := func(f front) func(*testing.T, string) []string {
		return func(t *testing.T, _ string) []string { return f.start(t) }
	}
	event := func(at time.Time) string {
		return fmt.Sprintf("INSERT INTO audit_events (directory, tenant_id, at, id, action, user_id, session_id, ip, agent, request_id, reason) "+
			"VALUES ('d', 't', %d, 'x', 'session.create', 'u', 's', '', '', '', '')", at.UnixMilli())
	}
	diagnose(t, checkClock, []illness{
		{name: "all well", mode: modeDev, prepare: at(front{status: 200}), want: ok("is synchronised, says the kernel")},
		{
			name: "not synchronised", bare: true, want: warn("nothing keeps it right", "chrony"),
			change: func(p *patient) { p.kernel.synced = func() (string, error) { return "nothing keeps it right", nil } },
		},
		{
			name: "a system that does not say", bare: true, want: ok("cannot be seen"),
			change: func(p *patient) { p.kernel.synced = func() (string, error) { return "", errUnknown } },
		},
		{
			name: "before the binary", bare: true, want: fail("before this binary was made", "set the clock"),
			change: func(p *patient) { p.built = time.Now().Add(time.Hour) },
		},
		{name: "before the record", prepare: altering(event(time.Now().Add(time.Hour))), want: fail("the record tells of", "set the clock")},
		{name: "as the record", prepare: altering(event(time.Now())), want: ok("synchronised")},
		{
			name: "another time in front", bare: true, prepare: at(front{status: 200, date: time.Now().Add(-time.Hour)}),
			want: warn("APP_BASE_URL is 1h0m", "set the clock"),
		},
	})
}
