package live

import (
	"context"
	"maps"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/latchkey/latchkey/internal/auth"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// source is a store whose reads a test can hold up: read is called after the
// value was read and before it is returned.
type source struct {
	mu       sync.Mutex
	tenants  map[string]auth.Tenant // by slug and by id
	sessions map[key]auth.Session
	accounts map[key]auth.Account
	err      error // of every read
	touchErr error
	reads    int
	touches  []touch
	read     func(context.Context)
}

type touch struct {
	directory string
	seen      map[string]time.Time
}

func newSource() *source {
	return &source{
		tenants:  map[string]auth.Tenant{},
		sessions: map[key]auth.Session{},
		accounts: map[key]auth.Account{},
	}
}

// change is a committed write.
func (s *source) change(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f()
}

func find[K comparable, V any](ctx context.Context, s *source, m map[K]V, k K) (v V, err error) {
	s.mu.Lock()
	s.reads++
	v, ok := m[k]
	err, hook := s.err, s.read
	if err == nil && !ok {
		err = auth.ErrNoRecord
	}
	s.mu.Unlock()
	if hook != nil {
		hook(ctx)
	}
	return v, err
}

func (s *source) Tenant(ctx context.Context, slug string) (auth.Tenant, error) {
	return find(ctx, s, s.tenants, slug)
}

func (s *source) TenantByID(ctx context.Context, id string) (auth.Tenant, error) {
	return find(ctx, s, s.tenants, id)
}

func (s *source) Session(ctx context.Context, directory, id string) (auth.Session, error) {
	return find(ctx, s, s.sessions, key{directory, id})
}

func (s *source) Account(ctx context.Context, directory, id string) (auth.Account, error) {
	return find(ctx, s, s.accounts, key{directory, id})
}

func (s *source) Touch(_ context.Context, directory string, seen map[string]time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.touchErr == nil {
		s.touches = append(s.touches, touch{directory, maps.Clone(seen)})
	}
	return s.touchErr
}

// fill puts a tenant, a session and an account, each with the given state.
func (s *source) fill(state string) {
	s.change(func() {
		t := auth.Tenant{ID: "t1", Slug: "acme", Status: auth.TenantStatus(state)}
		s.tenants["t1"], s.tenants["acme"] = t, t
		s.sessions[key{"d", "s1"}] = auth.Session{ID: "s1", EndReason: auth.EndReason(state)}
		s.accounts[key{"d", "u1"}] = auth.Account{User: auth.User{ID: "u1", Status: auth.UserStatus(state)}}
	})
}

func (s *source) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.reads
}

// kind is one of the four things that are held, as the state that fill gave it.
type kind struct {
	name string
	ask  func(context.Context, *Cache) (string, error)
	drop func(*Cache)
}

var kinds = []kind{
	{"tenant by slug", func(ctx context.Context, c *Cache) (string, error) {
		t, err := c.Tenant(ctx, "acme")
		return string(t.Status), err
	}, func(c *Cache) { c.DropTenant(auth.Tenant{ID: "t1", Slug: "acme"}) }},
	{"tenant by id", func(ctx context.Context, c *Cache) (string, error) {
		t, err := c.TenantByID(ctx, "t1")
		return string(t.Status), err
	}, func(c *Cache) { c.DropTenant(auth.Tenant{ID: "t1", Slug: "acme"}) }},
	{"session", func(ctx context.Context, c *Cache) (string, error) {
		s, err := c.Session(ctx, "d", "s1")
		return string(s.EndReason), err
	}, func(c *Cache) { c.DropSessions("d", "s0", "s1") }},
	{"account", func(ctx context.Context, c *Cache) (string, error) {
		a, err := c.Account(ctx, "d", "u1")
		return string(a.User.Status), err
	}, func(c *Cache) { c.DropAccount("d", "u1") }},
}

// wants asks and compares.
func (k kind) wants(t *testing.T, c *Cache, want string) {
	t.Helper()
	if got, err := k.ask(t.Context(), c); got != want || err != nil {
		t.Errorf("%s: got %q, %v, want %q", k.name, got, err, want)
	}
}

// eachKind runs a test for each of the four, once with the key's own Drop and
// once with DropAll.
func eachKind(t *testing.T, f func(t *testing.T, k kind)) {
	for _, k := range kinds {
		t.Run(k.name, func(t *testing.T) { f(t, k) })
		k.drop = (*Cache).DropAll
		t.Run(k.name+", all dropped", func(t *testing.T) { f(t, k) })
	}
}
