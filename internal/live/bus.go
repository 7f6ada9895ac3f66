package live

import "context"

// Bus carries short messages between the processes of a deployment, as Redis
// and PostgreSQL do. Package livetest checks an implementation.
type Bus interface {
	// Publish sends messages to every process that listens, this one too, in that
	// order. nil means that the bus has taken them: whoever has a connection that
	// works gets them. After an error some may have been sent all the same. A
	// message is printable ASCII of at most 7,000 bytes. Publish may be called from
	// anywhere at once, also while nobody listens, and returns soon after ctx ends.
	Publish(ctx context.Context, messages ...string) error
	// Listen calls ready once it listens, and then heard with every message that is
	// taken from then on until it returns, one at a time and in the order in which
	// they were taken. A message may come twice; none may be left out: Listen
	// returns when the connection is lost, and does not connect anew by itself, for
	// nobody knows what was missed. It also returns soon after ctx ends, and always
	// with an error. heard is not called any more after that.
	Listen(ctx context.Context, ready func(), heard func(message string)) error
}
