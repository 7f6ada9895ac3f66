package main

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// stormChecks is the number of connections that check sessions in a storm.
const stormChecks = 16

// flood is more clients than the queue for hashes has places for on two cores
// (128), so that some of them are refused. Each has an account of its own: logins
// to one account wait for each other before they queue.
const flood = 3 * widest

// calm is how long after the storms the server's memory is looked at again.
const calm = 10 * time.Second

// measureStorm checks sessions while others log in as fast as they can, and
// compares with the same checks in quiet: a storm that the queue for hashes
// holds, which is the one of the target, and one that overflows it.
func (b *bench) measureStorm(ctx context.Context) error {
	others, err := b.signUpMany(ctx, flood)
	if err != nil {
		return err
	}
	quiet, err := b.checking(ctx, stormChecks)
	if err != nil {
		return err
	}
	b.add(rate("session check, quiet", quiet))
	if err := b.storm(ctx, others, widest, quiet); err != nil {
		return err
	}
	if err := b.storm(ctx, others, flood, quiet); err != nil {
		return err
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(calm):
	}
	held, err := b.server.memory()
	if err != nil {
		return err
	}
	b.add(memory("memory, after the storms", held).comment("after " + calm.String() + " of quiet"))
	return nil
}

// storm lets so many clients log in to others, who are none of those whose
// sessions are checked meanwhile, and adds what came of it.
func (b *bench) storm(ctx context.Context, others []*person, clients int, quiet sample) error {
	if err := b.server.forgetPeak(); err != nil {
		return err
	}
	busy, logins, err := b.checkingWhile(ctx, load{conns: clients, patient: true, step: func(i int) step { return others[i].loggingIn(nil) }})
	if err != nil {
		return err
	}
	peak, err := b.server.peak()
	if err != nil {
		return err
	}
	logins.CPU = 0 // nearly all of it went into the checks
	name := fmt.Sprintf("%d logging in", clients)
	check := rate("session check, "+name, busy).over("quiet", quiet.rate()).comment(fmt.Sprintf("cores busy: server %s, generator %s", number(busy.Server), number(busy.Generator)))
	slow := duration("the same, 99th", stormChecks, busy.P99).over("quiet", milliseconds(quiet.P99))
	if clients == widest {
		check, slow = check.wantRatio(0.4), slow.wantRatioAtMost(3)
	}
	b.add(check, slow,
		rate(name+", meanwhile", logins).comment(fmt.Sprintf("%d OVERLOADED, who waited as long as they were told", logins.Refused)),
		memory("memory, "+name+", peak", peak),
	)
	return nil
}

// checkingWhile checks sessions while another load runs, which begins and ends
// with the checks. Each ends when the other fails: checks without a storm would
// measure nothing.
func (b *bench) checkingWhile(ctx context.Context, other load) (checks, others sample, err error) {
	both, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	done := make(chan error, 1)
	go func() {
		var err error
		others, err = b.load(both, other)
		if err != nil {
			stop(err)
		}
		done <- err
	}()
	checks, err = b.checking(both, stormChecks)
	if err != nil {
		stop(err)
	}
	return checks, others, errors.Join(err, <-done)
}
