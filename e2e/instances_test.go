package e2e

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"

	"github.com/latchkey/latchkey/internal/testserver"
)

// A deployment is what instances can have in common.
type deployment struct {
	name    string
	open    func(t *testing.T) backing
	logouts int  // how many are measured
	hands   int  // clients at once
	less    int  // by how much everything is less: the stand-in for MongoDB is slow
	brief   bool // only what the bus, tickets and limits are to do: the database is that of another
}

// A backing is the servers behind the instances of one deployment.
type backing struct {
	env    env    // that leads to them
	bus    *tap   // on the way to the bus
	schema string // URL of the database whose schema migrations change; "": none does
}

var deployments = []deployment{
	{name: "PostgreSQL", logouts: 1000, hands: 6, less: 1, open: func(t *testing.T) backing {
		database := testserver.Postgres(t)
		// Only the connection that listens is the bus; it says so.
		way, through := tapTo(t, database, "LISTEN latchkey")
		return backing{env: env{"DATABASE_URL": through}, bus: way, schema: database}
	}},
	{name: "PostgreSQL and Redis", logouts: 200, hands: 6, less: 1, brief: true, open: func(t *testing.T) backing {
		database := testserver.Postgres(t)
		b := backing{env: env{"DATABASE_URL": database}, schema: database}
		b.withRedis(t)
		return b
	}},
	{name: "MongoDB and Redis", logouts: 40, hands: 2, less: 10, open: func(t *testing.T) backing {
		u, err := url.Parse(testserver.Mongo(t))
		if err != nil {
			t.Fatal(err)
		}
		u.Path = "/e2e_" + uuid.NewString()[:8]
		b := backing{env: env{"DATABASE_URL": u.String()}}
		b.withRedis(t)
		return b
	}},
}

// withRedis adds a Redis, in which the deployment has names of its own.
func (b *backing) withRedis(t *testing.T) {
	way, through := tapTo(t, testserver.Redis(t), "")
	b.bus = way
	b.env = b.env.with(env{"REDIS_URL": through, "REDIS_PREFIX": uuid.NewString()[:8] + "_"})
}

// instances is how many there are of each deployment.
const instances = 3

// A fleet is instances on one deployment, and what a load balancer is to them.
type fleet struct {
	backing
	*front
	deployment
	servers []*server
	each    []*client // to one instance
	all     *client   // to each in turn
	office  *postOffice
	ops     func(tenant string) []string // headers of an operator
}

// startFleet starts the instances of a deployment, all at once.
func startFleet(t *testing.T, d deployment, more env) *fleet {
	t.Helper()
	f := &fleet{deployment: d, backing: d.open(t), front: openFront(t)}
	office, post := openPost(t)
	f.office, f.all = office, newClient(f.base)
	key := make([]byte, 32)
	rand.Read(key)
	master := base64.StdEncoding.EncodeToString(key)
	secret(master)
	for range instances {
		s := prepare(t, "serve", t.TempDir(), quick().with(post).with(f.env).with(env{
			"APP_BASE_URL": f.base, "LATCHKEY_SECRET": master, "LOGIN_OTP": "off", "REFRESH_GRACE": "5m",
			"MAX_SESSIONS_PER_USER": "1000", "RATE_LIMITS": "off",
		}).with(more))
		f.servers, f.each = append(f.servers, s), append(f.each, s.client())
		f.lead(s)
		s.launch()
	}
	for _, s := range f.servers {
		s.await()
	}
	f.wellAgain(t)
	f.ops = f.servers[0].operator(t)
	return f
}

// wellAgain waits until every instance hears the others.
func (f *fleet) wellAgain(t *testing.T) {
	t.Helper()
	for _, s := range f.servers {
		eventually(t, "the instance hears the others", func() bool {
			return s.metric(t, "latchkey_bus_up") == "1" && s.metric(t, "latchkey_live_degraded") == "0"
		})
	}
}

// TestInstances: three instances on one deployment are one service. It is not
// parallel: what it measures is not to be the noise of other tests.
func TestInstances(t *testing.T) {
	for _, d := range deployments {
		t.Run(d.name, func(t *testing.T) {
			f := startFleet(t, d, nil)
			for _, promise := range []struct {
				name  string
				test  func(*testing.T, *fleet)
				brief bool
			}{
				{"a session that is ended at one is refused by all", endedIsEnded, true},
				{"a mail is sent once", mailOnce, false},
				{"a code is spent once", codeOnce, true},
				{"a refresh token has one successor", successorOnce, false},
				{"wrong passwords are counted together", lockedOnce, true},
				{"a lower role reaches all", demoted, true},
				{"a locked account reaches all", locked, true},
				{"a suspended tenant reaches all", tenantSuspended, true},
				{"a new signing key reaches all", newKey, true},
				{"without the bus nothing is older than two seconds", busLost, true},
				{"an instance that is killed loses nothing", killedOne, false},
				{"a rolling restart is noticed by nobody", rolledOver, false},
			} {
				if promise.brief || !d.brief {
					t.Run(promise.name, func(t *testing.T) { promise.test(t, f) })
				}
			}
		})
	}
}

// together calls f at the same time, n times, and waits for all.
func together(n int, f func(i int)) {
	var all sync.WaitGroup
	begin := make(chan struct{})
	for i := range n {
		all.Go(func() {
			<-begin
			f(i)
		})
	}
	close(begin)
	all.Wait()
}

// spread calls f for 0 to n-1, as many at a time as there are hands.
func spread(hands, n int, f func(i int)) {
	var all sync.WaitGroup
	turns := make(chan int)
	for range hands {
		all.Go(func() {
			for i := range turns {
				f(i)
			}
		})
	}
	for i := range n {
		turns <- i
	}
	close(turns)
	all.Wait()
}

// metric reads a number of an instance, as text; "" if it has none of that name.
func (s *server) metric(t *testing.T, name string) string {
	t.Helper()
	for line := range strings.Lines(s.metrics(t)) {
		if value, ok := strings.CutPrefix(line, name+" "); ok {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// another returns the URL of what is at another address.
func another(t *testing.T, given, address string) string {
	t.Helper()
	u, err := url.Parse(given)
	if err != nil {
		t.Fatal(err)
	}
	u.Host = address
	return u.String()
}

// tell prints what was measured, also when nobody asks for it: it is for a table.
func tell(t *testing.T, format string, args ...any) {
	t.Helper()
	t.Logf(format, args...)
	fmt.Printf("instances: "+format+"\n", args...)
}
