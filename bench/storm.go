package main

import (
	"context"
	"errors"
)

// stormChecks is the number of connections that check sessions in the storm.
const stormChecks = 16

// measureStorm checks sessions while 64 clients log in as fast as they can, and
// compares with the same checks in quiet.
func (b *bench) measureStorm(ctx context.Context) error {
	quiet, err := b.checking(ctx, stormChecks)
	if err != nil {
		return err
	}
	storm, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	over := errors.New("the checks are done")
	logins := make(chan error, 1)
	go func() {
		l := load{address: b.address, conns: widest, span: 2 * (b.warm + b.span), step: func(i int) step { return b.people[i].loggingIn(nil) }}
		_, err := l.run(storm)
		stop(err) // checks without a storm would measure nothing
		logins <- err
	}()
	busy, err := b.checking(storm, stormChecks)
	stop(over)
	if failed := <-logins; !errors.Is(failed, over) {
		err = errors.Join(err, failed)
	}
	if err != nil {
		return err
	}
	b.add(
		rate("session check, quiet", quiet),
		rate("session check, 64 logging in", busy).over("quiet", quiet.rate()).wantRatio(0.4),
		duration("the same, 99th", stormChecks, busy.P99).over("quiet", milliseconds(quiet.P99)).wantRatioAtMost(3),
	)
	return nil
}
