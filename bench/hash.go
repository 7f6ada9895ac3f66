package main

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"time"

	"github.com/latchkey/latchkey/internal/password"
)

// hashing is what a password costs on this machine.
type hashing struct {
	one  time.Duration // median of hashes made one after the other
	rate float64       // hashes a second on all cores
}

// measureHash hashes with the default setting, alone and on every core.
func measureHash(ctx context.Context, span time.Duration) (h hashing, err error) {
	cores := runtime.NumCPU()
	hasher, err := password.New(password.Config{Parallel: cores})
	if err != nil {
		return h, err
	}
	alone, err := hashFor(ctx, hasher, span/2)
	if err != nil {
		return h, err
	}
	began := time.Now()
	var all sync.WaitGroup
	times, errs := make([][]time.Duration, cores), make([]error, cores)
	for i := range cores {
		all.Go(func() { times[i], errs[i] = hashFor(ctx, hasher, span/2) })
	}
	all.Wait()
	count := 0
	for _, t := range times {
		count += len(t)
	}
	return hashing{one: median(alone), rate: float64(count) / time.Since(began).Seconds()}, errors.Join(errs...)
}

// hashFor hashes for that long, at least once.
func hashFor(ctx context.Context, h *password.Hasher, span time.Duration) (took []time.Duration, err error) {
	for end := time.Now().Add(span); len(took) == 0 || time.Now().Before(end); {
		at := time.Now()
		if _, err := h.Hash(ctx, "bench", benchPassword); err != nil {
			return nil, err
		}
		took = append(took, time.Since(at))
	}
	return took, nil
}
