package main

import (
	"context"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
	"github.com/latchkey/latchkey/internal/store/sql"
)

// TestSweepAllLeavesNothingThatIsOver: more tickets than one batch takes.
func TestSweepAllLeavesNothingThatIsOver(t *testing.T) {
	vault, err := auth.NewVault(make([]byte, auth.MasterKeySize))
	if err != nil {
		t.Fatal(err)
	}
	store, err := sql.Open(t.Context(), sql.Config{Path: filepath.Join(t.TempDir(), "a.db"), Chain: vault.Chain})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	now := time.Now()
	for i := range 1100 {
		ticket := auth.Ticket{
			TicketKey: auth.TicketKey{Directory: "default", Tenant: "t", Kind: auth.TicketLogin, ID: time.Duration(i).String()},
			CreatedAt: now.Add(-time.Hour), ExpiresAt: now.Add(-time.Minute),
		}
		if err := store.Issue(t.Context(), ticket); err != nil {
			t.Fatal(err)
		}
	}
	if err := sweepAll(t.Context(), store, now); err != nil {
		t.Fatal(err)
	}
	if n, err := store.Sweep(t.Context(), now, now, now); n != 0 || err != nil {
		t.Errorf("%d rows were left, %v", n, err)
	}
}

// TestEvery: by the clock, when woken, and no more once ctx has ended.
func TestEvery(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		wake, calls := make(chan struct{}), 0
		go every(ctx, time.Minute, wake, func() { calls++ })
		time.Sleep(2*time.Minute + time.Second) // the bubble's clock
		wake <- struct{}{}
		synctest.Wait()
		cancel()
		synctest.Wait()
		time.Sleep(time.Hour)
		if calls != 3 {
			t.Errorf("%d calls, want 3", calls)
		}
	})
}
