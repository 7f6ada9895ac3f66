// Package latchkey_test keeps the house in order: which package may import
// which, what every package and exported thing has to say for itself, how long
// a file may be. It reads source, runs nothing, and knows nothing of what the
// packages do. The checks are in house_check_test.go, the proof that each of
// them complains in house_complain_test.go.
package latchkey_test

import (
	"os"
	"strings"
	"testing"
)

// An arrow is what one package may import besides the standard library.
type arrow struct {
	inside  []string // packages of this repository, by folder; "*" is all of them
	outside []string // third-party packages, by the beginning of their path; "*" is every slot
	never   []string // packages of the standard library that are refused, with all below them
	bare    bool     // its tests, too, use only the standard library
	apart   bool     // a module of its own, for tests: what it requires is in nobody else's go.mod
}

// arrows is docs/architecture.md as a table. A new package needs a line here,
// and that line is its review: who may know whom, and which library is let in.
// Values point inward, towards the rules.
var arrows = map[string]arrow{
	// The only place where everything meets.
	"cmd/latchkey": {inside: every, outside: every},

	// The rules: neither HTTP nor SQL, and no clock but the one they are given.
	"internal/auth": {
		inside:  []string{"internal/password", "guard/jwt"},
		outside: []string{"golang.org/x/text", "golang.org/x/net/idna", "github.com/google/uuid"},
		never:   []string{"net/http", "database/sql"},
	},
	"internal/place":    {outside: []string{"github.com/oschwald/maxminddb-golang"}},
	"internal/password": {outside: []string{"golang.org/x/crypto", "golang.org/x/text"}},

	// What a store is, and the stores. None knows another.
	"internal/store/storetest": {
		inside:  []string{"internal/auth"},
		outside: []string{"pgregory.net/rapid", "github.com/anishathalye/porcupine", "github.com/google/go-cmp", "github.com/google/uuid"},
	},
	"internal/store/memory": {inside: []string{"internal/auth"}},
	"internal/store/sql": {
		inside:  []string{"internal/auth", "internal/limit"},
		outside: []string{"modernc.org/sqlite", "github.com/jackc/pgx", "github.com/pressly/goose", "github.com/google/uuid"},
	},
	"internal/store/mongo": {
		inside:  []string{"internal/auth"},
		outside: []string{"go.mongodb.org/mongo-driver", "github.com/google/uuid"},
	},
	"internal/store/redis": {
		inside:  []string{"internal/auth", "internal/limit"},
		outside: []string{"github.com/redis/go-redis"},
	},
	// Servers for tests, which know nothing of this program.
	"internal/testserver": {outside: []string{"github.com/jackc/pgx", "github.com/google/uuid"}},

	// What stands in for MongoDB in tests.
	"internal/testserver/ferretdb": {apart: true},

	// From one store to another, whatever they are.
	"internal/ferry": {inside: []string{"internal/auth"}},
	// The databases of the systems that users come from: read, never written.
	"internal/seeds": {
		inside:  []string{"internal/auth", "internal/password"},
		outside: []string{"go.mongodb.org/mongo-driver", "github.com/jackc/pgx"},
	},

	// What the rules ask others to do.
	"internal/limit": {}, // the standard library: neither HTTP nor auth
	"internal/live":  {inside: []string{"internal/auth"}},
	// What guards elsewhere are told, to all who listen.
	"internal/feed": {inside: []string{"internal/auth"}},
	// What a bus and a keeper of limits are; none knows who passes.
	"internal/live/livetest":   {inside: []string{"internal/live"}},
	"internal/limit/limittest": {inside: []string{"internal/limit"}},
	// Which database a call is for; it opens none itself, so that it knows no store.
	"internal/directory": {inside: []string{"internal/auth"}},
	"internal/mail":      {inside: []string{"internal/auth"}, outside: []string{"github.com/wneessen/go-mail"}},

	// What the doors share: how much may be asked, and how it is said.
	"internal/quota": {inside: []string{"internal/auth", "internal/limit"}},
	"internal/wire":  {inside: []string{"internal/auth"}, outside: []string{"github.com/go-json-experiment/json"}},

	// The doors.
	"internal/httpd": {
		inside:  []string{"internal/auth", "internal/limit", "internal/live", "internal/feed", "internal/quota", "internal/wire", "guard/jwt"},
		outside: []string{"github.com/danielgtaylor/huma", "github.com/go-json-experiment/json", "github.com/prometheus/client_golang"},
	},
	// A protocol, which knows nothing of what is said in it.
	"internal/nest": {},
	"internal/rpcd": {
		inside:  []string{"internal/auth", "internal/limit", "internal/quota", "internal/wire", "internal/nest"},
		outside: []string{"github.com/prometheus/client_golang"},
	},
	"internal/device": {outside: []string{"github.com/mileusna/useragent", "golang.org/x/text"}},
	"internal/ui":     {inside: []string{"internal/auth", "internal/live"}},
	// Pages are clients of the HTTP door: of the rules they know the types that come over it.
	"internal/site": {inside: []string{"internal/auth", "internal/ui"}, outside: []string{"golang.org/x/text", "github.com/google/uuid"}},

	// Public, and light enough for anybody's go.mod: nothing comes with it.
	"guard":           {inside: []string{"guard/jwt"}, bare: true},
	"guard/jwt":       {bare: true},
	"guard/guardtest": {inside: []string{"guard", "guard/jwt"}, bare: true},

	// What users of guard copy, each with the framework that it is for.
	"examples/nethttp":        {inside: []string{"guard", "guard/guardtest", "examples/internal/trial"}, apart: true},
	"examples/chi":            {inside: []string{"guard", "guard/guardtest", "examples/internal/trial"}, apart: true},
	"examples/gin":            {inside: []string{"guard", "guard/guardtest", "examples/internal/trial"}, apart: true},
	"examples/echo":           {inside: []string{"guard", "guard/guardtest", "examples/internal/trial"}, apart: true},
	"examples/grpc":           {inside: []string{"guard", "guard/guardtest", "examples/internal/trial"}, apart: true},
	"examples/internal/trial": {inside: []string{"guard", "guard/guardtest", "examples/internal/trial"}, apart: true},

	// A guard in front of services that have none.
	"internal/gateway": {inside: []string{"guard", "guard/jwt", "internal/nest"}, outside: []string{"go.yaml.in/yaml/v3"}},

	// Programs and tests that stand outside and look in.
	".":     {},
	"bench": {inside: every, outside: []string{"*", "github.com/golang-jwt/jwt"}},
	"e2e":   {inside: every, outside: every},
	// The way from a NestJS deployment to ours.
	"e2e/migrate": {inside: every, outside: every},
	// That both doors say the same.
	"e2e/doors": {inside: every, outside: every},
	// Whether the files of deploy/ are what they should be.
	"deploy/check": {apart: true},
	"e2e/attacks":  {inside: every, outside: every},
}

var every = []string{"*"}

// slots are the libraries of the house. Another choice is a decision to write
// down in docs/decisions, not a line to add in passing.
var slots = []string{
	"github.com/alecthomas/kong",
	"github.com/danielgtaylor/huma",
	"github.com/go-json-experiment/json",
	"github.com/google/uuid",
	"github.com/jackc/pgx",
	"github.com/mileusna/useragent",
	"github.com/oschwald/maxminddb-golang", // places of IP addresses, in the format that there are files in
	"github.com/pressly/goose",
	"github.com/prometheus/client_golang",
	"github.com/redis/go-redis",
	"github.com/wneessen/go-mail",
	"go.mongodb.org/mongo-driver",
	"go.yaml.in/yaml/v3", // the gateway's table of routes
	"golang.org/x/crypto",
	"golang.org/x/net/idna",
	"golang.org/x/sync",
	"golang.org/x/sys/unix", // a password is typed without being shown
	"golang.org/x/text",
	"modernc.org/sqlite",
}

// testSlots are the libraries that only tests may use.
var testSlots = []string{
	"github.com/anishathalye/porcupine",
	"github.com/emersion/go-sasl",
	"github.com/emersion/go-smtp",
	"github.com/golang-jwt/jwt",
	"github.com/google/go-cmp",
	"github.com/maxmind/mmdbwriter",
	"github.com/rogpeppe/go-internal",
	"go.uber.org/goleak",
	"golang.org/x/net/html",
	"pgregory.net/rapid",
}

// siblings never know each other, not even in their tests: a test that needs
// two doors or two stores belongs to e2e.
var siblings = [][]string{
	{"internal/httpd", "internal/rpcd", "internal/ui"},
	{"internal/store/sql", "internal/store/mongo", "internal/store/redis"},
}

// long are the files that may have more than 400 lines, with the reason.
var long = map[string]string{}

func TestHouse(t *testing.T) {
	tree := os.DirFS(".")
	files, complaints := parse(tree)
	if len(files) == 0 {
		t.Fatal("no Go file found: the test has to run in the root of the repository")
	}
	report(t, "every Go file can be read", complaints)
	report(t, "arrows point inward", checkArrows(files, arrows))
	report(t, "the rules read no clock", checkClock(files))
	report(t, "packages say what they are for", checkPackageComments(files))
	report(t, "exported things say what they do", checkExports(files))
	report(t, "nothing is put off", checkUnfinished(files))
	report(t, "files are short", checkSizes(tree, long))
	report(t, "folders have names", checkFolders(tree))
}

func report(t *testing.T, name string, complaints []string) {
	t.Run(name, func(t *testing.T) {
		if len(complaints) > 0 {
			t.Errorf("%d complaints:\n%s", len(complaints), strings.Join(complaints, "\n"))
		}
	})
}
