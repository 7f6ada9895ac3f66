package redis

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/latchkey/latchkey/internal/auth"
)

// ear is a Listen that is going on.
type ear struct {
	heard chan string
	err   chan error
}

// listen returns when the store listens.
func listen(ctx context.Context, t *testing.T, s *Store) ear {
	t.Helper()
	e := ear{make(chan string, 10_000), make(chan error, 1)}
	ready := make(chan struct{})
	go func() { e.err <- s.Listen(ctx, func() { close(ready) }, func(m string) { e.heard <- m }) }()
	select {
	case <-ready:
	case err := <-e.err:
		t.Fatal("Listen:", err)
	}
	return e
}

// hear returns the next n messages.
func (e ear) hear(t *testing.T, n int) []string {
	t.Helper()
	var all []string
	for range n {
		select {
		case m := <-e.heard:
			all = append(all, m)
		case err := <-e.err:
			t.Fatalf("Listen ended after %d messages: %v", len(all), err)
		}
	}
	return all
}

func publish(t *testing.T, s *Store, messages ...string) {
	t.Helper()
	if err := s.Publish(t.Context(), messages...); err != nil {
		t.Fatal("Publish:", err)
	}
}

// TestAllHearEverythingInOrder, the publisher too, and no other deployment.
func TestAllHearEverythingInOrder(t *testing.T) {
	s := open(t)
	other := openAt(t, s.config)
	ears := []ear{listen(t.Context(), t, s), listen(t.Context(), t, s), listen(t.Context(), t, other)}
	stranger := open(t)
	apart := listen(t.Context(), t, stranger)
	publish(t, stranger, "of strangers")
	publish(t, s)

	want := []string{"", "\x00\xff\r\n", strings.Repeat("ü", 3500)}
	for i := range 2000 {
		want = append(want, fmt.Sprint("message ", i))
	}
	publish(t, s, want[0])
	publish(t, s, want[1:]...)
	for i, e := range ears {
		if diff := cmp.Diff(want, e.hear(t, len(want))); diff != "" {
			t.Errorf("listener %d (-want +got):\n%s", i, diff)
		}
	}
	publish(t, stranger, "end")
	if diff := cmp.Diff([]string{"of strangers", "end"}, apart.hear(t, 2)); diff != "" {
		t.Errorf("another deployment (-want +got):\n%s", diff)
	}
}

// TestAListenerMayTakeItsTime: while it does, the server's silence is not taken
// for its end.
func TestAListenerMayTakeItsTime(t *testing.T) {
	s := open(t)
	ready, release, second := make(chan struct{}), make(chan struct{}), make(chan struct{})
	ended := make(chan error, 1)
	go func() {
		ended <- s.Listen(t.Context(), func() { close(ready) }, func(m string) {
			if m == "second" {
				close(second)
				return
			}
			<-release
		})
	}()
	<-ready
	publish(t, s, "first", "second")
	// Two others that hear nothing but signs of life outlast it.
	for range 2 {
		proxied, p := through(t)
		e := listen(t.Context(), t, proxied)
		p.silence()
		if err := <-e.err; !errors.Is(err, auth.ErrUnavailable) {
			t.Errorf("Listen on a silent line: %v", err)
		}
	}
	close(release)
	select {
	case <-second:
	case err := <-ended:
		t.Error("Listen ended:", err)
	}
}

// TestAConnectionThatIsLostEndsListen, and there is no second one of which the
// caller does not know.
func TestAConnectionThatIsLostEndsListen(t *testing.T) {
	for name, lose := range map[string]func(p *proxy){
		"closed": func(p *proxy) { p.drop() },
		"silent": func(p *proxy) { p.silence() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			s, p := through(t)
			e := listen(ctx, t, s)
			publish(t, s, "before")
			e.hear(t, 1)
			before := p.connections()
			lose(p)
			if err := <-e.err; !errors.Is(err, auth.ErrUnavailable) {
				t.Errorf("Listen: got %v, want ErrUnavailable", err)
			}
			if after := p.connections(); after != before {
				t.Errorf("%d connections have been made, want %d", after, before)
			}
		})
	}
}

// TestListenEndsWithItsContextAndItsStore.
func TestListenEndsWithItsContextAndItsStore(t *testing.T) {
	s := open(t)
	ctx, cancel := context.WithCancel(t.Context())
	e := listen(ctx, t, s)
	cancel()
	if err := <-e.err; !errors.Is(err, context.Canceled) || errors.Is(err, auth.ErrUnavailable) {
		t.Errorf("after the end of its context: %v", err)
	}
	if err := s.Listen(ctx, func() { t.Error("it listens") }, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("with a context that has ended: %v", err)
	}
	e = listen(t.Context(), t, s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-e.err; !errors.Is(err, auth.ErrUnavailable) {
		t.Errorf("after Close: %v", err)
	}
	if err := s.Listen(t.Context(), func() { t.Error("it listens") }, nil); !errors.Is(err, auth.ErrUnavailable) {
		t.Errorf("Listen after Close: %v", err)
	}
}
