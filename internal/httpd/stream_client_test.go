package httpd_test

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
	"github.com/latchkey/latchkey/internal/feed"
	"github.com/latchkey/latchkey/internal/httpd"
	"github.com/latchkey/latchkey/internal/live"
)

// streamed are the routes whose answer has no end.
var streamed = []string{"/auth/revocations", "/auth/session/events"}

// newStreaming opens a world with a feed, wired as cmd/latchkey does it.
func newStreaming(t testing.TB, change ...func(*httpd.Config)) *world {
	t.Helper()
	var hub *feed.Hub
	w := newWorld(t, append([]func(*httpd.Config){func(c *httpd.Config) {
		hub = feed.New(feed.Config{Source: c.Service.Registry, Now: c.Service.Now, Log: c.Log, Life: 15 * time.Minute})
		c.Feed = hub
	}}, change...)...)
	cache, ok := w.live.Live.(*live.Cache)
	if !ok {
		t.Fatal("the world holds its answers elsewhere")
	}
	cache.OnDrop(hub.Wake)
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	var all sync.WaitGroup
	all.Go(func() { cache.Run(ctx) })
	all.Go(func() { hub.Run(ctx) })
	t.Cleanup(func() {
		w.door.Drain()
		stop()
		all.Wait()
	})
	return w
}

// event is one event of a stream; a comment has no name.
type event struct{ id, name, data string }

// is fails unless the event has that name, and reads its data.
func (e event) is(t testing.TB, name string, into any) event {
	t.Helper()
	if e.name != name {
		t.Fatalf("got %+v, want %s", e, name)
	}
	if into != nil {
		must(t, json.Unmarshal([]byte(e.data), into))
	}
	return e
}

// events is a stream that is open.
type events struct {
	header http.Header
	body   io.ReadCloser
	lines  *bufio.Reader
}

// patience is for what must happen; it ends a test that hangs.
const patience = 3 * time.Minute

// open opens a stream.
func (w *world) open(t testing.TB, path string, headers ...string) *events {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, w.url+path, nil)
	must(t, err)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	res, err := w.client.Do(r)
	must(t, err)
	if res.StatusCode != http.StatusOK || res.Header.Get("Content-Type") != "text/event-stream" {
		t.Fatal(w.read(t, "GET "+path, res).status, "is no stream")
	}
	s := &events{header: res.Header, body: res.Body, lines: bufio.NewReader(res.Body)}
	t.Cleanup(s.close)
	return s
}

func (s *events) close() {
	if err := s.body.Close(); err != nil {
		panic(err)
	}
}

// next returns the next event; ok is false when the stream has ended.
func (s *events) next(t testing.TB) (e event, ok bool) {
	t.Helper()
	for {
		line, err := s.lines.ReadString('\n')
		if err == io.EOF && line == "" {
			return e, false
		}
		must(t, err)
		name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
		switch name {
		case "":
			return e, true
		case "id":
			e.id = value
		case "event":
			e.name = value
		case "data":
			e.data = value
		case ":":
		default:
			t.Fatalf("no line of a stream: %q", line)
		}
	}
}

// want returns the next event, which there must be.
func (s *events) want(t testing.TB) event {
	t.Helper()
	e, ok := s.next(t)
	if !ok {
		t.Fatal("the stream has ended")
	}
	return e
}

// ends fails unless the stream ends; comments may come first.
func (s *events) ends(t testing.TB) {
	t.Helper()
	for {
		switch e, ok := s.next(t); {
		case !ok:
			return
		case e != event{}:
			t.Fatalf("got %+v, want the end", e)
		}
	}
}

// news returns the next event as what guards are told.
func (s *events) news(t testing.TB) (n auth.News) {
	t.Helper()
	e := s.want(t)
	e.is(t, e.name, &n)
	if n.ID != e.id || string(n.Event) != e.name {
		t.Fatalf("the event %+v is about another one", e)
	}
	return n
}

// serviceKey makes an API key of a tenant, or of all for "".
func (w *world) serviceKey(t testing.TB, tenant string, life time.Duration, scopes ...string) auth.NewAPIKey {
	t.Helper()
	k, err := w.service.CreateServiceKey(t.Context(), w.commandLine(t, tenant), auth.ServiceKeyInput{
		Name: time.Now().Format("key 150405.000000000"), Scopes: scopes, ExpiresIn: auth.Span(life), Everywhere: tenant == "",
	})
	must(t, err)
	secrets.add(string(k.Key))
	return k
}

// guard opens the stream of guards with a key, and reads up to ready.
func (w *world) guard(t testing.TB, key auth.Token, headers ...string) *events {
	t.Helper()
	s := w.open(t, "/auth/revocations", append(headers, "Authorization", "Bearer "+string(key))...)
	s.want(t).is(t, "hello", nil)
	for {
		if e := s.want(t); e.name == "ready" {
			return s
		}
	}
}
