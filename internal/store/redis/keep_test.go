package redis

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
	"github.com/latchkey/latchkey/internal/limit"
)

// names returns the names of all that a store holds.
func names(t *testing.T, s *Store) []string {
	t.Helper()
	var keys []string
	all := s.client.Scan(bg, 0, s.config.Prefix+"*", 1000).Iterator()
	for all.Next(bg) {
		if !strings.HasSuffix(all.Val(), "probe") {
			keys = append(keys, all.Val())
		}
	}
	if err := all.Err(); err != nil {
		t.Fatal(err)
	}
	return keys
}

// fill puts one of each kind of record into a store, at now.
func fill(t *testing.T, s *Store, now time.Time) auth.Ticket {
	t.Helper()
	v := auth.Ticket{
		TicketKey: auth.TicketKey{Directory: "default", Tenant: "acme", Kind: auth.TicketLogin, ID: "ann@example.com"},
		Proof:     []byte("proof"), Tries: 3, CreatedAt: now, ExpiresAt: now.Add(5 * time.Minute),
	}
	if err := s.Issue(bg, v); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Count(bg, auth.Count{Directory: "default", Key: "ann@example.com", Add: 1, Window: 10 * time.Minute, Now: now}); err != nil {
		t.Fatal(err)
	}
	r := limit.Rate{Name: "ann@example.com", Events: 1, Per: time.Minute, Burst: 3}
	if v, err := limit.New(limit.Config{Keeper: s}).Take(bg, "ann@example.com", r); err != nil || !v.OK {
		t.Fatal(v, err)
	}
	return v
}

// TestNothingIsKeptForEver, by whatever clock the callers have, and nothing is
// forgotten before it is over by the clock of one who is behind.
func TestNothingIsKeptForEver(t *testing.T) {
	for _, now := range []time.Time{time.Now(), time.Now().AddDate(-20, 0, 0), time.Now().AddDate(100, 0, 0)} {
		s := open(t)
		v := fill(t, s, now)
		check := func(after string, most time.Duration) {
			t.Helper()
			keys := names(t, s)
			if len(keys) != 3 {
				t.Fatalf("%s: there are %d records, want 3: %q", after, len(keys), keys)
			}
			for _, key := range keys {
				least := slack
				if strings.Contains(key, "limit:") {
					least = 0
				}
				if left, err := s.client.PTTL(bg, key).Result(); err != nil || left <= least || left > most {
					t.Errorf("%s: %s is forgotten after %v, %v; want more than %v and %v at most", after, key, left, err, least, most)
				}
			}
		}
		check("in the beginning", 2*time.Hour)
		v.ExpiresAt = now.Add(2 * time.Hour)
		if err := s.Reissue(bg, v, now.Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Attempt(bg, v.TicketKey, []byte("wrong"), now); err == nil {
			t.Fatal("a wrong proof was right")
		}
		if _, err := s.Count(bg, auth.Count{Directory: "default", Key: "ann@example.com", Add: -1, Window: 10 * time.Minute, Now: now}); err != nil {
			t.Fatal(err)
		}
		check("after changes", 4*time.Hour)
		if left, err := s.client.PTTL(bg, s.ticketKey(v.TicketKey)[0]).Result(); err != nil || left <= 2*time.Hour {
			t.Errorf("a ticket with a later end is forgotten after %v, %v", left, err)
		}
	}
}

// TestNamesOfRecordsTellNothing, and what is asked for cannot leave its kind.
func TestNamesOfRecordsTellNothing(t *testing.T) {
	s := open(t)
	fill(t, s, time.Now())
	for _, key := range names(t, s) {
		if strings.Contains(key, "ann") || strings.Contains(key, "example") {
			t.Errorf("the name %s tells whose it is", key)
		}
	}
	seen := []string{
		s.key("a", "b", "c"), s.key("a", "bc"), s.key("a", "", "bc"), s.key("a", "b:c"), s.key("a", "bc", ""), s.key("b", "b", "c"), s.key("a", "b", "\x00c"),
	}
	slices.Sort(seen)
	if n := len(slices.Compact(slices.Clone(seen))); n != len(seen) {
		t.Errorf("different records have %d names, want %d: %q", n, len(seen), seen)
	}
}
