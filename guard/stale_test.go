package guard_test

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/latchkey/latchkey/guard"
	"github.com/latchkey/latchkey/guard/guardtest"
)

// A silent feed is believed for MaxStale; Strict does not believe it at all, Lenient until the token ends.
func TestStale(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		auth := guardtest.NewInProcess(t)
		g := auth.Guard()
		user := jin
		user.Life = time.Hour
		token := auth.Token(user)
		h := g.Protect(http.HandlerFunc(fine), guard.On("/strict", guard.Strict()), guard.On("/lenient", guard.Lenient()))
		expect := func(when string, plain, strict, lenient string) {
			t.Helper()
			for path, want := range map[string]string{"/": plain, "/strict": strict, "/lenient": lenient} {
				if _, got := ask(t, h, "GET", path, token); got != want {
					t.Errorf("%s: %s: got %q, want %q", when, path, got, want)
				}
			}
		}
		const silent = "REVOCATION_UNKNOWN"
		expect("live", "", "", "")
		time.Sleep(10 * time.Minute)
		expect("live for long", "", "", "")
		auth.Away()
		synctest.Wait()
		expect("just away", "", silent, "")
		time.Sleep(5 * time.Minute)
		expect("at the bound", "", silent, "")
		time.Sleep(time.Second)
		expect("beyond the bound", silent, silent, "")
		time.Sleep(46 * time.Minute)
		if _, got := ask(t, h, "GET", "/lenient", token); got != "TOKEN_INVALID" {
			t.Errorf("past the token's end: got %q", got)
		}
		auth.Back()
		time.Sleep(6 * time.Second)
		token = auth.Token(user)
		expect("back", "", "", "")
	})
}

// An identity that outer protection let in is no excuse for an inner Strict.
func TestStrictInside(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		auth := guardtest.NewInProcess(t)
		g := auth.Guard()
		h := g.Protect(g.Protect(http.HandlerFunc(fine), guard.Strict()))
		token := auth.Token(jin)
		auth.Away()
		synctest.Wait()
		if status, got := ask(t, h, "GET", "/", token); status != 503 || got != "REVOCATION_UNKNOWN" {
			t.Errorf("got %d %q", status, got)
		}
	})
}

// Without a feed tokens are good until they end, but where it must be live.
func TestNoFeed(t *testing.T) {
	auth := guardtest.New(t)
	c := auth.Config()
	c.Feed = guard.Feed{}
	g := start(t, c)
	token := auth.Token(jin)
	h := g.Protect(http.HandlerFunc(fine), guard.On("/strict", guard.Strict()))
	if _, got := ask(t, h, "GET", "/", token); got != "" {
		t.Errorf("got %q", got)
	}
	if _, got := ask(t, h, "GET", "/strict", token); got != "REVOCATION_UNKNOWN" {
		t.Errorf("strict: got %q", got)
	}
	if err := g.Ready(t.Context()); err != nil || g.Status().Live {
		t.Errorf("got %v, %+v", err, g.Status())
	}
}

// At the start requests wait for the feed's first word: a second, once.
func TestFirstWord(t *testing.T) {
	for name, c := range map[string]struct {
		after time.Duration // when the feed speaks
		waits time.Duration
		want  string
	}{
		"soon":  {300 * time.Millisecond, 300 * time.Millisecond, "SESSION_NOT_FOUND"},
		"late":  {3 * time.Second, time.Second, ""},
		"never": {time.Hour, time.Second, ""},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				auth := guardtest.NewInProcess(t)
				auth.EndSession("s1", "logout")
				config := auth.Config()
				config.Client = slow(config.Client, c.after)
				g := start(t, config)
				token := auth.Token(jin)
				began := time.Now()
				_, err := g.Verify(t.Context(), token)
				if got := errorOf(t, err).Code; got != c.want || time.Since(began) != c.waits {
					t.Errorf("got %q after %v, want %q after %v", got, time.Since(began), c.want, c.waits)
				}
				began = time.Now()
				if _, err := g.Verify(t.Context(), token); time.Since(began) != 0 {
					t.Errorf("it waited again, for %v, and said %v", time.Since(began), err)
				}
			})
		})
	}
}

// slow delays what goes to the feed.
func slow(c *http.Client, by time.Duration) *http.Client {
	return &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		if r.URL.Path == "/auth/revocations" {
			select {
			case <-time.After(by):
			case <-r.Context().Done():
				return nil, r.Context().Err()
			}
		}
		return c.Transport.RoundTrip(r)
	})}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// start makes a guard that ends with the test.
func start(t *testing.T, c guard.Config) *guard.Guard {
	t.Helper()
	g, err := guard.New(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := g.Close(); err != nil {
			t.Error(err)
		}
	})
	return g
}
