package guard_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/latchkey/latchkey/guard"
	"github.com/latchkey/latchkey/guard/guardtest"
)

const greeting = "event: hello\ndata: {\"accessTokenLife\":900,\"heartbeat\":2}\n\n"

// feeds makes a server's guard listen to another feed.
func feeds(auth *guardtest.Server, feed http.HandlerFunc) guard.Config {
	c := auth.Config()
	keys, other := c.Client.Transport, guardtest.Client(feed).Transport
	c.Client = &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		if r.URL.Path == "/auth/revocations" {
			return other.RoundTrip(r)
		}
		return keys.RoundTrip(r)
	})}
	return c
}

// say writes to a stream, and what it wrote is on its way.
func say(t *testing.T, w http.ResponseWriter, text string) {
	t.Helper()
	w.Header().Set("Content-Type", "text/event-stream; charset=utf-8")
	if _, err := io.WriteString(w, text); err != nil {
		t.Log(err) // the guard has had enough
	}
	if err := http.NewResponseController(w).Flush(); err != nil {
		t.Error(err)
	}
}

// A connection that is open and silent is dead after two and a half heartbeats.
func TestSilenceIsDeath(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var calls atomic.Int64
		g := start(t, feeds(guardtest.NewInProcess(t), func(w http.ResponseWriter, r *http.Request) {
			calls.Add(1)
			say(t, w, greeting+"event: ready\ndata: {}\n\n")
			select {
			case <-time.After(4 * time.Second):
				say(t, w, ":\n\n")
			case <-r.Context().Done():
			}
			<-r.Context().Done()
		}))
		synctest.Wait()
		for _, c := range []struct {
			after time.Duration
			live  bool
		}{{0, true}, {8900 * time.Millisecond, true}, {150 * time.Millisecond, false}} {
			time.Sleep(c.after)
			synctest.Wait()
			if s := g.Status(); s.Live != c.live {
				t.Errorf("after %v more: got %+v, want live: %v", c.after, s, c.live)
			}
		}
		if s := g.Status(); !strings.Contains(s.Problem, "heartbeats") || time.Since(s.Heard) != 5050*time.Millisecond {
			t.Errorf("got %+v", s)
		}
		if time.Sleep(time.Second); calls.Load() != 2 {
			t.Errorf("got %d connections, want 2", calls.Load())
		}
	})
}

// A wrong key is a mistake that is told once, and that Ready does not wait out.
func TestWrongKey(t *testing.T) {
	for _, status := range []int{http.StatusUnauthorized, http.StatusForbidden} {
		synctest.Test(t, func(t *testing.T) {
			var log bytes.Buffer
			var calls atomic.Int64
			c := feeds(guardtest.NewInProcess(t), func(w http.ResponseWriter, _ *http.Request) {
				calls.Add(1)
				w.WriteHeader(status)
			})
			c.Log = slog.New(slog.NewTextHandler(&log, nil))
			g := start(t, c)
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			began := time.Now()
			if err := g.Ready(ctx); err == nil || !strings.Contains(err.Error(), "revocations:read") || time.Since(began) > time.Second {
				t.Errorf("Ready: got %v after %v", err, time.Since(began))
			}
			time.Sleep(10 * time.Minute)
			if n := calls.Load(); n < 20 || n > 42 {
				t.Errorf("got %d tries in ten minutes, want one in 15 to 30 s", n)
			}
			if s := g.Status(); s.Live || !strings.Contains(s.Problem, "key is refused") {
				t.Errorf("got %+v", s)
			}
			if n := strings.Count(log.String(), "level=ERROR"); n != 1 {
				t.Errorf("got %d errors in the log, want 1:\n%s", n, &log)
			}
			if strings.Contains(log.String(), c.Feed.Key) {
				t.Error("the key is in the log")
			}
		})
	}
}

// Tokens of a tenant that the feed does not speak of are refused: nobody would say when they end.
func TestFeedOfOneTenant(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		auth := guardtest.NewInProcess(t)
		g := start(t, feeds(auth, func(w http.ResponseWriter, r *http.Request) {
			say(t, w, strings.Replace(greeting, "{", `{"tenantId":"acme",`, 1)+"event: ready\ndata: {}\n\n")
			<-r.Context().Done()
		}))
		for token, want := range map[string]string{
			auth.Token(jin): "", auth.Token(guardtest.User{TenantID: "globex"}): "TENANT_MISMATCH",
			auth.TenantServiceKey("acme"): "", auth.TenantServiceKey("globex"): "TENANT_MISMATCH", auth.ServiceKey(): "",
		} {
			_, err := g.Verify(t.Context(), token)
			if got := errorOf(t, err).Code; got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		}
	})
}

// What is no feed never makes a guard live, and does not keep it from trying.
func TestNoFeedAtAll(t *testing.T) {
	for name, c := range map[string]struct {
		feed    http.HandlerFunc
		problem string
	}{
		"no hello": {func(w http.ResponseWriter, _ *http.Request) { say(t, w, "event: ready\ndata: {}\n\n") }, "hello"},
		"a wrong hello": {func(w http.ResponseWriter, _ *http.Request) {
			say(t, w, "event: hello\ndata: 5\n\nevent: ready\ndata: {}\n\n")
		}, "hello"},
		"no life": {func(w http.ResponseWriter, _ *http.Request) {
			say(t, w, "event: hello\ndata: {\"heartbeat\":5}\n\nevent: ready\ndata: {}\n\n")
		}, "hello"},
		"no ready":        {func(w http.ResponseWriter, _ *http.Request) { say(t, w, greeting) }, "ended"},
		"news unreadable": {func(w http.ResponseWriter, _ *http.Request) { say(t, w, greeting+"event: session.ended\ndata: {\n\n") }, "news"},
		"a long line": {func(w http.ResponseWriter, _ *http.Request) {
			say(t, w, greeting+"data: "+strings.Repeat("x", 1<<20)+"\n\n")
		}, "1 MiB"},
		"no line at all": {func(w http.ResponseWriter, _ *http.Request) {
			for range 20 {
				say(t, w, strings.Repeat("x", 1<<17))
			}
		}, "1 MiB"},
		"a page":    {func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>") }, "something else"},
		"not found": {func(w http.ResponseWriter, r *http.Request) { http.NotFound(w, r) }, "404"},
		"elsewhere": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://evil.example/auth/revocations", http.StatusTemporaryRedirect)
		}, "another place"},
		"in clear": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://auth.example.com/auth/revocations", http.StatusTemporaryRedirect)
		}, "another place"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var calls atomic.Int64
				g := start(t, feeds(guardtest.NewInProcess(t), func(w http.ResponseWriter, r *http.Request) {
					if calls.Add(1); r.Host != "auth.example.com" {
						t.Errorf("the key went to %s", r.Host)
					}
					c.feed(w, r)
				}))
				for range 60 {
					time.Sleep(time.Second)
					if g.Status().Live {
						t.Fatal("it says that it is live")
					}
				}
				if s := g.Status(); !strings.Contains(s.Problem, c.problem) {
					t.Errorf("got %q, want it to speak of %q", s.Problem, c.problem)
				}
				if n := calls.Load(); n < 15 || n > 60 {
					t.Errorf("got %d tries in a minute", n)
				}
			})
		})
	}
}

// News that this version does not know, or cannot place, takes nothing away from the rest.
func TestUnknownNews(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		auth := guardtest.NewInProcess(t)
		asked := make(chan string, 1000)
		g := start(t, feeds(auth, func(w http.ResponseWriter, r *http.Request) {
			asked <- r.Header.Get("Last-Event-ID")
			at := time.Now().UTC().Format(time.RFC3339Nano)
			say(t, w, greeting+
				"id: 1\nevent: planet.destroyed\ndata: {\"event\":\"planet.destroyed\",\"at\":\""+at+"\"}\n\n"+
				"id: 2\nevent: session.ended\ndata: {\"event\":\"session.ended\",\"at\":\""+at+"\"}\n\n"+
				"id: 3\nevent: session.ended\ndata: {\"event\":\"session.ended\",\"sessionId\":\"s2\"}\n\n"+
				"id: 4\r\nevent: session.ended\r\ndata: {\"event\":\"session.ended\",\r\ndata: \"sessionId\":\"s1\",\"at\":\""+at+"\"}\r\n\r\n"+
				"event: ready\ndata: {}\n\n")
		}))
		token := auth.Token(jin)
		_, err := g.Verify(t.Context(), token)
		if got := errorOf(t, err).Code; got != guard.CodeSessionEnded {
			t.Errorf("got %q", got)
		}
		time.Sleep(6 * time.Second)
		if first, then := <-asked, <-asked; first != "" || then != "4" {
			t.Errorf("got Last-Event-IDs %q and %q, want none and 4", first, then)
		}
	})
}

func TestClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		auth := guardtest.NewInProcess(t)
		g := auth.Guard()
		token := auth.Token(jin)
		if err := g.Close(); err != nil {
			t.Fatal(err)
		}
		if err := g.Close(); err != nil {
			t.Fatal(err)
		}
		if s := g.Status(); s.Live || s.Problem == "" {
			t.Errorf("got %+v", s)
		}
		if _, err := g.Verify(t.Context(), token); err != nil {
			t.Errorf("a request that is being answered: got %v", err)
		}
		if _, err := g.Verify(t.Context(), auth.ServiceKey()); errorOf(t, err).Code != guard.CodeKeysUnavailable {
			t.Errorf("got %v", err)
		}
	})
}
