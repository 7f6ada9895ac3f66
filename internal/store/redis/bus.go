package redis

import (
	"context"
)

// channel is where messages to all instances are published.
func (s *Store) channel() string { return s.config.Prefix + "bus" }

// Publish sends messages to every process that listens, this one too, in that
// order. nil means that Redis has taken them and passes them on to every
// connection that listens at this moment.
func (s *Store) Publish(ctx context.Context, messages ...string) error {
	if len(messages) == 0 {
		return nil
	}
	all := s.client.Pipeline() // one connection, one after the other
	for _, m := range messages {
		all.Publish(ctx, s.channel(), m)
	}
	_, err := all.Exec(ctx)
	return s.fail(ctx, "Publish", err)
}
