package storetest

import (
	"github.com/latchkey/latchkey/internal/auth"
)

func accountsOfARoleOrStatus(t T, s auth.Store) {
	w := empty(t, s, "default")
	w.roled("editor")
	var users []auth.User // ann 0 to ann 5
	for i, role := range []string{auth.RoleUser, auth.RoleAdmin, "editor", auth.RoleUser, "editor", auth.RoleUser} {
		u, seat := w.newUser(), w.seat()
		u.Name, seat.Role = "Ann "+string(rune('0'+i)), role
		u.Status = []auth.UserStatus{auth.UserActive, auth.UserDisabled, auth.UserLocked}[i%3]
		must(t, s.CreateUser(bg, u, seat, auth.Note{}), "CreateUser")
		users = append(users, u)
	}
	for _, c := range []struct {
		role   string
		status auth.UserStatus
		want   []int
	}{
		{"", "", []int{0, 1, 2, 3, 4, 5}},
		{auth.RoleUser, "", []int{0, 3, 5}},
		{"editor", "", []int{2, 4}},
		{auth.RoleManager, "", nil},
		{"nothing", "", nil},
		{"", auth.UserActive, []int{0, 3}},
		{"", auth.UserLocked, []int{2, 5}},
		{auth.RoleUser, auth.UserLocked, []int{5}},
		{"editor", auth.UserDisabled, []int{4}},
		{auth.RoleAdmin, auth.UserActive, nil},
		{"", "nothing", nil},
	} {
		var byTerm, newest []auth.User
		for _, i := range c.want {
			byTerm, newest = append(byTerm, users[i]), append([]auth.User{users[i]}, newest...)
		}
		w.lists(auth.AccountQuery{Role: c.role, Status: c.status}, newest)
		w.lists(auth.AccountQuery{Role: c.role, Status: c.status, Prefix: "ann"}, byTerm)
		w.lists(auth.AccountQuery{Role: c.role, Status: c.status, Prefix: "bob"}, nil)
	}
}

func accountsOfOthersAreNotListed(t T, s auth.Store) {
	w, elsewhere, there := empty(t, s, "default"), empty(t, s, "default"), empty(t, s, "there")
	elsewhere.roled("editor")
	mine, theirs, far := w.known("Ann A"), elsewhere.known("Ann B"), there.known("Ann C")
	both := w.known("Ann D")
	w.changed(both, func(a *auth.Account) { a.Seats = append(a.Seats, elsewhere.as("editor")) })
	twin := there.newUser() // with a seat that names the tenant, in another directory
	twin.Name = "Ann E"
	must(t, s.CreateUser(bg, twin, w.seat(), auth.Note{}), "CreateUser there")
	for _, prefix := range []string{"", "ann"} {
		byTerm := func(users ...auth.User) []auth.User {
			if prefix == "" && len(users) == 2 {
				users[0], users[1] = users[1], users[0]
			}
			return users
		}
		w.lists(auth.AccountQuery{Prefix: prefix}, byTerm(mine, both))
		elsewhere.lists(auth.AccountQuery{Prefix: prefix}, byTerm(theirs, both))
		there.lists(auth.AccountQuery{Prefix: prefix}, byTerm(far))
		w.lists(auth.AccountQuery{Prefix: prefix, Role: "editor"}, nil)
		elsewhere.lists(auth.AccountQuery{Prefix: prefix, Role: "editor"}, byTerm(both))
	}
	for _, f := range w.find(auth.AccountQuery{}) {
		if f.User.PasswordHash != "" {
			t.Errorf("Accounts returned a hash")
		}
	}
}
