package main

import (
	"cmp"
	"context"
	"errors"
	"strings"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
	"github.com/latchkey/latchkey/internal/directory"
	"github.com/latchkey/latchkey/internal/limit"
	"github.com/latchkey/latchkey/internal/live"
	"github.com/latchkey/latchkey/internal/store/mongo"
)

// mongodb is the home of databases on a MongoDB deployment. They share its
// connections.
type mongodb struct {
	uri     auth.Secret
	prefix  string
	servers *mongo.Servers // once the deployment's own is open
}

const (
	schemeMongo       = "mongodb"
	mongoTenantsOpen  = 64
	mongoPatience     = 5 * time.Second
	defaultMongoSpace = "latchkey"
)

func (m *mongodb) String() string { return maskPassword.show(m.uri.Reveal()) }

// name is that of the deployment's own database: the URI's, else the prefix of
// those of tenants.
func (m *mongodb) name() string {
	return cmp.Or(databaseOf(m.uri.Reveal()), m.prefix, defaultMongoSpace)
}

// databaseOf is the database that a URI names, which has several hosts and is
// therefore no URL; "" when it names none.
func databaseOf(uri string) string {
	_, rest, _ := strings.Cut(uri, "://")
	rest, _, _ = strings.Cut(rest, "?")
	rest = rest[strings.LastIndex(rest, "@")+1:] // a password may hold a slash
	_, name, _ := strings.Cut(rest, "/")
	return name
}

func (m *mongodb) open(ctx context.Context, v *auth.Vault, existing bool) (database, error) {
	servers, err := mongo.Connect(m.uri.Reveal(), mongoPatience)
	if err != nil {
		return nil, err
	}
	s, err := mongo.Open(ctx, mongo.Config{Servers: servers, Database: m.name(), Chain: v.Chain, Existing: existing, Patience: mongoPatience})
	if err != nil {
		return nil, errors.Join(err, servers.Close())
	}
	m.servers = servers
	return mongoControl{s, servers}, nil
}

// mongoControl is the deployment's own database, with which the connections end.
type mongoControl struct {
	*mongo.Store
	servers *mongo.Servers
}

// Close closes the database, and the connections for all.
func (c mongoControl) Close() error { return errors.Join(c.Store.Close(), c.servers.Close()) }

func (m *mongodb) opener(v *auth.Vault) func(context.Context, auth.Directory, bool) (directory.Database, error) {
	return func(ctx context.Context, d auth.Directory, create bool) (directory.Database, error) {
		name, err := nameOnServer(schemeMongo, m.own(), v, d)
		if err != nil {
			return nil, err
		}
		c := mongo.Config{Servers: m.servers, Database: name, Chain: v.Chain, Existing: !create, Directory: d.ID, Patience: mongoPatience}
		if m.servers == nil {
			c.URI = m.uri.Reveal()
		}
		s, err := mongo.Open(ctx, c)
		if err != nil {
			return nil, err
		}
		return s, nil
	}
}

// own is what the names of tenants' databases begin with, as the seed's do.
func (m *mongodb) own() string { return cmp.Or(m.prefix, m.name()) }

func (m *mongodb) Canonical(url auth.Secret, tenant string, anywhere bool) (string, error) {
	return ownOnServer(schemeMongo, url, m.own(), tenant, anywhere)
}

func (m *mongodb) most() int { return mongoTenantsOpen }

func (m *mongodb) kind() string { return "mongodb" }

// shared is nothing: Redis is for that.
func (m *mongodb) shared(database) (live.Bus, limit.Keeper) { return nil, nil }
