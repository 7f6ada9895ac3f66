package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// How often a start is measured; the median counts.
const (
	firstStarts = 5
	laterStarts = 9
)

func (b *bench) measureSize(context.Context) error {
	info, err := os.Stat(b.binary) //nolint:gosec // who runs the bench names it
	if err != nil {
		return err
	}
	b.add(memory("binary", float64(info.Size())/(1<<20)).wantAtMost(40))
	return nil
}

// measureStart measures the time from the start of the process to the first
// answer of /healthz and /readyz: with no database there, and on one that is.
func (b *bench) measureStart(ctx context.Context) error {
	var first, later starts
	var database string
	for i := range firstStarts {
		database = filepath.Join(b.dir, fmt.Sprintf("start%d.db", i))
		if err := b.timeStart(ctx, database, &first); err != nil {
			return err
		}
	}
	for range laterStarts {
		if err := b.timeStart(ctx, database, &later); err != nil {
			return err
		}
	}
	b.add(
		duration("first start → /healthz", 0, median(first.healthy)),
		duration("first start → /readyz", 0, median(first.ready)).wantAtMost(600).comment(fmt.Sprintf("median of %d", firstStarts)),
		duration("start → /healthz", 0, median(later.healthy)),
		duration("start → /readyz", 0, median(later.ready)).wantAtMost(150).comment(fmt.Sprintf("median of %d", laterStarts)),
	)
	return nil
}

// starts are the times of several starts.
type starts struct{ healthy, ready []time.Duration }

func (b *bench) timeStart(ctx context.Context, database string, into *starts) error {
	began := time.Now()
	p, address, err := b.launch(ctx, database)
	if err != nil {
		return err
	}
	err = await(ctx, p, address, "/healthz")
	into.healthy = append(into.healthy, time.Since(began))
	if err == nil {
		err = await(ctx, p, address, "/readyz")
		into.ready = append(into.ready, time.Since(began))
	}
	return errors.Join(err, p.stop())
}
