package sql

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/latchkey/latchkey/internal/auth"
)

// migrationHold is held while a schema is looked at and brought up to date. It is
// held by a transaction and not by a session, which a proxy may share out.
const migrationHold = "SELECT pg_advisory_xact_lock(hashtextextended('latchkey migrations', 0))"

const postgresTables = "SELECT tablename::text FROM pg_tables WHERE schemaname = current_schema()"

// openPostgres opens a database on a server.
func (s *Store) openPostgres(ctx context.Context, c Config) error {
	config, err := postgresConfig(c)
	if err != nil {
		return err
	}
	if s.pool, err = pgxpool.NewWithConfig(ctx, config); err != nil {
		return err
	}
	db := stdlib.OpenDBFromPool(s.pool)
	s.pools = append(s.pools, db)
	s.reader = patient{plain{db}, c.Patience}
	s.writer = &crew{db: db, dialect: &s.dialect, chain: c.Chain, patience: c.Patience, release: func() error {
		if s.rotator != nil {
			s.rotator.close()
		}
		return nil
	}}
	if err := s.migratePostgres(ctx, c); err != nil {
		return err
	}
	s.rotator = newRotator(s.pool, c.Patience)
	if err := s.identify(ctx, c); err != nil {
		return err
	}
	if err := s.follow(ctx, c); err != nil {
		return err
	}
	return errors.Join(s.gather(ctx), s.gatherTerms(ctx))
}

// follow takes lists from a replica. That it answers now is not asked: it may come
// and go.
func (s *Store) follow(ctx context.Context, c Config) error {
	if c.Replica == "" {
		return nil
	}
	c.URL = c.Replica
	config, err := postgresConfig(c)
	if err != nil {
		return err
	}
	config.ConnConfig.ConnectTimeout = replicaPatience
	if s.replica, err = pgxpool.NewWithConfig(ctx, config); err != nil {
		return err
	}
	db := stdlib.OpenDBFromPool(s.replica)
	s.pools = append(s.pools, db)
	s.lists = plain{db}
	return nil
}

// replicaPatience is how long a list waits for a replica before it is read
// elsewhere.
const replicaPatience = time.Second

// migratePostgres brings the schema up to date while no other process does.
func (s *Store) migratePostgres(ctx context.Context, c Config) error {
	ctx, cancel := context.WithTimeout(ctx, max(c.Patience, 30*time.Second))
	defer cancel()
	// On a connection of its own: the migrations need those of the pool.
	return inPostgres(ctx, s.pool.Config().ConnConfig, func(conn *pgx.Conn) error {
		return pgx.BeginFunc(ctx, conn, func(t pgx.Tx) error { return s.migrateHeld(ctx, c, t) })
	})
}

// migrateHeld is migratePostgres in the transaction that holds the others off.
func (s *Store) migrateHeld(ctx context.Context, c Config, t pgx.Tx) error {
	if _, err := t.Exec(ctx, migrationHold); err != nil {
		return err
	}
	rows, err := t.Query(ctx, postgresTables)
	if err != nil {
		return err
	}
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return err
	}
	switch {
	case foreign(tables):
		return errForeignDatabase
	case len(tables) == 0 && c.Existing:
		return errEmptyDatabase
	}
	return up(ctx, s.pools[0], s.dialect)
}

var (
	errForeignDatabase = errors.New("the database has another program's tables: name another database, or a schema of its own by search_path")
	errEmptyDatabase   = fmt.Errorf("%w: the database is empty: put it back from a backup", auth.ErrUnavailable)
)

// CreateDatabase makes a database on the server that a URL names, which keeps
// its own, unless it is there. Who the URL names needs the right to create
// databases.
func CreateDatabase(ctx context.Context, server, name string) error {
	config, err := postgresConfig(Config{URL: server})
	if err != nil {
		return err
	}
	return inPostgres(ctx, config.ConnConfig, func(conn *pgx.Conn) error {
		var there bool
		err := conn.QueryRow(ctx, "SELECT EXISTS (SELECT 1 FROM pg_database WHERE datname = $1)", name).Scan(&there)
		if err != nil || there {
			return err
		}
		_, err = conn.Exec(ctx, "CREATE DATABASE "+pgx.Identifier{name}.Sanitize())
		if code := postgresCode(err); code == "42P04" || code == "23505" { // somebody else was faster
			return nil
		}
		return err
	})
}
