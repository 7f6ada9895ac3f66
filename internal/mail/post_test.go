package mail

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
	"github.com/latchkey/latchkey/internal/store/memory"
)

// office is an outbox and what happened to its mails. It is the store but for
// the problems, which it remembers. Only mails are written to it, no events, so
// its record needs no chain.
type office struct {
	*memory.Store
	renderer *Renderer
	logs     buffer

	mu       sync.Mutex
	problems []string
}

func newOffice(t *testing.T, mails int) *office {
	t.Helper()
	o := &office{Store: memory.New(nil), renderer: newRenderer(t)}
	for i := range mails {
		m := auth.Mail{
			ID: fmt.Sprintf("mail-%02d", i), Directory: "shared", Tenant: "t", User: fmt.Sprintf("user-%02d", i),
			Kind: auth.MessageLoginCode, CreatedAt: time.Now(),
		}
		if err := o.Write(t.Context(), auth.Note{Mails: []auth.Mail{m}}); err != nil {
			t.Fatal(err)
		}
	}
	return o
}

func (o *office) Postpone(ctx context.Context, directory, id string, next time.Time, problem string) error {
	o.remember(problem)
	return o.Store.Postpone(ctx, directory, id, next, problem)
}

func (o *office) Bury(ctx context.Context, directory, id string, at time.Time, problem string) error {
	o.remember(problem)
	return o.Store.Bury(ctx, directory, id, at, problem)
}

func (o *office) remember(problem string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.problems = append(o.problems, problem)
}

func (o *office) worker(to Transport) *Worker {
	return NewWorker(Post{
		Outbox: o, Renderer: o.renderer, Transport: to, Resolve: resolve, Now: time.Now,
		Log: slog.New(slog.NewJSONHandler(&o.logs, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
}

func resolve(_ context.Context, m auth.Mail) (auth.Message, error) {
	message := codeMessage()
	message.ID, message.Kind = m.ID, m.Kind
	return message, nil
}

// waiting checks how many mails are queued and dead.
func (o *office) waiting(t *testing.T, queued, dead int) {
	t.Helper()
	q, d, err := o.Waiting(t.Context())
	if err != nil || q != queued || d != dead {
		t.Errorf("got %d queued, %d dead, %v; want %d, %d", q, d, err, queued, dead)
	}
}

// run starts a worker and returns what stops it and waits for its end.
func run(t *testing.T, w *Worker) (stop func()) {
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); w.Run(ctx) }()
	return func() { cancel(); <-done }
}

// carrier is a transport that remembers what it carried and when, and answers
// as it is told.
type carrier struct {
	answer func(ctx context.Context, l Letter, try int) error

	mu      sync.Mutex
	tries   map[string]int
	at      []time.Time
	carried []string // Message-IDs that it took
}

func (c *carrier) Deliver(ctx context.Context, l Letter) error {
	c.mu.Lock()
	if c.tries == nil {
		c.tries = map[string]int{}
	}
	c.tries[l.ID]++
	try := c.tries[l.ID]
	c.at = append(c.at, time.Now())
	c.mu.Unlock()
	if c.answer != nil {
		if err := c.answer(ctx, l, try); err != nil {
			return err
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.carried = append(c.carried, l.ID)
	return nil
}

func (c *carrier) letters() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.carried)
}

// buffer is a bytes.Buffer for several writers.
type buffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}
