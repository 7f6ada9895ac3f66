package seeds

import (
	"context"
	"errors"
	"fmt"
	"net/url"

	"github.com/jackc/pgx/v5"

	"github.com/latchkey/latchkey/internal/auth"
)

// Prisma reads the PostgreSQL of prj-core, all of it as it was at one moment.
type Prisma struct {
	conn *pgx.Conn
	tx   pgx.Tx
}

// prismaOnly are the parameters of a URL that only Prisma understands.
var prismaOnly = []string{
	"schema", "connection_limit", "pool_timeout", "pgbouncer", "socket_timeout", "statement_cache_size", "sslidentity",
	"sslpassword", "sslaccept", "single_use_connections",
}

// OpenPrisma connects to the database and takes a snapshot of it, which cannot
// be written to. The URL is that of pgx or of Prisma. No error repeats it.
func OpenPrisma(ctx context.Context, address auth.Secret) (*Prisma, error) {
	u, err := url.Parse(address.Reveal())
	if err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql" {
		return nil, errPostgresURL
	}
	q := u.Query()
	schema := q.Get("schema")
	for _, name := range prismaOnly {
		q.Del(name)
	}
	u.RawQuery = q.Encode()
	set, err := pgx.ParseConfig(u.String())
	if err != nil {
		return nil, errPostgresURL
	}
	set.DefaultQueryExecMode = pgx.QueryExecModeExec // behind a pooler, too
	conn, err := pgx.ConnectConfig(ctx, set)
	if err != nil {
		return nil, unanswered(err)
	}
	p := &Prisma{conn: conn}
	if err := p.begin(ctx, schema); err != nil {
		return nil, errors.Join(err, p.Close(ctx))
	}
	return p, nil
}

// unanswered says why there is no connection, as the server does where it does.
func unanswered(err error) error {
	return fmt.Errorf("the PostgreSQL server cannot be reached: %w", err) // pgx hides the password
}

func (p *Prisma) begin(ctx context.Context, schema string) (err error) {
	p.tx, err = p.conn.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly})
	if err != nil {
		return fmt.Errorf("begin to read: %w", err)
	}
	if schema != "" {
		if _, err := p.tx.Exec(ctx, "SELECT set_config('search_path', $1, true)", pgx.Identifier{schema}.Sanitize()); err != nil {
			return fmt.Errorf("use the schema of the URL: %w", err)
		}
	}
	return nil
}

// Close ends the connection.
func (p *Prisma) Close(ctx context.Context) error {
	ctx = context.WithoutCancel(ctx)
	if p.tx != nil {
		if err := p.tx.Rollback(ctx); err != nil && !errors.Is(err, pgx.ErrTxClosed) {
			return errors.Join(err, p.conn.Close(ctx))
		}
	}
	return p.conn.Close(ctx)
}

// rows reads all that a query finds.
func rows[T any](ctx context.Context, p *Prisma, query string, args ...any) ([]T, error) {
	found, err := p.tx.Query(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(found, pgx.RowToStructByPos[T])
}
