package redis

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/latchkey/latchkey/internal/auth"
)

// A ticket is a hash: user, proof, tries, data, created, expires (milliseconds).
// Those of a listed kind have a second key, the sorted set of their ids, which is
// kept as long as the last of them.
const enlist = `
		local function enlist(id, keep)
			if not KEYS[2] then return end
			redis.call('ZADD', KEYS[2], 0, id)
			if redis.call('PTTL', KEYS[2]) < tonumber(keep) then redis.call('PEXPIRE', KEYS[2], keep) end
		end`

var (
	// A ticket that is over, but not forgotten yet, gives way.
	issue = redis.NewScript(enlist + `
		local expires = redis.call('HGET', KEYS[1], 'expires')
		if expires and tonumber(expires) > tonumber(ARGV[5]) then return 0 end
		redis.call('HSET', KEYS[1], 'user', ARGV[1], 'proof', ARGV[2], 'tries', ARGV[3], 'data', ARGV[4], 'created', ARGV[5], 'expires', ARGV[6])
		redis.call('PEXPIRE', KEYS[1], ARGV[7])
		enlist(ARGV[8], ARGV[7])
		return 1`)

	reissue = redis.NewScript(enlist + `
		local expires = redis.call('HGET', KEYS[1], 'expires')
		if not expires or tonumber(expires) <= tonumber(ARGV[1]) then return 0 end
		redis.call('HSET', KEYS[1], 'proof', ARGV[2], 'tries', ARGV[3], 'expires', ARGV[4])
		redis.call('PEXPIRE', KEYS[1], ARGV[5])
		enlist(ARGV[6], ARGV[5])
		return 1`)

	// The comparison may take as long as it likes. A proof is a keyed hash of what
	// the person shows, so whoever does not have the key cannot come nearer to the
	// right one byte by byte; and each comparison uses up a try.
	attempt = redis.NewScript(`
		local held = redis.call('HMGET', KEYS[1], 'expires', 'tries', 'proof')
		if not held[1] or tonumber(held[1]) <= tonumber(ARGV[1]) or tonumber(held[2]) <= 0 then return {} end
		local right = held[3] == ARGV[2]
		if not right then redis.call('HINCRBY', KEYS[1], 'tries', -1) end
		local ticket = redis.call('HGETALL', KEYS[1])
		if right then redis.call('DEL', KEYS[1]) end
		if right and KEYS[2] then redis.call('ZREM', KEYS[2], ARGV[3]) end
		return {right and 1 or 0, ticket}`)

	void = redis.NewScript(`
		redis.call('DEL', KEYS[1])
		if KEYS[2] then redis.call('ZREM', KEYS[2], ARGV[1]) end
		return 1`)

	// What Redis has forgotten leaves the list, unless it was issued again.
	delist = redis.NewScript(`
		if redis.call('EXISTS', KEYS[1]) == 0 then redis.call('ZREM', KEYS[2], ARGV[1]) end
		return 1`)
)

// errShape is a record that is not what the scripts write.
var errShape = errors.New("a record has not the form that it was written in")

// Issue implements [auth.Tickets].
func (s *Store) Issue(ctx context.Context, t auth.Ticket) error {
	done, err := issue.Run(ctx, s.client, s.ticketKey(t.TicketKey), t.User, t.Proof, t.Tries, t.Data,
		ms(t.CreatedAt), ms(t.ExpiresAt), keep(t.ExpiresAt, t.CreatedAt), t.ID).Bool()
	if err == nil && !done {
		return auth.ErrTaken
	}
	return s.fail(ctx, "Issue", err)
}

// keep is how many milliseconds Redis keeps what is over at end.
func keep(end, now time.Time) int64 { return max(ms(end)-ms(now), 0) + slack.Milliseconds() }

// Ticket implements [auth.Tickets].
func (s *Store) Ticket(ctx context.Context, k auth.TicketKey, now time.Time) (auth.Ticket, error) {
	held, err := s.client.HGetAll(ctx, s.ticketKey(k)[0]).Result()
	if err != nil {
		return auth.Ticket{}, s.fail(ctx, "Ticket", err)
	}
	if len(held) == 0 {
		return auth.Ticket{}, auth.ErrNoRecord
	}
	t, err := ticket(k, held)
	switch {
	case err != nil:
		return auth.Ticket{}, s.fail(ctx, "Ticket", err)
	case !lives(t, now):
		return auth.Ticket{}, auth.ErrNoRecord
	}
	return t, nil
}

// lives reports whether a ticket is not over at now.
func lives(t auth.Ticket, now time.Time) bool { return ms(t.ExpiresAt) > ms(now) }

// Reissue implements [auth.Tickets].
func (s *Store) Reissue(ctx context.Context, t auth.Ticket, now time.Time) error {
	done, err := reissue.Run(ctx, s.client, s.ticketKey(t.TicketKey), ms(now), t.Proof, t.Tries,
		ms(t.ExpiresAt), keep(t.ExpiresAt, now), t.ID).Bool()
	if err == nil && !done {
		return auth.ErrNoRecord
	}
	return s.fail(ctx, "Reissue", err)
}

// Attempt implements [auth.Tickets].
func (s *Store) Attempt(ctx context.Context, k auth.TicketKey, proof []byte, now time.Time) (auth.Ticket, error) {
	said, err := attempt.Run(ctx, s.client, s.ticketKey(k), ms(now), proof, k.ID).Slice()
	if err != nil {
		return auth.Ticket{}, s.fail(ctx, "Attempt", err)
	}
	if len(said) == 0 {
		return auth.Ticket{}, auth.ErrNoRecord
	}
	t, err := ticket(k, fields(said[len(said)-1]))
	switch {
	case err != nil:
		return auth.Ticket{}, s.fail(ctx, "Attempt", err)
	case said[0] != int64(1):
		return t, auth.ErrWrongProof
	}
	return t, nil
}

// Void implements [auth.Tickets].
func (s *Store) Void(ctx context.Context, k auth.TicketKey) error {
	return s.fail(ctx, "Void", void.Run(ctx, s.client, s.ticketKey(k), k.ID).Err())
}

// fields makes a map of the list that a script makes of a hash.
func fields(said any) map[string]string {
	list, _ := said.([]any)
	held := make(map[string]string, len(list)/2)
	for i := 1; i < len(list); i += 2 {
		name, _ := list[i-1].(string)
		held[name], _ = list[i].(string)
	}
	return held
}

func ticket(k auth.TicketKey, held map[string]string) (auth.Ticket, error) {
	tries, err := strconv.Atoi(held["tries"])
	created, err2 := strconv.ParseInt(held["created"], 10, 64)
	expires, err3 := strconv.ParseInt(held["expires"], 10, 64)
	if errors.Join(err, err2, err3) != nil {
		return auth.Ticket{}, errShape
	}
	return auth.Ticket{
		TicketKey: k, User: held["user"], Proof: []byte(held["proof"]), Tries: tries, Data: []byte(held["data"]),
		CreatedAt: at(created), ExpiresAt: at(expires),
	}, nil
}
