package redis

import (
	"testing"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

// TestAListIsKeptAsLongAsItsLast, and what Redis has forgotten leaves it when it
// is asked for, unless it was issued again.
func TestAListIsKeptAsLongAsItsLast(t *testing.T) {
	s, now := open(t), time.Now()
	enlist := func(id string, life time.Duration) []string {
		t.Helper()
		k := auth.TicketKey{Directory: "default", Tenant: "acme", Kind: auth.TicketInvite, ID: id}
		if err := s.Issue(bg, auth.Ticket{TicketKey: k, Tries: 1, CreatedAt: now, ExpiresAt: now.Add(life)}); err != nil {
			t.Fatal(err)
		}
		return s.ticketKey(k)
	}
	long := enlist("b", 24*time.Hour)
	short := enlist("a", time.Hour)
	list := long[1]
	if left, err := s.client.PTTL(bg, list).Result(); err != nil || left <= 24*time.Hour || left > 25*time.Hour {
		t.Errorf("the list is forgotten after %v, %v", left, err)
	}
	if err := s.client.Del(bg, short[0]).Err(); err != nil { // as Redis does in time
		t.Fatal(err)
	}
	if n, err := s.client.ZCard(bg, list).Result(); err != nil || n != 2 {
		t.Fatalf("the list has %d, %v", n, err)
	}
	for range 2 {
		found, err := s.Standing(bg, auth.TicketQuery{Directory: "default", Tenant: "acme", Kind: auth.TicketInvite, Max: 1}, now)
		if err != nil || len(found) != 1 || found[0].ID != "b" {
			t.Errorf("got %+v, %v", found, err)
		}
	}
	if n, err := s.client.ZCard(bg, list).Result(); err != nil || n != 1 {
		t.Errorf("the list has %d, %v, want the one that there is", n, err)
	}
	enlist("a", time.Hour)
	if err := delist.Run(bg, s.client, short, "a").Err(); err != nil { // by one who looked before it was issued
		t.Fatal(err)
	}
	if found, err := s.Standing(bg, auth.TicketQuery{Directory: "default", Tenant: "acme", Kind: auth.TicketInvite, Max: 9}, now); err != nil || len(found) != 2 {
		t.Errorf("got %+v, %v, want both", found, err)
	}
}
