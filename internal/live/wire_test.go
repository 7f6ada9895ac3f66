package live

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Wire is a bus in memory. Each process has a Station at it.
type Wire struct {
	mu    sync.Mutex
	lines map[*line]struct{}
}

// Station is a Bus with faults that a test switches on and off.
type Station struct {
	wire *Wire

	refuses atomic.Bool // Publish and new connections
	hangs   atomic.Bool // Publish
	deaf    atomic.Bool // connections look fine and carry nothing
	twice   atomic.Bool // messages come twice
	dial    time.Duration

	calls atomic.Int64 // of Publish, but for pings
	gate  chan struct{}
}

// line is one connection that listens.
type line struct {
	station *Station
	more    chan struct{}
	cut     chan struct{}
	once    sync.Once
	waiting []string // under the wire's lock
}

func NewWire() *Wire { return &Wire{lines: make(map[*line]struct{})} }

func (w *Wire) Station() *Station { return &Station{wire: w} }

func isPing(message string) bool { return strings.HasPrefix(message, "1p ") }

func (s *Station) Publish(ctx context.Context, messages ...string) error {
	if !isPing(messages[0]) {
		s.calls.Add(1)
		if s.gate != nil {
			<-s.gate
		}
	}
	if s.hangs.Load() {
		<-ctx.Done()
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if s.refuses.Load() {
		return errors.New("refused")
	}
	s.wire.carry(messages...)
	return nil
}

func (w *Wire) carry(messages ...string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for l := range w.lines {
		if l.station.deaf.Load() {
			continue
		}
		for _, m := range messages {
			l.waiting = append(l.waiting, m)
			if l.station.twice.Load() {
				l.waiting = append(l.waiting, m)
			}
		}
		select {
		case l.more <- struct{}{}:
		default:
		}
	}
}

func (s *Station) Listen(ctx context.Context, ready func(), heard func(string)) error {
	if s.refuses.Load() {
		return errors.New("refused")
	}
	select {
	case <-time.After(s.dial):
	case <-ctx.Done():
		return ctx.Err()
	}
	l := &line{station: s, more: make(chan struct{}, 1), cut: make(chan struct{})}
	s.wire.mu.Lock()
	s.wire.lines[l] = struct{}{}
	s.wire.mu.Unlock()
	defer func() {
		s.wire.mu.Lock()
		delete(s.wire.lines, l)
		s.wire.mu.Unlock()
	}()
	ready()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-l.cut:
			return errors.New("cut")
		case <-l.more:
		}
		s.wire.mu.Lock()
		messages := l.waiting
		l.waiting = nil
		s.wire.mu.Unlock()
		for _, m := range messages {
			if ctx.Err() == nil {
				heard(m)
			}
		}
	}
}

// Cut breaks the connections of one station, or of all with nil.
func (w *Wire) Cut(of *Station) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for l := range w.lines {
		if of == nil || l.station == of {
			l.once.Do(func() { close(l.cut) })
		}
	}
}
