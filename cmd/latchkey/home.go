package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"regexp"
	"strings"

	"github.com/latchkey/latchkey/internal/auth"
	"github.com/latchkey/latchkey/internal/directory"
	"github.com/latchkey/latchkey/internal/limit"
	"github.com/latchkey/latchkey/internal/live"
)

// database is a deployment's own database.
type database interface {
	directory.Database
	// Changed returns a number that is another one when it has to be asked what
	// other processes changed, and Alarm makes it so.
	Changed(ctx context.Context) (int64, error)
	Alarm(ctx context.Context) error
}

// home says where the databases of a deployment are: its own, and those of the
// tenants that have one.
type home interface {
	// String says where the deployment's own is, without secrets.
	String() string
	// kind is what sort of database that is.
	kind() string
	// open opens it; existing refuses to make one.
	open(ctx context.Context, v *auth.Vault, existing bool) (database, error)
	// opener opens those of tenants.
	opener(v *auth.Vault) func(ctx context.Context, d auth.Directory, create bool) (directory.Database, error)
	// Canonical is half of [auth.Directories].
	Canonical(url auth.Secret, tenant string, anywhere bool) (string, error)
	// most bounds how many of those of tenants are open at once; 0: as many as the
	// pool likes.
	most() int
	// shared is what instances have in common when there is no Redis: what they
	// tell each other changes by, and what counts their limits; nil: nothing.
	shared(control database) (live.Bus, limit.Keeper)
}

// home returns where the settings say that the databases are.
func (s Settings) home() home {
	switch scheme, _, _ := strings.Cut(s.DatabaseURL.Reveal(), ":"); scheme {
	case "postgres", "postgresql":
		return postgres{url: s.DatabaseURL, replica: s.ReadURL}
	case "mongodb", "mongodb+srv":
		return &mongodb{uri: s.DatabaseURL, prefix: s.MongoDBPrefix}
	}
	return places{control: s.DatabasePath}
}

// directories makes and finds the databases of directories for the rules.
type directories struct {
	home
	*directory.Pool
}

var _ auth.Directories = directories{}

// serverName is the name of a tenant's database on a server: that of the
// deployment's own comes first, so that two deployments can share a server. It
// has at most as many bytes as PostgreSQL and MongoDB allow.
func serverName(control, tenant string) string {
	const most = 60
	name := control + "_" + tenant
	if len(name) <= most {
		return name
	}
	sum := sha256.Sum256([]byte(name))
	return name[:most-17] + "_" + hex.EncodeToString(sum[:8])
}

var errServerName = errors.New("must be the name of a database: letters, digits, dashes and underscores, at most 60")

var validServerName = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_-]{0,59}$`)

// ownOnServer is the canonical form of a tenant's own database on the server
// that the deployment's is on. A request may name no database that is not the
// deployment's: only the command line may.
func ownOnServer(scheme string, url auth.Secret, control, tenant string, anywhere bool) (string, error) {
	if url == "" {
		return scheme + ":" + serverName(control, tenant), nil
	}
	name, ok := strings.CutPrefix(url.Reveal(), scheme+":")
	switch {
	case !ok || strings.HasPrefix(name, "/"):
		return "", errors.New("must be " + scheme + ":NAME, a database on the server that DATABASE_URL names")
	case !validServerName.MatchString(name):
		return "", errServerName
	case name == control:
		return "", errControl
	case !anywhere && !strings.HasPrefix(name, control+"_"):
		return "", errors.New("must begin with " + control + "_: only latchkey tenant create takes another name")
	}
	return scheme + ":" + name, nil
}

// nameOnServer is the name of the database of a directory on a server.
func nameOnServer(scheme, control string, v *auth.Vault, d auth.Directory) (string, error) {
	if d.Sealed == nil {
		if !auth.ValidSlug(d.Name) { // it was checked when it was made: somebody wrote to the database by hand
			return "", errors.New("directory " + d.ID + " has a name that is no tenant's")
		}
		return serverName(control, d.Name), nil
	}
	url, err := v.DirectoryURL(d)
	if err != nil {
		return "", errors.New("directory " + d.ID + ": its place was sealed with another master key")
	}
	name, ok := strings.CutPrefix(url.Reveal(), scheme+":")
	if !ok {
		return "", errors.New("directory " + d.ID + " is not on a server of this kind: copy it with latchkey store copy")
	}
	return name, nil
}
