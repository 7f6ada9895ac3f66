package limit

import (
	"cmp"
	"context"
	"hash/maphash"
	"log/slog"
	"slices"
	"time"
)

// Config is how a limiter is made. The zero value is fit for use.
type Config struct {
	// Most is how many keys are held that have used something up, rounded up to
	// a power of two; each takes 24 bytes. 0: 262,144, which are 6 MiB.
	Most int
	// Now is the clock; nil: time.Now, of which only the monotonic part counts.
	Now func() time.Time
	// Keeper counts for all instances together. nil: this process counts alone.
	Keeper Keeper
	// Least is the least time for which one event of a rate counts that the keeper
	// is asked about. Faster rates bound the work of this process, and to ask would
	// be as much work: it counts them alone. 0: the keeper is asked about all.
	Least time.Duration
	// Secret is what keys are hashed with before the keeper gets them, the same
	// for all who share it. Without one, whoever sees the keeper's data can try
	// out which key stands there.
	Secret []byte
	// Log is told when the keeper fails and when it answers again. nil: nobody is.
	Log *slog.Logger
}

// Limiter counts events. It is safe for concurrent use.
type Limiter struct {
	now    func() time.Time
	began  time.Time
	names  maphash.Seed // apart from keys, else a key could pass for a name
	keys   maphash.Seed
	parts  []part  // their number is a power of two
	shared *shared // nil: it counts alone
}

// New makes a limiter to which nobody has come yet.
func New(c Config) *Limiter {
	if c.Now == nil {
		c.Now = time.Now
	}
	most := cmp.Or(max(c.Most, 0), 1<<18)
	parts, rows := 1, 1
	for parts < 64 && parts*width < most {
		parts *= 2
	}
	for parts*rows*width < most {
		rows *= 2
	}
	l := &Limiter{now: c.Now, began: c.Now(), names: maphash.MakeSeed(), keys: maphash.MakeSeed(), parts: make([]part, parts), shared: newShared(c)}
	for i := range l.parts {
		l.parts[i].rows = make([]row, rows)
	}
	return l
}

// Charge is one event of a key.
type Charge struct {
	Key  string
	Rate Rate
}

// Take charges an event to a key, if its rate allows one more. The only error is
// ErrRate.
func (l *Limiter) Take(ctx context.Context, key string, r Rate) (Verdict, error) {
	if l.shared != nil {
		v, _, err := l.takeShared(ctx, []Charge{{key, r}})
		return v, err
	}
	pace, err := r.pace()
	if err != nil {
		return Verdict{}, err
	}
	id := l.id(key, r.Name)
	p := l.part(id)
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.time(l.now().Sub(l.began))
	full, v := pace.charge(p.full(id), now)
	if v.OK {
		p.put(id, full, pace.span, now)
	}
	return v, nil
}

// TakeAll charges an event to each of the keys if all of their rates allow it,
// else to none: what one refuses uses up nothing of another. No two charges may
// be of the same key and rate. It returns the verdict that decides and the index
// of its charge: of a refusal the one that takes longest to pass, of a success
// the one that leaves least. Of no charges it is a success without a limit, and
// the index -1. The only error is ErrRate, and then nothing was charged.
func (l *Limiter) TakeAll(ctx context.Context, charges ...Charge) (Verdict, int, error) {
	if l.shared != nil {
		return l.takeShared(ctx, charges)
	}
	return l.count(charges, true)
}

// manyCharges is how many charges TakeAll takes without asking for memory.
const manyCharges = 4

// count is TakeAll in this process; if it is not really to charge, it only says
// what would come of it.
func (l *Limiter) count(charges []Charge, really bool) (Verdict, int, error) {
	var room [manyCharges]held
	var placeRoom [manyCharges]uint64
	all, places, err := l.hold(charges, room[:0], placeRoom[:0])
	if err != nil {
		return Verdict{}, -1, err
	}
	l.lock(places)
	defer l.unlock(places)
	now := l.now().Sub(l.began)
	tightest, at := Verdict{OK: true}, -1
	for i, h := range all {
		p := l.part(h.id)
		if _, v := h.charge(p.full(h.id), p.time(now)); at < 0 || v.Tighter(tightest) {
			tightest, at = v, i
		}
	}
	if !tightest.OK || !really {
		return tightest, at, nil
	}
	for _, h := range all {
		p := l.part(h.id)
		full, _ := h.charge(p.full(h.id), p.time(now))
		p.put(h.id, full, h.span, p.time(now))
	}
	return tightest, at, nil
}

// hold adds the charges as they are counted, and the places of the parts that
// they fall into: each once, and for all callers in the same order, so that no
// two wait for each other.
func (l *Limiter) hold(charges []Charge, all []held, places []uint64) ([]held, []uint64, error) {
	for _, c := range charges {
		pace, err := c.Rate.pace()
		if err != nil {
			return nil, nil, err
		}
		id := l.id(c.Key, c.Rate.Name)
		all, places = append(all, held{id, pace}), append(places, l.place(id))
	}
	slices.Sort(places)
	return all, slices.Compact(places), nil
}

func (l *Limiter) lock(places []uint64) {
	for _, at := range places {
		l.parts[at].mu.Lock()
	}
}

func (l *Limiter) unlock(places []uint64) {
	for _, at := range places {
		l.parts[at].mu.Unlock()
	}
}

// held is a charge as it is counted.
type held struct {
	id uint64
	pace
}

// Tighter reports whether v decides rather than w: a refusal before a success,
// the later Retry, the fewer Remaining, the later Reset.
func (v Verdict) Tighter(w Verdict) bool {
	if v.OK != w.OK {
		return !v.OK
	}
	return cmp.Or(cmp.Compare(w.Retry, v.Retry), cmp.Compare(v.Remaining, w.Remaining), cmp.Compare(w.Reset, v.Reset)) < 0
}

// id is what is kept of a key and the name of its rate. That two meet in one of
// 2^64 ids has no consequence but a shared limit, and nobody can bring it about
// who does not know the seeds.
func (l *Limiter) id(key, name string) uint64 {
	return maphash.String(l.keys, key) ^ maphash.String(l.names, name)
}

func (l *Limiter) place(id uint64) uint64 { return id & uint64(len(l.parts)-1) }

func (l *Limiter) part(id uint64) *part { return &l.parts[l.place(id)] }
