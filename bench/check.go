package main

import (
	"context"
	"fmt"
	"net/http"
	"sync/atomic"
	"time"
)

// What BENCH.md counts: this many session checks, then the memory.
const (
	manyChecks   = 1_000_000
	manyPatience = 2 * time.Minute
)

// checks are the requests that check each person's session.
func (b *bench) checks() [][]byte {
	var asks [][]byte
	for _, p := range b.people {
		asks = append(asks, get("/auth/verify-token", p.access))
	}
	return asks
}

// checking is a load of session checks, each connection going round all of the
// sessions.
func (b *bench) checking(ctx context.Context, conns int) (sample, error) {
	asks := b.checks()
	s, err := b.load(ctx, load{conns: conns, step: func(i int) step { return inTurn(asks, i, http.StatusOK, codeValid) }})
	b.checked += s.Count
	return s, err
}

func (b *bench) measureCheck(ctx context.Context) error {
	for _, n := range widths {
		bare, err := b.ceiling(ctx, barePath, n)
		if err != nil {
			return err
		}
		s, err := b.checking(ctx, n)
		if err != nil {
			return err
		}
		r := rate("session check", s).over("bare", bare.rate())
		if n != widest {
			b.add(r)
			continue
		}
		b.add(r.wantRatio(0.6), duration("session check, 99th", n, s.P99).over("bare's", milliseconds(bare.P99)).wantRatioAtMost(1.7))
	}
	return nil
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// measureMemory tells what the process held before its first request, and after
// a million session checks, those of measureCheck counted.
func (b *bench) measureMemory(ctx context.Context) error {
	b.add(memory("memory, idle", b.idle).wantAtMost(30))
	asks := b.checks()
	left := atomic.Int64{}
	left.Store(int64(manyChecks - b.checked))
	s, err := load{address: b.address, on: b.server, conns: widest, span: manyPatience, step: func(i int) step {
		ask := inTurn(asks, i, http.StatusOK, codeValid)
		return func(c *conn) error {
			if left.Add(-1) < 0 {
				return errSpent
			}
			return ask(c)
		}
	}}.run(ctx)
	if err != nil {
		return err
	}
	b.checked += s.Count
	held, err := b.server.memory()
	if err != nil {
		return err
	}
	b.add(memory("memory, after session checks", held).wantAtMost(60).comment(fmt.Sprintf("%s of them", number(float64(b.checked)))))
	return nil
}
