package live

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/latchkey/latchkey/internal/auth"
)

// Writers end sessions and drop them while readers ask for all of them: no
// reader that began after a drop had returned may see that session alive.
func TestNoReaderSeesAnEndedSessionAlive(t *testing.T) {
	for _, drop := range []struct {
		name string
		drop func(c *Cache, id string)
	}{
		{"one by one", func(c *Cache, id string) { c.DropSessions("d", id) }},
		{"all", func(c *Cache, _ string) { c.DropAll() }},
	} {
		t.Run(drop.name, func(t *testing.T) {
			const sessions, rounds, readers = 4, 1500, 4
			s := newSource()
			s.read = func(context.Context) { runtime.Gosched() } // old reads return late
			c := New(Config{Source: s, Sessions: 3})             // evictions, too
			var version [sessions]atomic.Int64                   // that every later reader must see
			id := func(n int) string { return fmt.Sprint("s", n) }
			write := func(n int, v int64) {
				s.change(func() { s.sessions[key{"d", id(n)}] = auth.Session{Counter: v} })
			}
			for n := range sessions {
				write(n, 0)
			}

			var reading, writing sync.WaitGroup
			done := make(chan struct{})
			for r := range readers {
				reading.Go(func() {
					for n := r; ; n++ {
						select {
						case <-done:
							return
						default:
						}
						least := version[n%sessions].Load()
						got, err := c.Session(t.Context(), "d", id(n%sessions))
						if err != nil || got.Counter < least {
							t.Errorf("session %d: got version %d, %v, want at least %d", n%sessions, got.Counter, err, least)
							return
						}
					}
				})
			}
			for n := range sessions {
				writing.Go(func() {
					for v := int64(1); v <= rounds; v++ {
						write(n, v)
						drop.drop(c, id(n))
						version[n].Store(v)
					}
				})
			}
			writing.Wait()
			close(done)
			reading.Wait()
		})
	}
}
