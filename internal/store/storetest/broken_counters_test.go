package storetest_test

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

func brokenCounters() []broken {
	return []broken{
		{"window never ends", func(s auth.Store) auth.Store { return windowForever{s} }, []string{"Tickets/CountersStartAgain"}},
		{"reading begins the window", func(s auth.Store) auth.Store { return readingBegins{s} }, []string{"Tickets/CountersStartAgain"}},
		{"below zero", func(s auth.Store) auth.Store { return belowZero{s} }, []string{"Tickets/CountersStayAboveZero"}},
		{"directory of the counter ignored", func(s auth.Store) auth.Store { return oneCounter{s} }, []string{"Tickets/CountersAreApart"}},
		{"lost count", func(s auth.Store) auth.Store { return lostCount{s} },
			[]string{"Tickets/NoCountIsLost", "Tickets/NoCountIsLostAmongMany"}},
		{"tallies in the order of their keys", func(s auth.Store) auth.Store { return countsSorted{s} }, []string{"Tickets/CountsComeInTheirOrder"}},
		{"all read before one is added to", func(s auth.Store) auth.Store { return countsRead{s} },
			[]string{"Tickets/CountsComeInTheirOrder", "Tickets/NoCountIsLostAmongMany"}},
		{"a write for each counter", func(s auth.Store) auth.Store { return countsApart{s} }, []string{"Tickets/CountsAreOneWrite"}},
	}
}

// each counts one counter after the other, as count does.
func each(counts []auth.Count, count func(auth.Count) (auth.Tally, error)) ([]auth.Tally, error) {
	var out []auth.Tally
	for _, c := range counts {
		got, err := count(c)
		if err != nil {
			return nil, err
		}
		out = append(out, got)
	}
	return out, nil
}

// one counts one counter.
func one(ctx context.Context, s auth.Store, c auth.Count) (auth.Tally, error) {
	got, err := s.Count(ctx, c)
	if err != nil {
		return auth.Tally{}, err
	}
	return got[0], nil
}

type windowForever struct{ auth.Store }

func (b windowForever) Count(ctx context.Context, counts ...auth.Count) ([]auth.Tally, error) {
	return each(counts, func(c auth.Count) (auth.Tally, error) {
		end := c.Window
		c.Window = 1000 * time.Hour
		got, err := one(ctx, b.Store, c)
		if !got.Resets.IsZero() {
			got.Resets = got.Resets.Add(end - c.Window)
		}
		return got, err
	})
}

type readingBegins struct{ auth.Store }

func (b readingBegins) Count(ctx context.Context, counts ...auth.Count) ([]auth.Tally, error) {
	return each(counts, func(c auth.Count) (auth.Tally, error) {
		if c.Add == 0 {
			c.Add = 1
			if _, err := one(ctx, b.Store, c); err != nil {
				return auth.Tally{}, err
			}
			c.Add = -1
		}
		return one(ctx, b.Store, c)
	})
}

type belowZero struct{ auth.Store }

func (b belowZero) Count(ctx context.Context, counts ...auth.Count) ([]auth.Tally, error) {
	return each(counts, func(c auth.Count) (auth.Tally, error) {
		read := c
		read.Add = 0
		was, err := one(ctx, b.Store, read)
		if err != nil {
			return was, err
		}
		got, err := one(ctx, b.Store, c)
		got.N = was.N + c.Add
		return got, err
	})
}

type oneCounter struct{ auth.Store }

func (b oneCounter) Count(ctx context.Context, counts ...auth.Count) ([]auth.Tally, error) {
	counts = slices.Clone(counts)
	for i := range counts {
		counts[i].Directory = "default"
	}
	return b.Store.Count(ctx, counts...)
}

// lostCount reads, then writes what it read and its own.
type lostCount struct{ auth.Store }

func (b lostCount) Count(ctx context.Context, counts ...auth.Count) ([]auth.Tally, error) {
	return each(counts, func(c auth.Count) (auth.Tally, error) {
		read := c
		read.Add = 0
		was, err := one(ctx, b.Store, read)
		if err != nil || c.Add == 0 {
			return was, err
		}
		pause()
		empty := c
		empty.Add = -1 << 30
		if _, err := one(ctx, b.Store, empty); err != nil {
			return was, err
		}
		c.Add += was.N
		return one(ctx, b.Store, c)
	})
}

type countsSorted struct{ auth.Store }

func (b countsSorted) Count(ctx context.Context, counts ...auth.Count) ([]auth.Tally, error) {
	counts = slices.Clone(counts)
	slices.SortStableFunc(counts, func(x, y auth.Count) int { return cmp.Compare(x.Key, y.Key) })
	return b.Store.Count(ctx, counts...)
}

// countsRead reads all of them before it adds to any.
type countsRead struct{ auth.Store }

func (b countsRead) Count(ctx context.Context, counts ...auth.Count) ([]auth.Tally, error) {
	reads := slices.Clone(counts)
	for i := range reads {
		reads[i].Add = 0
	}
	was, err := b.Store.Count(ctx, reads...)
	if err != nil {
		return nil, err
	}
	pause()
	got, err := b.Store.Count(ctx, counts...)
	for i := range got {
		got[i].N = max(was[i].N+counts[i].Add, 0)
	}
	return got, err
}

// countsApart makes a write of each.
type countsApart struct{ auth.Store }

func (b countsApart) Count(ctx context.Context, counts ...auth.Count) ([]auth.Tally, error) {
	return each(counts, func(c auth.Count) (auth.Tally, error) {
		pause()
		return one(ctx, b.Store, c)
	})
}
