package sql

import (
	"os"
	"testing"

	"go.uber.org/goleak"

	"github.com/latchkey/latchkey/internal/testserver"
)

// childPath is the variable by which a test starts this binary again as the
// process that will be killed; its value is the database file.
const childPath = "LATCHKEY_SQL_TEST_CHILD"

func TestMain(m *testing.M) {
	if path := os.Getenv(childPath); path != "" {
		os.Exit(child(path, os.Getenv(childPath+"_ROUND")))
	}
	goleak.VerifyTestMain(testserver.Main{M: m})
}
