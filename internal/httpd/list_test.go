package httpd_test

import (
	"fmt"
	"net/url"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestListsComeInPages: data is the items, meta.nextCursor leads on and is left
// out on the last page; together they are everything, each once.
func TestListsComeInPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tenant := w.newTenant(t)
	admin := w.admin(t, tenant)
	want := []string{admin.ID}
	for range 6 {
		want = append(want, w.join(t, tenant).ID)
	}
	slices.Reverse(want) // newest first
	for _, list := range []string{"/users", "/audit-events", "/tenants"} {
		all := w.walk(t, list+"?limit=100", admin.bearer())
		for _, n := range []int{1, 2, 3, 7} {
			paged := w.walk(t, fmt.Sprintf("%s?limit=%d", list, n), admin.bearer())
			if diff := cmp.Diff(all, paged); diff != "" {
				t.Errorf("%s by %d:\n%s", list, n, diff)
			}
		}
		if list == "/users" {
			if diff := cmp.Diff(want, all); diff != "" {
				t.Errorf("users:\n%s", diff)
			}
		}
	}
	if got := w.walk(t, "/tenants?limit=2", w.operator()); len(got) != 6 {
		t.Errorf("an operator sees %d tenants, want 6", len(got))
	}
	// A cursor of one list, or of somebody's making, is none of another.
	a := w.do(t, "GET /users?limit=1", nil, admin.bearer()...)
	for _, cursor := range []string{a.Meta.NextCursor + "A", "e30", "bnVsbA", "W10", "eyJ4IjoxfQ"} {
		if got := w.do(t, "GET /users?cursor="+url.QueryEscape(cursor), nil, admin.bearer()...); got.status >= 500 {
			t.Errorf("cursor %q: got %d %s", cursor, got.status, got.body)
		}
	}
}

// walk follows a list to its end and returns the ids on it.
func (w *world) walk(t testing.TB, list string, headers []string) (ids []string) {
	t.Helper()
	next := ""
	for range 100 {
		request := "GET " + list
		if next != "" {
			request += "&cursor=" + url.QueryEscape(next)
		}
		a := w.do(t, request, nil, headers...).wantStatus(t, 200)
		var items []struct{ ID string }
		a.into(t, &items)
		for _, item := range items {
			ids = append(ids, item.ID)
		}
		if next = a.Meta.NextCursor; next == "" {
			return ids
		}
	}
	t.Fatalf("%s has no end", list)
	return nil
}

// TestAnEmptyListIsAList.
func TestAnEmptyListIsAList(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, list := range []string{"/users?q=nobody-there", "/users?role=nobody", "/audit-events?action=nothing", "/tenants?q=nobody-there", "/users?status=disabled"} {
		for _, headers := range [][]string{w.operator(), w.admin(t, "").bearer()} {
			if a := w.do(t, "GET "+list, nil, headers...).wantStatus(t, 200); string(a.Data) != "[]" || a.Meta.NextCursor != "" {
				t.Errorf("%s: %s", list, a.body)
			}
		}
	}
}
