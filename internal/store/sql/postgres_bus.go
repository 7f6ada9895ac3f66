package sql

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
)

// channel is where the processes of a deployment tell each other what changed.
// PostgreSQL keeps the channels of databases apart.
const channel = "latchkey"

const (
	publish  = "SELECT pg_notify('" + channel + "', message) FROM unnest($1::text[]) WITH ORDINALITY AS m (message, n) ORDER BY n"
	alarmSet = "INSERT INTO alarms (one, n) VALUES (1, 1) ON CONFLICT (one) DO UPDATE SET n = alarms.n + 1"
)

// errNoBus: SQLite is for one process.
var errNoBus = errors.New("this database is not for several instances")

// Publish sends messages to every process that listens, as PostgreSQL's NOTIFY
// does: those that are equal may come once. A message has at most 7,999 bytes.
func (s *Store) Publish(ctx context.Context, messages ...string) error {
	if s.pool == nil {
		return errNoBus
	}
	_, err := s.pool.Exec(ctx, publish, messages)
	return s.fail("Publish", err)
}

// Listen calls ready once it listens, and heard with every message until the
// connection is lost or ctx ends; it always returns an error. It has a
// connection of its own. A proxy that shares out connections carries no messages
// and does not say so: only hearing one's own tells.
func (s *Store) Listen(ctx context.Context, ready func(), heard func(message string)) error {
	if s.pool == nil {
		return errNoBus
	}
	err := inPostgres(ctx, s.pool.Config().ConnConfig, func(conn *pgx.Conn) error {
		if _, err := conn.Exec(ctx, "LISTEN "+channel); err != nil {
			return err
		}
		ready()
		for {
			n, err := conn.WaitForNotification(ctx)
			if err != nil {
				return err
			}
			heard(n.Payload)
		}
	})
	return s.fail("Listen", err)
}

// Alarm makes the number that [Store.Changed] returns another one, for every
// process: what changed could not be published. On SQLite every commit does.
func (s *Store) Alarm(ctx context.Context) error {
	if s.pool == nil {
		return nil
	}
	return s.writeOne(ctx, "Alarm", func(t *tx) error {
		_, err := t.exec(alarmSet)
		return err
	})
}
