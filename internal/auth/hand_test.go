package auth_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

// mailer keeps the mails it is given, or breaks.
type mailer struct {
	mu    sync.Mutex
	sent  []auth.Message
	drawn []string // every code it was given, sent or not
	woken int
	down  error
}

var _ auth.Mailer = (*mailer)(nil)

func (m *mailer) Send(_ context.Context, msg auth.Message) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.drawn = append(m.drawn, msg.Facts.Code)
	if m.down == nil {
		m.sent = append(m.sent, msg)
	}
	return m.down
}

func (m *mailer) Wake() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.woken++
}

func (m *mailer) breaks(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.down = err
}

// codes returns every code that was mailed, oldest first.
func (m *mailer) codes() (codes []string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, msg := range m.sent {
		if msg.Kind == auth.MessageLoginCode {
			codes = append(codes, msg.Facts.Code)
		}
	}
	return codes
}

// code returns the newest code.
func (m *mailer) code(t testing.TB) string {
	t.Helper()
	all := m.codes()
	if len(all) == 0 {
		t.Fatal("no code was mailed")
	}
	return all[len(all)-1]
}

// clock is a clock in hand.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// advance moves the clock, backwards too.
func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// buffer collects what is logged.
type buffer struct {
	mu   sync.Mutex
	text []byte
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.text = append(b.text, p...)
	return len(p), nil
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return string(b.text)
}
