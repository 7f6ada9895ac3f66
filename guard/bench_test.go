package guard_test

import (
	"fmt"
	"testing"

	"github.com/latchkey/latchkey/guard"
	"github.com/latchkey/latchkey/guard/guardtest"
)

// crowded is a guard that has heard of some hundred others, and a token that it has seen.
func crowded(t testing.TB) (*guard.Guard, string) {
	t.Helper()
	auth := guardtest.New(t)
	for i := range 200 {
		auth.EndSession(fmt.Sprintf("0199c0de-0000-7000-8000-%012d", i), "logout")
		auth.LockUser(fmt.Sprintf("0199c0df-0000-7000-8000-%012d", i))
		auth.ChangeRole("acme", fmt.Sprintf("role-%d", i), "orders:read")
	}
	auth.ChangeTenant("other", "SUSPENDED")
	g := auth.Guard()
	token := auth.Token(guardtest.User{TenantID: "acme", Role: "admin", Username: "jin", Permissions: []string{"orders:read", "orders:write"}})
	if _, err := g.Verify(t.Context(), token); err != nil {
		t.Fatal(err)
	}
	return g, token
}

func TestAKnownTokenNeedsNoHeap(t *testing.T) {
	g, token := crowded(t)
	ctx := t.Context()
	got := testing.AllocsPerRun(1000, func() {
		if _, err := g.Verify(ctx, token); err != nil {
			t.Error(err)
		}
	})
	if got != 0 {
		t.Errorf("got %v allocations, want 0", got)
	}
}

// With the feed live and six hundred lines of news about others.
func BenchmarkVerifyKnown(b *testing.B) {
	g, token := crowded(b)
	ctx := b.Context()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := g.Verify(ctx, token); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkVerifyKnownParallel(b *testing.B) {
	g, token := crowded(b)
	ctx := b.Context()
	b.ReportAllocs()
	b.RunParallel(func(p *testing.PB) {
		for p.Next() {
			if _, err := g.Verify(ctx, token); err != nil {
				b.Error(err)
			}
		}
	})
}
