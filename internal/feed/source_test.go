package feed

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

// bulletin is a Source: lines by id, which may be put in late, and a mood.
type bulletin struct {
	mu    sync.Mutex
	lines []auth.Bulletined
	seq   int
	away  bool
	hangs bool
	takes time.Duration // one call
	reads int
	froms []string
}

func (b *bulletin) Announced(ctx context.Context, after string, now time.Time, most int) ([]auth.Bulletined, error) {
	b.mu.Lock()
	b.reads++
	b.froms = append(b.froms, after)
	away, hangs, takes := b.away, b.hangs, b.takes
	var found []auth.Bulletined
	for _, l := range b.lines {
		if l.ID > after && l.Until.After(now) && len(found) < most {
			found = append(found, l)
		}
	}
	b.mu.Unlock()
	if takes > 0 {
		time.Sleep(takes) // the bubble's clock
	}
	switch {
	case hangs:
		<-ctx.Done()
		return nil, ctx.Err()
	case away:
		return nil, errors.New("away")
	}
	return found, ctx.Err()
}

// mood sets how it answers.
func (b *bulletin) mood(away, hangs bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.away, b.hangs = away, hangs
}

func (b *bulletin) count() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.reads
}

// announce puts news in, made by a process whose clock goes ahead by that much.
func (b *bulletin) announce(n auth.News, ahead time.Duration) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.seq++
	now := time.Now()
	n.At = now.Add(ahead)
	n.ID = after(n.At)[:24] + strings.Repeat("0", 4) + hex8(b.seq)
	body, err := json.Marshal(n)
	if err != nil {
		panic(err)
	}
	b.lines = append(b.lines, auth.Bulletined{ID: n.ID, Until: now.Add(25 * time.Minute), Body: body})
	slices.SortFunc(b.lines, func(x, y auth.Bulletined) int { return strings.Compare(x.ID, y.ID) })
	return n.ID
}

func hex8(n int) string {
	const digits = "0123456789abcdef"
	out := make([]byte, 8)
	for i := range out {
		out[7-i] = digits[n>>(4*i)&15]
	}
	return string(out)
}

// bubble runs f with a hub that runs, in a bubble, and checks that it stops.
func bubble(t *testing.T, f func(t *testing.T, b *bulletin, h *Hub)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		b := &bulletin{}
		h := New(Config{Source: b, Life: 15 * time.Minute})
		ctx, stop := context.WithCancel(t.Context())
		go h.Run(ctx)
		f(t, b, h)
		stop()
		synctest.Wait()
		if _, err := h.Listen(t.Context(), Audience{}, ""); !errors.Is(err, ErrDown) {
			t.Errorf("listening after the end: %v", err)
		}
	})
}

func listen(t *testing.T, h *Hub, who Audience, last string) *Listener {
	t.Helper()
	l, err := h.Listen(t.Context(), who, last)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// told takes all that a listener is told until there is nothing more.
func told(t *testing.T, l *Listener) (all []auth.News) {
	t.Helper()
	all, err := tells(t, l)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func tells(t *testing.T, l *Listener) (all []auth.News, err error) {
	t.Helper()
	for {
		lines, more, err := l.Take(make([][]byte, 0, 3))
		for _, line := range lines {
			all = append(all, decode(t, line))
		}
		if err != nil {
			return all, err
		}
		select {
		case <-more:
		default:
			return all, nil
		}
	}
}

// decode reads an event of a stream.
func decode(t *testing.T, line []byte) (n auth.News) {
	t.Helper()
	text, ended := strings.CutSuffix(string(line), "\n\n")
	parts := strings.Split(text, "\n")
	if !ended || len(parts) != 3 {
		t.Fatalf("not one event: %q", line)
	}
	data, found := strings.CutPrefix(parts[2], "data: ")
	if err := json.Unmarshal([]byte(data), &n); err != nil || !found || parts[0] != "id: "+n.ID || parts[1] != "event: "+string(n.Event) {
		t.Fatalf("%v in %q", err, line)
	}
	return n
}

func ids(all []auth.News) (ids []string) {
	for _, n := range all {
		ids = append(ids, n.ID)
	}
	return ids
}

// ended is news that are for everybody.
func ended(session string) auth.News {
	return auth.News{Event: auth.NewsSessionEnded, SessionID: session, Reason: "logout"}
}
