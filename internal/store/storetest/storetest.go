// Package storetest says what a store is: every promise of the interfaces in
// auth/store.go, auth/registry.go and auth/records.go is a test of that name, and a store is what passes all of them.
//
// Promises about callers that come at once are tested with callers that come at
// once: they start together, and in an update they meet inside its change. The
// suite takes no options and makes no exceptions, and knows nothing of the
// stores that it tests, but that each was made with [Chain]. That it catches stores which break a promise is tested
// in its own tests.
package storetest

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/latchkey/latchkey/internal/auth"
)

// T is what a promise needs of a test: *testing.T, *rapid.T, or the recorder
// with which broken stores are run.
type T = rapid.TB

// promise is one thing that a store says it does.
type promise[S any] struct {
	name string
	keep func(t T, s S)
}

// chapter is the promises of one interface.
type chapter struct {
	name     string
	promises []promise[auth.Store]
}

// Run tests a whole store. open is called for each promise and returns a store
// with nothing in it that chains its record with [Chain]; it closes it with
// t.Cleanup.
func Run(t *testing.T, open func(t *testing.T) auth.Store) {
	for _, c := range chapters() {
		t.Run(c.name, func(t *testing.T) { keepAll(t, c.promises, open) })
	}
	t.Run("Tickets", func(t *testing.T) {
		RunTickets(t, func(t *testing.T) auth.Tickets { return open(t) })
	})
}

// RunTickets tests a store that holds tickets and counters only.
func RunTickets(t *testing.T, open func(t *testing.T) auth.Tickets) {
	keepAll(t, ticketPromises(), open)
}

func keepAll[S any](t *testing.T, promises []promise[S], open func(t *testing.T) S) {
	for _, p := range promises {
		t.Run(p.name, func(t *testing.T) { p.keep(t, open(t)) })
	}
}

func chapters() []chapter {
	return []chapter{
		{"Registry", registryPromises()},
		{"Tenants", tenantPromises()},
		{"Directories", directoryPromises()},
		{"APIKeys", apiKeyPromises()},
		{"Bulletin", bulletinPromises()},
		{"Records", recordPromises()},
		{"Spaces", spacePromises()},
		{"Roles", rolePromises()},
		{"Accounts", accountPromises()},
		{"Lists", listPromises()},
		{"Outbox", outboxPromises()},
		{"Sessions", sessionPromises()},
		{"Pulse", pulsePromises()},
		{"Moves", movePromises()},
		{"Sweeper", sweepPromises()},
		{"Store", storePromises()},
	}
}
