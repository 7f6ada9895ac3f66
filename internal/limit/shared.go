package limit

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync/atomic"
	"time"
)

const (
	// patience is how long a request waits for the keeper.
	patience = 2 * time.Second
	// pause is how long a keeper that failed is left alone. Then one request asks
	// it again, while the others go on without.
	pause = time.Second
)

var errLength = errors.New("the answer has another length than the question")

// shared is what a limiter has that does not count alone.
type shared struct {
	keeper Keeper
	least  time.Duration
	secret []byte
	log    *slog.Logger
	failed atomic.Int64 // the moment at which the keeper was last asked in vain; 0: it answers
}

func newShared(c Config) *shared {
	if c.Keeper == nil {
		return nil
	}
	return &shared{keeper: c.Keeper, least: c.Least, secret: c.Secret, log: cmp.Or(c.Log, slog.New(slog.DiscardHandler))}
}

// takeShared is TakeAll with a keeper. Whom this process refuses, the keeper is
// not asked about; it is charged here only when the keeper has charged it, and
// with what the keeper says that the key owes, so that refusals cost nothing and
// the next of them are told from memory. When the keeper fails, what is known
// here decides.
func (l *Limiter) takeShared(ctx context.Context, charges []Charge) (Verdict, int, error) {
	asked, alone := l.shared.split(charges)
	if len(asked) == 0 {
		return l.count(charges, true)
	}
	v, at, err := l.count(charges, false)
	if err != nil || !v.OK || len(charges) == 0 {
		return v, at, err
	}
	now := l.now().Sub(l.began)
	turn, ok := l.shared.turn(now)
	if !ok {
		return l.count(charges, true)
	}
	owed, err := l.shared.ask(ctx, asked)
	if err != nil {
		l.shared.broken(ctx, l.now().Sub(l.began), err)
		return l.count(charges, true)
	}
	l.shared.mended(ctx, turn)
	if v, at = l.settle(asked, owed, now); v.OK && len(alone) > 0 {
		if w, i, err := l.count(alone, true); err == nil && w.Tighter(v) {
			return w, slices.Index(charges, alone[i]), nil
		}
	}
	return v, slices.Index(charges, asked[at]), nil
}

// split returns the charges that the keeper is asked about, and the others.
func (s *shared) split(charges []Charge) (asked, alone []Charge) {
	for _, c := range charges {
		if pace, err := c.Rate.pace(); err == nil && pace.interval < s.least {
			alone = append(alone, c)
		} else {
			asked = append(asked, c)
		}
	}
	return asked, alone
}

// ask charges with the keeper, also for a client that has hung up: else hanging
// up would be a way around the limit.
func (s *shared) ask(ctx context.Context, charges []Charge) ([]time.Duration, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	costs := make([]Cost, len(charges))
	for i, c := range charges {
		pace, err := c.Rate.pace()
		if err != nil {
			return nil, err
		}
		costs[i] = c.cost(s.secret, pace)
	}
	owed, err := s.keeper.Charge(ctx, costs)
	if err == nil && len(owed) != len(costs) {
		err = errLength
	}
	return owed, err
}

// moment is a time, counted from Limiter.began, as shared.failed has it.
func moment(now time.Duration) int64 { return int64(now) + 1 }

// turn reports whether the keeper is to be asked at now. Of all that come when
// its pause is over it is one caller, who gets a turn that is not 0.
func (s *shared) turn(now time.Duration) (turn int64, ok bool) {
	failed := s.failed.Load()
	if failed == 0 {
		return 0, true
	}
	turn = moment(now)
	if since := time.Duration(turn - failed); since >= 0 && since < pause {
		return 0, false
	}
	return turn, s.failed.CompareAndSwap(failed, turn)
}

// broken notes that the keeper failed, and says so if it answered before.
func (s *shared) broken(ctx context.Context, now time.Duration, err error) {
	if s.failed.Swap(moment(now)) == 0 {
		s.log.LogAttrs(ctx, slog.LevelWarn,
			"the limits of all instances together cannot be counted: until they can, every instance limits by itself what comes to it",
			slog.String("error", err.Error()))
	}
}

// mended notes that the caller who had the turn got an answer. Answers to those
// who asked before the failure say nothing.
func (s *shared) mended(ctx context.Context, turn int64) {
	if turn != 0 && s.failed.CompareAndSwap(turn, 0) {
		s.log.LogAttrs(ctx, slog.LevelInfo, "the limits of all instances together are counted again")
	}
}

// settle makes the verdict out of what the keys owed when the keeper charged
// them, which was not before asked, and takes over what they owe since. What is
// held here is therefore never more than what the keeper holds, and nobody is
// refused here whom the keeper would let in.
func (l *Limiter) settle(charges []Charge, owed []time.Duration, asked time.Duration) (Verdict, int) {
	var room [manyCharges]held
	var placeRoom [manyCharges]uint64
	all, places, err := l.hold(charges, room[:0], placeRoom[:0])
	if err != nil {
		return Verdict{}, -1 // count has seen that there is none
	}
	tightest, at := Verdict{}, -1
	for i, h := range all {
		if _, v := h.charge(min(owed[i], h.span), 0); at < 0 || v.Tighter(tightest) {
			tightest, at = v, i
		}
	}
	l.lock(places)
	defer l.unlock(places)
	now := l.now().Sub(l.began)
	passed := max(now-asked, 0)
	for i, h := range all {
		owes := min(max(owed[i], 0), h.span)
		if tightest.OK {
			owes += h.interval
		}
		p := l.part(h.id)
		now := p.time(now)
		if full := max(p.full(h.id), now-passed+owes); full > now {
			p.put(h.id, full, h.span, now)
		}
	}
	return tightest, at
}
