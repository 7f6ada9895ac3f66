package nest

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"
)

// quickly serves every command by who reads it.
type quickly struct{ serveFunc }

// Quick implements what Handler speaks of.
func (quickly) Quick(string) bool { return true }

// A request that takes its time though it is called quick holds up nobody on
// its connection, and is answered when it is ready.
func TestQuickOnesThatAreNot(t *testing.T) {
	release := make(chan struct{})
	_, addr := startServer(t, Config{Handler: quickly{func(ctx context.Context, r Request) ([]byte, error) {
		if strings.HasPrefix(string(r.Data), `"slow`) {
			select {
			case <-release:
			case <-ctx.Done():
			}
		}
		return bytes.Clone(r.Data), nil
	}}})
	p := dialPeer(t, addr)
	var frames strings.Builder
	for i := range 60 {
		data := fmt.Sprintf(`"%d"`, i)
		if i%6 == 0 {
			data = fmt.Sprintf(`"slow %d"`, i)
		}
		frames.WriteString(framed(ask("a", data, fmt.Sprint(i))))
	}
	p.write(frames.String())
	seen := map[string]bool{}
	for range 50 {
		got, err := p.next()
		if err != nil || strings.Contains(got, "slow") {
			t.Fatalf("%s, %v", got, err)
		}
		seen[got] = true
	}
	close(release)
	for range 10 {
		got, err := p.next()
		if err != nil || !strings.Contains(got, "slow") {
			t.Fatalf("%s, %v", got, err)
		}
		seen[got] = true
	}
	if len(seen) != 60 {
		t.Errorf("%d different answers, want 60", len(seen))
	}
}

// Far more than may be in flight, in one piece: all are answered, in order where
// one reader does all.
func TestQuickOnesInOnePiece(t *testing.T) {
	_, addr := startServer(t, Config{Handler: quickly{func(_ context.Context, r Request) ([]byte, error) { return bytes.Clone(r.Data), nil }}})
	p := dialPeer(t, addr)
	const n = 1000
	go func() {
		var frames strings.Builder
		for i := range n {
			frames.WriteString(framed(ask("a", fmt.Sprint(i), `1`)))
		}
		p.write(frames.String())
	}()
	seen := map[string]bool{}
	for range n {
		got, err := p.next()
		if err != nil {
			t.Fatal(err)
		}
		seen[got] = true
	}
	if len(seen) != n {
		t.Errorf("%d different answers, want %d", len(seen), n)
	}
}
