package storetest

import (
	"errors"
	"fmt"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

func bulletinPromises() []promise[auth.Store] {
	return []promise[auth.Store]{
		{"WhatIsAnnouncedIsThere", whatIsAnnouncedIsThere},
		{"ALineIsAnnouncedOnce", aLineIsAnnouncedOnce},
		{"AnnouncedComesInPages", announcedComesInPages},
		{"NoLineIsLost", noLineIsLost},
		{"LinesThatAreOverAreGone", linesThatAreOverAreGone},
	}
}

// line is a line that is of use for so long.
func line(life time.Duration) auth.Bulletined {
	return auth.Bulletined{ID: newID(), Until: start.Add(life), Body: []byte(`{"event":"session.ended","reason":"ünïcødé ' \\"}`)}
}

// announced wants the store to have exactly these lines at a time, in the order
// of their ids.
func announced(t T, s auth.Store, after string, at time.Duration, want ...auth.Bulletined) {
	t.Helper()
	got, err := s.Announced(bg, after, start.Add(at), 1000)
	must(t, err, "Announced")
	if len(got) == 0 && len(want) == 0 {
		return
	}
	same(t, "Announced", got, want)
}

func whatIsAnnouncedIsThere(t T, s auth.Store) {
	announced(t, s, "", 0)
	must(t, s.Announce(bg, nil), "Announce of nothing")
	first, second, third := line(time.Hour), line(time.Hour+time.Millisecond), line(time.Minute)
	// Of several processes, each with its clock: the order of ids is kept all the same.
	must(t, s.Announce(bg, []auth.Bulletined{third}), "Announce")
	must(t, s.Announce(bg, []auth.Bulletined{second, first}), "Announce")
	announced(t, s, "", 0, first, second, third)
	announced(t, s, first.ID, 0, second, third)
	announced(t, s, third.ID, 0)
	announced(t, s, "", time.Minute, first, second)
	announced(t, s, "", time.Hour, second)
}

func aLineIsAnnouncedOnce(t T, s auth.Store) {
	l, more := line(time.Hour), line(time.Hour)
	must(t, s.Announce(bg, []auth.Bulletined{l}), "Announce")
	again := l
	again.Until, again.Body = start.Add(2*time.Hour), []byte(`{}`)
	must(t, s.Announce(bg, []auth.Bulletined{again, more}), "Announce again")
	announced(t, s, "", 0, l, more)
}

func announcedComesInPages(t T, s auth.Store) {
	var want, got []auth.Bulletined
	for range 10 {
		want = append(want, line(time.Hour))
	}
	must(t, s.Announce(bg, want), "Announce")
	for after := ""; ; after = got[len(got)-1].ID {
		page, err := s.Announced(bg, after, start, 3)
		must(t, err, "Announced")
		if len(page) > 3 {
			t.Fatalf("a page has %d lines, want at most 3", len(page))
		}
		if got = append(got, page...); len(page) < 3 {
			break
		}
	}
	same(t, "all pages", got, want)
}

func noLineIsLost(t T, s auth.Store) {
	want := make([]auth.Bulletined, callers)
	for i := range want {
		want[i] = line(time.Hour)
	}
	must(t, errors.Join(race(callers, func(i int) error { return s.Announce(bg, want[i:i+1]) })...), "Announce")
	announced(t, s, "", 0, want...)
}

// linesThatAreOverAreGone: they are not told any more, and a sweep takes them,
// all of them and no other.
func linesThatAreOverAreGone(t T, s auth.Store) {
	w := settle(t, s, "default")
	over, stays := line(0), line(time.Millisecond)
	must(t, s.Announce(bg, []auth.Bulletined{over, stays}), "Announce")
	announced(t, s, "", 0, stays)
	if n := w.swept(0, -time.Hour, -time.Hour); n != 1 {
		t.Errorf("Sweep took %d lines, want 1", n)
	}
	announced(t, s, "", -time.Hour, stays)
	many := make([]auth.Bulletined, 1200)
	for i := range many {
		many[i] = auth.Bulletined{ID: newID(), Until: start, Body: fmt.Appendf(nil, "%d", i)}
	}
	must(t, s.Announce(bg, many), "Announce")
	if n := w.swept(0, -time.Hour, -time.Hour); n != len(many) {
		t.Errorf("Sweep took %d lines, want %d", n, len(many))
	}
	announced(t, s, "", -time.Hour, stays)
}
