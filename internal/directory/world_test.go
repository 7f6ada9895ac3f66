package directory_test

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
	"github.com/latchkey/latchkey/internal/directory"
)

var errBroken = errors.New("disk on fire")

// base is the database of one directory, or the control database, in memory. It
// outlives being closed, as a file does. What it does not answer to, no test
// needs.
type base struct {
	auth.Store
	w  *world
	id string

	mu     sync.Mutex
	calls  []string // methods
	open   int      // how often it is open now
	mails  []auth.Mail
	dead   int
	flags  map[string]time.Time
	busy   func(ctx context.Context) error // what a call does before it answers
	broken string                          // the method that fails
	lost   error                           // why it is no longer what was opened
}

func (b *base) Intact() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.lost
}

// call is the beginning of every call.
func (b *base) call(ctx context.Context, method string) error {
	b.mu.Lock()
	b.calls = append(b.calls, method)
	open, busy, broken := b.open, b.busy, b.broken
	b.mu.Unlock()
	if open != 1 {
		b.w.t.Errorf("%s called on %s, which is open %d times", method, b.id, open)
	}
	if broken == method {
		return errBroken
	}
	if busy != nil {
		return busy(ctx)
	}
	return nil
}

func (b *base) User(ctx context.Context, _, id string) (auth.User, error) {
	return auth.User{ID: id, Directory: b.id}, b.call(ctx, "User")
}

func (b *base) Write(ctx context.Context, n auth.Note) error {
	err := b.call(ctx, "Write")
	b.mu.Lock()
	defer b.mu.Unlock()
	b.mails = append(b.mails, n.Mails...)
	return err
}

func (b *base) Lease(ctx context.Context, _ time.Time, _ time.Duration, most int) ([]auth.Mail, error) {
	if err := b.call(ctx, "Lease"); err != nil {
		return nil, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.mails[:min(most, len(b.mails))]), nil
}

func (b *base) Sent(ctx context.Context, _, id string, _ time.Time) error {
	err := b.call(ctx, "Sent")
	b.mu.Lock()
	defer b.mu.Unlock()
	b.mails = slices.DeleteFunc(b.mails, func(m auth.Mail) bool { return m.ID == id })
	return err
}

func (b *base) Waiting(ctx context.Context) (queued, dead int, err error) {
	err = b.call(ctx, "Waiting")
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.mails), b.dead, err
}

func (b *base) Sweep(ctx context.Context, _, _, _ time.Time) (int, error) {
	return 1, b.call(ctx, "Sweep")
}

func (b *base) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.open--; b.open != 0 {
		b.w.t.Errorf("%s closed, and now open %d times", b.id, b.open)
	}
	b.w.mu.Lock()
	defer b.w.mu.Unlock()
	b.w.now--
	return nil
}

// called are the calls until now of these methods.
func (b *base) called(methods ...string) []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	var all []string
	for _, m := range b.calls {
		if slices.Contains(methods, m) {
			all = append(all, m)
		}
	}
	return all
}

func (b *base) isOpen() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.open > 0
}

// post puts mails into the outbox, as another process does.
func (b *base) post(ids ...string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, id := range ids {
		b.mails = append(b.mails, auth.Mail{ID: id, Directory: b.id})
	}
}

func (b *base) bury(n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.dead += n
}

// does sets what every call does before it answers.
func (b *base) does(busy func(ctx context.Context) error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.busy = busy
}

// left is how many mails are in the outbox.
func (b *base) left() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.mails)
}

// Directory and the next methods are the registry's, of the control database.
func (b *base) Directory(_ context.Context, id string) (auth.Directory, error) {
	if b.w.base(id) == nil {
		return auth.Directory{}, auth.ErrNoRecord
	}
	return auth.Directory{ID: id, Name: "registered"}, nil
}

func (b *base) Directories(_ context.Context, after string, most int) ([]auth.Directory, error) {
	var all []auth.Directory
	for _, id := range b.w.ids { // they are in order
		if id > after && len(all) < most {
			all = append(all, auth.Directory{ID: id})
		}
	}
	return all, nil
}

func (b *base) FlagDirectory(ctx context.Context, id string, at time.Time) error {
	err := b.call(ctx, "FlagDirectory")
	b.mu.Lock()
	defer b.mu.Unlock()
	b.flags[id] = at
	return err
}

func (b *base) FlaggedDirectories(context.Context) (map[string]time.Time, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return maps.Clone(b.flags), nil
}

func (b *base) UnflagDirectory(_ context.Context, id string, at time.Time) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.flags[id].Equal(at) {
		delete(b.flags, id)
	}
	return nil
}

// world is a pool over a control database and some directories.
type world struct {
	t *testing.T
	*directory.Pool
	control *base
	ids     []string
	bases   map[string]*base

	mu      sync.Mutex
	opens   []string // directories, in the order of the calls of Open
	creates []bool   // with which create
	now     int      // databases that are open
	most    int      // at once, until now
	opening func(ctx context.Context, d auth.Directory) error
}

func newWorld(t *testing.T, c directory.Config, ids ...string) *world {
	w := &world{t: t, ids: ids, bases: map[string]*base{}}
	w.control = &base{w: w, id: "control", open: 1, flags: map[string]time.Time{}}
	for _, id := range ids {
		w.bases[id] = &base{w: w, id: id}
	}
	c.Control, c.Open = w.control, w.open
	w.Pool = directory.New(c)
	t.Cleanup(func() {
		if err := w.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
		for id, b := range w.bases {
			if b.isOpen() {
				t.Errorf("%s is open after Close", id)
			}
		}
	})
	return w
}

func (w *world) base(id string) *base { return w.bases[id] }

func (w *world) open(ctx context.Context, d auth.Directory, create bool) (directory.Database, error) {
	w.mu.Lock()
	w.opens, w.creates = append(w.opens, d.ID), append(w.creates, create)
	opening := w.opening
	w.mu.Unlock()
	if opening != nil {
		if err := opening(ctx, d); err != nil {
			return nil, err
		}
	}
	b := w.base(d.ID)
	if b == nil {
		b = &base{w: w, id: d.ID}
		w.bases[d.ID] = b
	}
	b.mu.Lock()
	b.open++
	b.mu.Unlock()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now++
	w.most = max(w.most, w.now)
	return b, nil
}

// opened are the directories that are open now, sorted.
func (w *world) opened() []string {
	var all []string
	for id, b := range w.bases {
		if b.isOpen() {
			all = append(all, id)
		}
	}
	slices.Sort(all)
	return all
}

// onOpen sets what every Open does first.
func (w *world) onOpen(f func(ctx context.Context, d auth.Directory) error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.opening = f
}

// tries are the calls of Open until now.
func (w *world) tries() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.opens)
}

// use makes a call in a directory.
func (w *world) use(ctx context.Context, id string) error {
	u, err := w.User(ctx, id, "ann")
	if err == nil && u.Directory != id && u.Directory != "control" {
		w.t.Errorf("call of %s came to %s", id, u.Directory)
	}
	return err
}

// uses makes a call that has to work.
func (w *world) uses(ids ...string) {
	w.t.Helper()
	for _, id := range ids {
		if err := w.use(w.t.Context(), id); err != nil {
			w.t.Errorf("User in %s: %v", id, err)
		}
	}
}

// occupy begins a call in a directory that lasts until the function that it
// returns is called. It returns when the call is in the database.
func (w *world) occupy(id string) (free func()) {
	w.t.Helper()
	in, out := make(chan struct{}), make(chan struct{})
	w.base(id).does(func(context.Context) error {
		close(in)
		<-out
		return nil
	})
	done := make(chan error, 1)
	go func() { done <- w.use(context.Background(), id) }()
	<-in
	w.base(id).does(nil)
	return func() {
		close(out)
		if err := <-done; err != nil {
			w.t.Errorf("long call in %s: %v", id, err)
		}
	}
}

// running runs the pool until the test is over.
func (w *world) running() {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		w.Run(ctx)
	}()
	w.t.Cleanup(func() {
		cancel()
		<-done
	})
}

func isUnavailable(t *testing.T, err error, doing string) {
	t.Helper()
	if !errors.Is(err, auth.ErrUnavailable) || errors.Is(err, auth.ErrNoRecord) {
		t.Errorf("%s: got error %v, want ErrUnavailable and no other", doing, err)
	}
}
