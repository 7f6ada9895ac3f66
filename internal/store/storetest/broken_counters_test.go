package storetest_test

import (
	"context"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

func brokenCounters() []broken {
	return []broken{
		{"window never ends", func(s auth.Store) auth.Store { return windowForever{s} }, []string{"Tickets/CountersStartAgain"}},
		{"reading begins the window", func(s auth.Store) auth.Store { return readingBegins{s} }, []string{"Tickets/CountersStartAgain"}},
		{"below zero", func(s auth.Store) auth.Store { return belowZero{s} }, []string{"Tickets/CountersStayAboveZero"}},
		{"directory of the counter ignored", func(s auth.Store) auth.Store { return oneCounter{s} }, []string{"Tickets/CountersAreApart"}},
		{"lost count", func(s auth.Store) auth.Store { return lostCount{s} }, []string{"Tickets/NoCountIsLost"}},
	}
}

type windowForever struct{ auth.Store }

func (b windowForever) Count(ctx context.Context, c auth.Count) (auth.Tally, error) {
	end := c.Window
	c.Window = 1000 * time.Hour
	got, err := b.Store.Count(ctx, c)
	if !got.Resets.IsZero() {
		got.Resets = got.Resets.Add(end - c.Window)
	}
	return got, err
}

type readingBegins struct{ auth.Store }

func (b readingBegins) Count(ctx context.Context, c auth.Count) (auth.Tally, error) {
	if c.Add == 0 {
		c.Add = 1
		if _, err := b.Store.Count(ctx, c); err != nil {
			return auth.Tally{}, err
		}
		c.Add = -1
	}
	return b.Store.Count(ctx, c)
}

type belowZero struct{ auth.Store }

func (b belowZero) Count(ctx context.Context, c auth.Count) (auth.Tally, error) {
	read := c
	read.Add = 0
	was, err := b.Store.Count(ctx, read)
	if err != nil {
		return was, err
	}
	got, err := b.Store.Count(ctx, c)
	got.N = was.N + c.Add
	return got, err
}

type oneCounter struct{ auth.Store }

func (b oneCounter) Count(ctx context.Context, c auth.Count) (auth.Tally, error) {
	c.Directory = "default"
	return b.Store.Count(ctx, c)
}

// lostCount reads, then writes what it read and its own.
type lostCount struct{ auth.Store }

func (b lostCount) Count(ctx context.Context, c auth.Count) (auth.Tally, error) {
	read := c
	read.Add = 0
	was, err := b.Store.Count(ctx, read)
	if err != nil || c.Add == 0 {
		return was, err
	}
	pause()
	empty := c
	empty.Add = -1 << 30
	if _, err := b.Store.Count(ctx, empty); err != nil {
		return was, err
	}
	c.Add += was.N
	return b.Store.Count(ctx, c)
}
