package storetest

import (
	"fmt"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

// enlisted issues a ticket of a kind that is listed, in a tenant.
func enlisted(t T, s auth.Tickets, tenant, id string, life time.Duration) auth.Ticket {
	t.Helper()
	v := newTicket()
	v.Tenant, v.Kind, v.ID, v.ExpiresAt = tenant, auth.TicketInvite, id, start.Add(life)
	must(t, s.Issue(bg, v), "Issue")
	return v
}

// listed wants these tickets to be listed, by pages of every size.
func listed(t T, s auth.Tickets, like auth.Ticket, now time.Time, want ...auth.Ticket) {
	t.Helper()
	for size := 1; size <= len(want)+1; size++ {
		q := auth.TicketQuery{Directory: like.Directory, Tenant: like.Tenant, Kind: like.Kind, Max: size}
		var got []auth.Ticket
		for range len(want) + 1 {
			page, err := s.Standing(bg, q, now)
			must(t, err, "Standing")
			if len(page) > size {
				t.Fatalf("Standing returned %d tickets, want %d at most", len(page), size)
			}
			got = append(got, page...)
			if len(page) < size {
				break
			}
			q.After = page[size-1].ID
		}
		if len(got) != len(want) {
			t.Fatalf("by pages of %d there are %d tickets, want %d", size, len(got), len(want))
		}
		for i := range want {
			same(t, fmt.Sprintf("ticket %d", i), got[i], want[i])
		}
	}
}

// listedTicketsStand: what is issued is listed, in the order of ids, until it is
// spent, voided or over; with a new end, until that.
func listedTicketsStand(t T, s auth.Tickets) {
	tenant := newID()
	c := enlisted(t, s, tenant, "c", time.Hour)
	listed(t, s, c, start, c)
	a := enlisted(t, s, tenant, "a", 3*time.Hour)
	ab := enlisted(t, s, tenant, "ab", time.Minute)
	upper := enlisted(t, s, tenant, "B", time.Hour)
	listed(t, s, c, start, upper, a, ab, c)

	_, err := s.Attempt(bg, c.TicketKey, wrong, start)
	refused(t, err, auth.ErrWrongProof, "Attempt with the wrong proof")
	c.Tries--
	listed(t, s, c, start, upper, a, ab, c)
	listed(t, s, c, ab.ExpiresAt.Add(-time.Millisecond), upper, a, ab, c)
	listed(t, s, c, ab.ExpiresAt, upper, a, c)

	_, err = s.Attempt(bg, upper.TicketKey, right, start)
	must(t, err, "Attempt")
	listed(t, s, c, start, a, ab, c)
	must(t, s.Void(bg, a.TicketKey), "Void")
	listed(t, s, c, start, ab, c)
	c.ExpiresAt = start.Add(48 * time.Hour)
	must(t, s.Reissue(bg, c, start), "Reissue")
	listed(t, s, c, c.ExpiresAt.Add(-time.Millisecond), c)
	listed(t, s, c, c.ExpiresAt)
	a = enlisted(t, s, tenant, "a", time.Hour)
	listed(t, s, c, start, a, ab, c)
}

// aListIsApart: it holds one tenant's tickets of one kind alone.
func aListIsApart(t T, s auth.Tickets) {
	v := enlisted(t, s, newID(), newID(), time.Hour)
	other := v
	other.ID, other.Directory = newID(), "other"
	must(t, s.Issue(bg, other), "Issue in another directory")
	enlisted(t, s, newID(), newID(), time.Hour)
	login := newTicket()
	login.Tenant = v.Tenant
	must(t, s.Issue(bg, login), "Issue of another kind")
	listed(t, s, v, start, v)
	listed(t, s, other, start, other)
	none := v
	none.Tenant = newID()
	listed(t, s, none, start)
}
