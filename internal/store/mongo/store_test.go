package mongo

import (
	"testing"

	"github.com/latchkey/latchkey/internal/auth"
	"github.com/latchkey/latchkey/internal/store/storetest"
)

// TestStore runs the suite on several instances that share a database.
func TestStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T) auth.Store { return openCrowd(t, fresh(t)) })
}

// TestRows copies stores, of one instance: a copy is made while no other runs.
func TestRows(t *testing.T) {
	storetest.RunRows(t, func(t *testing.T) storetest.Copied { return open(t, fresh(t)) })
}
