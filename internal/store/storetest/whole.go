package storetest

import (
	"context"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

func storePromises() []promise[auth.Store] {
	return []promise[auth.Store]{
		{"ValuesAreCopies", valuesAreCopies},
		{"ListsAreCopies", listsAreCopies},
		{"ACancelledCallDoesNothing", aCancelledCallDoesNothing},
		{"ACancelledCallLeavesTheTenant", aCancelledCallLeavesTheTenant},
		{"WhatIsAnothersIsNotThere", whatIsAnothersIsNotThere},
	}
}

// scribble writes over a list that was given to the store or came from it.
func scribble[E any](lists ...[]E) {
	for _, l := range lists {
		clear(l)
	}
}

// valuesAreCopies: what a caller does with a value afterwards, or with one that
// it was given, changes nothing.
func valuesAreCopies(t T, s auth.Store) {
	w := settle(t, s, "default")
	for range 2 { // the first time for what was given in, then for what came out
		yes := true
		policy := auth.Policy{AllowedOrigins: []string{"https://a.example"}, BrowserTokens: &yes}
		_, err := s.UpdateTenant(bg, w.tenant.ID, func(v *auth.Tenant) error { v.Policy = policy; return nil }, auth.Note{})
		must(t, err, "UpdateTenant")
		for range 2 {
			scribble(policy.AllowedOrigins)
			*policy.BrowserTokens = false
			got, err := s.TenantByID(bg, w.tenant.ID)
			must(t, err, "TenantByID")
			if !*got.Policy.BrowserTokens || got.Policy.AllowedOrigins[0] != "https://a.example" {
				t.Fatalf("the policy was written over from outside: %+v", got.Policy)
			}
			policy = got.Policy
		}
	}
	ticket := newTicket()
	want := ticket
	ticket.Proof, ticket.Data = append([]byte(nil), want.Proof...), append([]byte(nil), want.Data...)
	must(t, s.Issue(bg, ticket), "Issue")
	key, mail := newKey(0), w.mail(start)
	must(t, s.AddKey(bg, key, "", auth.Note{}), "AddKey")
	must(t, s.Write(bg, auth.Note{Mails: []auth.Mail{mail}}), "Write")
	wantKey, wantMail := newKey(0), w.mail(start)
	wantKey.ID, wantMail.ID = key.ID, mail.ID
	for i := range 2 {
		scribble(ticket.Proof, ticket.Data, key.Sealed, mail.Sealed)
		got, err := s.Ticket(bg, want.TicketKey, start)
		must(t, err, "Ticket")
		same(t, "the ticket", got, want)
		keys, err := s.Keys(bg)
		must(t, err, "Keys")
		same(t, "the keys", keys, []auth.KeyRecord{wantKey})
		mails, err := s.Lease(bg, start.Add(time.Duration(i)*time.Hour), time.Minute, 1)
		must(t, err, "Lease")
		wantMail.Attempts++
		same(t, "the mails", mails, []auth.Mail{wantMail})
		ticket, key, mail = got, keys[0], mails[0]
	}
	must(t, s.Write(bg, auth.Note{Events: w.note("copy", start).Events}), "Write")
	for range 2 {
		for _, l := range trail(t, s, "default") {
			_, end, err := s.TrailEnd(bg, "default")
			must(t, err, "TrailEnd")
			scribble(l.Hash, end)
		}
	}
}

// aCancelledCallDoesNothing: a call whose context has ended before it began
// fails, and leaves nothing behind.
func aCancelledCallDoesNothing(t T, s auth.Store) {
	w := settle(t, s, "default")
	v := w.login(w.user, 0)
	w.user.LastLoginAt = start
	ticket := issued(t, s)
	fresh, freshSpace := newTenant("default")
	another := v
	another.ID = newID()
	next := w.newUser()
	ctx, cancel := context.WithCancel(bg)
	cancel()

	name := func(u *auth.User) error { u.Name = "New"; return nil }
	_, update := s.UpdateUser(ctx, "default", w.user.ID, name, w.note("late", start))
	_, tenant := s.UpdateTenant(ctx, w.tenant.ID, func(v *auth.Tenant) error { v.Name = "New"; return nil }, w.note("late", start))
	_, rotate := s.Rotate(ctx, w.rotation(v, 0, time.Minute))
	_, all := s.EndSessions(ctx, w.ending(""))
	_, attempt := s.Attempt(ctx, ticket.TicketKey, right, start)
	_, count := s.Count(ctx, auth.Count{Directory: "default", Key: "late", Add: 1, Window: 10 * time.Minute, Now: start})
	_, session := s.CreateSession(ctx, auth.Opening{Session: another, Note: w.note("late", start)})
	_, _, secure := s.Secure(ctx, w.ending(""), name)
	_, read := s.Session(ctx, "default", v.ID)
	for doing, err := range map[string]error{
		"UpdateUser": update, "UpdateTenant": tenant, "Rotate": rotate, "EndSessions": all, "Attempt": attempt,
		"Count": count, "Session": read, "CreateSession": session, "Secure": secure,
		"SettingsInForce": s.SettingsInForce(ctx, map[string]string{"late": "1"}, nil),
		"CreateTenant":    s.CreateTenant(ctx, fresh, home(fresh), freshSpace, w.note("late", start)),
		"CreateUser":      s.CreateUser(ctx, next, w.seat(), w.note("late", start)),
		"EndSession":      s.EndSession(ctx, w.ending(v.ID)),
		"Write":           s.Write(ctx, w.note("late", start)),
		"Void":            s.Void(ctx, ticket.TicketKey),
		"AddKey":          s.AddKey(ctx, newKey(0), "", w.note("late", start)),
	} {
		refused(t, err, context.Canceled, doing)
	}
	w.holds(w.user)
	same(t, "the session", w.session(v), v)
	stands(t, s, ticket, start)
	w.wrote("late", 0)
	same(t, "the record", trail(t, s, "default"), []auth.Link(nil))
	_, err := s.TenantByID(bg, fresh.ID)
	refused(t, err, auth.ErrNoRecord, "TenantByID")
	_, err = s.User(bg, "default", next.ID)
	refused(t, err, auth.ErrNoRecord, "User")
	_, err = s.Session(bg, "default", another.ID)
	refused(t, err, auth.ErrNoRecord, "Session")
	same(t, "the counter", counts(t, s, "late", 0, 0), auth.Tally{})
}
