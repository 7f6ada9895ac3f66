package guard_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/latchkey/latchkey/guard"
	"github.com/latchkey/latchkey/guard/guardtest"
)

// verifies makes a server's guard ask another for API keys, through a counter.
func verifies(auth *guardtest.Server, verify http.HandlerFunc) (guard.Config, *atomic.Int64) {
	var calls atomic.Int64
	c := auth.Config()
	if verify == nil {
		verify = auth.ServeHTTP
	}
	rest, other := c.Client.Transport, guardtest.Client(verify).Transport
	c.Client = &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		if r.URL.Path != "/auth/verify" {
			return rest.RoundTrip(r)
		}
		calls.Add(1)
		return other.RoundTrip(r)
	})}
	return c, &calls
}

func TestServiceKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		auth := guardtest.NewInProcess(t)
		c, calls := verifies(auth, nil)
		g := start(t, c)
		synctest.Wait()
		key := auth.TenantServiceKey("acme", "orders:read")
		id, err := g.Verify(t.Context(), key)
		if err != nil || id.Kind != guard.Service || id.KeyID == "" || id.TenantID != "acme" || !id.Has("orders:read") || id.Has("orders:write") || id.Role != "" {
			t.Errorf("got %+v, %v", id, err)
		}
		var all sync.WaitGroup
		for range 10 {
			all.Go(func() { expect(t, g, key, "") })
		}
		if all.Wait(); calls.Load() != 1 {
			t.Errorf("got %d calls, want 1", calls.Load())
		}
		time.Sleep(29 * time.Second)
		if expect(t, g, key, ""); calls.Load() != 1 {
			t.Errorf("got %d calls within half a minute, want 1", calls.Load())
		}
		time.Sleep(time.Second)
		if expect(t, g, key, ""); calls.Load() != 2 {
			t.Errorf("got %d calls after half a minute, want 2", calls.Load())
		}
		auth.RevokeKey(key)
		if _, err := g.Verify(t.Context(), key); errorOf(t, err).Reason != "revoked" {
			t.Errorf("got %v, want it to be revoked at once", err)
		}
		other := auth.TenantServiceKey("globex")
		expect(t, g, other, "")
		auth.ChangeTenant("globex", "SUSPENDED")
		expect(t, g, other, "TENANT_INACTIVE")
	})
}

func TestServiceKeyRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, calls := verifies(guardtest.NewInProcess(t), nil)
		g := start(t, c)
		for range 5 {
			_, err := g.Verify(t.Context(), "lks_unknown")
			if got := errorOf(t, err); got.Status != 401 || got.Code != "TOKEN_INVALID" || got.Reason != "unknown" {
				t.Errorf("got %+v", got)
			}
		}
		if calls.Load() != 1 {
			t.Errorf("got %d calls, want 1", calls.Load())
		}
		time.Sleep(time.Second)
		if expect(t, g, "lks_unknown", "TOKEN_INVALID"); calls.Load() != 2 {
			t.Errorf("got %d calls after a second, want 2", calls.Load())
		}
		for _, key := range []string{"lks_ ", "lks_ä", "lks_x\r\nX-Evil: 1", "lks_" + strings.Repeat("a", 300), "lko_operator"} {
			expect(t, g, key, "TOKEN_INVALID")
		}
		if calls.Load() != 2 {
			t.Errorf("got %d calls, want none for what cannot be a key", calls.Load()-2)
		}
	})
}

// While Latchkey is away a key is good that it has vouched for not long ago, and no other.
func TestServiceKeyWhileAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		auth := guardtest.NewInProcess(t)
		c, calls := verifies(auth, nil)
		g := start(t, c)
		key, stranger := auth.ServiceKey(), auth.ServiceKey()
		expect(t, g, key, "")
		auth.Away()
		synctest.Wait()
		time.Sleep(time.Second)
		if expect(t, g, key, ""); calls.Load() != 1 {
			t.Errorf("got %d calls, want 1", calls.Load())
		}
		time.Sleep(2 * time.Second)
		if expect(t, g, key, ""); calls.Load() != 2 {
			t.Errorf("got %d calls, want 2: the feed is silent", calls.Load())
		}
		expect(t, g, stranger, "KEYS_UNAVAILABLE")
		time.Sleep(5 * time.Minute)
		expect(t, g, key, "KEYS_UNAVAILABLE")
		auth.Back()
		time.Sleep(6 * time.Second)
		expect(t, g, key, "")
		expect(t, g, stranger, "")
	})
}

// What is no answer of Latchkey's lets nobody in.
func TestServiceKeyAnswers(t *testing.T) {
	const ok = `{"data":{"kind":"service","keyId":"k1","expiresAt":"2000-01-01T00:05:00Z"}}`
	for name, c := range map[string]struct {
		status     int
		body, want string
	}{
		"a service":         {200, ok, ""},
		"a user":            {200, `{"data":{"kind":"user","keyId":"k1"}}`, "KEYS_UNAVAILABLE"},
		"nobody":            {200, `{"data":{"kind":"service"}}`, "KEYS_UNAVAILABLE"},
		"no data":           {200, `{"data":null}`, "KEYS_UNAVAILABLE"},
		"a page":            {200, `<html>`, "KEYS_UNAVAILABLE"},
		"another status":    {201, ok, "KEYS_UNAVAILABLE"},
		"a redirect":        {302, ok, "KEYS_UNAVAILABLE"},
		"a refusal":         {403, `{"message":"m","meta":{"code":"TENANT_INACTIVE"}}`, "TENANT_INACTIVE"},
		"a proxy's refusal": {403, `<html>`, "KEYS_UNAVAILABLE"},
		"too many":          {429, `{"meta":{"code":"RATE_LIMITED"}}`, "KEYS_UNAVAILABLE"},
		"an error":          {500, `{"meta":{"code":"INTERNAL_ERROR"}}`, "KEYS_UNAVAILABLE"},
		"too much":          {200, ok + strings.Repeat(" ", 1<<16), "KEYS_UNAVAILABLE"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { // where it is the year 2000
				config, _ := verifies(guardtest.NewInProcess(t), func(w http.ResponseWriter, _ *http.Request) {
					w.Header().Set("Location", "https://evil.example/auth/verify")
					w.WriteHeader(c.status)
					_, _ = w.Write([]byte(c.body)) // who no longer listens needs no answer
				})
				expect(t, start(t, config), "lks_key", c.want)
			})
		})
	}
	t.Run("over", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			config, calls := verifies(guardtest.NewInProcess(t), func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(ok)) })
			config.MaxStale = time.Hour
			g := start(t, config)
			time.Sleep(4*time.Minute + 50*time.Second)
			expect(t, g, "lks_key", "")
			time.Sleep(10 * time.Second)
			if expect(t, g, "lks_key", "TOKEN_INVALID"); calls.Load() != 1 {
				t.Errorf("got %d calls, want 1", calls.Load())
			}
		})
	})
}

// A key of every tenant is in the one that the request names.
func TestServiceKeyTenant(t *testing.T) {
	auth := guardtest.New(t)
	g := auth.Guard()
	everywhere, acme := auth.ServiceKey(), auth.TenantServiceKey("acme")
	for _, c := range []struct{ key, tenant, want, in string }{
		{everywhere, "", "", ""},
		{everywhere, "acme", "", "acme"},
		{everywhere, "globex", "", "globex"},
		{everywhere, "../evil", "TOKEN_INVALID", ""},
		{acme, "", "", "acme"},
		{acme, "acme", "", "acme"},
		{acme, "globex", "TENANT_MISMATCH", ""},
	} {
		r := httptest.NewRequest("POST", "/", nil)
		r.Header.Set("Authorization", "Bearer "+c.key)
		if c.tenant != "" {
			r.Header.Set("X-Tenant-Id", c.tenant)
		}
		id, err := g.Authorize(r)
		if got := errorOf(t, err).Code; got != c.want || id.TenantID != c.in {
			t.Errorf("%+v: got %q, in %q", c, got, id.TenantID)
		}
	}
}

// However many keys are made up, memory is bounded, and so are the calls at once.
func TestServiceKeysAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var now, most atomic.Int64
		config, _ := verifies(guardtest.NewInProcess(t), func(w http.ResponseWriter, r *http.Request) {
			if n := now.Add(1); n > most.Load() {
				most.Store(n)
			}
			time.Sleep(10 * time.Millisecond)
			now.Add(-1)
			guard.Refuse(w, r, guard.Error{Status: 401, Code: guard.CodeTokenInvalid, Reason: "unknown", Message: "m"})
		})
		g := start(t, config)
		var all sync.WaitGroup
		for i := range 200 {
			all.Go(func() { expect(t, g, "lks_"+strings.Repeat("a", i+1), "TOKEN_INVALID") })
		}
		if all.Wait(); most.Load() != 16 {
			t.Errorf("got %d calls at once, want 16", most.Load())
		}
	})
}

// A service has no role, whatever is said of it.
func TestServiceHasNoRole(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		config, _ := verifies(guardtest.NewInProcess(t), func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte(`{"data":{"kind":"service","keyId":"k1","role":"admin"}}`)) // who no longer listens needs no answer
		})
		h := start(t, config).Protect(http.HandlerFunc(fine), guard.Roles("admin"))
		if _, got := ask(t, h, "GET", "/", "lks_key"); got != "FORBIDDEN" {
			t.Errorf("got %q", got)
		}
	})
}
