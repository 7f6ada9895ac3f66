package e2e

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"sync/atomic"
	"testing"
	"time"
)

// A front is the proxy in front of instances: one request to each in turn. It
// retries nothing, so that whatever is lost is lost for the client.
type front struct {
	base   string
	turn   atomic.Int64
	failed atomic.Int64 // requests that no instance answered
	behind []*place
}

// A place is where an instance is.
type place struct {
	at  *url.URL
	out atomic.Bool // nothing is sent there
}

// openFront opens a proxy with nothing behind it, until the test ends.
func openFront(t *testing.T) *front {
	t.Helper()
	port := freePort(t)
	f := &front{base: fmt.Sprintf("http://localhost:%d", port)}
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(f.next())
			r.Out.Host = r.In.Host
		},
		// A connection that is used again may be closed just then, and then
		// net/http sends some requests twice.
		Transport: &http.Transport{DisableKeepAlives: true},
		ErrorHandler: func(http.ResponseWriter, *http.Request, error) {
			f.failed.Add(1)
			panic(http.ErrAbortHandler) // the client is told nothing either
		},
		ErrorLog: log.New(io.Discard, "", 0),
	}
	listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: proxy, ErrorLog: proxy.ErrorLog, ReadHeaderTimeout: patience}
	done := make(chan error, 1)
	go func() { done <- server.Serve(listener) }()
	t.Cleanup(func() {
		if err := errors.Join(server.Close(), <-done); !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
	})
	return f
}

// lead adds an instance. Only before the first request.
func (f *front) lead(s *server) {
	f.behind = append(f.behind, &place{at: &url.URL{Scheme: "http", Host: fmt.Sprintf("127.0.0.1:%d", s.port)}})
}

// next is whose turn it is. When nobody is in, the request fails where it would
// have gone.
func (f *front) next() *url.URL {
	for range f.behind {
		if p := f.behind[int(f.turn.Add(1))%len(f.behind)]; !p.out.Load() {
			return p.at
		}
	}
	return f.behind[0].at
}

// probe asks the instances at /readyz whether they want requests, as load
// balancers do, until it is stopped.
func (f *front) probe() (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	probes := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: time.Second}
	done := make(chan struct{})
	go func() {
		defer close(done)
		every := time.NewTicker(50 * time.Millisecond)
		defer every.Stop()
		for {
			for _, p := range f.behind {
				p.look(ctx, probes)
			}
			select {
			case <-ctx.Done():
				return
			case <-every.C:
			}
		}
	}()
	return func() {
		cancel()
		<-done
		for _, p := range f.behind {
			p.out.Store(false)
		}
	}
}

func (p *place) look(ctx context.Context, probes *http.Client) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, p.at.String()+"/readyz", nil)
	if err != nil {
		return
	}
	got, err := probes.Do(r)
	if err != nil {
		p.out.Store(true)
		return
	}
	got.Body.Close()
	p.out.Store(got.StatusCode != http.StatusOK)
}

// metrics reads what an instance counts.
func (s *server) metrics(t *testing.T) string {
	t.Helper()
	r, err := http.Get(fmt.Sprintf("http://127.0.0.1:%d/metrics", s.port))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	text, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
