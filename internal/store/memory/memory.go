// Package memory is the reference store: it keeps every promise of auth.Store
// in maps under one mutex, in the fewest words. Rules are tested on it, and the
// other stores are measured by the suite (storetest) that it passes.
//
// It keeps nothing on disk, looks things up by walking through them, and knows
// no clock: every time comes with the call.
package memory

import (
	"context"
	"sync"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

// Store holds everything in memory. Use [New].
type Store struct {
	// Fail, when set, is asked before every call; an error of it is the
	// call's answer and nothing happens. Tests use it to see what a rule does
	// when its database is gone. Set it while no call is under way.
	Fail func(method string) error

	chain auth.Chain

	mu          sync.Mutex
	tenants     map[string]tenantRow // by id
	spaces      []auth.Space
	keys        []auth.KeyRecord
	settings    map[string]string // digests, by name
	users       map[ref]auth.User
	seats       map[ref][]auth.Seat // by user
	trails      map[string]trail    // by directory
	mails       map[string]mailRow  // by id
	sessions    map[ref]auth.Session
	devices     map[deviceKey]auth.Device
	tickets     map[auth.TicketKey]auth.Ticket
	counters    map[ref]tallyRow  // by key
	logos       map[string][]byte // by tenant
	directories map[string]auth.Directory
	flags       map[string]time.Time // by directory
	apiKeys     map[string]auth.APIKey
	bulletin    map[string]auth.Bulletined
	roles       map[roleKey]auth.Role
}

var _ auth.Store = (*Store)(nil)

// ref names something in a directory.
type ref struct{ directory, id string }

// New returns an empty store that chains its record with chain.
func New(chain auth.Chain) *Store {
	return &Store{
		chain:       chain,
		tenants:     map[string]tenantRow{},
		users:       map[ref]auth.User{},
		seats:       map[ref][]auth.Seat{},
		trails:      map[string]trail{},
		mails:       map[string]mailRow{},
		sessions:    map[ref]auth.Session{},
		devices:     map[deviceKey]auth.Device{},
		tickets:     map[auth.TicketKey]auth.Ticket{},
		counters:    map[ref]tallyRow{},
		logos:       map[string][]byte{},
		directories: map[string]auth.Directory{},
		flags:       map[string]time.Time{},
		apiKeys:     map[string]auth.APIKey{},
		bulletin:    map[string]auth.Bulletined{},
		roles:       map[roleKey]auth.Role{},
	}
}

// enter says whether a call may begin.
func (s *Store) enter(ctx context.Context, method string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if s.Fail != nil {
		return s.Fail(method)
	}
	return nil
}

// begin is enter for what is done in one step; the caller unlocks.
func (s *Store) begin(ctx context.Context, method string) error {
	if err := s.enter(ctx, method); err != nil {
		return err
	}
	s.mu.Lock()
	return nil
}

// stamp is a time as every store keeps it: UTC, whole milliseconds.
func stamp(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }
