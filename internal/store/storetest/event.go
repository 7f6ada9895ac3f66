package storetest

import (
	"fmt"
	"slices"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

// logged writes events of the world's tenant, and one of each in another tenant,
// and returns them newest first.
func (w world) logged(n int) []auth.Event {
	w.Helper()
	other := settle(w.T, w.Store, w.tenant.Directory)
	var out []auth.Event
	for i := range n {
		e := auth.Event{
			ID: newID(), Directory: w.tenant.Directory, Tenant: w.tenant.ID, At: start.Add(time.Duration(i/3) * time.Millisecond),
			Action: []auth.Action{"a", "b"}[i%2], User: []string{w.user.ID, "", other.user.ID}[i/2%3], Actor: w.user.ID,
		}
		alike := e
		alike.ID, alike.Tenant = newID(), other.tenant.ID
		out = append(out, e)
		must(w, w.Write(bg, auth.Note{Events: []auth.Event{alike, e}}), "Write")
	}
	slices.Reverse(out)
	return out
}

func eventsAreFiltered(t T, s auth.Store) {
	w := settle(t, s, "default")
	all := w.logged(18)
	for _, c := range []struct {
		user   string
		action auth.Action
	}{{"", ""}, {w.user.ID, ""}, {"", "a"}, {w.user.ID, "b"}, {w.user.ID, "c"}, {newID(), ""}, {"", "c"}} {
		for _, span := range []struct{ since, until time.Time }{
			{}, {since: start}, {since: start.Add(2 * time.Millisecond)}, {until: start.Add(4 * time.Millisecond)},
			{since: start.Add(2 * time.Millisecond), until: start.Add(4 * time.Millisecond)}, {since: start.Add(time.Hour)}, {until: start},
		} {
			var want []auth.Event
			for _, e := range all {
				if (c.user == "" || e.User == c.user) && (c.action == "" || e.Action == c.action) &&
					!e.At.Before(span.since) && (span.until.IsZero() || e.At.Before(span.until)) {
					want = append(want, e)
				}
			}
			q := w.eventsOf(100)
			q.User, q.Action, q.Since = c.user, c.action, span.since
			if !span.until.IsZero() { // in another zone, which changes nothing
				q.Before.At = span.until.In(time.FixedZone("KST", 9*60*60))
			}
			got, err := s.Events(bg, q)
			must(t, err, "Events")
			same(t, fmt.Sprintf("Events of %s %s from %s to %s", c.user, c.action, span.since, span.until), got, want)
		}
	}
}

// eventsComeInPages: also where many are of one moment, and while new ones come.
func eventsComeInPages(t T, s auth.Store) {
	w := settle(t, s, "default")
	w.logged(20)
	for _, q := range []auth.EventQuery{{}, {User: w.user.ID}, {Action: "a"}, {User: w.user.ID, Action: "a"}} {
		for _, max := range []int{1, 2, 3, 7} {
			q.Directory, q.Tenant, q.Max = w.tenant.Directory, w.tenant.ID, 1000
			want, err := s.Events(bg, q)
			must(t, err, "Events")
			if len(want) < 3 {
				t.Fatalf("got %d events, want more", len(want))
			}
			q.Max = max
			same(t, "the pages", w.eventPages(q, len(want)), want)
		}
	}
}

// eventPages reads a list of n events page by page; after the first one comes a
// new event.
func (w world) eventPages(q auth.EventQuery, n int) []auth.Event {
	w.Helper()
	var got []auth.Event
	q.Before = auth.EventPlace{}
	for len(got) <= n {
		page, err := w.Events(bg, q)
		must(w, err, "Events")
		if len(page) > q.Max {
			w.Fatalf("got %d events on a page of %d", len(page), q.Max)
		}
		if len(page) == 0 {
			break
		}
		if len(got) == 0 {
			must(w, w.Write(bg, auth.Note{Events: w.note("a", start.Add(time.Hour)).Events}), "Write")
		}
		got = append(got, page...)
		last := page[len(page)-1]
		q.Before = auth.EventPlace{At: last.At.In(time.FixedZone("KST", 9*60*60)), ID: last.ID}
	}
	return got
}

// actorsAreKept: in what is listed, and in the chain.
func actorsAreKept(t T, s auth.Store) {
	w := settle(t, s, "default")
	var want []auth.Event
	for i, actor := range []string{"", w.user.ID, "operator:" + newID(), "command-line"} {
		n := w.note("act", start.Add(time.Duration(i)*time.Second))
		n.Events[0].Actor = actor
		must(t, s.Write(bg, auth.Note{Events: n.Events}), "Write")
		want = append(want, n.Events[0])
	}
	same(t, "Trail", events(trail(t, s, "default")), want)
	slices.Reverse(want)
	got, err := s.Events(bg, w.eventsOf(10))
	must(t, err, "Events")
	same(t, "Events", got, want)
}
