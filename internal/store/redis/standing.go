package redis

import (
	"context"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/latchkey/latchkey/internal/auth"
)

// Standing implements [auth.Tickets].
func (s *Store) Standing(ctx context.Context, q auth.TicketQuery, now time.Time) ([]auth.Ticket, error) {
	var found []auth.Ticket
	for len(found) < q.Max {
		ids, err := s.listed(ctx, q)
		if err != nil {
			return nil, s.fail(ctx, "Standing", err)
		}
		if len(ids) == 0 {
			break
		}
		q.After = ids[len(ids)-1]
		some, err := s.tickets(ctx, q, ids)
		if err != nil {
			return nil, s.fail(ctx, "Standing", err)
		}
		for _, t := range some {
			if lives(t, now) && len(found) < q.Max {
				found = append(found, t)
			}
		}
	}
	return found, nil
}

// listed returns the next ids of a list.
func (s *Store) listed(ctx context.Context, q auth.TicketQuery) ([]string, error) {
	from := "-"
	if q.After != "" {
		from = "(" + q.After
	}
	list := s.key("tickets", q.Directory, q.Tenant, string(q.Kind))
	said := s.client.Do(ctx, "ZRANGEBYLEX", list, from, "+", "LIMIT", 0, q.Max) // what the library has for it instead wants Redis 6.2
	return said.StringSlice()
}

// tickets reads what is listed, in one round trip, and takes off the list what
// Redis has forgotten.
func (s *Store) tickets(ctx context.Context, q auth.TicketQuery, ids []string) ([]auth.Ticket, error) {
	keys := make([]auth.TicketKey, len(ids))
	held := make([]*redis.MapStringStringCmd, len(ids))
	if _, err := s.client.Pipelined(ctx, func(p redis.Pipeliner) error {
		for i, id := range ids {
			keys[i] = auth.TicketKey{Directory: q.Directory, Tenant: q.Tenant, Kind: q.Kind, ID: id}
			held[i] = p.HGetAll(ctx, s.ticketKey(keys[i])[0])
		}
		return nil
	}); err != nil {
		return nil, err
	}
	found := make([]auth.Ticket, 0, len(ids))
	for i, k := range keys {
		if len(held[i].Val()) == 0 {
			if err := delist.Run(ctx, s.client, s.ticketKey(k), k.ID).Err(); err != nil {
				return nil, err
			}
			continue
		}
		t, err := ticket(k, held[i].Val())
		if err != nil {
			return nil, err
		}
		found = append(found, t)
	}
	return found, nil
}
