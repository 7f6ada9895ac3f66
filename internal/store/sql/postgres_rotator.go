package sql

import (
	"context"
	"database/sql"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/latchkey/latchkey/internal/auth"
)

// rotateMany rotates the sessions whose counters are the ones presented, all in
// one statement and so in one round trip. Of two rotations of one session one is
// left out: either it waits for the row and finds another counter, or it stands
// in the same statement.
const rotateMany = `WITH turn AS (
		SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[], $7::text[])
		WITH ORDINALITY AS t (directory, id, tenant_id, counter, now, idle_until, ip, n))
	UPDATE sessions s SET counter = s.counter + 1, rotated_at = turn.now,
		last_seen = GREATEST(s.last_seen, turn.now), idle_until = LEAST(s.expires_at, turn.idle_until),
		ip = CASE WHEN turn.ip = '' THEN s.ip ELSE turn.ip END
	FROM turn
	WHERE s.directory = turn.directory AND s.id = turn.id AND (turn.tenant_id = '' OR s.tenant_id = turn.tenant_id)
		AND s.counter = turn.counter AND s.ended_at = 0 AND s.idle_until > turn.now AND s.expires_at > turn.now
		AND s.sweep_at <= turn.idle_until
	RETURNING turn.n, s.user_id, s.tenant_id, s.space_id, s.device, s.known, s.coded, s.device_name, s.ip, s.agent,
		s.created_at, s.last_seen, s.idle_until, s.expires_at`

// rotators is how many statements are under way at once.
const rotators = 2

// rotator rotates sessions, as many at a time as wait. A lone rotation is sent at
// once.
type rotator struct {
	pool     *pgxpool.Pool
	patience time.Duration
	turns    chan *turn
	working  sync.WaitGroup

	mu     sync.RWMutex // held for reading while a turn is handed over
	closed bool
}

// turn is one rotation that waits.
type turn struct {
	auth.Rotation
	result auth.RotationResult
	err    error // [sql.ErrNoRows]: the counter is not the one, or the session is over
	done   chan struct{}
}

func newRotator(pool *pgxpool.Pool, patience time.Duration) *rotator {
	r := &rotator{pool: pool, patience: patience, turns: make(chan *turn, batch)}
	for range rotators {
		r.working.Go(r.work)
	}
	return r
}

// rotate rotates a session whose counter is the one presented; else
// [sql.ErrNoRows]. Who leaves before the turn was taken may find it done.
func (r *rotator) rotate(ctx context.Context, want auth.Rotation) (auth.RotationResult, error) {
	t := &turn{Rotation: want, done: make(chan struct{})}
	if err := r.hand(ctx, t); err != nil {
		return auth.RotationResult{}, err
	}
	<-t.done
	return t.result, t.err
}

func (r *rotator) hand(ctx context.Context, t *turn) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	r.mu.RLock()
	defer r.mu.RUnlock()
	if r.closed {
		return errClosed
	}
	select {
	case r.turns <- t:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (r *rotator) close() {
	r.mu.Lock()
	closed := r.closed
	r.closed = true
	r.mu.Unlock()
	if !closed {
		close(r.turns)
	}
	r.working.Wait()
}

func (r *rotator) work() {
	turns := make([]*turn, 0, batch)
	for first := range r.turns {
		turns = r.collect(append(turns[:0], first))
		err := r.run(turns)
		for _, t := range turns {
			if err != nil {
				t.err = err
			}
			close(t.done)
		}
		clear(turns)
	}
}

// collect adds the turns that wait, as many as may share a statement.
func (r *rotator) collect(turns []*turn) []*turn {
	for len(turns) < batch {
		select {
		case t, open := <-r.turns:
			if !open {
				return turns
			}
			turns = append(turns, t)
		default:
			return turns
		}
	}
	return turns
}

// run sends turns, again where nothing came of it, until the patience ends.
func (r *rotator) run(turns []*turn) error {
	ctx, cancel := context.WithTimeout(context.Background(), r.patience)
	defer cancel()
	for try := 0; ; try++ {
		err := refused(r.send(ctx, turns))
		if err == nil || !retriable(err) || ctx.Err() != nil {
			if err != nil {
				return fmt.Errorf("%w: %w", auth.ErrUnavailable, err)
			}
			return nil
		}
		pause(ctx, time.Millisecond<<min(try, 6))
	}
}

func (r *rotator) send(ctx context.Context, turns []*turn) error {
	for _, t := range turns {
		t.result, t.err = auth.RotationResult{}, sql.ErrNoRows // whatever a try before said
	}
	rows, err := r.pool.Query(ctx, rotateMany, columns(turns)...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := scanTurn(rows, turns); err != nil {
			return err
		}
	}
	return rows.Err()
}

// columns are the turns as the arrays of the statement.
func columns(turns []*turn) []any {
	directories, ids, tenants, ips := make([]string, len(turns)), make([]string, len(turns)), make([]string, len(turns)), make([]string, len(turns))
	counters, nows, idles := make([]int64, len(turns)), make([]int64, len(turns)), make([]int64, len(turns))
	for i, t := range turns {
		directories[i], ids[i], tenants[i], ips[i] = t.Directory, t.Session, t.Tenant, t.IP
		counters[i], nows[i], idles[i] = t.Counter, ms(t.Now), ms(t.IdleUntil)
	}
	return []any{directories, ids, tenants, counters, nows, idles, ips}
}

// scanTurn reads a session that was rotated into its turn.
func scanTurn(rows pgx.Rows, turns []*turn) error {
	var n, created, seen, idle, expires int64
	var known, coded int
	var v auth.Session
	err := rows.Scan(&n, &v.User, &v.Tenant, &v.Space, &v.Device, &known, &coded, &v.DeviceName, &v.IP, &v.Agent, &created, &seen, &idle, &expires)
	if err != nil {
		return err
	}
	t := turns[n-1]
	v.Directory, v.ID, v.Counter, v.RotatedAt = t.Directory, t.Session, t.Counter+1, t.Now
	v.Known, v.Coded = known == 1, coded == 1
	v.CreatedAt, v.LastSeen, v.IdleUntil, v.ExpiresAt = at(created), at(seen), at(idle), at(expires)
	t.result, t.err = auth.RotationResult{Outcome: auth.Rotated, Session: v}, nil
	return nil
}
