package mongo

import (
	"errors"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/latchkey/latchkey/internal/auth"
)

// refuses wants a database not to be opened, for that reason.
func refuses(t *testing.T, c Config, want error, unavailable bool) {
	t.Helper()
	s, err := Open(t.Context(), c)
	if err == nil {
		err = s.Close()
	}
	if !errors.Is(err, want) || errors.Is(err, auth.ErrUnavailable) != unavailable {
		t.Errorf("got error %v, want %v", err, want)
	}
}

// TestADatabaseIsItsDirectorys: one that was exchanged for another's is refused
// as it is.
func TestADatabaseIsItsDirectorys(t *testing.T) {
	one, control := fresh(t), fresh(t)
	one.Directory = "one"
	open(t, one)
	open(t, control)
	one.Existing, control.Existing = true, true
	open(t, one)
	open(t, control)
	for _, c := range []Config{one, control} {
		c.Directory = "two"
		refuses(t, c, errMisplaced, true)
		c.Existing = false
		refuses(t, c, errMisplaced, true)
	}
	one.Directory = ""
	refuses(t, one, errMisplaced, true)
}

func TestALostDatabaseIsNotReplaced(t *testing.T) {
	c := fresh(t)
	c.Existing = true
	refuses(t, c, errLost, true)
	c.Existing = false
	open(t, c)
}

func TestAnothersDatabaseIsLeft(t *testing.T) {
	theirs := fresh(t)
	db := open(t, fresh(t)).servers.client.Database(theirs.Database)
	if _, err := db.Collection("things").InsertOne(t.Context(), bson.D{{Key: "_id", Value: "a"}}); err != nil {
		t.Fatal(err)
	}
	refuses(t, theirs, errForeign, false)
	names, err := db.ListCollectionNames(t.Context(), bson.D{})
	if err != nil || len(names) != 1 {
		t.Errorf("got collections %q, %v; want theirs alone", names, err)
	}
}

func TestANewerSchemaIsRefused(t *testing.T) {
	c := fresh(t)
	s := open(t, c)
	if _, err := s.update(t.Context(), schemas, byID("latchkey"), set(bson.D{{Key: "version", Value: version + 1}})); err != nil {
		t.Fatal(err)
	}
	refuses(t, c, errNewer, false)
}

// TestNoServerIsUnavailable: and the password of the URI is in no error.
func TestNoServerIsUnavailable(t *testing.T) {
	c := fresh(t)
	for uri, unavailable := range map[string]bool{
		"mongodb://ann:s3cret@127.0.0.1:1/?authSource=admin": true,
		"mongodb://ann:s3cret@127.0.0.1:1/?nonsense=%zz":     false,
		"nonsense://ann:s3cret@127.0.0.1:1":                  false,
	} {
		c.URI, c.Patience = uri, 200*time.Millisecond
		s, err := Open(t.Context(), c)
		if err == nil {
			err = s.Close()
		}
		if err == nil || errors.Is(err, auth.ErrUnavailable) != unavailable || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: got error %v", uri, err)
		}
	}
}

func TestAClosedStoreIsUnavailable(t *testing.T) {
	s := open(t, fresh(t))
	for range 2 {
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	_, err := s.Keys(t.Context())
	if also := s.Alarm(t.Context()); !errors.Is(err, auth.ErrUnavailable) || !errors.Is(also, auth.ErrUnavailable) {
		t.Errorf("got errors %v and %v, want ErrUnavailable", err, also)
	}
}

// TestAlarmsAreSeen: by every instance.
func TestAlarmsAreSeen(t *testing.T) {
	c := fresh(t)
	a, b := open(t, c), open(t, c)
	seen := map[int64]bool{}
	for range 3 {
		n, err := b.Changed(t.Context())
		if again, _ := a.Changed(t.Context()); err != nil || seen[n] || again != n {
			t.Errorf("Changed: got %d, then %d, %v", n, again, err)
		}
		seen[n] = true
		if err := a.Alarm(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

// TestStoresShareServers: the one that is closed leaves the other its connections.
func TestStoresShareServers(t *testing.T) {
	a, b := fresh(t), fresh(t)
	servers, err := Connect(a.URI, 5*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := servers.Close(); err != nil {
			t.Error(err)
		}
	})
	a.Servers, b.Servers = servers, servers
	one, two := open(t, a), open(t, b)
	if err := one.Close(); err != nil {
		t.Fatal(err)
	}
	if err := two.Alarm(t.Context()); err != nil {
		t.Error(err)
	}
	if n, err := open(t, a).Changed(t.Context()); err != nil || n != 0 {
		t.Errorf("Changed of the other database: got %d, %v; want 0", n, err)
	}
}

// TestADatabaseOfTheFirstVersionIsRaised: its keys are operators', and the
// release that made it opens it no more.
func TestADatabaseOfTheFirstVersionIsRaised(t *testing.T) {
	c := fresh(t)
	s := open(t, c)
	first := bson.D{{Key: "version", Value: 1}, {Key: "indexed", Value: 1}}
	if _, err := s.update(t.Context(), schemas, byID("latchkey"), set(first)); err != nil {
		t.Fatal(err)
	}
	k := bson.D{{Key: "id", Value: "one"}, {Key: "name", Value: "ci"}, {Key: "createdAt", Value: time.UnixMilli(1)}}
	doc := bson.D{{Key: "_id", Value: registries}, {Key: "rev", Value: newRev()}, {Key: "operators", Value: bson.A{k}}}
	if _, err := s.db.Collection(registries).InsertOne(t.Context(), doc); err != nil {
		t.Fatal(err)
	}
	s = open(t, c)
	d, err := one[schemaDoc](t.Context(), s, schemas, byID("latchkey"))
	if err != nil || d.Version != version || d.Indexed != version {
		t.Errorf("got %+v, %v, want version %d, indexed", d, err, version)
	}
	for kind, want := range map[auth.KeyKind]int{auth.KeyOperator: 1, auth.KeyService: 0} {
		if keys, err := s.APIKeys(t.Context(), kind); err != nil || len(keys) != want {
			t.Errorf("%s: got keys %+v, %v, want %d", kind, keys, err, want)
		}
	}
}
