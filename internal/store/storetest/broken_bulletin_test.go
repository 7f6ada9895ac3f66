package storetest_test

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

// brokenBulletins break what is promised of the bulletin.
func brokenBulletins() []broken {
	return []broken{
		{"lines come as they were announced", func(s auth.Store) auth.Store { return &linesAsTheyCame{Store: s} }, []string{"Bulletin/WhatIsAnnouncedIsThere"}},
		{"lines that are over come", func(s auth.Store) auth.Store { return linesForever{s} }, []string{"Bulletin/WhatIsAnnouncedIsThere", "Bulletin/LinesThatAreOverAreGone"}},
		{"a line is replaced", func(s auth.Store) auth.Store { return &linesReplaced{Store: s} }, []string{"Bulletin/ALineIsAnnouncedOnce"}},
		{"a sweep leaves lines", func(s auth.Store) auth.Store { return linesUnswept{s} }, []string{"Bulletin/LinesThatAreOverAreGone"}},
		{"pages have no end", func(s auth.Store) auth.Store { return linesWhole{s} }, []string{"Bulletin/AnnouncedComesInPages"}},
		{"a line is dropped while another is written", func(s auth.Store) auth.Store { return &lineDropped{Store: s} }, []string{"Bulletin/NoLineIsLost"}},
	}
}

type linesAsTheyCame struct {
	auth.Store
	came []string
}

func (b *linesAsTheyCame) Announce(ctx context.Context, lines []auth.Bulletined) error {
	for _, l := range lines {
		b.came = append(b.came, l.ID)
	}
	return b.Store.Announce(ctx, lines)
}

func (b *linesAsTheyCame) Announced(ctx context.Context, after string, now time.Time, most int) ([]auth.Bulletined, error) {
	lines, err := b.Store.Announced(ctx, after, now, most)
	slices.SortFunc(lines, func(x, y auth.Bulletined) int { return slices.Index(b.came, x.ID) - slices.Index(b.came, y.ID) })
	return lines, err
}

type linesForever struct{ auth.Store }

func (b linesForever) Announced(ctx context.Context, after string, _ time.Time, most int) ([]auth.Bulletined, error) {
	return b.Store.Announced(ctx, after, time.Time{}, most)
}

type linesReplaced struct {
	auth.Store
	last map[string]auth.Bulletined
}

func (b *linesReplaced) Announce(ctx context.Context, lines []auth.Bulletined) error {
	if b.last == nil {
		b.last = map[string]auth.Bulletined{}
	}
	for _, l := range lines {
		b.last[l.ID] = l
	}
	return b.Store.Announce(ctx, lines)
}

func (b *linesReplaced) Announced(ctx context.Context, after string, now time.Time, most int) ([]auth.Bulletined, error) {
	lines, err := b.Store.Announced(ctx, after, now, most)
	for i, l := range lines {
		lines[i] = b.last[l.ID]
	}
	return lines, err
}

type linesWhole struct{ auth.Store }

func (b linesWhole) Announced(ctx context.Context, after string, now time.Time, _ int) ([]auth.Bulletined, error) {
	return b.Store.Announced(ctx, after, now, 1000)
}

// lineDropped loses what is announced while somebody else announces.
type lineDropped struct {
	auth.Store
	mu sync.Mutex
}

func (b *lineDropped) Announce(ctx context.Context, lines []auth.Bulletined) error {
	if !b.mu.TryLock() {
		return nil
	}
	defer b.mu.Unlock()
	pause()
	return b.Store.Announce(ctx, lines)
}

// linesUnswept does not sweep what has ended in the last hour.
type linesUnswept struct{ auth.Store }

func (b linesUnswept) Sweep(ctx context.Context, now, keep, keepEvents time.Time) (int, error) {
	return b.Store.Sweep(ctx, now.Add(-time.Hour), keep, keepEvents)
}
