package main

import (
	"context"
	"strings"
	"time"

	"github.com/latchkey/latchkey/internal/store/redis"
)

// checkRedis looks at the Redis server, where there is one. That it keeps nothing
// on disk is all right: codes in flight and counters are all that it holds.
func checkRedis(ctx context.Context, p *patient) (found []finding) {
	url := p.settings.Redis()
	if url == "" {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, p.patience)
	defer cancel()
	// Apart from what instances say and count. Opening writes a key that ends
	// within a second: it is how one knows that keys can be written.
	s, err := redis.Open(ctx, redis.Config{URL: url.Reveal(), Prefix: p.settings.RedisPrefix + "doctor:"})
	if err != nil {
		return []finding{fail("Redis "+maskPassword.show(url.Reveal())+" cannot be used: "+err.Error(), mendRedis(err))}
	}
	defer s.Close() // nothing is under way
	found = append(found, ok("Redis answers, is a primary and takes writes"))
	for _, doubt := range s.Doubts(ctx) {
		found = append(found, warn(doubt, "set maxmemory-policy noeviction in redis.conf, and with it a maxmemory that is watched"))
	}
	if err := heard(ctx, s); err != nil {
		return append(found, fail("what is published in Redis is not heard: "+err.Error(), "let the user of REDIS_URL publish and subscribe (ACL: +@pubsub and the channels of REDIS_PREFIX)"))
	}
	return append(found, ok("instances hear each other over Redis"))
}

func mendRedis(err error) string {
	switch text := err.Error(); {
	case strings.Contains(text, "NOAUTH"), strings.Contains(text, "WRONGPASS"):
		return "see that user and password in REDIS_URL are the server's"
	case strings.Contains(text, "replica"), strings.Contains(text, "READONLY"):
		return "name the primary with REDIS_URL"
	case strings.Contains(text, "cluster"):
		return "name a server that stands alone with REDIS_URL"
	}
	return "see that REDIS_URL names the server, that it runs, and that no firewall is between; rediss:// speaks TLS"
}

// heard listens, publishes, and waits to hear it.
func heard(ctx context.Context, s *redis.Store) error {
	const patience = 2 * time.Second
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	listening, ended, told := make(chan struct{}), make(chan error, 1), make(chan struct{}, 1)
	go func() {
		ended <- s.Listen(ctx, func() { close(listening) }, func(string) {
			select {
			case told <- struct{}{}:
			default:
			}
		})
	}()
	select {
	case err := <-ended:
		return err
	case <-listening:
	}
	if err := s.Publish(ctx, "doctor"); err != nil {
		return err
	}
	select {
	case err := <-ended:
		return err
	case <-told:
		return nil
	}
}
