package mongo

import (
	"context"
	"fmt"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/latchkey/latchkey/internal/auth"
)

// A parcel is a note on its way: it is written inside the document of the change
// that it tells of, so that there is both or neither, and is moved from there to
// the record and the outbox before the change is acknowledged. When the process
// is killed in between, whoever comes next moves it: who changes the document,
// who reads the record, who sends mails. It may be moved by several at once; its
// id keeps it from arriving twice.
type parcel struct {
	ID     string     `bson:"id"`
	Events []eventDoc `bson:"events,omitempty"`
	Mails  []mailDoc  `bson:"mails,omitempty"`
	born   int64      // see [trails]; 0: it was read from a document
}

// eventDoc is an [auth.Event] with names for its fields.
type eventDoc struct {
	ID        string      `bson:"id"`
	Directory string      `bson:"directory"`
	Tenant    string      `bson:"tenant"`
	At        time.Time   `bson:"at"`
	Action    auth.Action `bson:"action"`
	User      string      `bson:"user"`
	Actor     string      `bson:"actor,omitempty"`
	Session   string      `bson:"session,omitempty"`
	IP        string      `bson:"ip,omitempty"`
	Agent     string      `bson:"agent,omitempty"`
	RequestID string      `bson:"requestId,omitempty"`
	Reason    string      `bson:"reason,omitempty"`
}

// mailDoc is an [auth.Mail] with names for its fields.
type mailDoc struct {
	ID        string           `bson:"id"`
	Directory string           `bson:"directory"`
	Tenant    string           `bson:"tenant"`
	User      string           `bson:"user"`
	Kind      auth.MessageKind `bson:"kind"`
	Sealed    []byte           `bson:"sealed,omitempty"`
	CreatedAt time.Time        `bson:"createdAt"`
	NotAfter  time.Time        `bson:"notAfter,omitempty"`
	Attempts  int              `bson:"attempts"`
}

// pack makes a parcel of notes.
func (s *Store) pack(notes ...auth.Note) parcel {
	p := parcel{ID: newRev(), born: s.trails.now()}
	for _, n := range notes {
		for _, e := range n.Events {
			e.At = stamp(e.At)
			p.Events = append(p.Events, eventDoc(e))
		}
		for _, m := range n.Mails {
			m.CreatedAt, m.NotAfter = stamp(m.CreatedAt), stamp(m.NotAfter)
			p.Mails = append(p.Mails, mailDoc(m))
		}
	}
	return p
}

// list is the parcel alone, or nothing when it is empty.
func (p parcel) list() []parcel {
	if len(p.Events)+len(p.Mails) == 0 {
		return nil
	}
	return []parcel{p}
}

// A carrier is a document with parcels in it.
type carrier interface {
	carries() (id, rev string, parcels []parcel, gone bool)
}

func (a *accountDoc) carries() (id, rev string, parcels []parcel, gone bool) {
	return a.ID, a.Rev, a.Parcels, a.Gone
}

// carriers are the collections whose documents carry parcels.
var carriers = []string{accounts, scopes, tenants, registries, notes}

// load is a document of any of them.
type load struct {
	ID      string `bson:"_id"`
	Rev     string
	Gone    bool
	Parcels []parcel
}

func (l load) carries() (id, rev string, parcels []parcel, gone bool) {
	return l.ID, l.Rev, l.Parcels, l.Gone
}

// settle moves out what a document that was read still carries. Who changes a
// document does so first: then there is never more than one parcel in it, and
// the record has what was done to a document in the order in which it was done.
func (s *Store) settle(ctx context.Context, c carrier) error {
	_, _, parcels, _ := c.carries()
	if len(parcels) == 0 {
		return nil
	}
	return s.move(ctx, parcels)
}

// deliver moves out what a document carries that was written just now, and takes
// it out of the document, if that is still as it was written: else somebody else
// did.
func (s *Store) deliver(ctx context.Context, in string, c carrier) error {
	ctx, cancel := s.aside(ctx)
	defer cancel()
	if err := s.unload(ctx, in, c); err != nil {
		return fmt.Errorf("%w: what goes with the change: %w", auth.ErrUnavailable, err)
	}
	return nil
}

func (s *Store) unload(ctx context.Context, in string, c carrier) error {
	id, rev, parcels, gone := c.carries()
	if len(parcels) > 0 {
		if err := s.move(ctx, parcels); err != nil {
			return err
		}
	}
	if gone {
		_, err := s.remove(ctx, in, as(id, rev))
		return err
	}
	if len(parcels) == 0 {
		return nil
	}
	_, err := s.update(ctx, in, as(id, rev), bson.D{{Key: "$unset", Value: bson.D{{Key: "parcels", Value: ""}}}})
	return err
}

// aside is a context for what has to be finished although the caller has left.
func (s *Store) aside(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), 2*s.patience)
}

// move brings parcels to the record and the outbox.
func (s *Store) move(ctx context.Context, parcels []parcel) error {
	var directories []string
	var mails []any
	for _, p := range parcels {
		for _, e := range p.Events {
			directories = append(directories, e.Directory)
		}
		for _, m := range p.Mails {
			mails = append(mails, newMail(m))
		}
	}
	slices.Sort(directories)
	for _, d := range slices.Compact(directories) {
		if err := s.chainAll(ctx, d, parcels); err != nil {
			return err
		}
	}
	return s.addAll(ctx, outbox, mails)
}

// recover moves out what processes that were killed have left.
func (s *Store) recover(ctx context.Context) error {
	for _, in := range carriers {
		left, err := all[load](ctx, s, in, bson.D{{Key: "parcels.id", Value: bson.D{{Key: "$gt", Value: ""}}}})
		if err != nil {
			return err
		}
		for _, l := range left {
			l.Gone = l.Gone || in == notes
			if err := s.deliver(ctx, in, l); err != nil {
				return err
			}
		}
	}
	return nil
}
