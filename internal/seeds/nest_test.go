package seeds_test

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
	"github.com/latchkey/latchkey/internal/seeds"
	"github.com/latchkey/latchkey/internal/testserver"
)

// tutorial is a server with databases of the tutorial.
type tutorial struct {
	client *mongo.Client
	uri    string
	name   string // what the names of its databases begin with
}

func newTutorial(t *testing.T) *tutorial {
	t.Helper()
	uri := testserver.Mongo(t)
	client, err := mongo.Connect(options.Client().ApplyURI(uri))
	must(t, err)
	tu := &tutorial{client: client, uri: uri, name: "seed" + strings.ReplaceAll(uuid.NewString(), "-", "")[:12]}
	t.Cleanup(func() {
		for _, db := range []string{tu.name, tu.name + "_acme"} {
			must(t, client.Database(db).Drop(context.WithoutCancel(t.Context())))
		}
		must(t, client.Disconnect(context.WithoutCancel(t.Context())))
	})
	return tu
}

// put adds documents.
func (tu *tutorial) put(t *testing.T, database, collection string, docs ...any) {
	t.Helper()
	_, err := tu.client.Database(database).Collection(collection).InsertMany(t.Context(), docs)
	must(t, err)
}

func (tu *tutorial) open(t *testing.T) *seeds.Nest {
	t.Helper()
	n, err := seeds.OpenNest(t.Context(), auth.Secret(tu.uri), tu.name, tu.name)
	must(t, err)
	t.Cleanup(func() { must(t, n.Close(context.WithoutCancel(t.Context()))) })
	return n
}

func wrongs[T any](r seeds.Row[T]) (fields string) {
	for _, w := range r.Wrong {
		fields += w.Field + " "
	}
	return strings.TrimSpace(fields)
}

func TestNestTenants(t *testing.T) {
	tu := newTutorial(t)
	tu.put(t, tu.name, "tenants",
		bson.M{"_id": "a", "name": "acme", "displayName": "Acme Ltd", "contactEmail": "it@acme.example", "status": "ACTIVE", "deleted": false},
		bson.M{"_id": "b", "name": "bare"},
		bson.M{"_id": "c", "name": "gone", "deleted": true},
		bson.M{"_id": "d", "name": 7},
		bson.M{"_id": "e"},
		bson.M{"_id": "f", "name": "a/b"},
		bson.M{"_id": "g", "name": strings.Repeat("x", 60)},
		bson.M{"_id": "h", "name": "held", "deleted": "yes", "displayName": nil},
	)
	ids, got := all(t, tu.open(t).Tenants(t.Context()))
	if want := strings.Split("a b c d e f g h", " "); !cmp.Equal(ids, want) {
		t.Errorf("got %v, want %v", ids, want)
	}
	acme := auth.NewTenantInput{Name: "acme", DisplayName: "Acme Ltd", ContactEmail: "it@acme.example", Status: auth.TenantActive}
	if diff := cmp.Diff(acme, got["a"].Value); diff != "" || got["a"].Deleted || got["a"].Table != "tenants" {
		t.Errorf("-want +got\n%s", diff)
	}
	if s := got["b"].Value.Status; s != auth.TenantPending {
		t.Errorf("one without a status is %q", s)
	}
	if !got["c"].Deleted {
		t.Error("what is deleted is not said to be")
	}
	for id, want := range map[string]string{"a": "", "b": "", "d": "name", "e": "name", "f": "name", "g": "name", "h": "deleted"} {
		if w := wrongs(got[id]); w != want {
			t.Errorf("%s: got %q, want %q", id, w, want)
		}
	}
}

// TestNestUsers: as the tutorial writes them, and as nothing kept anybody from
// writing them.
func TestNestUsers(t *testing.T) {
	tu, born := newTutorial(t), time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC)
	ids := map[string]string{}
	var docs []any
	for name, with := range map[string]bson.M{
		"right":            {},
		"locked":           {"status": 0, "role": "admin"},
		"locked as double": {"status": 0.0},
		"a strange status": {"status": 2},
		"a status in text": {"status": "1"},
		"an empty one":     {"status": nil, "role": nil, "mobile": nil},
		"an unknown role":  {"role": "root"},
		"roles":            {"role": bson.A{"admin"}},
		"numbers":          {"name": 1, "mobile": int64(821012345678)},
		"no password":      {"password": ""},
		"a password":       {"password": bson.M{"hash": "c4n4ry"}},
		"born in text":     {"createdAt": "2024-05-06"},
	} {
		id := bson.NewObjectID()
		ids[name] = id.Hex()
		doc := bson.M{
			"_id": id, "name": "Ann", "username": "ann", "email": "Ann@example.com", "mobile": "010-1234-5678", "password": "$2b$10$hash", "role": "user",
			"status": 1, "createdAt": born, "sessions": bson.A{bson.M{"refreshHash": "c4n4ry"}}, "__v": 0,
		}
		for k, v := range with {
			doc[k] = v
		}
		docs = append(docs, doc)
	}
	tu.put(t, tu.name+"_acme", "users", docs...)
	_, got := all(t, tu.open(t).Users(t.Context(), "acme"))
	want := auth.ImportedAccount{ImportedUser: auth.ImportedUser{
		Name: "Ann", Username: "ann", Email: "Ann@example.com", Mobile: "010-1234-5678", PasswordHash: "$2b$10$hash", Role: auth.RoleUser, CreatedAt: born,
	}}
	if diff := cmp.Diff(want, got[ids["right"]].Value); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	if r := got[ids["locked"]].Value; !r.Locked || r.Role != auth.RoleAdmin || !got[ids["locked as double"]].Value.Locked {
		t.Errorf("a locked admin is %+v", r)
	}
	if r := got[ids["an empty one"]].Value; r.Locked || r.Role != auth.RoleUser || r.Mobile != "" {
		t.Errorf("one with nothing set is %+v", r)
	}
	for name, want := range map[string]string{
		"right": "", "locked": "", "locked as double": "", "an empty one": "", "a strange status": "status", "a status in text": "status",
		"an unknown role": "role", "roles": "role", "numbers": "name mobile", "no password": "password", "a password": "password", "born in text": "createdAt",
	} {
		r := got[ids[name]]
		if w := wrongs(r); w != want || strings.Contains(fmt.Sprint(r), "c4n4ry") {
			t.Errorf("%s: got %q, want %q, of %v", name, w, want, r)
		}
	}
}

// TestNestManyUsers: more than are read at once, each once.
func TestNestManyUsers(t *testing.T) {
	const many = 1201
	tu := newTutorial(t)
	var docs []any
	for n := range many {
		docs = append(docs, bson.M{"_id": bson.NewObjectID(), "email": fmt.Sprint(n, "@example.com"), "password": "x"})
	}
	tu.put(t, tu.name+"_acme", "users", docs...)
	seen := map[string]bool{}
	for row, err := range tu.open(t).Users(t.Context(), "acme") {
		must(t, err)
		seen[row.Value.Email] = true
	}
	if len(seen) != many {
		t.Errorf("%d users, want %d", len(seen), many)
	}
	for _, err := range tu.open(t).Users(t.Context(), "nobody") {
		t.Errorf("a tenant without a database has a user, or %v", err)
	}
}

// TestNestURI: no error shows the password.
func TestNestURI(t *testing.T) {
	for _, wrong := range []string{"c4n4ry", "mongodb://u:c4n4ry", "mongodb://u:c4n4ry@/%zz", "http://u:c4n4ry@h/", "mongodb://u:c4n4ry@127.0.0.1:1/?serverSelectionTimeoutMS=50"} {
		if _, err := seeds.OpenNest(t.Context(), auth.Secret(wrong), "", ""); err == nil || strings.Contains(err.Error(), "c4n4ry") {
			t.Errorf("got %v", err)
		}
	}
}

// TestNestRegistryOfURI: the URI says which database has the tenants, as in the
// seed.
func TestNestRegistryOfURI(t *testing.T) {
	tu := newTutorial(t)
	tu.put(t, tu.name, "tenants", bson.M{"_id": "a", "name": "acme"})
	n, err := seeds.OpenNest(t.Context(), auth.Secret(strings.Replace(tu.uri, "/?", "/"+tu.name+"?", 1)), "", "")
	must(t, err)
	defer n.Close(t.Context())
	if ids, _ := all(t, n.Tenants(t.Context())); len(ids) != 1 || n.Database("acme") != seeds.NestPrefix+"_acme" {
		t.Errorf("got %v, and its database %s", ids, n.Database("acme"))
	}
}
