package mongo

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/latchkey/latchkey/internal/auth"
)

const (
	heads  = "heads"
	events = "events"
)

// headDoc is the end of a directory's record. The links that were added last are
// written in it first, then into the collection events: who finds it can finish
// that, and whoever adds more does.
type headDoc struct {
	ID     string `bson:"_id"` // directory
	Rev    string
	Number int64
	Hash   []byte
	Swept  int64     // up to here nothing is left
	Links  []linkDoc // of the last addition
}

// linkDoc is an event in its place in the record.
type linkDoc struct {
	Place  string   `bson:"_id"` // directory and number, with zeros in front
	Number int64    `bson:"number"`
	Parcel string   `bson:"parcel"`
	Hash   []byte   `bson:"hash"`
	Event  eventDoc `bson:",inline"`
}

// left are those of the last links that have not been swept.
func (h headDoc) left() []linkDoc {
	var out []linkDoc
	for _, l := range h.Links {
		if l.Number > h.Swept {
			out = append(out, l)
		}
	}
	return out
}

func (l linkDoc) link() auth.Link {
	return auth.Link{Number: l.Number, Event: auth.Event(l.Event), Hash: l.Hash}
}

// batchEvents bounds how many events are added together.
const batchEvents = 500

// trails has a queue for each directory: those who wait to add to its record
// while somebody is at it are added together, so that a record takes as many
// events as come, though each addition is several round trips.
type trails struct {
	// clock counts how often an end was read from the database. A parcel that was
	// made after the end of a record was last read, and since then only this
	// process has added to it, cannot be in the record yet.
	clock  atomic.Int64
	mu     sync.Mutex
	queues map[string]*queue
	closed bool
	work   sync.WaitGroup // who adds
}

func (t *trails) now() int64 { return t.clock.Load() }

// close lets nobody begin any more, and waits for those who add.
func (t *trails) close() {
	t.mu.Lock()
	t.closed = true
	t.mu.Unlock()
	t.work.Wait()
}

type queue struct {
	waiting []*job
	busy    bool // somebody is adding, and has head to himself
	head    *headDoc
	read    int64 // when head was read, by the clock
}

type job struct {
	parcels []parcel
	done    chan error
}

// chainAll adds what parcels tell of a directory to its record, unless it is
// there.
func (s *Store) chainAll(ctx context.Context, directory string, parcels []parcel) error {
	j := &job{parcels, make(chan error, 1)}
	s.trails.mu.Lock()
	if s.trails.closed {
		s.trails.mu.Unlock()
		return errClosed
	}
	if s.trails.queues == nil {
		s.trails.queues = map[string]*queue{}
	}
	q := s.trails.queues[directory]
	if q == nil {
		q = &queue{}
		s.trails.queues[directory] = q
	}
	q.waiting = append(q.waiting, j)
	if !q.busy {
		q.busy = true
		s.trails.work.Add(1)
		go s.drain(ctx, directory, q)
	}
	s.trails.mu.Unlock()
	select {
	case err := <-j.done:
		return err
	case <-ctx.Done():
		return fmt.Errorf("%w: the record: %w", auth.ErrUnavailable, ctx.Err())
	}
}

// drain adds what waits until nothing does.
func (s *Store) drain(ctx context.Context, directory string, q *queue) {
	defer s.trails.work.Done()
	for {
		s.trails.mu.Lock()
		batch := q.next()
		if batch == nil {
			q.busy = false
			s.trails.mu.Unlock()
			return
		}
		s.trails.mu.Unlock()
		ctx, cancel := s.aside(ctx)
		err := s.chainBatch(ctx, directory, q, batch)
		cancel()
		for _, j := range batch {
			j.done <- err
		}
	}
}

// next takes what is to be added together; the caller holds the lock.
func (q *queue) next() []*job {
	n, size := 0, 0
	for _, j := range q.waiting {
		for _, p := range j.parcels {
			size += len(p.Events)
		}
		if n > 0 && size > batchEvents {
			break
		}
		n++
	}
	batch := q.waiting[:n:n]
	q.waiting = q.waiting[n:]
	if n == 0 {
		return nil
	}
	return batch
}

func (s *Store) chainBatch(ctx context.Context, directory string, q *queue, batch []*job) error {
	var parcels []parcel
	for _, j := range batch {
		parcels = append(parcels, j.parcels...)
	}
	return s.retry(ctx, "", func() (bool, error) {
		if q.head == nil {
			if err := s.readHead(ctx, directory, q); err != nil {
				return false, err
			}
		}
		chained, err := s.chained(ctx, directory, q, parcels)
		if err != nil {
			return false, err
		}
		next := s.extend(*q.head, directory, parcels, chained)
		if len(next.Links) == 0 {
			return true, nil
		}
		old := q.head.Rev
		q.head = nil // what comes of it is known when all is written
		done, err := s.put(ctx, heads, directory, old, next.Rev, next)
		if err != nil || !done {
			return false, err
		}
		if err := s.addLinks(ctx, next.Links); err != nil {
			return false, err
		}
		q.head = &next
		return true, nil
	})
}

// readHead reads the end of a record and finishes what was added last.
func (s *Store) readHead(ctx context.Context, directory string, q *queue) error {
	head, err := one[headDoc](ctx, s, heads, byID(directory))
	if err != nil && !absent(err) {
		return err
	}
	head.ID = directory
	if err := s.addLinks(ctx, head.left()); err != nil {
		return err
	}
	q.head, q.read = &head, s.trails.clock.Add(1)
	return nil
}

func (s *Store) addLinks(ctx context.Context, links []linkDoc) error {
	docs := make([]any, len(links))
	for i, l := range links {
		docs[i] = l
	}
	return s.addAll(ctx, events, docs)
}

// chained returns the ids of those parcels that are in the record already. That
// holds as long as the end is the one that was read before.
func (s *Store) chained(ctx context.Context, directory string, q *queue, parcels []parcel) (map[string]bool, error) {
	found := map[string]bool{}
	for _, l := range q.head.Links {
		found[l.Parcel] = true
	}
	var ask bson.A
	for _, p := range parcels {
		if p.born < q.read && !found[p.ID] {
			ask = append(ask, p.ID)
		}
	}
	if len(ask) == 0 {
		return found, nil
	}
	links, err := all[linkDoc](ctx, s, events,
		bson.D{{Key: "parcel", Value: bson.D{{Key: "$in", Value: ask}}}, {Key: "directory", Value: directory}},
		options.Find().SetProjection(bson.D{{Key: "parcel", Value: 1}}))
	for _, l := range links {
		found[l.Parcel] = true
	}
	return found, err
}

// extend returns the end of the record after what is new.
func (s *Store) extend(head headDoc, directory string, parcels []parcel, chained map[string]bool) headDoc {
	head.Rev, head.Links = newRev(), nil
	for _, p := range parcels {
		if chained[p.ID] {
			continue
		}
		chained[p.ID] = true
		for _, e := range p.Events {
			if e.Directory != directory {
				continue
			}
			head.Number++
			head.Hash = s.chain(head.Hash, head.Number, auth.Event(e))
			head.Links = append(head.Links, linkDoc{
				Place: key(directory, auth.RowNumber(head.Number)), Number: head.Number,
				Parcel: p.ID, Hash: head.Hash, Event: e,
			})
		}
	}
	return head
}
