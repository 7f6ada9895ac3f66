package mongo

import (
	"bytes"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/latchkey/latchkey/internal/auth"
)

func copiedDirectories() copied {
	return copied{
		in: directories, by: "_id",
		page: pageOf(directories, "_id", nil, func(d directoryDoc) (auth.Row, error) { return auth.DirectoryRow(d.directory()) }),
		doc:  docOf(auth.Row.Directory, func(d auth.Directory) (any, error) { return newDirectory(d), nil }),
	}
}

func copiedTenants() copied {
	return copied{
		in: tenants, by: "id",
		page: pageOf(tenants, "id", nil, func(d tenantDoc) (auth.Row, error) {
			t, err := d.tenant()
			if err != nil {
				return auth.Row{}, err
			}
			t.Logo = d.Logo
			return auth.TenantRow(t)
		}),
		doc: docOf(auth.Row.Tenant, func(t auth.Tenant) (any, error) {
			d, err := newTenant(t)
			d.Logo = bytes.Clone(t.Logo)
			return d, err
		}),
	}
}

func copiedTickets() copied {
	return copied{
		in: tickets, by: "_id",
		page: pageOf(tickets, "_id", nil, func(d ticketDoc) (auth.Row, error) {
			parts := auth.RowParts(d.ID, 4)
			return auth.TicketRow(d.ticket(auth.TicketKey{Directory: parts[0], Tenant: parts[1], Kind: auth.TicketKind(parts[2]), ID: parts[3]}))
		}),
		doc: docOf(auth.Row.Ticket, func(t auth.Ticket) (any, error) { return newTicket(t), nil }),
	}
}

// copiedCounters are those that do not stand at their start.
func copiedCounters() copied {
	return copied{
		in: counters, by: "_id",
		page: pageOf(counters, "_id", bson.D{{Key: "resets", Value: bson.D{{Key: "$gt", Value: time.Time{}}}}}, func(d counterDoc) (auth.Row, error) {
			parts := auth.RowParts(d.ID, 2)
			return auth.CounterRow(auth.Counter{Directory: parts[0], Key: parts[1], Tally: auth.Tally{N: d.N, Resets: d.Resets}})
		}),
		doc: docOf(auth.Row.Counter, func(c auth.Counter) (any, error) {
			return counterDoc{ID: key(c.Directory, c.Key), Rev: newRev(), N: c.N, Resets: stamp(c.Resets)}, nil
		}),
	}
}

func copiedMails() copied {
	return copied{
		in: outbox, by: "_id",
		page: pageOf(outbox, "_id", nil, func(w waitingDoc) (auth.Row, error) {
			l := auth.Letter{Mail: auth.Mail(w.Mail), State: auth.MailState(w.State), DueAt: w.Due, Problem: w.Problem}
			if w.State != queued {
				l.DueAt = w.Over
			}
			return auth.MailRow(l)
		}),
		doc: docOf(auth.Row.Letter, func(l auth.Letter) (any, error) {
			w := newMail(mailDoc(l.Mail))
			w.State, w.Due, w.Problem = string(l.State), stamp(l.DueAt), l.Problem
			if w.State != queued {
				w.Over = w.Due
			}
			return w, nil
		}),
	}
}

func copiedEvents() copied {
	return copied{
		in: events, by: "_id",
		page: pageOf(events, "_id", nil, func(l linkDoc) (auth.Row, error) { return auth.EventRow(l.link()) }),
		doc: docOf(auth.Row.Link, func(l auth.Link) (any, error) {
			return linkDoc{Place: key(l.Directory, auth.RowNumber(l.Number)), Number: l.Number, Hash: l.Hash, Event: eventDoc(l.Event)}, nil
		}),
	}
}

func copiedHeads() copied {
	return copied{
		in: heads, by: "_id",
		page: pageOf(heads, "_id", bson.D{{Key: "number", Value: bson.D{{Key: "$gt", Value: 0}}}}, func(h headDoc) (auth.Row, error) {
			return auth.HeadRow(auth.Head{Directory: h.ID, Number: h.Number, Hash: h.Hash})
		}),
		doc: docOf(auth.Row.Head, func(h auth.Head) (any, error) {
			return headDoc{ID: h.Directory, Rev: newRev(), Number: h.Number, Hash: h.Hash}, nil
		}),
	}
}
