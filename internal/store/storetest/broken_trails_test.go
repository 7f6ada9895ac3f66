package storetest_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
	"github.com/latchkey/latchkey/internal/store/memory"
	"github.com/latchkey/latchkey/internal/store/storetest"
)

func brokenTrails() []broken {
	return []broken{
		{"trail by the clock", func(s auth.Store) auth.Store { return trailByClock{s} }, []string{"Records/TheTrailComesBackWhole"}},
		{"hash without the link before", chained(func(_ []byte, number int64, e auth.Event) []byte {
			return storetest.Chain(nil, number, e)
		}), []string{"Records/TheTrailComesBackWhole", "Records/EveryNoteIsLinked"}},
		{"hash without the number", chained(func(before []byte, _ int64, e auth.Event) []byte {
			return storetest.Chain(before, 1, e)
		}), []string{"Records/TheTrailComesBackWhole", "Records/EveryNoteIsLinked"}},
		{"hash of the event as it came", chained(func(before []byte, number int64, e auth.Event) []byte {
			e.At = e.At.Add(time.Microsecond)
			return storetest.Chain(before, number, e)
		}), []string{"Records/TheTrailComesBackWhole"}},
		{"reason kept out of the trail", func(s auth.Store) auth.Store { return reasonDropped{s} }, []string{"Records/TheTrailComesBackWhole"}},
		{"trail from the number given", func(s auth.Store) auth.Store { return trailFrom{s} }, []string{"Records/TheTrailComesInPages"}},
		{"trail without a bound", func(s auth.Store) auth.Store { return trailUnbounded{s} }, []string{"Records/TheTrailComesInPages"}},
		{"one trail for all", func(s auth.Store) auth.Store { return oneTrail{s} }, []string{"Records/TrailsOfDirectoriesAreApart"}},
		{"trails unsorted", func(s auth.Store) auth.Store { return trailsReversed{s} }, []string{"Records/TrailsOfDirectoriesAreApart"}},
		{"number read, then given", func(s auth.Store) auth.Store { return &numberRead{Store: s} }, []string{"Records/TheTrailHasNoGaps"}},
		{"end written before its link", func(s auth.Store) auth.Store { return endAhead{s} }, []string{"Records/TheTrailHasNoGaps"}},
		{"a login that is refused is linked", func(s auth.Store) auth.Store { return refusedLinked{s} }, []string{"Records/AFailedChangeLinksNothing"}},
	}
}

// chained is a sound store but for its chain.
func chained(chain auth.Chain) func(auth.Store) auth.Store {
	return func(auth.Store) auth.Store { return memory.New(chain) }
}

type trailByClock struct{ auth.Store }

func (b trailByClock) Trail(ctx context.Context, directory string, after int64, max int) ([]auth.Link, error) {
	links, err := b.Store.Trail(ctx, directory, after, max)
	slices.SortStableFunc(links, func(x, y auth.Link) int { return x.At.Compare(y.At) })
	return links, err
}

type reasonDropped struct{ auth.Store }

func (b reasonDropped) Trail(ctx context.Context, directory string, after int64, max int) ([]auth.Link, error) {
	links, err := b.Store.Trail(ctx, directory, after, max)
	for i := range links {
		links[i].Reason = ""
	}
	return links, err
}

type trailFrom struct{ auth.Store }

func (b trailFrom) Trail(ctx context.Context, directory string, after int64, max int) ([]auth.Link, error) {
	return b.Store.Trail(ctx, directory, after-1, max)
}

type trailUnbounded struct{ auth.Store }

func (b trailUnbounded) Trail(ctx context.Context, directory string, after int64, max int) ([]auth.Link, error) {
	return b.Store.Trail(ctx, directory, after, max+1)
}

// oneTrail keeps a single record, in which every directory sees its own.
type oneTrail struct{ auth.Store }

func (b oneTrail) Write(ctx context.Context, n auth.Note) error {
	n.Events = slices.Clone(n.Events)
	for i := range n.Events {
		n.Events[i].Reason, n.Events[i].Directory = n.Events[i].Directory, "all"
	}
	return b.Store.Write(ctx, n)
}

func (b oneTrail) Trail(ctx context.Context, directory string, after int64, max int) ([]auth.Link, error) {
	links, err := b.Store.Trail(ctx, "all", after, max)
	links = slices.DeleteFunc(links, func(l auth.Link) bool { return l.Reason != directory })
	for i := range links {
		links[i].Reason, links[i].Directory = "", directory
	}
	return links, err
}

type trailsReversed struct{ auth.Store }

func (b trailsReversed) Trails(ctx context.Context) ([]string, error) {
	names, err := b.Store.Trails(ctx)
	slices.Reverse(names)
	return names, err
}

// numberRead keeps the record itself, and looks for the next number in one step
// and takes it in another.
type numberRead struct {
	auth.Store
	mu     sync.Mutex
	trails map[string][]auth.Link
}

func (b *numberRead) link(n auth.Note) {
	for _, e := range n.Events {
		l := auth.Link{Number: 1, Event: e}
		b.mu.Lock()
		var before []byte
		if links := b.trails[e.Directory]; len(links) > 0 {
			last := links[len(links)-1]
			l.Number, before = last.Number+1, last.Hash
		}
		b.mu.Unlock()
		pause()
		l.Hash = storetest.Chain(before, l.Number, e)
		b.mu.Lock()
		if b.trails == nil {
			b.trails = map[string][]auth.Link{}
		}
		b.trails[e.Directory] = append(b.trails[e.Directory], l)
		b.mu.Unlock()
	}
}

func (b *numberRead) Write(ctx context.Context, n auth.Note) error {
	b.link(n)
	return b.Store.Write(ctx, n)
}

func (b *numberRead) CreateSession(ctx context.Context, o auth.Opening) ([]string, error) {
	b.link(o.Note)
	return b.Store.CreateSession(ctx, o)
}

func (b *numberRead) UpdateUser(ctx context.Context, directory, id string, change func(*auth.User) error, n auth.Note) (auth.User, error) {
	b.link(n)
	return b.Store.UpdateUser(ctx, directory, id, change, n)
}

func (b *numberRead) Trail(_ context.Context, directory string, after int64, max int) ([]auth.Link, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	var out []auth.Link
	for _, l := range b.trails[directory] {
		if l.Number > after && len(out) < max {
			out = append(out, l)
		}
	}
	return out, nil
}

func (b *numberRead) TrailEnd(_ context.Context, directory string) (int64, []byte, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	links := b.trails[directory]
	if len(links) == 0 {
		return 0, nil, nil
	}
	return links[len(links)-1].Number, links[len(links)-1].Hash, nil
}

// endAhead tells of the end while its link is still to come.
type endAhead struct{ auth.Store }

func (b endAhead) TrailEnd(ctx context.Context, directory string) (int64, []byte, error) {
	before, _, err := b.Store.TrailEnd(ctx, directory)
	if err != nil {
		return 0, nil, err
	}
	pause()
	number, hash, err := b.Store.TrailEnd(ctx, directory)
	if number != before { // somebody is writing
		number++
	}
	return number, hash, err
}

type refusedLinked struct{ auth.Store }

func (b refusedLinked) CreateSession(ctx context.Context, o auth.Opening) ([]string, error) {
	ids, err := b.Store.CreateSession(ctx, o)
	if errors.Is(err, auth.ErrFull) {
		return ids, errors.Join(err, b.Write(ctx, auth.Note{Events: o.Note.Events}))
	}
	return ids, err
}
