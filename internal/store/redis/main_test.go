package redis

import (
	"context"
	"os"
	"testing"

	"github.com/google/uuid"

	"github.com/latchkey/latchkey/internal/auth"
	"github.com/latchkey/latchkey/internal/store/storetest"
	"github.com/latchkey/latchkey/internal/testserver"
)

func TestMain(m *testing.M) { os.Exit(testserver.Run(m)) }

// open returns a store in which there is nothing, on the server that the tests
// share.
func open(t testing.TB) *Store {
	t.Helper()
	return openAt(t, Config{URL: testserver.Redis(t), Prefix: "test " + uuid.NewString() + ":"})
}

// openAt opens a store and takes away what it holds at the end.
func openAt(t testing.TB, c Config) *Store {
	t.Helper()
	s, err := Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func TestTickets(t *testing.T) {
	storetest.RunTickets(t, func(t *testing.T) auth.Tickets { return open(t) })
}

var bg = context.Background()
