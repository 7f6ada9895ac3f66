package e2e

import (
	"errors"
	"sync/atomic"
	"testing"
)

// killedOne: what any instance has answered is so, also when it was killed in the
// middle of other requests, and the others go on.
func killedOne(t *testing.T, f *fleet) {
	enough := int64(100 / f.less)
	l := &load{client: f.all}
	var over atomic.Bool
	for range f.hands {
		l.all.Go(func() {
			for n := 0; !over.Load(); n++ {
				l.live(n) // cut short where an instance is gone
			}
		})
	}
	for _, s := range f.servers[:2] {
		l.reach(t, l.told.Load()+enough)
		s.kill()
		l.reach(t, l.told.Load()+enough) // the others answer
		s.launch()
		s.await()
	}
	over.Store(true)
	past := l.wait()
	for _, err := range l.unexpected() {
		if !errors.Is(err, errCut) { // the kill cuts answers
			t.Error(err)
		}
	}
	f.wellAgain(t)
	joined, refreshed := 0, 0
	for i, h := range past {
		if h.joined {
			joined, refreshed = joined+1, refreshed+len(h.chain)-1
		}
		h.check(t, f.each[i%instances])
	}
	tell(t, "%s: two instances killed in turn: %d sign-ups and %d refreshes were answered, and all are there", f.name, joined, refreshed)
}
