package mongo

import (
	"context"
	"errors"
	"os"
	"testing"

	"github.com/google/uuid"
	driver "go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.uber.org/goleak"

	"github.com/latchkey/latchkey/internal/store/storetest"
	"github.com/latchkey/latchkey/internal/testserver"
)

// childURI is the variable by which a test starts this binary again as the
// process that will be killed; its value is the URI of the server.
const childURI = "LATCHKEY_MONGO_TEST_CHILD"

func TestMain(m *testing.M) {
	if uri := os.Getenv(childURI); uri != "" {
		os.Exit(child(uri, os.Getenv(childURI+"_DATABASE"), os.Getenv(childURI+"_ROUND")))
	}
	goleak.VerifyTestMain(testserver.Main{M: m})
}

// fresh names a database that is not there, and is dropped after the test.
func fresh(t testing.TB) Config {
	t.Helper()
	c := Config{URI: testserver.Mongo(t), Database: "test_" + uuid.NewString()[:18], Chain: storetest.Chain}
	t.Cleanup(func() {
		if err := drop(c); err != nil {
			t.Error("drop the database:", err)
		}
	})
	return c
}

// drop removes a database, whatever is in it.
func drop(c Config) error {
	client, err := driver.Connect(options.Client().ApplyURI(c.URI))
	if err != nil {
		return err
	}
	ctx := context.Background()
	return errors.Join(client.Database(c.Database).Drop(ctx), client.Disconnect(ctx))
}

// open opens a store and closes it after the test.
func open(t testing.TB, c Config) *Store {
	t.Helper()
	s, err := Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error("close:", err)
		}
	})
	return s
}
