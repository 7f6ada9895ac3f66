package main

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/latchkey/latchkey/internal/auth"
	"github.com/latchkey/latchkey/internal/testserver"
)

// tutorial is a server with databases of the tutorial.
type tutorial struct {
	t      *testing.T
	client *mongo.Client
	name   string   // what the names of its databases begin with
	from   []string // the command that imports it
}

func newTutorial(t *testing.T) *tutorial {
	t.Helper()
	uri := testserver.Mongo(t)
	client, err := mongo.Connect(options.Client().ApplyURI(uri))
	if err != nil {
		t.Fatal(err)
	}
	tu := &tutorial{t: t, client: client, name: "seed" + strings.ReplaceAll(uuid.NewString(), "-", "")[:12]}
	tu.from = []string{"nest-mongo", "--uri", uri, "--registry-db", tu.name, "--prefix", tu.name}
	t.Cleanup(func() {
		ctx := context.WithoutCancel(t.Context())
		names, err := client.ListDatabaseNames(ctx, bson.D{})
		for _, name := range names {
			if strings.HasPrefix(name, tu.name) && err == nil {
				err = client.Database(name).Drop(ctx)
			}
		}
		if err != nil {
			t.Error(err)
		}
		if err := client.Disconnect(ctx); err != nil {
			t.Error(err)
		}
	})
	return tu
}

func (tu *tutorial) put(database, collection string, docs ...any) {
	tu.t.Helper()
	if _, err := tu.client.Database(database).Collection(collection).InsertMany(tu.t.Context(), docs); err != nil {
		tu.t.Fatal(err)
	}
}

// tenant adds an active tenant with users of these names; with is what more is
// to say of one of them.
func (tu *tutorial) tenant(name string, with map[string]bson.M, users ...string) {
	tu.t.Helper()
	tu.put(tu.name, "tenants", bson.M{"_id": "of " + name, "name": name, "displayName": strings.ToUpper(name), "contactEmail": "it@" + name + ".example", "status": "ACTIVE"})
	var docs []any
	for n, user := range users {
		doc := bson.M{
			"_id": user, "name": user, "username": user, "email": user + "@example.com", "mobile": fmt.Sprint(1000000 + n), "password": seedHash,
			"role": "user", "status": 1, "createdAt": time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC),
		}
		for k, v := range with[user] {
			doc[k] = v
		}
		docs = append(docs, doc)
	}
	if len(docs) > 0 {
		tu.put(tu.name+"_"+name, "users", docs...)
	}
}

// motley is a tutorial with tenants and users of every kind.
func motley(t *testing.T) *tutorial {
	t.Helper()
	tu := newTutorial(t)
	tu.tenant("acme", map[string]bson.M{
		"ann":  {"role": "admin"},
		"ben":  {"status": 0},
		"cat":  {"email": "ANN@example.com"},
		"dan":  {"username": "ANN"},
		"eli":  {"mobile": "100-0000"},
		"fay":  {"username": "fay@example.com"},
		"gus":  {"email": "gus"},
		"hal":  {"password": "c4n4ry-plain"},
		"ian":  {"role": "root"},
		"jan":  {"status": "locked"},
		"kay":  {"name": 7},
		"lee":  {"createdAt": time.Date(1969, 1, 1, 0, 0, 0, 0, time.UTC)},
		"mike": {"mobile": ""},
	}, "ann", "ben", "cat", "dan", "eli", "fay", "gus", "hal", "ian", "jan", "kay", "lee", "mike")
	tu.tenant("beta", nil, "ann", "bea")
	tu.tenant("empty", nil)
	tu.put(tu.name, "tenants",
		bson.M{"_id": "of gone", "name": "gone", "status": "ACTIVE", "deleted": true},
		bson.M{"_id": "of odd", "name": "odd", "status": "ACTIVE", "contactEmail": "nobody", "displayName": strings.Repeat("x", 101)},
		bson.M{"_id": "of public", "name": "public"},
		bson.M{"_id": "of x", "name": "x", "status": "OPEN"},
	)
	tu.put(tu.name+"_public", "users", bson.M{"_id": "pat", "name": "Pat", "email": "pat@example.com", "password": seedHash})
	return tu
}

// motleyTold is what there is to say of them where tenants share a directory.
const motleyTold = `acme users cat: refused: email is that of users ann, too
acme users dan: refused: username is taken
acme users eli: refused: mobile is taken
acme users fay: refused: username must be 2 to 64 letters a-z, digits, dots, dashes or underscores, begin and end with a letter or digit, and have a letter
acme users gus: refused: email must be an e-mail address such as ann@example.com, in plain letters before the @
acme users hal: refused: password unknown form: give bcrypt ($2a$, $2b$, $2y$), argon2id (PHC, v=19), scrypt (PHC), or PBKDF2 with SHA-256 or SHA-512 (PHC, passlib, Django with SHA-256)
acme users ian: refused: role must be user, manager or admin
acme users jan: refused: status must be 1 (active) or 0 (locked)
acme users kay: refused: name must be a text, and is 32-bit integer
acme users lee: refused: createdAt must be between 1970 and now
beta users ann: refused: email is that of an account in another tenant, and nobody has proved to own the address
beta users bea: refused: mobile is taken
tenants of empty: left-out: users are none in the database NAME_empty; --prefix says how its name begins
tenants of gone: deleted
tenants of odd: left-out: displayName must have at most 100 characters; contactEmail must be an e-mail address such as ann@example.com, in plain letters before the @
tenants of odd: left-out: users are none in the database NAME_odd; --prefix says how its name begins
tenants of public: refused: name must be 2 to 63 lower-case letters, digits and dashes, must not begin with a dash, and must not be a reserved name
tenants of x: refused: name must be 2 to 63 lower-case letters, digits and dashes, must not begin with a dash, and must not be a reserved name; status must be PENDING, ACTIVE, INACTIVE, LOCKED or SUSPENDED
`

// TestImportNest: what fits comes over and can log in, all else is told row by
// row; a dry run says the same and writes nothing, and once more changes nothing.
func TestImportNest(t *testing.T) {
	d, tu := newcomer(t), motley(t)
	told := strings.ReplaceAll(motleyTold, "NAME", tu.name)
	tally := "tenants: 7 read, 4 created, 0 joined, 0 unchanged (0 differ), 2 refused, 1 deleted\n" +
		"users: 15 read, 3 created, 0 joined, 0 unchanged (0 differ), 12 refused, 0 deleted\n"
	for _, dry := range []bool{true, true, false} {
		args, want := tu.from, told+"This was a dry run, nothing is written; --apply writes.\n"
		if !dry {
			args, want = append(args, "--apply"), told
		}
		rows, tallies := d.imports(1, args...)
		if diff := cmp.Diff(want, rows) + cmp.Diff(tally, tallies); diff != "" {
			t.Errorf("dry %t: -want +got\n%s", dry, diff)
		}
		if out, _, _ := d.shell("", "tenant", "list", "--json"); dry && strings.Contains(out, "acme") {
			t.Errorf("a dry run made %s", out)
		}
	}
	stop := d.serveAgain("sqlite:a.db")
	defer stop()
	d.comesTo("OTP_SENT", "acme", "ann@example.com", seedPassword)
	for email, want := range map[string]string{"ann@example.com": "INVALID_CREDENTIALS", "gus@example.com": "INVALID_CREDENTIALS"} {
		if code, _ := d.logIn("acme", email, "c4n4ry"); code != want {
			t.Errorf("%s: got %s, want %s", email, code, want)
		}
	}
	if code, _ := d.logIn("acme", "ben@example.com", seedPassword); code != "ACCOUNT_LOCKED" {
		t.Errorf("who is locked in the seed: got %s", code)
	}
	var acme auth.TenantView
	d.does(&acme, "tenant", "show", "acme")
	if acme.DisplayName != "ACME" || acme.ContactEmail != "it@acme.example" || acme.Status != auth.TenantActive {
		t.Errorf("the tenant is %+v", acme)
	}
	d.does(nil, "tenant", "status", "acme", "SUSPENDED")
	rows, tallies := d.imports(1, append(tu.from, "--apply")...)
	if !strings.Contains(rows, "tenants of acme: differs: status is SUSPENDED here\n") ||
		!strings.HasPrefix(tallies, "tenants: 7 read, 0 created, 0 joined, 4 unchanged (2 differ), 2 refused, 1 deleted\nusers: 15 read, 0 created, 0 joined, 3 unchanged (0 differ)") {
		t.Errorf("again:\n%s%s", rows, tallies)
	}
}

// TestImportNestApart: with a directory each, as in the seed, nobody is in
// anybody's way; and a tenant can get another name.
func TestImportNestApart(t *testing.T) {
	d, tu := newcomer(t, "TENANT_ISOLATION=database"), motley(t)
	from := append(tu.from, "--rename", "public=people", "--without", "mobile")
	for _, args := range [][]string{from, append(from, "--apply")} {
		rows, tallies := d.imports(1, args...)
		if strings.Contains(rows, "beta users") || !strings.Contains(rows, "acme users eli: left-out: mobile is taken\n") ||
			!strings.HasPrefix(tallies, "tenants: 7 read, 5 created") || !strings.Contains(tallies, "users: 16 read, 7 created") {
			t.Errorf("got\n%s%s", rows, tallies)
		}
	}
	stop := d.serveAgain("sqlite:a.db")
	defer stop()
	for tenant, email := range map[string]string{"acme": "ann@example.com", "beta": "ann@example.com"} {
		d.comesTo("OTP_SENT", tenant, email, seedPassword)
	}
	if code, _ := d.logIn("people", "pat@example.com", seedPassword); code != "TENANT_INACTIVE" {
		t.Errorf("at a tenant without a status in the seed: got %s", code)
	}
}

// TestImportNestMany: all of many come over, whether they are new or not.
func TestImportNestMany(t *testing.T) {
	d, tu := newcomer(t), newTutorial(t)
	var names []string
	for n := range 2000 {
		names = append(names, fmt.Sprintf("user%04d", n))
	}
	tu.tenant("acme", nil, names...)
	for _, want := range []string{"2000 created, 0 joined, 0 unchanged (0 differ), 0 refused", "0 created, 0 joined, 2000 unchanged (0 differ), 0 refused"} {
		rows, tallies := d.imports(0, append(tu.from, "--apply")...)
		if rows != "" || !strings.Contains(tallies, "users: 2000 read, "+want) {
			t.Errorf("got\n%s%s, want %s", rows, tallies, want)
		}
	}
}
