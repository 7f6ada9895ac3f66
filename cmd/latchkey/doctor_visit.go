package main

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"time"
)

// visit is what came back when APP_BASE_URL was asked, as a client would.
type visit struct {
	err     error // nothing came back
	status  int
	body    string
	skew    time.Duration // by which the answer's Date is ahead of this clock
	dated   bool
	expires time.Time // of the certificate; zero without TLS
}

// visit asks APP_BASE_URL once for /auth/health.
func (p *patient) visit(ctx context.Context) visit {
	if p.visited == nil {
		v := p.fetch(ctx, "/auth/health")
		p.visited = &v
	}
	return *p.visited
}

// fetch gets a path of APP_BASE_URL, without following where it leads.
func (p *patient) fetch(ctx context.Context, path string) (v visit) {
	ctx, cancel := context.WithTimeout(ctx, p.patience)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, p.settings.BaseURL.String()+path, http.NoBody)
	if err != nil {
		return visit{err: err}
	}
	transport := &http.Transport{
		Proxy: http.ProxyFromEnvironment, DisableKeepAlives: true,
		TLSClientConfig: &tls.Config{RootCAs: p.roots, MinVersion: tls.VersionTLS12},
	}
	defer transport.CloseIdleConnections()
	before := p.now()
	answer, err := transport.RoundTrip(request)
	if err != nil {
		return visit{err: err}
	}
	defer answer.Body.Close()
	middle := before.Add(p.now().Sub(before) / 2)
	const most = 256 << 10
	body, err := io.ReadAll(io.LimitReader(answer.Body, most))
	v = visit{err: err, status: answer.StatusCode, body: string(body)}
	if date, err := http.ParseTime(answer.Header.Get("Date")); err == nil {
		v.skew, v.dated = date.Sub(middle.Truncate(time.Second)), true
	}
	if answer.TLS != nil && len(answer.TLS.PeerCertificates) > 0 {
		v.expires = answer.TLS.PeerCertificates[0].NotAfter
	}
	return v
}

// isOurs reports whether it was Latchkey that answered, and whether it is well.
func (v visit) isOurs() (ours, well bool) {
	var answer struct {
		OK      bool   `json:"ok"`
		Service string `json:"service"`
		Code    string `json:"code"`
	}
	if json.Unmarshal([]byte(v.body), &answer) != nil {
		return false, false
	}
	well = v.status == http.StatusOK && answer.OK && answer.Service == "auth-service"
	return well || v.status == http.StatusServiceUnavailable && answer.Code == "NOT_READY", well
}

// isMetrics reports whether it was our /metrics that answered.
func (v visit) isMetrics() bool {
	return v.err == nil && v.status == http.StatusOK && strings.Contains(v.body, "\nlatchkey_")
}
