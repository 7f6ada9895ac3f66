package main

import (
	"cmp"
	"context"
	"strings"

	"github.com/latchkey/latchkey/internal/auth"
	"github.com/latchkey/latchkey/internal/directory"
	"github.com/latchkey/latchkey/internal/limit"
	"github.com/latchkey/latchkey/internal/live"
	"github.com/latchkey/latchkey/internal/store/mongo"
)

// mongodb is the home of databases on a MongoDB deployment.
type mongodb struct {
	uri    auth.Secret
	prefix string
}

const (
	schemeMongo       = "mongodb"
	mongoTenantsOpen  = 64
	defaultMongoSpace = "latchkey"
)

func (m mongodb) String() string { return maskPassword.show(m.uri.Reveal()) }

// name is that of the deployment's own database: the URI's, else the prefix of
// those of tenants.
func (m mongodb) name() string {
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

func (m mongodb) open(ctx context.Context, v *auth.Vault, existing bool) (database, error) {
	s, err := mongo.Open(ctx, mongo.Config{URI: m.uri.Reveal(), Database: m.name(), Chain: v.Chain, Existing: existing})
	if err != nil {
		return nil, err
	}
	return s, nil
}

func (m mongodb) opener(v *auth.Vault) func(context.Context, auth.Directory, bool) (directory.Database, error) {
	return func(ctx context.Context, d auth.Directory, create bool) (directory.Database, error) {
		name, err := nameOnServer(schemeMongo, m.own(), v, d)
		if err != nil {
			return nil, err
		}
		s, err := mongo.Open(ctx, mongo.Config{URI: m.uri.Reveal(), Database: name, Chain: v.Chain, Existing: !create, Directory: d.ID})
		if err != nil {
			return nil, err
		}
		return s, nil
	}
}

// own is what the names of tenants' databases begin with, as the seed's do.
func (m mongodb) own() string { return cmp.Or(m.prefix, m.name()) }

func (m mongodb) Canonical(url auth.Secret, tenant string, anywhere bool) (string, error) {
	return ownOnServer(schemeMongo, url, m.own(), tenant, anywhere)
}

func (m mongodb) most() int { return mongoTenantsOpen }

// shared is nothing: Redis is for that.
func (m mongodb) shared(database) (live.Bus, limit.Keeper) { return nil, nil }
