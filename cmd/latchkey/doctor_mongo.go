package main

import (
	"context"
	"fmt"
	"time"

	"github.com/latchkey/latchkey/internal/store/mongo"
)

// checkMongo looks at a MongoDB server, or one that speaks its protocol, and at
// the database on it.
func checkMongo(ctx context.Context, p *patient, home *mongodb) []finding {
	if p.dbErr != nil {
		return []finding{fail(fmt.Sprintf("%s cannot be reached: %v", home, p.dbErr), "see that hosts, user and password in DATABASE_URL are the servers', that they run, and that no firewall is between")}
	}
	ctx, cancel := context.WithTimeout(ctx, p.patience)
	defer cancel()
	server, err := p.mongo.Server(ctx)
	if err != nil {
		return []finding{fail("the server does not say what it is: "+err.Error(), "see that DATABASE_URL names MongoDB")}
	}
	found := []finding{checkPrimary(server)}
	found = append(found, checkMongoSchema(ctx, p, home))
	if p.settings.Redis() == "" {
		found = append(found, warn("without Redis each instance counts limits by itself, and what was ended at one can go on at another for two seconds", "set REDIS_URL when there is more than one instance"))
	}
	return append(found, clockOf(server.Ahead)...)
}

func checkPrimary(s mongo.Server) finding {
	switch {
	case !s.Primary:
		return fail("the server takes no writes", "name all members of the replica set with DATABASE_URL, so that the primary is found")
	case s.Alone:
		return ok("the server is %s and takes writes; it stands alone, so while its machine is away nobody is served", s.Version)
	}
	return ok("the servers are %s, and one takes writes", s.Version)
}

func checkMongoSchema(ctx context.Context, p *patient, home *mongodb) finding {
	schema, err := p.mongo.Schema(ctx)
	name := "the database " + home.name()
	switch {
	case err != nil:
		return fail("the schema's version cannot be read: "+err.Error(), "let the user of DATABASE_URL read and write "+name+" (role readWrite)")
	case schema.Foreign:
		return fail(name+" has another program's collections", "name another database with DATABASE_URL")
	case schema.Have == 0:
		return ok("%s is empty; the first start makes what is in it", name)
	case schema.Have > schema.Known:
		return fail(fmt.Sprintf("%s has schema version %d, this program knows %d", name, schema.Have, schema.Known), "this binary is too old for the database: use the release that migrated it, or a newer one")
	case schema.Have < schema.Known:
		return warn(fmt.Sprintf("%s has schema version %d of %d", name, schema.Have, schema.Known), "run latchkey migrate, or start the service, which does the same")
	}
	return ok("%s has schema version %d, which is this program's", name, schema.Have)
}

// clockOf compares the server's clock with this one. Every instance does so with
// the same server: two that agree with it agree with each other.
func clockOf(ahead time.Duration) []finding {
	const leeway = 5 * time.Second
	if ahead.Abs() > leeway {
		return []finding{warn(fmt.Sprintf("the server's clock is %s from this one", ahead.Abs().Round(time.Second)), "set both clocks, and run something that keeps them right (systemd-timesyncd, chrony)")}
	}
	return []finding{ok("the server's clock is this one's")}
}
