package site

import (
	"net/http"

	"github.com/latchkey/latchkey/internal/auth"
)

// userList is the page of a tenant's users.
type userList struct {
	Users       []auth.MemberView
	Roles       []string
	First, Next string // addresses of other pages of the list
}

// showUsers lists users. It never says how many there are: nobody counts a
// million rows to show twenty.
func showUsers(v *visit) {
	var l userList
	var ok bool
	if l.Roles, ok = v.roleNames(); !ok {
		return
	}
	a := v.ask(http.MethodGet, "/users?"+v.asked("q", "role", "status", "cursor").Encode(), nil)
	if !a.ok() {
		if len(a.Meta.Fields) == 0 { // there is no form for who may not look
			v.failed(a)
			return
		}
		v.again(page{name: "users", data: l, fields: map[string]string{"cursor": "q"}}, a)
		return
	}
	if err := a.read(&l.Users); err != nil {
		v.failed(v.broken("the users could not be read", err))
		return
	}
	l.First, l.Next = v.first(), v.further(a.Meta.NextCursor)
	v.render(http.StatusOK, page{name: "users", data: l})
}

// Found says how many are shown, and whether there are more.
func (s sight) Found(n int, next string) string {
	switch {
	case n == 0:
		return s.T("users.none")
	case next != "":
		return s.T("users.more", n)
	case s.Param("cursor") != "":
		return s.T("users.last", n)
	case n == 1:
		return s.T("users.one")
	}
	return s.T("users.some", n)
}

// roleNames are the roles that somebody can have in the tenant. Where it
// reports false, the visit was answered.
func (v *visit) roleNames() (names []string, ok bool) {
	var roles []auth.RoleView
	if ok = v.fetch("/roles", &roles); !ok {
		return nil, false
	}
	for _, r := range roles {
		names = append(names, r.Name)
	}
	return names, true
}

// place is what a form needs to give somebody a seat.
type place struct {
	Roles  []string
	Spaces []auth.SpaceView
}

// place asks where a seat can be. Where it reports false, the visit was answered.
func (v *visit) place() (p place, ok bool) {
	if p.Roles, ok = v.roleNames(); !ok {
		return p, false
	}
	ok = v.fetch("/spaces", &p.Spaces)
	return p, ok
}

func showNewUser(v *visit) {
	if p, ok := v.place(); ok {
		v.render(http.StatusOK, page{name: "user-new", data: p})
	}
}

func makeUser(v *visit) {
	p, ok := v.place()
	if !ok {
		return
	}
	in := map[string]string{}
	for _, name := range []string{"name", "email", "password", "username", "mobile", "role", "spaceId"} {
		if value := v.field(name); value != "" {
			in[name] = value
		}
	}
	a := v.ask(http.MethodPost, "/users", in)
	var made auth.MemberView
	if !a.ok() {
		v.again(page{name: "user-new", data: p}, v.about("account", a))
		return
	}
	if err := a.read(&made); err != nil {
		v.failed(v.broken("the new user could not be read", err))
		return
	}
	v.say("USER_MADE")
	v.see(v.In(v.tenant, "users/"+made.ID))
}
