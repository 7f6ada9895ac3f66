package migrate

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/redis/go-redis/v9"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/latchkey/latchkey/internal/testserver"
)

// seedEnv is the tutorial's .env, line by line.
const seedEnv = `# ── General Environment ───────────────────────────────
NODE_ENV=development
APP_NAME=nestjs-tutorial
APP_BASE_URL=https://nestjs-tutorial.darmist.com

API_GATEWAY_HTTP_PORT=3501
AUTH_SERVICE_HTTP_PORT=3502
AUTH_SERVICE_TCP_PORT=4502
TENANT_SERVICE_HTTP_PORT=3503
TENANT_SERVICE_TCP_PORT=4503
USER_SERVICE_HTTP_PORT=3504
USER_SERVICE_TCP_PORT=4504
PRODUCT_SERVICE_HTTP_PORT=3505
PRODUCT_SERVICE_TCP_PORT=4505

MONGO_URI=mongodb://localhost:27017
MONGO_URI_TENANT=mongodb://localhost:27017/nestjs_tutorial_tenant_db
MONGO_DB_PREFIX=nestjs_tutorial
MONGO_USER=
MONGO_PASSWORD=
MONGO_AUTH_DB=admin
MONGO_SSL=false

REDIS_HOST=localhost
REDIS_PORT=6379
REDIS_USER=nestjs_tutorial
REDIS_PASSWORD="YourSecreetPassword@2025"
REDIS_PREFIX=nestjs_tutorial:

JWT_SECRET=AeroStitch@2000
PASSWORD_SALT_ROUNDS=10
JWT_EXPIRES_IN=7d
JWT_REFRESH_EXPIRES_IN=365d
# ─ Brute-force / Lock settings ─
LOGIN_MAX_ATTEMPTS=7
LOGIN_LOCK_MINUTES=60

SMTP_HOST=mail.darmist.com
SMTP_PORT=465
SMTP_SECURE=true
SMTP_USER=nestjs_tutorial@darmist.com
SMTP_PASS="YourSecreetPassword@2025"
EMAIL_FROM="DARMIST Lab" <nestjs_tutorial@darmist.com>
`

// The tutorial's bcrypt of "secret123" and of "lantern-quiet-42", at bcrypt's
// least cost.
const (
	hashOfSecret  = "$2b$04$MCjErR3p5CV0GkUZJ/WhuOT9V3FJnXXi2W.viOszNSaKFYDkmf2Xm"
	hashOfLantern = "$2b$04$UoBCFEehPoJfK3vcgrOm8.4NqbcdJT0Rx0Jc9u/S5gPvVzFUeQDX6"
)

// A seed is a deployment of the tutorial: its folder, and its databases.
type seed struct {
	t      *testing.T
	folder string
	client *mongo.Client
	prefix string // of the names of its databases
	ours   string // of the names of Latchkey's
}

// openSeed fills a MongoDB as the tutorial does, and gives its Redis the
// tutorial's user. All names are this run's own; here has them, and the ports of
// this run, by what the page and the tutorial say instead.
func openSeed(t *testing.T, here map[string]string) *seed {
	t.Helper()
	uri := testserver.Mongo(t)
	client, err := mongo.Connect(options.Client().ApplyURI(uri))
	must(t, err)
	s := &seed{t: t, folder: t.TempDir(), client: client, prefix: "nest" + strings.ReplaceAll(uuid.NewString(), "-", "")[:10]}
	server, query, _ := strings.Cut(uri, "/?")
	here["mongodb://localhost:27017/nestjs_tutorial_tenant_db"] = server + "/" + s.prefix + "_tenant_db?" + query
	here["mongodb://localhost:27017"] = uri
	here["nestjs_tutorial"] = s.prefix
	s.ours = "latchkey" + s.prefix[len("nest"):]
	here["MONGO_DB_PREFIX=latchkey"] = "MONGO_DB_PREFIX=" + s.ours
	t.Cleanup(func() {
		ctx := context.WithoutCancel(t.Context())
		names, err := client.ListDatabaseNames(ctx, bson.D{})
		must(t, err)
		for _, name := range names {
			if strings.HasPrefix(name, s.prefix) || strings.HasPrefix(name, s.ours) {
				must(t, client.Database(name).Drop(ctx))
			}
		}
		must(t, client.Disconnect(ctx))
	})
	s.put("tenant_db", "tenants",
		tenant("7b1f7f1e-8f0d-4a53-9a0e-0f5a4b1c2d3e", "darmist1", "ACTIVE", false),
		tenant("8c2f7f1e-8f0d-4a53-9a0e-0f5a4b1c2d3e", "darmist2", "SUSPENDED", false),
		tenant("9d3f7f1e-8f0d-4a53-9a0e-0f5a4b1c2d3e", "bygone", "ACTIVE", true))
	s.put("darmist1", "users",
		user("testuser", "testuser@example.com", "01700000001", hashOfSecret, "user", 1),
		user("boss", "boss@example.com", "01700000002", hashOfLantern, "admin", 1),
		user("twin", "twin@example.com", "01700000001", hashOfSecret, "user", 1), // the tutorial lets two have one number
		user("shut", "shut@example.com", "01700000004", hashOfSecret, "user", 0))
	s.put("darmist2", "users", user("testuser", "testuser@example.com", "01700000009", hashOfLantern, "manager", 1))
	s.openRedis(here)
	return s
}

// write puts the tutorial's .env into its folder.
func (s *seed) write(here func(string) string) {
	s.t.Helper()
	must(s.t, os.WriteFile(filepath.Join(s.folder, ".env"), []byte(here(seedEnv)), 0o600))
}

func (s *seed) put(database, collection string, docs ...any) {
	s.t.Helper()
	_, err := s.client.Database(s.prefix+"_"+database).Collection(collection).InsertMany(s.t.Context(), docs)
	must(s.t, err)
}

func tenant(id, name, status string, deleted bool) bson.D {
	now := time.Now().UTC().Truncate(time.Second)
	return bson.D{
		{Key: "_id", Value: id}, {Key: "name", Value: name}, {Key: "displayName", Value: "Tenant " + name},
		{Key: "contactEmail", Value: "it@" + name + ".example"}, {Key: "status", Value: status}, {Key: "deleted", Value: deleted},
		{Key: "createdAt", Value: now}, {Key: "updatedAt", Value: now},
	}
}

func user(name, email, mobile, hash, role string, status int) bson.D {
	now := time.Now().UTC().Truncate(time.Second)
	return bson.D{
		{Key: "_id", Value: bson.NewObjectID()}, {Key: "name", Value: "The " + name}, {Key: "username", Value: name}, {Key: "email", Value: email},
		{Key: "mobile", Value: mobile}, {Key: "password", Value: hash}, {Key: "role", Value: role}, {Key: "status", Value: status},
		{Key: "sessions", Value: bson.A{bson.D{
			{Key: "sessionId", Value: uuid.NewString()}, {Key: "deviceName", Value: "curl/8.7.1"}, {Key: "ip", Value: "::1"},
			{Key: "ua", Value: "curl/8.7.1"}, {Key: "refreshHash", Value: strings.Repeat("5b", 32)}, {Key: "createdAt", Value: now}, {Key: "lastSeen", Value: now},
		}}},
		{Key: "createdAt", Value: now}, {Key: "updatedAt", Value: now}, {Key: "__v", Value: 0},
	}
}

// openRedis gives the server the user that the tutorial logs in as.
func (s *seed) openRedis(here map[string]string) {
	s.t.Helper()
	at, err := redis.ParseURL(testserver.Redis(s.t))
	must(s.t, err)
	client := redis.NewClient(at)
	must(s.t, client.Do(s.t.Context(), "ACL", "SETUSER", s.prefix, "on", ">YourSecreetPassword@2025", "~*", "&*", "+@all").Err())
	s.t.Cleanup(func() {
		must(s.t, client.Do(context.WithoutCancel(s.t.Context()), "ACL", "DELUSER", s.prefix).Err())
		must(s.t, client.Close())
	})
	host, port, _ := strings.Cut(at.Addr, ":")
	here["REDIS_HOST=localhost"], here["REDIS_PORT=6379"] = "REDIS_HOST="+host, "REDIS_PORT="+port
	here["REDIS_PREFIX=latchkey:"] = "REDIS_PREFIX=latchkey" + s.prefix + ":"
}

// databases are the names on the server that begin so.
func (s *seed) databases(begin string) []string {
	s.t.Helper()
	names, err := s.client.ListDatabaseNames(s.t.Context(), bson.D{})
	must(s.t, err)
	return slices.DeleteFunc(names, func(n string) bool { return !strings.HasPrefix(n, begin) })
}

// everything is what the databases hold whose names begin so, as text, by
// collection.
func (s *seed) everything(begin string) map[string]string {
	s.t.Helper()
	all := map[string]string{}
	for _, name := range s.databases(begin) {
		database := s.client.Database(name)
		collections, err := database.ListCollectionNames(s.t.Context(), bson.D{})
		must(s.t, err)
		for _, collection := range collections {
			found, err := database.Collection(collection).Find(s.t.Context(), bson.D{}, options.Find().SetSort(bson.D{{Key: "_id", Value: 1}}))
			must(s.t, err)
			for found.Next(s.t.Context()) {
				all[name+"."+collection] += found.Current.String() + "\n"
			}
			must(s.t, found.Err())
		}
	}
	if len(all) == 0 {
		s.t.Fatalf("there is no database %s…", begin)
	}
	return all
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
