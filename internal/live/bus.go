package live

import "context"

// Bus carries short messages between the processes of a deployment, as Redis
// and PostgreSQL do.
type Bus interface {
	// Publish sends messages to every process that listens, this one too, in that
	// order. nil means that the bus has taken them: whoever has a connection that
	// works gets them. A message has at most 7,000 bytes.
	Publish(ctx context.Context, messages ...string) error
	// Listen calls ready once it listens, and then heard with every message that is
	// published until it returns, one at a time. It returns when the connection is
	// lost or ctx ends, always with an error.
	Listen(ctx context.Context, ready func(), heard func(message string)) error
}
