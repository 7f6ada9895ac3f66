package gateway

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/latchkey/latchkey/internal/nest"
)

const (
	healthEvery  = 5 * time.Second
	healthLimit  = 3 * time.Second
	healthMisses = 2               // in a row, and an instance is out
	restTime     = 5 * time.Second // for an instance without a health check that could not be reached
	dialLimit    = 3 * time.Second
)

// pool is an upstream: its instances and the connections to them.
type pool struct {
	name      string
	health    string
	instances []*instance
	turn      atomic.Uint64
	transport *http.Transport
	timeout   time.Duration
	commands  bool // of a NestJS microservice; requests else
	log       *slog.Logger
}

// instance is one place where an upstream runs.
type instance struct {
	at *url.URL
	// Of a NestJS microservice.
	command string
	client  *nest.Client

	out    atomic.Bool
	misses atomic.Int32
	rested atomic.Int64 // when an instance that is not asked for its health may be tried again, Unix ns
}

func newPool(name string, u *Upstream, log *slog.Logger) (*pool, error) {
	if u == nil {
		return nil, errors.New("has no url")
	}
	urls := u.URLs
	if u.URL != "" {
		urls = append([]string{u.URL}, urls...)
	}
	if len(urls) == 0 {
		return nil, errors.New("has no url")
	}
	if u.Health != "" && !strings.HasPrefix(u.Health, "/") {
		return nil, errors.New("health is a path, such as /healthz")
	}
	p := &pool{name: name, health: u.Health, log: log, timeout: u.Timeout.or(30 * time.Second), transport: &http.Transport{
		DialContext:         (&net.Dialer{Timeout: dialLimit, KeepAlive: 15 * time.Second}).DialContext,
		TLSHandshakeTimeout: dialLimit, ResponseHeaderTimeout: u.Timeout.or(30 * time.Second), IdleConnTimeout: 90 * time.Second,
		MaxIdleConnsPerHost: 128, ForceAttemptHTTP2: true, DisableCompression: true, MaxResponseHeaderBytes: 64 << 10,
	}}
	for _, text := range urls {
		at, err := url.Parse(text)
		if err == nil && isNest(at) {
			if err := p.addCommand(at); err != nil {
				return nil, err
			}
			continue
		}
		if err != nil || at.Scheme != "http" && at.Scheme != "https" || at.Host == "" || at.User != nil || at.RawQuery != "" || at.Fragment != "" {
			return nil, fmt.Errorf("%q is no address such as http://127.0.0.1:9001", text)
		}
		at.Path = strings.TrimSuffix(at.Path, "/")
		p.instances = append(p.instances, &instance{at: at})
	}
	if p.commands && slices.ContainsFunc(p.instances, func(i *instance) bool { return i.client == nil }) {
		return nil, errors.New("is reached by requests or by commands, not by both")
	}
	return p, nil
}

// addCommand adds an instance that is asked for a command.
func (p *pool) addCommand(at *url.URL) error {
	i, err := newCommand(at)
	if err != nil {
		return err
	}
	if p.health != "" {
		return errors.New("health is for services that speak HTTP; one whose commands cannot be reached is left alone for five seconds")
	}
	p.instances, p.commands = append(p.instances, i), true
	return nil
}

// next is whose turn it is among those that are well, but not one that was tried.
func (p *pool) next(tried *instance) *instance {
	n := uint64(len(p.instances))
	for range n {
		i := p.instances[p.turn.Add(1)%n]
		if i != tried && i.well() {
			return i
		}
	}
	return nil
}

func (i *instance) well() bool {
	return !i.out.Load() && time.Now().UnixNano() >= i.rested.Load()
}

// missed notes that an instance could not be reached.
func (p *pool) missed(i *instance) {
	if p.health == "" {
		if len(p.instances) > 1 { // a single one is the best there is
			i.rested.Store(time.Now().Add(restTime).UnixNano())
		}
		return
	}
	if i.misses.Add(1) >= healthMisses && !i.out.Swap(true) {
		p.log.Warn("an instance of an upstream is out", "upstream", p.name, "address", i.at.Host)
	}
}

func (p *pool) reached(i *instance) {
	i.misses.Store(0)
	if i.out.Swap(false) {
		p.log.Info("an instance of an upstream is back", "upstream", p.name, "address", i.at.Host)
	}
}

// watch asks the instances how they are, until ctx ends.
func (p *pool) watch(ctx context.Context) {
	defer p.close()
	if p.health == "" {
		<-ctx.Done()
		return
	}
	tick := time.NewTicker(healthEvery)
	defer tick.Stop()
	for {
		var all sync.WaitGroup
		for _, i := range p.instances {
			all.Go(func() { p.ask(ctx, i) })
		}
		all.Wait()
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// close lets go of connections that nobody uses. Requests under way keep theirs.
func (p *pool) close() {
	p.transport.CloseIdleConnections()
	for _, i := range p.instances {
		if i.client != nil {
			i.client.Close()
		}
	}
}

func (p *pool) ask(ctx context.Context, i *instance) {
	limited, cancel := context.WithTimeout(ctx, healthLimit)
	defer cancel()
	r, err := http.NewRequestWithContext(limited, http.MethodGet, i.at.String()+p.health, nil)
	if err != nil {
		return
	}
	answer, err := p.transport.RoundTrip(r)
	if err == nil {
		_ = answer.Body.Close()
	}
	switch {
	case ctx.Err() != nil:
	case err == nil && answer.StatusCode >= 200 && answer.StatusCode < 300:
		p.reached(i)
	default:
		p.missed(i)
	}
}

// errNoneWell: every instance of an upstream is out.
var errNoneWell = errors.New("no instance is well")

// RoundTrip sends a request to an instance that is well. One that changes
// nothing and has no body is sent to a second one, if the first could not be
// reached.
func (p *pool) RoundTrip(r *http.Request) (*http.Response, error) {
	first := p.next(nil)
	if first == nil {
		return nil, errNoneWell
	}
	answer, err := p.send(r, first)
	if err == nil || !again(r, err) {
		return answer, err
	}
	second := p.next(first)
	if second == nil {
		return nil, err
	}
	return p.send(r, second)
}

func (p *pool) send(r *http.Request, i *instance) (*http.Response, error) {
	out := *r
	at := *r.URL
	at.Scheme, at.Host = i.at.Scheme, i.at.Host
	at.Path, at.RawPath = i.at.Path+r.URL.Path, ""
	if r.URL.RawPath != "" {
		at.RawPath = i.at.EscapedPath() + r.URL.RawPath
	}
	out.URL = &at
	answer, err := p.transport.RoundTrip(&out)
	var failed *net.OpError
	if errors.As(err, &failed) && failed.Op == "dial" && r.Context().Err() == nil {
		p.missed(i)
	}
	return answer, err
}

// again reports whether a request that failed may be sent once more: nothing of
// an answer has come, and to do it twice is to do it once (RFC 9110 §9.2.2).
func again(r *http.Request, err error) bool {
	var failed net.Error
	if errors.As(err, &failed) && failed.Timeout() || r.Context().Err() != nil {
		return false
	}
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions:
		return (r.Body == nil || r.Body == http.NoBody) && r.Header.Get("Upgrade") == ""
	}
	return false
}
