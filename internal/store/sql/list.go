package sql

import "context"

// readList reads rows that may be a moment old: from a replica, if there is one
// that answers.
func (s *Store) readList(ctx context.Context, method, query string, scan func(scanner) error, args ...any) error {
	if s.lists == nil || s.closed.Load() {
		return s.readAll(ctx, method, query, scan, args...)
	}
	begun := false
	err := s.lists.all(ctx, query, func(row scanner) error {
		begun = true
		return scan(row)
	}, args...)
	if err == nil || begun || ctx.Err() != nil {
		return s.fail(method, err)
	}
	return s.readAll(ctx, method, query, scan, args...)
}
