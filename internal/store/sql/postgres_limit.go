package sql

import (
	"context"
	"time"

	"github.com/latchkey/latchkey/internal/limit"
)

const (
	limitCharge = "SELECT limits_charge($1::bytea[], $2::bigint[], $3::bigint[])"
	// Whoever owes nothing for a minute is forgotten. See sweep.go for why it says
	// so twice.
	limitSweep = `DELETE FROM limits WHERE full_at < ($1::bigint - 60000) * 1000000 AND id IN (SELECT id FROM limits WHERE full_at < ($1::bigint - 60000) * 1000000 LIMIT $2)`
)

// Charge implements [limit.Keeper] on PostgreSQL, in one round trip.
func (s *Store) Charge(ctx context.Context, costs []limit.Cost) ([]time.Duration, error) {
	if s.pool == nil {
		return nil, errNoBus
	}
	ids, intervals, spans := make([][]byte, len(costs)), make([]int64, len(costs)), make([]int64, len(costs))
	for i, c := range costs {
		ids[i], intervals[i], spans[i] = c.ID[:], int64(c.Interval), int64(c.Span)
	}
	var debts []int64
	if err := s.pool.QueryRow(ctx, limitCharge, ids, intervals, spans).Scan(&debts); err != nil {
		return nil, s.fail("Charge", err)
	}
	owed := make([]time.Duration, len(debts))
	for i, debt := range debts {
		owed[i] = time.Duration(debt)
	}
	return owed, nil
}
