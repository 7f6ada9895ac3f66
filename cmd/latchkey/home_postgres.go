package main

import (
	"context"
	"errors"
	"net/url"
	"strings"

	"github.com/latchkey/latchkey/internal/auth"
	"github.com/latchkey/latchkey/internal/directory"
	"github.com/latchkey/latchkey/internal/limit"
	"github.com/latchkey/latchkey/internal/live"
	"github.com/latchkey/latchkey/internal/store/sql"
)

// postgres is the home of databases on a PostgreSQL server, or one that speaks
// its protocol.
type postgres struct {
	url     auth.Secret
	replica auth.Secret // "": there is none
}

// The connections of one instance: PostgreSQL allows a hundred in all, unless it
// is told otherwise, and several instances share them.
const (
	controlConns   = 20
	tenantConns    = 2
	tenantsAtOnce  = 32
	schemePostgres = "postgres"
)

func (p postgres) String() string { return maskPassword.show(p.url.Reveal()) }

func (p postgres) open(ctx context.Context, v *auth.Vault, existing bool) (database, error) {
	if u, err := url.Parse(p.url.Reveal()); err != nil || p.name() == "" || u.Query().Has("dbname") || u.Query().Has("database") {
		return nil, errors.New("DATABASE_URL names no database, or not in its path: write postgres://USER:PASSWORD@HOST:PORT/NAME")
	}
	s, err := sql.Open(ctx, sql.Config{URL: p.url.Reveal(), Replica: p.replica.Reveal(), Chain: v.Chain, Existing: existing, Conns: controlConns})
	if err != nil {
		return nil, err
	}
	return s, nil
}

// name is that of the deployment's own database.
func (p postgres) name() string {
	u, err := url.Parse(p.url.Reveal())
	if err != nil {
		return ""
	}
	return strings.TrimPrefix(u.Path, "/")
}

// at is the URL of another database on the server.
func (p postgres) at(name string) (string, error) {
	u, err := url.Parse(p.url.Reveal())
	if err != nil {
		return "", errors.New("DATABASE_URL is no URL")
	}
	u.Path = "/" + name
	q := u.Query()
	for name := range q {
		if strings.HasPrefix(name, "pool_") { // for the deployment's own
			q.Del(name)
		}
	}
	u.RawQuery = q.Encode()
	return u.String(), nil
}

func (p postgres) opener(v *auth.Vault) func(context.Context, auth.Directory, bool) (directory.Database, error) {
	return func(ctx context.Context, d auth.Directory, create bool) (directory.Database, error) {
		name, err := nameOnServer(schemePostgres, p.name(), v, d)
		if err != nil {
			return nil, err
		}
		if create {
			if err := sql.CreateDatabase(ctx, p.url.Reveal(), name); err != nil {
				return nil, err
			}
		}
		at, err := p.at(name)
		if err != nil {
			return nil, err
		}
		s, err := sql.Open(ctx, sql.Config{URL: at, Chain: v.Chain, Existing: !create, Directory: d.ID, Conns: tenantConns})
		if err != nil {
			return nil, err
		}
		return s, nil
	}
}

func (p postgres) Canonical(url auth.Secret, tenant string, anywhere bool) (string, error) {
	return ownOnServer(schemePostgres, url, p.name(), tenant, anywhere)
}

func (p postgres) most() int { return tenantsAtOnce }

func (p postgres) kind() string { return "postgres" }

func (p postgres) shared(control database) (live.Bus, limit.Keeper) {
	s, ok := control.(*sql.Store)
	if !ok {
		return nil, nil
	}
	return s, s
}
