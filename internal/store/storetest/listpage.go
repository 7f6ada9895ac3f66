package storetest

import (
	"errors"

	"github.com/latchkey/latchkey/internal/auth"
)

// paged wants the pages of a query to be the list, without gaps or repeats.
func (w world) paged(q auth.AccountQuery, want []auth.FoundAccount) {
	w.Helper()
	q.After = auth.AccountPlace{}
	var got []auth.FoundAccount
	for len(got) <= len(want) {
		page := w.find(q)
		if len(page) == 0 {
			break
		}
		got = append(got, page...)
		q.After = page[len(page)-1].Place
	}
	same(w, "the pages", got, want)
}

// crowd adds users with names, roles and states that overlap.
func (w world) crowd() {
	w.Helper()
	w.roled("editor")
	for i := range 14 {
		u, seat := w.newUser(), w.seat()
		u.Name = []string{"Ann", "Ann", "Bob Ann", "Annie Ann Anno", "Zoe"}[i%5]
		u.Status = []auth.UserStatus{auth.UserActive, auth.UserActive, auth.UserDisabled}[i%3]
		seat.Role = []string{auth.RoleUser, "editor"}[i%2]
		must(w, w.CreateUser(bg, u, seat, auth.Note{}), "CreateUser")
	}
}

// accountsComeInPages: whatever is asked for, the pages together are the list.
func accountsComeInPages(t T, s auth.Store) {
	w := empty(t, s, "default")
	w.crowd()
	for _, prefix := range []string{"", "a", "ann", "ann a"} {
		for _, role := range []string{"", "editor"} {
			for _, status := range []auth.UserStatus{"", auth.UserActive} {
				q := auth.AccountQuery{Prefix: prefix, Role: role, Status: status}
				want := w.find(q)
				if len(want) == 0 && prefix != "ann a" {
					t.Fatalf("Accounts of %+v: got none", q)
				}
				for _, q.Max = range []int{1, 2, 3, len(want)} {
					w.paged(q, want)
				}
			}
		}
	}
}

// pagesBearChanges: who stays in the list is seen once, however many come and go
// between the pages, the one at which a page ended too.
func pagesBearChanges(t T, s auth.Store) {
	w := empty(t, s, "default")
	w.crowd()
	for _, q := range []auth.AccountQuery{{Max: 1}, {Max: 2}, {Max: 2, Prefix: "ann"}, {Max: 1, Role: "editor"}, {Max: 2, Prefix: "ann", Status: auth.UserActive}} {
		all := q
		all.Max = 0
		stay := map[string]int{}
		for _, f := range w.find(all) {
			stay[f.User.ID] = 0
		}
		for range len(stay) + 2*rounds {
			passing := w.known("Ann")
			page := w.find(q)
			if len(page) == 0 {
				break
			}
			for _, f := range page {
				if _, ok := stay[f.User.ID]; ok {
					stay[f.User.ID]++
				}
			}
			q.After = page[len(page)-1].Place
			w.changed(passing, func(a *auth.Account) { a.Seats = nil })
		}
		for id, n := range stay {
			if n != 1 {
				t.Errorf("Accounts of %+v: user %s was on %d pages, want 1", q, id, n)
			}
		}
	}
	w.pagesWhileOthersCome()
}

// pagesWhileOthersCome reads the pages while others write.
func (w world) pagesWhileOthersCome() {
	w.Helper()
	want := w.find(auth.AccountQuery{Prefix: "ann", Role: "editor"})
	errs := race(4, func(i int) error {
		if i < 2 {
			w.paged(auth.AccountQuery{Prefix: "ann", Role: "editor", Max: 1}, want)
			return nil
		}
		for range rounds {
			u := w.newUser()
			if err := w.CreateUser(bg, u, w.seat(), auth.Note{}); err != nil {
				return err
			}
			if _, err := w.ChangeAccount(bg, w.change(u, unseat)); err != nil {
				return err
			}
		}
		return nil
	})
	must(w, errors.Join(errs...), "coming and going")
}
