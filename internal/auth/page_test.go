package auth_test

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/latchkey/latchkey/internal/auth"
)

// lists are those that come in pages, each with two pages at least.
func lists(t *testing.T) (s staff, all map[string]func(auth.PageInput) (items int, next string, err error)) {
	t.Helper()
	s = staffed(t)
	op := s.operator(t, home)
	s.invite(t, "hal@example.com", auth.RoleUser)
	s.invite(t, "ida@example.com", auth.RoleUser)
	return s, map[string]func(auth.PageInput) (int, string, error){
		"tenants": func(p auth.PageInput) (int, string, error) {
			page, err := s.ListTenants(t.Context(), op, auth.TenantsInput{PageInput: p})
			return len(page.Items), page.Next, err
		},
		"users": func(p auth.PageInput) (int, string, error) {
			page, err := s.ListMembers(t.Context(), op, auth.MembersInput{PageInput: p})
			return len(page.Items), page.Next, err
		},
		"found users": func(p auth.PageInput) (int, string, error) {
			page, err := s.ListMembers(t.Context(), op, auth.MembersInput{PageInput: p, Search: "p"})
			return len(page.Items), page.Next, err
		},
		"events": func(p auth.PageInput) (int, string, error) {
			page, err := s.ListEvents(t.Context(), op, auth.EventsInput{PageInput: p})
			return len(page.Items), page.Next, err
		},
		"invitations": func(p auth.PageInput) (int, string, error) {
			page, err := s.ListInvitations(t.Context(), op, p)
			return len(page.Items), page.Next, err
		},
	}
}

// TestPageSizes: from 1 to 100, 20 when nothing is said.
func TestPageSizes(t *testing.T) {
	s, all := lists(t)
	for i := range 110 {
		s.addRole(t, home, fmt.Sprintf("r%d", i))
		must(t, s.store.Write(t.Context(), auth.Note{Events: []auth.Event{{
			ID: fmt.Sprintf("0190b5c0-0000-7000-8000-%012d", i), Directory: auth.DefaultDirectory, Tenant: s.tenant(t, home).ID, At: s.clock.Now(), Action: auth.ActionLogin,
		}}}))
	}
	for limit, want := range map[string]int{"": 20, "1": 1, "20": 20, "100": 100} {
		if n, next, err := all["events"](auth.PageInput{Limit: limit}); n != want || next == "" || err != nil {
			t.Errorf("%q: got %d, %v, want %d and a next page", limit, n, err, want)
		}
	}
	for name, list := range all {
		for _, bad := range []string{"0", "101", "-1", "x", "1e1", "1.0", "999999999999999999999"} {
			_, _, err := list(auth.PageInput{Limit: bad})
			problem(t, name+", limit "+bad, err, "limit")
		}
	}
}

// TestCursors are those that the list gave out: garbage, and the cursor of
// another list, are refused before the store is asked.
func TestCursors(t *testing.T) {
	s, all := lists(t)
	given := map[string]string{}
	for name, list := range all {
		_, next, err := list(auth.PageInput{Limit: "1"})
		if err != nil || next == "" {
			t.Fatalf("%s: no next page, %v", name, err)
		}
		given[name] = next
	}
	encode := func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }
	for name, list := range all {
		bad := map[string]string{
			"garbage": "garbage!", "not base64": given[name] + "=", "cut": given[name][:len(given[name])-3], "no JSON": encode("x"),
			"a number": encode("7"), "a list": encode("[1]"), "two": encode(`{} {}`), "long": encode(`"` + strings.Repeat("a", 2000) + `"`),
			"an unknown field": encode(`{"Table":"users"}`), "wrong type": encode(`{"ID":7,"Term":7,"At":7}`),
		}
		for other, cursor := range given {
			if other != name && !strings.HasSuffix(name, "users") || !strings.HasSuffix(other, "users") && other != name {
				bad["of "+other] = cursor
			}
		}
		for what, cursor := range bad {
			before := s.store.count()
			_, _, err := list(auth.PageInput{Cursor: cursor})
			problem(t, name+", "+what, err, "cursor")
			if s.store.count() != before {
				t.Errorf("%s, %s: the store was asked", name, what)
			}
		}
		if n, _, err := list(auth.PageInput{Cursor: given[name]}); err != nil || n == 0 {
			t.Errorf("%s, its own: got %d, %v", name, n, err)
		}
	}
}

// TestACursorShowsNothingOfAnotherTenant: one that another tenant's list gave
// out, or that somebody made up, names a place and no tenant.
func TestACursorShowsNothingOfAnotherTenant(t *testing.T) {
	s := staffed(t)
	for i := range 5 {
		s.join(t, annex, fmt.Sprintf("x%d", i))
	}
	page, err := s.ListMembers(t.Context(), s.by(t, "eve"), auth.MembersInput{PageInput: auth.PageInput{Limit: "1"}})
	must(t, err)
	events, err := s.ListEvents(t.Context(), s.by(t, "eve"), auth.EventsInput{PageInput: auth.PageInput{Limit: "1"}})
	must(t, err)
	mine := map[string]bool{}
	for _, name := range []string{"root", "mia", "ben", "kim", "carl"} {
		mine[s.id[name]] = true
	}
	got, err := s.ListMembers(t.Context(), s.by(t, "root"), auth.MembersInput{PageInput: auth.PageInput{Cursor: page.Next, Limit: "100"}})
	must(t, err)
	for _, v := range got.Items {
		if !mine[v.ID] {
			t.Errorf("%s is not home's", v.Email)
		}
	}
	told, err := s.ListEvents(t.Context(), s.by(t, "root"), auth.EventsInput{PageInput: auth.PageInput{Cursor: events.Next, Limit: "100"}})
	must(t, err)
	for _, e := range told.Items {
		if e.UserID != "" && !mine[e.UserID] {
			t.Errorf("%s of %s is not home's", e.Action, e.UserID)
		}
	}
}

// listed are the events of home that are asked for, page by page.
func (s staff) listed(t *testing.T, in auth.EventsInput) (all []auth.EventView) {
	t.Helper()
	for {
		page, err := s.ListEvents(t.Context(), s.by(t, "root"), in)
		must(t, err)
		all = append(all, page.Items...)
		if page.Next == "" {
			return all
		}
		in.Cursor = page.Next
	}
}

// TestEvents: newest first, each once, by whom and what; whoever else's is not
// there.
func TestEvents(t *testing.T) {
	s := staffed(t)
	root := s.by(t, "root")
	want := s.events(t, home)
	for _, limit := range []string{"1", "3", "100"} {
		got := s.listed(t, auth.EventsInput{PageInput: auth.PageInput{Limit: limit}})
		if len(got) != len(want) {
			t.Fatalf("%s a page: got %d, want %d", limit, len(got), len(want))
		}
		for i, e := range got {
			if w := want[len(want)-1-i]; e.ID != w.ID || e.Action != w.Action || e.UserID != w.User {
				t.Errorf("%d: got %+v, want %+v", i, e, w)
			}
		}
	}
	for _, e := range s.listed(t, auth.EventsInput{UserID: s.id["ben"], Action: auth.ActionLogin}) {
		if e.UserID != s.id["ben"] || e.Action != auth.ActionLogin {
			t.Errorf("got %+v", e)
		}
	}
	if n := len(s.listed(t, auth.EventsInput{UserID: s.id["eve"]})); n != 0 {
		t.Errorf("%d events of somebody elsewhere", n)
	}
	for _, bad := range []string{"ben", "{" + s.id["ben"] + "}", strings.ReplaceAll(s.id["ben"], "-", "")} {
		_, err := s.ListEvents(t.Context(), root, auth.EventsInput{UserID: bad})
		problem(t, bad, err, "userId")
	}
}

// TestEventsOfASpan: from a moment on and up to another, in any zone.
func TestEventsOfASpan(t *testing.T) {
	s := staffed(t)
	for range 5 {
		s.clock.advance(time.Second)
		s.login(t, "ben")
	}
	all := s.listed(t, auth.EventsInput{PageInput: auth.PageInput{Limit: "2"}})
	first, last := all[len(all)-1].At, all[0].At
	if !first.Before(last) {
		t.Fatal("everything happened at once")
	}
	in := func(from, to time.Time) (in auth.EventsInput) {
		for _, side := range []struct {
			text *string
			at   time.Time
		}{{&in.From, from}, {&in.To, to}} {
			if !side.at.IsZero() {
				*side.text = side.at.In(time.FixedZone("KST", 9*60*60)).Format(time.RFC3339Nano)
			}
		}
		in.Limit = "2"
		return in
	}
	for name, span := range map[string][2]time.Time{
		"from the last": {last, {}}, "before the last": {{}, last}, "after all": {last.Add(time.Millisecond), {}}, "before all": {{}, first}, "the first alone": {first, first.Add(time.Millisecond)},
	} {
		var want []auth.EventView
		for _, e := range all {
			if !e.At.Before(span[0]) && (span[1].IsZero() || e.At.Before(span[1])) {
				want = append(want, e)
			}
		}
		if diff := cmp.Diff(want, s.listed(t, in(span[0], span[1])), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s, -want +got:\n%s", name, diff)
		}
	}
	for _, bad := range []string{"yesterday", "2026-01-31", "2026-01-31T00:00:00", "0001-01-01T00:00:00Z", "1e9"} {
		_, err := s.ListEvents(t.Context(), s.by(t, "root"), auth.EventsInput{From: bad})
		problem(t, bad, err, "from")
		_, err = s.ListEvents(t.Context(), s.by(t, "root"), auth.EventsInput{To: bad})
		problem(t, bad, err, "to")
	}
}

// TestEventsOfATenantWithADatabaseOfItsOwn: what is in its own record and what
// the deployment's says of it, in one order, on pages of every size.
func TestEventsOfATenantWithADatabaseOfItsOwn(t *testing.T) {
	w := newWorld(t)
	ids := map[string]bool{}
	for i := range 7 {
		w.clock.advance(time.Duration(i%2) * time.Second) // some at the same time
		w.join(t, far, fmt.Sprintf("ben%d", i))
		_, err := w.update(t, far, auth.TenantChange{DisplayName: fmt.Sprintf("Far %d", i)})
		must(t, err)
		_, err = w.update(t, coded, auth.TenantChange{DisplayName: "Another's"})
		must(t, err)
	}
	id := w.tenant(t, far).ID
	for _, directory := range []string{elsewhere, auth.DefaultDirectory} {
		all, err := w.store.Events(t.Context(), auth.EventQuery{Directory: directory, Tenant: id, Max: 1000})
		must(t, err)
		for _, e := range all {
			ids[e.ID] = true
		}
	}
	if len(ids) != 21 { // a sign-up, its login and a change, seven times
		t.Fatalf("%d events were written", len(ids))
	}
	for limit := range 23 {
		in, seen := auth.EventsInput{PageInput: auth.PageInput{Limit: fmt.Sprint(limit + 1)}}, map[string]bool{}
		var before auth.EventView
		for {
			page, err := w.ListEvents(t.Context(), w.operator(t, far), in)
			must(t, err)
			for _, e := range page.Items {
				if seen[e.ID] || !ids[e.ID] || before.ID != "" && (e.At.After(before.At) || e.At.Equal(before.At) && e.ID > before.ID) {
					t.Fatalf("%d a page: %+v comes again, is another tenant's, or is out of order", limit+1, e)
				}
				seen[e.ID], before = true, e
			}
			if page.Next == "" {
				break
			}
			in.Cursor = page.Next
		}
		if len(seen) != len(ids) {
			t.Errorf("%d a page: %d events, want %d", limit+1, len(seen), len(ids))
		}
	}
}
