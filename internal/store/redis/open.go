package redis

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"

	"github.com/latchkey/latchkey/internal/auth"
	"github.com/latchkey/latchkey/internal/limit"
)

// Config says where the server is.
type Config struct {
	// URL is redis://user:password@host:port/database; rediss:// speaks TLS.
	// Options of the client may follow as a query, such as ?pool_size=50.
	URL string
	// Prefix is what every key and the channel of the bus begin with. "": "latchkey:".
	Prefix string
}

// Store is a connection to a server. It is safe for concurrent use.
type Store struct {
	client *redis.Client
	config Config
	life   context.Context
	end    context.CancelFunc
}

var (
	_ auth.Tickets = (*Store)(nil)
	_ limit.Keeper = (*Store)(nil)
)

// errURL does not say what is wrong with the URL: any part of it can be a part
// of the password.
var errURL = errors.New("the address of Redis cannot be read: want redis://user:password@host:port/database, " +
	"or rediss:// for TLS, with the password percent-encoded")

// options are made anew for every client, which changes them.
func (c Config) options() (*redis.Options, error) {
	o, err := redis.ParseURL(c.URL)
	if err != nil {
		return nil, errURL
	}
	o.MaxRetries = -1 // it cannot know whether the first try was counted
	o.DialerRetries = 1
	o.Protocol = 2 // all that is needed, and every proxy speaks it
	for _, d := range []*time.Duration{&o.DialTimeout, &o.ReadTimeout, &o.WriteTimeout, &o.PoolTimeout} {
		*d = cmp.Or(*d, 2*time.Second) // what is not in the URL
	}
	o.ContextTimeoutEnabled = true
	o.DisableIdentity = true
	o.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	return o, nil
}

// quiet keeps the library from writing to standard error: what it has to say
// comes back as an error, and is told once and in the program's own words.
var quiet = sync.OnceFunc(func() { redis.SetLogger(mute{}) })

type mute struct{}

// Printf drops what it is given.
func (mute) Printf(context.Context, string, ...any) {}

// Open connects to the server and makes sure that it answers, is a primary and
// takes writes; else the error is an [auth.ErrUnavailable]. No error has the
// password in it.
func Open(ctx context.Context, c Config) (*Store, error) {
	quiet()
	c.Prefix = cmp.Or(c.Prefix, "latchkey:")
	o, err := c.options()
	if err != nil {
		return nil, err
	}
	s := &Store{client: redis.NewClient(o), config: c}
	s.life, s.end = context.WithCancel(context.Background())
	if err := s.check(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// probe is a script that writes: a server that runs it can be used.
var probe = redis.NewScript(`return redis.call('SET', KEYS[1], '', 'PX', 1000)`)

// check says why the server cannot be used. Whom it does not let ask what it is
// finds out by writing.
func (s *Store) check(ctx context.Context) error {
	info, err := s.info(ctx)
	switch {
	case redis.HasErrorPrefix(err, "NOPERM"):
	case err != nil:
		return s.fail(ctx, "open", err)
	case info["role"] != "" && info["role"] != "master":
		return fmt.Errorf("redis: open: %w: this server is a replica: name the primary", auth.ErrUnavailable)
	case info["cluster_enabled"] == "1":
		return fmt.Errorf("redis: open: %w: this server is part of a cluster, which is not supported: name a server that stands alone", auth.ErrUnavailable)
	}
	return s.fail(ctx, "open", probe.Run(ctx, s.client, []string{s.config.Prefix + "probe"}).Err())
}

// info is what the server says of itself.
func (s *Store) info(ctx context.Context) (map[string]string, error) {
	text, err := s.client.Info(ctx).Result()
	if err != nil {
		return nil, err
	}
	info := map[string]string{}
	for line := range strings.Lines(text) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), ":"); ok {
			info[name] = value
		}
	}
	return info, nil
}

// Doubts says what of the server's settings makes the promises weaker, for
// people; nothing when it is set up well.
func (s *Store) Doubts(ctx context.Context) []string {
	info, err := s.info(ctx)
	policy := info["maxmemory_policy"]
	switch {
	case err != nil || policy == "":
		return []string{"Redis does not say whether it throws away keys when its memory is full: make sure that its maxmemory-policy is noeviction"}
	case policy != "noeviction":
		return []string{"Redis throws away keys when its memory is full (maxmemory-policy " + policy + "), counters of failed logins among them: " +
			"set maxmemory-policy to noeviction"}
	}
	return nil
}

// Ping reports whether the server answers.
func (s *Store) Ping(ctx context.Context) error {
	return s.fail(ctx, "ping", s.client.Ping(ctx).Err())
}

// Close ends every Listen and closes the connections. Afterwards everything is
// an [auth.ErrUnavailable].
func (s *Store) Close() error {
	s.end()
	if err := s.client.Close(); err != nil && !errors.Is(err, redis.ErrClosed) {
		return err
	}
	return nil
}
