package feed

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

// ErrDown says that the news cannot be read at the moment, or that nobody reads
// them any more: a listener ends with it, and a new one is refused.
var ErrDown = errors.New("news cannot be read at the moment")

// Source is where the news are; [auth.Bulletin] has it.
type Source interface {
	Announced(ctx context.Context, after string, now time.Time, max int) ([]auth.Bulletined, error)
}

// Config says what a hub reads. Source is required.
type Config struct {
	Source Source
	Now    func() time.Time // time.Now; only what is over is judged by it
	Log    *slog.Logger     // of trouble; nil: silence
	Life   time.Duration    // of access tokens: what listeners are told of them
}

// Hub reads news while somebody listens. All methods may be called at once from
// anywhere.
type Hub struct {
	config Config
	due    chan struct{} // has one in it when it is time to read

	mu        sync.Mutex
	window    *window // nil: nothing is held
	listeners int     // of the window, with those who wait for it
	down      bool    // reading fails
	over      bool    // Run has returned
}

// New returns a hub that holds nothing. It reads once [Hub.Run] runs.
func New(c Config) *Hub {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return &Hub{config: c, due: make(chan struct{}, 1)}
}

// Life is how long an access token lives.
func (h *Hub) Life() time.Duration { return h.config.Life }

// Wake has the news read soon, where somebody listens. It never waits.
func (h *Hub) Wake() {
	select {
	case h.due <- struct{}{}:
	default: // a read is due, and has not begun
	}
}

// Stats is how a hub is doing.
type Stats struct {
	Listeners int           // guards and sessions
	Lines     int           // held
	Lag       time.Duration // since all there was had been read; 0 while nobody listens
}

// Stats returns how the hub is doing.
func (h *Hub) Stats() Stats {
	h.mu.Lock()
	w, s := h.window, Stats{Listeners: h.listeners}
	h.mu.Unlock()
	if w != nil && s.Listeners > 0 {
		s.Lines, s.Lag = w.size()
	}
	return s
}

// loadLimit bounds the wait of a new listener for the window to be loaded.
const loadLimit = 5 * time.Second

// enter counts a listener in and returns the window, loaded. Without an error,
// leave has to be called.
func (h *Hub) enter(ctx context.Context) (*window, error) {
	h.mu.Lock()
	if h.over || h.down {
		h.mu.Unlock()
		return nil, ErrDown
	}
	if h.window == nil {
		h.window = newWindow()
		h.Wake()
	}
	w := h.window
	h.listeners++
	h.mu.Unlock()
	limit := time.NewTimer(loadLimit)
	defer limit.Stop()
	select {
	case <-w.loaded:
		return w, nil
	case <-w.cut:
	case <-ctx.Done():
	case <-limit.C:
	}
	h.leave(w)
	return nil, ErrDown
}

// leave counts a listener out; the last one takes the window along.
func (h *Hub) leave(w *window) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if w != h.window {
		return // it was cut, and counted out with all the others
	}
	if h.listeners--; h.listeners == 0 {
		h.drop()
	}
}

// drop cuts everybody. The hub is locked.
func (h *Hub) drop() {
	if h.window != nil {
		close(h.window.cut)
		h.window = nil
	}
	h.listeners = 0
}
