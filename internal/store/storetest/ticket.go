package storetest

import (
	"slices"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

func ticketPromises() []promise[auth.Tickets] {
	return []promise[auth.Tickets]{
		{"TicketsComeBackWhole", ticketsComeBackWhole},
		{"ATicketIsIssuedOnce", aTicketIsIssuedOnce},
		{"OneTicketIsIssued", oneTicketIsIssued},
		{"KeysAreApart", keysAreApart},
		{"ExpiredIsGone", expiredIsGone},
		{"ARightProofSpends", aRightProofSpends},
		{"AWrongProofCostsATry", aWrongProofCostsATry},
		{"ReissueStartsAgain", reissueStartsAgain},
		{"VoidedIsGone", voidedIsGone},
		{"ListedTicketsStand", listedTicketsStand},
		{"AListIsApart", aListIsApart},
		{"OneCallerSpends", oneCallerSpends},
		{"NoTryTooMany", noTryTooMany},
		{"RightAmongWrong", rightAmongWrong},
		{"AVoidedProofIsWrong", aVoidedProofIsWrong},
		{"CountersStartAgain", countersStartAgain},
		{"CountersStayAboveZero", countersStayAboveZero},
		{"CountersAreApart", countersAreApart},
		{"NoCountIsLost", noCountIsLost},
		{"CountsComeInTheirOrder", countsComeInTheirOrder},
		{"NoCountIsLostAmongMany", noCountIsLostAmongMany},
		{"CountsAreOneWrite", countsAreOneWrite},
	}
}

var (
	right = []byte("right proof\x00\xff")
	wrong = []byte("wrong proof\x00\xff")
)

// newTicket returns a ticket with five tries that ends five minutes after the
// start.
func newTicket() auth.Ticket {
	return auth.Ticket{
		TicketKey: auth.TicketKey{Directory: "default", Tenant: newID(), Kind: auth.TicketLogin, ID: newID()},
		User:      newID(), Proof: right, Tries: 5, Data: []byte("{\"a\":\"ü\"}\x00\xfe"),
		CreatedAt: start, ExpiresAt: start.Add(5 * time.Minute),
	}
}

func issued(t T, s auth.Tickets) auth.Ticket {
	t.Helper()
	v := newTicket()
	must(t, s.Issue(bg, v), "Issue")
	return v
}

// stands wants a ticket to be there so.
func stands(t T, s auth.Tickets, want auth.Ticket, now time.Time) {
	t.Helper()
	got, err := s.Ticket(bg, want.TicketKey, now)
	must(t, err, "Ticket")
	same(t, "Ticket", got, want)
}

// gone wants nobody to see a ticket or to get anything for it.
func gone(t T, s auth.Tickets, v auth.Ticket, now time.Time) {
	t.Helper()
	_, err := s.Ticket(bg, v.TicketKey, now)
	refused(t, err, auth.ErrNoRecord, "Ticket")
	_, err = s.Attempt(bg, v.TicketKey, wrong, now)
	refused(t, err, auth.ErrNoRecord, "Attempt with the wrong proof")
	_, err = s.Attempt(bg, v.TicketKey, v.Proof, now)
	refused(t, err, auth.ErrNoRecord, "Attempt with the right proof")
	refused(t, s.Reissue(bg, v, now), auth.ErrNoRecord, "Reissue")
	_, err = s.Ticket(bg, v.TicketKey, now)
	refused(t, err, auth.ErrNoRecord, "Ticket after it all")
}

func ticketsComeBackWhole(t T, s auth.Tickets) {
	v := newTicket()
	v.CreatedAt, v.ExpiresAt = start.Add(time.Millisecond), start.Add(90*time.Second+2*time.Millisecond)
	must(t, s.Issue(bg, v), "Issue")
	stands(t, s, v, start)
	bare := auth.Ticket{TicketKey: newTicket().TicketKey, Tries: 1, CreatedAt: start, ExpiresAt: start.Add(time.Second)}
	must(t, s.Issue(bg, bare), "Issue of a bare one")
	stands(t, s, bare, start)
	gone(t, s, newTicket(), start)
}

func aTicketIsIssuedOnce(t T, s auth.Tickets) {
	v := issued(t, s)
	late := v
	late.Proof, late.Tries, late.Data, late.CreatedAt = wrong, 9, nil, start.Add(time.Minute)
	refused(t, s.Issue(bg, late), auth.ErrTaken, "Issue again")
	stands(t, s, v, start)
	for left := 4; left >= 0; left-- {
		v.Tries = left
		miss(t, s, v)
	}
	refused(t, s.Issue(bg, late), auth.ErrTaken, "Issue over one without tries")

	late.CreatedAt, late.ExpiresAt = v.ExpiresAt, v.ExpiresAt.Add(time.Minute)
	must(t, s.Issue(bg, late), "Issue over an expired one")
	stands(t, s, late, late.CreatedAt)
}

func oneTicketIsIssued(t T, s auth.Tickets) {
	for range rounds {
		v := newTicket()
		errs := race(callers, func(int) error { return s.Issue(bg, v) })
		if n := winners(t, errs, auth.ErrTaken, "Issue"); n != 1 {
			t.Fatalf("%d callers issued the ticket, want 1", n)
		}
	}
}

func keysAreApart(t T, s auth.Tickets) {
	v := issued(t, s)
	for name, change := range map[string]func(k *auth.TicketKey){
		"directory": func(k *auth.TicketKey) { k.Directory = "other" },
		"tenant":    func(k *auth.TicketKey) { k.Tenant = newID() },
		"kind":      func(k *auth.TicketKey) { k.Kind = "other" },
		"id":        func(k *auth.TicketKey) { k.ID = newID() },
	} {
		other := v
		change(&other.TicketKey)
		_, err := s.Ticket(bg, other.TicketKey, start)
		refused(t, err, auth.ErrNoRecord, "Ticket of another "+name)
		_, err = s.Attempt(bg, other.TicketKey, right, start)
		refused(t, err, auth.ErrNoRecord, "Attempt at another "+name)
		refused(t, s.Reissue(bg, other, start), auth.ErrNoRecord, "Reissue of another "+name)
		must(t, s.Void(bg, other.TicketKey), "Void of another "+name)
		stands(t, s, v, start)

		other.Proof, other.Tries = wrong, 1
		must(t, s.Issue(bg, other), "Issue with another "+name)
		_, err = s.Attempt(bg, other.TicketKey, wrong, start)
		must(t, err, "Attempt at another "+name)
		stands(t, s, v, start)
	}
}

func expiredIsGone(t T, s auth.Tickets) {
	v := issued(t, s)
	stands(t, s, v, v.ExpiresAt.Add(-time.Millisecond))
	gone(t, s, v, v.ExpiresAt)
	gone(t, s, v, v.ExpiresAt.Add(time.Hour))
	last := issued(t, s)
	_, err := s.Attempt(bg, last.TicketKey, right, last.ExpiresAt.Add(-time.Millisecond))
	must(t, err, "Attempt in the last moment")
}

func aRightProofSpends(t T, s auth.Tickets) {
	v := issued(t, s)
	got, err := s.Attempt(bg, v.TicketKey, right, start)
	must(t, err, "Attempt")
	got.Tries = v.Tries // of a spent ticket they say nothing
	same(t, "the spent ticket", got, v)
	gone(t, s, v, start)
	must(t, s.Issue(bg, v), "Issue after it was spent")
	stands(t, s, v, start)
}

// miss shows a wrong proof; afterwards the ticket is to be so.
func miss(t T, s auth.Tickets, want auth.Ticket) {
	t.Helper()
	got, err := s.Attempt(bg, want.TicketKey, wrong, start)
	refused(t, err, auth.ErrWrongProof, "Attempt with the wrong proof")
	if got.Tries != want.Tries {
		t.Errorf("Attempt: %d tries left, want %d", got.Tries, want.Tries)
	}
	stands(t, s, want, start)
}

func aWrongProofCostsATry(t T, s auth.Tickets) {
	v := issued(t, s)
	for _, almost := range [][]byte{nil, {}, right[:len(right)-1], slices.Concat(right, []byte{0})} {
		_, err := s.Attempt(bg, v.TicketKey, almost, start)
		refused(t, err, auth.ErrWrongProof, "Attempt with almost the right proof")
		v.Tries--
		stands(t, s, v, start)
	}
	v.Tries = 0
	miss(t, s, v)
	_, err := s.Attempt(bg, v.TicketKey, right, start)
	refused(t, err, auth.ErrNoRecord, "Attempt with no tries left")
	stands(t, s, v, start)

	last := issued(t, s)
	for left := 4; left > 0; left-- {
		last.Tries = left
		miss(t, s, last)
	}
	_, err = s.Attempt(bg, last.TicketKey, right, start)
	must(t, err, "Attempt with the last try")
}

func reissueStartsAgain(t T, s auth.Tickets) {
	v := issued(t, s)
	for left := 4; left >= 0; left-- {
		v.Tries = left
		miss(t, s, v)
	}
	v.Proof, v.Tries, v.ExpiresAt = []byte("another"), 2, start.Add(time.Hour)
	must(t, s.Reissue(bg, v, start), "Reissue")
	stands(t, s, v, start.Add(time.Hour-time.Millisecond))
	_, err := s.Attempt(bg, v.TicketKey, right, start)
	refused(t, err, auth.ErrWrongProof, "Attempt with the old proof")
	_, err = s.Attempt(bg, v.TicketKey, v.Proof, start.Add(59*time.Minute))
	must(t, err, "Attempt with the new proof")
	gone(t, s, v, start)
}

func voidedIsGone(t T, s auth.Tickets) {
	v, other := issued(t, s), issued(t, s)
	for range 2 {
		must(t, s.Void(bg, v.TicketKey), "Void")
		gone(t, s, v, start)
	}
	stands(t, s, other, start)
	must(t, s.Issue(bg, v), "Issue after Void")
}
