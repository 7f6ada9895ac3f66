package mongo

import (
	"slices"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

const counters = "counters"

// counterDoc is a counter. Several that are counted together are changed like
// this: all but the last, by their ids, get a lock, in which stands what they will
// be; then the last one is changed, and with it all are, for it names the
// operation; then the others are made what their locks say. Whoever finds a lock
// waits for that; if it takes too long, the process was killed, and he looks at the
// last one: when it does not name the operation, it is told never to, and the lock
// goes; else the lock is made good.
type counterDoc struct {
	ID     string    `bson:"_id"` // directory key
	Rev    string    `bson:"rev"`
	N      int       `bson:"n"`
	Resets time.Time `bson:"resets"` // zero: it stands at its start
	Lock   *lock     `bson:"lock,omitempty"`
	Done   []string  `bson:"done,omitempty"` // operations of which it was the last one, until the others are changed
	Void   []string  `bson:"void,omitempty"` // operations that must not be done any more
}

type lock struct {
	Op     string
	Last   string // id of the counter that decides
	N      int
	Resets time.Time
}

// add counts, and says what the counter is then.
func (d *counterDoc) add(c auth.Count) auth.Tally {
	now := stamp(c.Now)
	if !now.Before(d.Resets) || d.Resets.After(stamp(c.Now.Add(2*c.Window))) {
		if c.Add <= 0 {
			return auth.Tally{} // it stands at its start, and below it is nothing
		}
		d.N, d.Resets = 0, stamp(c.Now.Add(c.Window))
	}
	d.N = max(d.N+c.Add, 0)
	return auth.Tally{N: d.N, Resets: d.Resets}
}

// tidy forgets operations of processes that were killed long ago.
func (d *counterDoc) tidy() {
	old := func(op string) bool { return age(op) > time.Hour }
	d.Done, d.Void = slices.DeleteFunc(d.Done, old), slices.DeleteFunc(d.Void, old)
}

// A tallying is the counts of one call, by counter.
type tallying struct {
	ids    []string // sorted
	counts map[string][]int
	all    []auth.Count
	out    []auth.Tally
}

func newTallying(all []auth.Count) *tallying {
	t := &tallying{counts: map[string][]int{}, all: all, out: make([]auth.Tally, len(all))}
	for i, c := range all {
		id := key(c.Directory, c.Key)
		if t.counts[id] == nil {
			t.ids = append(t.ids, id)
		}
		t.counts[id] = append(t.counts[id], i)
	}
	slices.Sort(t.ids)
	return t
}

// apply counts what is for one counter, and reports whether that changed it.
func (t *tallying) apply(d *counterDoc) (changed bool) {
	n, resets := d.N, d.Resets
	for _, i := range t.counts[d.ID] {
		t.out[i] = d.add(t.all[i])
	}
	return d.N != n || !d.Resets.Equal(resets)
}
