package storetest_test

import (
	"context"
	"flag"
	"os"
	"runtime"
	"slices"
	"testing"

	"github.com/latchkey/latchkey/internal/auth"
	"github.com/latchkey/latchkey/internal/store/memory"
	"github.com/latchkey/latchkey/internal/store/storetest"
)

// broken is a store that breaks a promise on purpose.
type broken struct {
	how   string
	store func(auth.Store) auth.Store // over a sound one
	// breaks are the promises that have to notice, as chapter/promise. Others
	// may notice too.
	breaks []string
}

func all() []broken {
	return slices.Concat(brokenRegistries(), brokenRecords(), brokenOutboxes(), brokenSessions(), brokenRotations(),
		brokenTickets(), brokenCounters(), brokenWholes(),
		brokenTrails(), brokenDevices(), brokenLimits(), brokenSecures(), brokenSettings(), brokenKeeps(),
		brokenTenants(), brokenDirectories(), brokenAPIKeys(), brokenBulletins(), brokenRoles(), brokenAccounts(), brokenGuards(),
		brokenLists(), brokenMoves(), brokenRows())
}

// TestMain keeps the property test from writing down, and from making smaller,
// what is broken on purpose.
func TestMain(m *testing.M) {
	for _, f := range [][2]string{{"rapid.nofailfile", "true"}, {"rapid.shrinktime", "1ms"}} {
		if err := flag.Set(f[0], f[1]); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}

func TestTheSuiteCatchesBrokenStores(t *testing.T) {
	for _, b := range all() {
		t.Run(b.how, func(t *testing.T) {
			for _, name := range b.breaks {
				if caught, _ := storetest.Breaks(name, b.store(memory.New(storetest.Chain))); !caught {
					t.Errorf("%s did not notice", name)
				}
			}
		})
	}
}

// TestEveryPromiseIsBroken: a promise that no store is seen to break may be no
// test at all.
func TestEveryPromiseIsBroken(t *testing.T) {
	var noticed []string
	for _, b := range all() {
		noticed = append(noticed, b.breaks...)
	}
	names := storetest.Promises()
	for _, name := range names {
		if !slices.Contains(noticed, name) {
			t.Errorf("no broken store breaks %s", name)
		}
	}
	slices.Sort(names)
	if unique := slices.Compact(slices.Clone(names)); len(unique) != len(names) {
		t.Errorf("two promises have one name among %v", names)
	}
}

// TestTheRecorderPassesASoundStore: what is recorded comes from the store, not
// from the recorder.
func TestTheRecorderPassesASoundStore(t *testing.T) {
	for _, name := range storetest.Promises() {
		if caught, said := storetest.Breaks(name, memory.New(storetest.Chain)); caught {
			t.Errorf("%s: %s", name, said)
		}
	}
}

// pause is the time between look and act, in which others come.
func pause() {
	for range 4 {
		runtime.Gosched()
	}
}

// put overwrites a session, which no sound call can do: the memory store does
// not look whether a new session is new.
func put(ctx context.Context, s auth.Store, v auth.Session) error {
	u, err := s.User(ctx, v.Directory, v.User)
	if err != nil {
		return err
	}
	_, err = s.CreateSession(ctx, auth.Opening{Session: v, Epoch: u.Epoch})
	return err
}
