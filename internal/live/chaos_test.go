package live

import (
	"math/rand/v2"
	"strconv"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

// Whatever happens to the bus, no process answers from before a change for
// longer than BlindAge after its Drop returned. What happens is made up from a
// seed, so that a failure can be repeated.
func TestNothingOldIsAnsweredInAnyTrouble(t *testing.T) {
	for seed := range uint64(40) {
		t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) {
			together(t, func(t *testing.T, a, b *process) { chaos(t, seed, a, b) })
		})
	}
}

func chaos(t *testing.T, seed uint64, a, b *process) {
	r, pauses := rand.New(rand.NewPCG(seed, 1)), rand.New(rand.NewPCG(seed, 2))
	s, id := a.source, key{"d", "s1"}
	var returned atomic.Int64 // the last change whose Drop has returned
	write := func(n int64) {
		s.change(func() { s.sessions[id] = auth.Session{ID: "s1", EndReason: auth.EndReason(strconv.FormatInt(n, 10))} })
	}
	write(0)
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for n := int64(1); ; n++ {
			select {
			case <-stop:
				return
			case <-time.After(time.Duration(pauses.IntN(int(3 * time.Second)))):
			}
			write(n)
			a.DropSessions(id.directory, id.id)
			returned.Store(n)
		}
	}()
	const step = 10 * time.Millisecond
	var known [int(2*time.Second/step) + 1]int64 // what had returned at each of the last steps
	for i := range 6000 {
		meddle(r, a, b)
		time.Sleep(step)
		got, err := b.Session(t.Context(), id.directory, id.id)
		if err != nil {
			t.Fatal(err)
		}
		n, _ := strconv.ParseInt(string(got.EndReason), 10, 64)
		if want := known[i%len(known)]; n < want {
			t.Fatalf("at %v got change %d, want %d at least, whose Drop returned 2 s ago", time.Duration(i)*step, n, want)
		}
		known[i%len(known)] = returned.Load()
	}
	close(stop)
	<-stopped
	synctest.Wait()
}

// meddle begins or ends something now and then.
func meddle(r *rand.Rand, a, b *process) {
	switch r.IntN(1500) {
	case 0, 1:
		b.bus.deaf.Store(true)
	case 2, 3:
		b.bus.deaf.Store(false)
	case 4:
		a.bus.refuses.Store(true)
	case 5, 6:
		a.bus.refuses.Store(false)
	case 7:
		a.bus.hangs.Store(true)
	case 8, 9:
		a.bus.hangs.Store(false)
	case 10:
		b.bus.hangs.Store(true)
	case 11, 12:
		b.bus.hangs.Store(false)
	case 13, 14, 15:
		b.bus.wire.Cut(b.bus)
	case 16:
		b.bus.refuses.Store(true)
	case 17, 18:
		b.bus.refuses.Store(false)
	case 19:
		b.bus.twice.Store(!b.bus.twice.Load())
	}
}
