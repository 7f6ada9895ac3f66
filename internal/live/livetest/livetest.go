// Package livetest says what a [live.Bus] promises, as tests that every
// implementation runs. It knows none of them.
package livetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/latchkey/latchkey/internal/live"
)

// patience is how long a bus on a slow machine may take; nothing is measured.
const patience = 30 * time.Second

// Bus is what is tested: that of one deployment, which nobody else uses.
type Bus struct {
	// Open returns the bus of another process of the same deployment, a new one
	// for each test. What needs closing is closed by t.Cleanup.
	Open func(t *testing.T) live.Bus
	// Cut breaks the connections of all that listen, as a server does that is
	// restarted, and returns when they are broken.
	Cut func(t *testing.T)
}

// Run runs the tests.
func (b Bus) Run(t *testing.T) {
	t.Run("EverybodyHearsInOrder", b.everybodyHearsInOrder)
	t.Run("WhatIsPublishedOnceReadyIsHeard", b.whatIsPublishedOnceReadyIsHeard)
	t.Run("AMessageArrivesAsItWasSent", b.aMessageArrivesAsItWasSent)
	t.Run("NothingIsLostByASlowListener", b.nothingIsLostByASlowListener)
	t.Run("ManyPublishAtOnce", b.manyPublishAtOnce)
	t.Run("ListenEndsWithItsContext", b.listenEndsWithItsContext)
	t.Run("PublishEndsWithItsContext", b.publishEndsWithItsContext)
	t.Run("NobodyHasToListen", b.nobodyHasToListen)
	t.Run("ALostConnectionEndsListen", b.aLostConnectionEndsListen)
}

// listener is one call of Listen.
type listener struct {
	stop  context.CancelFunc
	ended chan error

	mu    sync.Mutex
	heard []string
	more  chan struct{} // has one in it when something was heard
}

// listen returns when bus is ready. before is called before each message is
// taken note of.
func listen(t *testing.T, bus live.Bus, before func()) *listener {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	l := &listener{stop: stop, ended: make(chan error, 1), more: make(chan struct{}, 1)}
	ready := make(chan struct{})
	go func() {
		l.ended <- bus.Listen(ctx, func() { close(ready) }, func(message string) {
			before()
			l.mu.Lock()
			l.heard = append(l.heard, message)
			l.mu.Unlock()
			select {
			case l.more <- struct{}{}:
			default:
			}
		})
	}()
	t.Cleanup(stop)
	select {
	case <-ready:
	case err := <-l.ended:
		t.Fatalf("Listen ended before it was ready: %v", err)
	case <-time.After(patience):
		t.Fatal("Listen is not ready")
	}
	return l
}

// wants waits until all of want was heard, and compares. A message may come
// twice in a row.
func (l *listener) wants(t *testing.T, want []string) {
	t.Helper()
	late := time.After(patience)
	for {
		l.mu.Lock()
		got := slices.Compact(slices.Clone(l.heard))
		l.mu.Unlock()
		if len(got) >= len(want) {
			if !slices.Equal(got, want) {
				t.Errorf("got %d messages, want %d, in that order; the first that differs is %d", len(got), len(want), differs(got, want))
			}
			return
		}
		select {
		case <-l.more:
		case err := <-l.ended:
			t.Fatalf("Listen ended with %d of %d messages heard: %v", len(got), len(want), err)
		case <-late:
			t.Fatalf("got %d messages, want %d", len(got), len(want))
		}
	}
}

func differs(a, b []string) int {
	n := min(len(a), len(b))
	for i := range n {
		if a[i] != b[i] {
			return i
		}
	}
	return n
}

// end stops it and waits for the error that Listen always returns.
func (l *listener) end(t *testing.T) {
	t.Helper()
	l.stop()
	l.returns(t)
}

func (l *listener) returns(t *testing.T) {
	t.Helper()
	select {
	case err := <-l.ended:
		if err == nil {
			t.Error("Listen returned no error")
		}
	case <-time.After(patience):
		t.Fatal("Listen does not return")
	}
}

func publish(t *testing.T, bus live.Bus, messages ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := bus.Publish(ctx, messages...); err != nil {
		t.Fatalf("Publish: %v", err)
	}
}

func numbered(n int) (messages []string) {
	for i := range n {
		messages = append(messages, fmt.Sprint("message ", i))
	}
	return messages
}

func quick() {}

func (b Bus) everybodyHearsInOrder(t *testing.T) {
	sender, other := b.Open(t), b.Open(t)
	own, others := listen(t, sender, quick), listen(t, other, quick)
	want := numbered(300)
	publish(t, sender, want[:100]...)
	for _, m := range want[100:200] {
		publish(t, sender, m)
	}
	publish(t, other, want[200:]...)
	own.wants(t, want)
	others.wants(t, want)
	own.end(t)
	others.end(t)
}

func (b Bus) whatIsPublishedOnceReadyIsHeard(t *testing.T) {
	sender, bus := b.Open(t), b.Open(t)
	for _, m := range numbered(20) {
		l := listen(t, bus, quick)
		publish(t, sender, m)
		l.wants(t, []string{m}) // and nothing of the round before
		l.end(t)
	}
}

func (b Bus) aMessageArrivesAsItWasSent(t *testing.T) {
	bus := b.Open(t)
	l := listen(t, bus, quick)
	var printable strings.Builder
	for c := byte(' '); c <= '~'; c++ {
		printable.WriteByte(c)
	}
	want := []string{printable.String(), strings.Repeat("x", 7000), "1* '); --", "%s $1 \\ "}
	publish(t, bus, want...)
	l.wants(t, want)
	l.end(t)
}

func (b Bus) nothingIsLostByASlowListener(t *testing.T) {
	bus := b.Open(t)
	held := make(chan struct{})
	release := sync.OnceFunc(func() { close(held) })
	defer release()
	l := listen(t, bus, func() { <-held })
	want := numbered(3000)
	for part := range slices.Chunk(want, 100) {
		publish(t, bus, part...)
	}
	release()
	l.wants(t, want)
	l.end(t)
}

func (b Bus) manyPublishAtOnce(t *testing.T) {
	bus := b.Open(t)
	l := listen(t, b.Open(t), quick)
	want := numbered(200)
	var all sync.WaitGroup
	for part := range slices.Chunk(want, 10) {
		all.Go(func() {
			if err := bus.Publish(t.Context(), part...); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	publish(t, bus, "last")
	late := time.After(patience)
	for {
		l.mu.Lock()
		got := slices.Clone(l.heard)
		l.mu.Unlock()
		if slices.Contains(got, "last") {
			for _, m := range want {
				if !slices.Contains(got, m) {
					t.Errorf("%q was not heard", m)
				}
			}
			break
		}
		select {
		case <-l.more:
		case <-late:
			t.Fatal("the last message was not heard")
		}
	}
	l.end(t)
}

func (b Bus) listenEndsWithItsContext(t *testing.T) {
	bus := b.Open(t)
	l := listen(t, bus, quick)
	l.end(t)
	publish(t, bus, "after the end")
	again := listen(t, bus, quick) // it can listen again
	publish(t, bus, "message")
	again.wants(t, []string{"message"})
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.heard) > 0 {
		t.Errorf("heard was called after Listen returned, with %q", l.heard)
	}
	again.end(t)
}

func (b Bus) publishEndsWithItsContext(t *testing.T) {
	bus := b.Open(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := bus.Publish(ctx, "message"); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want that the context was cancelled", err)
	}
	if err := bus.Listen(ctx, quick, func(string) {}); err == nil {
		t.Error("Listen returned no error")
	}
}

func (b Bus) nobodyHasToListen(t *testing.T) {
	bus := b.Open(t)
	publish(t, bus, numbered(10)...)
}

// Nobody knows what was missed while the connection was lost, so that Listen
// must not hide that it was.
func (b Bus) aLostConnectionEndsListen(t *testing.T) {
	bus := b.Open(t)
	for range 3 {
		one, two := listen(t, bus, quick), listen(t, b.Open(t), quick)
		b.Cut(t)
		one.returns(t)
		two.returns(t)
	}
	l := listen(t, bus, quick)
	publish(t, b.Open(t), "message")
	l.wants(t, []string{"message"})
	l.end(t)
}
