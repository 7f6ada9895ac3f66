package redis

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/latchkey/latchkey/internal/auth"
	"github.com/latchkey/latchkey/internal/limit"
	"github.com/latchkey/latchkey/internal/testserver"
)

const primary = "# Memory\r\nmaxmemory_policy:noeviction\r\n# Replication\r\nrole:master\r\n# Cluster\r\ncluster_enabled:0\r\n"

// TestAServerThatCannotBeUsedIsNotOpened, and what is said does not tell the
// password.
func TestAServerThatCannotBeUsedIsNotOpened(t *testing.T) {
	for name, c := range map[string]struct {
		server fake
		want   string
	}{
		"a replica":             {fake{"INFO": bulk(strings.ReplaceAll(primary, "role:master", "role:slave")), "EVALSHA": "+OK\r\n"}, "replica"},
		"a replica in disguise": {fake{"INFO": "-NOPERM no\r\n", "EVALSHA": "-READONLY You can't write against a read only replica.\r\n"}, "READONLY"},
		"part of a cluster":     {fake{"INFO": bulk(strings.ReplaceAll(primary, "enabled:0", "enabled:1")), "EVALSHA": "+OK\r\n"}, "cluster"},
		"starting":              {fake{"INFO": "-LOADING Redis is loading the dataset in memory\r\n"}, "LOADING"},
		"full":                  {fake{"INFO": bulk(primary), "EVALSHA": "-OOM command not allowed when used memory > 'maxmemory'.\r\n"}, "OOM"},
		"another password":      {fake{"AUTH": "-WRONGPASS invalid username-password pair or user is disabled.\r\n"}, "WRONGPASS"},
	} {
		if _, ok := c.server["AUTH"]; !ok {
			c.server["AUTH"] = "+OK\r\n"
		}
		_, err := Open(t.Context(), Config{URL: "redis://user:pa%2Fssw0rd@" + c.server.start(t)})
		if !errors.Is(err, auth.ErrUnavailable) || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "ssw0rd") {
			t.Errorf("%s: got %v, want ErrUnavailable with %s", name, err, c.want)
		}
	}
}

// TestAServerThatMayOnlyBeUsedIsOpened: whoever may not ask the server what it
// is finds out by writing.
func TestAServerThatMayOnlyBeUsedIsOpened(t *testing.T) {
	s := openAt(t, Config{URL: "redis://" + fake{"INFO": "-NOPERM no\r\n", "EVALSHA": "+OK\r\n"}.start(t)})
	if got := s.Doubts(t.Context()); len(got) != 1 || !strings.Contains(got[0], "does not say") {
		t.Errorf("doubts: %q", got)
	}
}

func TestAnAddressThatIsNoneIsRefused(t *testing.T) {
	for _, url := range []string{
		"", "localhost:6379", "http://localhost", "redis://user:ssw0rd@host:port", "redis://user:ssw0rd@host/db", "redis://user:ssw0rd@host/0/1",
		"redis://user:pa?ssw0rd@host", "redis://user:%zzssw0rd@host", "redis://user:ss\nw0rd@host",
	} {
		_, err := Open(t.Context(), Config{URL: url})
		if err == nil || !strings.Contains(err.Error(), "rediss://") || strings.Contains(err.Error(), "w0rd") {
			t.Errorf("%q: got %v", url, err)
		}
	}
}

func TestNobodyThereIsUnavailable(t *testing.T) {
	l, err := (&net.ListenConfig{}).Listen(bg, "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	_, err = Open(t.Context(), Config{URL: "redis://user:ssw0rd@" + l.Addr().String()})
	if !errors.Is(err, auth.ErrUnavailable) || strings.Contains(err.Error(), "ssw0rd") {
		t.Errorf("got %v, want ErrUnavailable", err)
	}
}

func TestDoubts(t *testing.T) {
	for policy, want := range map[string]int{"noeviction": 0, "allkeys-lru": 1, "volatile-ttl": 1} {
		info := strings.ReplaceAll(primary, "noeviction", policy)
		s := openAt(t, Config{URL: "redis://" + fake{"INFO": bulk(info), "EVALSHA": "+OK\r\n"}.start(t)})
		got := s.Doubts(t.Context())
		if len(got) != want || want > 0 && (!strings.Contains(got[0], policy) || !strings.Contains(got[0], "set maxmemory-policy to noeviction")) {
			t.Errorf("%s: got %q, want %d", policy, got, want)
		}
	}
	if got := open(t).Doubts(t.Context()); len(got) > 0 {
		t.Errorf("a server as it comes: %q", got)
	}
}

// calls are all that a store can be asked for.
func calls(s *Store) map[string]func(ctx context.Context) error {
	now := time.Now()
	k := auth.TicketKey{Directory: "default", Tenant: "acme", Kind: auth.TicketLogin, ID: "1"}
	t := auth.Ticket{TicketKey: k, Proof: []byte("proof"), Tries: 3, CreatedAt: now, ExpiresAt: now.Add(time.Minute)}
	return map[string]func(ctx context.Context) error{
		"Issue":   func(ctx context.Context) error { return s.Issue(ctx, t) },
		"Reissue": func(ctx context.Context) error { return s.Reissue(ctx, t, now) },
		"Void":    func(ctx context.Context) error { return s.Void(ctx, k) },
		"Ping":    func(ctx context.Context) error { return s.Ping(ctx) },
		"Publish": func(ctx context.Context) error { return s.Publish(ctx, "message", "another") },
		"Listen":  func(ctx context.Context) error { return s.Listen(ctx, func() {}, func(string) {}) },
		"Ticket": func(ctx context.Context) error {
			_, err := s.Ticket(ctx, k, now)
			return err
		},
		"Standing": func(ctx context.Context) error {
			_, err := s.Standing(ctx, auth.TicketQuery{Directory: "default", Tenant: "acme", Kind: auth.TicketInvite, Max: 1}, now)
			return err
		},
		"Attempt": func(ctx context.Context) error {
			_, err := s.Attempt(ctx, k, t.Proof, now)
			return err
		},
		"Count": func(ctx context.Context) error {
			_, err := s.Count(ctx, auth.Count{Directory: "default", Key: "key", Add: 1, Window: time.Minute, Now: now})
			return err
		},
		"Charge": func(ctx context.Context) error {
			_, err := s.Charge(ctx, []limit.Cost{{Interval: 1, Span: 1}})
			return err
		},
	}
}

// TestWhatCannotBeDoneIsUnavailable: nobody takes a fault for an answer.
func TestWhatCannotBeDoneIsUnavailable(t *testing.T) {
	closed := open(t)
	if err := errors.Join(closed.Close(), closed.Close()); err != nil {
		t.Fatal(err)
	}
	gone, p := through(t)
	p.cut()
	full := fake{"INFO": bulk(primary), "EVALSHA": "+OK\r\n"}
	refusing := openAt(t, Config{URL: "redis://" + full.start(t)})
	for _, command := range []string{"EVALSHA", "HGETALL", "DEL", "PING", "PUBLISH", "SUBSCRIBE"} {
		full[command] = "-MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk.\r\n"
	}
	for what, s := range map[string]*Store{"closed": closed, "gone": gone, "refusing": refusing} {
		for name, call := range calls(s) {
			if err := call(t.Context()); !errors.Is(err, auth.ErrUnavailable) {
				t.Errorf("%s, %s: got %v, want ErrUnavailable", what, name, err)
			}
		}
	}
}

// TestNobodyWaitsForLongerThanTheContext, on a server that does not answer.
func TestNobodyWaitsForLongerThanTheContext(t *testing.T) {
	s, p := through(t)
	p.silence()
	for name, call := range calls(s) {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		if err := call(ctx); !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, auth.ErrUnavailable) {
			t.Errorf("%s: got %v, want DeadlineExceeded", name, err)
		}
		cancel()
	}
}

// TestARestartIsOverWithTheNextCall: connections that have ended are not used
// again, and scripts that the server has forgotten are sent again.
func TestARestartIsOverWithTheNextCall(t *testing.T) {
	s, p := through(t)
	for range 3 {
		for name, call := range calls(s) {
			if name == "Listen" {
				continue
			}
			if err := call(t.Context()); errors.Is(err, auth.ErrUnavailable) {
				t.Errorf("%s: %v", name, err)
			}
		}
		p.drop()
		if err := s.client.ScriptFlush(t.Context()).Err(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestPrefixesAreApart, and an empty one is the usual.
func TestPrefixesAreApart(t *testing.T) {
	a, b := open(t), open(t)
	fill(t, a, time.Now())
	if got := names(t, b); len(got) > 0 {
		t.Errorf("another deployment sees %q", got)
	}
	usual := openAt(t, Config{URL: testserver.Redis(t)})
	if diff := cmp.Diff("latchkey:bus", usual.channel()); diff != "" {
		t.Error(diff)
	}
}
