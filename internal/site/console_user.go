package site

import (
	"net/http"
	"slices"

	"github.com/latchkey/latchkey/internal/auth"
)

// userPage is all about one user of a tenant.
type userPage struct {
	auth.MemberView
	Roles    []string
	Sessions []auth.SessionView
	Events   []happening
	Typed    map[string]string // what a form that comes back had, by field
	Own      bool              // who looks sees their own account
}

// userFields are what of a profile can be changed, those first that can be
// emptied.
var userFields = []string{"username", "nickname", "mobile", "name", "email"}

// Field is what a form shows in a field.
func (u userPage) Field(name string) string {
	if typed, found := u.Typed[name]; found {
		return typed
	}
	return u.profile()[name]
}

func (u userPage) profile() map[string]string {
	return map[string]string{
		"name": u.Name, "email": u.Email, "username": u.Username, "nickname": u.Nickname, "mobile": u.Mobile, "newRole": u.Role,
	}
}

// user is the address of the user that the visit is about, in the API.
func (v *visit) user(more string) string { return apiPath("users", v.r.PathValue("id")) + more }

func showUser(v *visit) { v.showUser(nil) }

// showUser shows the user that the address names, with why a form on the page
// was not accepted.
func (v *visit) showUser(failed *answer) {
	u := userPage{}
	if !v.fetch(v.user(""), &u.MemberView) {
		return
	}
	if !v.fetch(v.user("/sessions"), &u.Sessions) {
		return
	}
	var ok bool
	if u.Roles, ok = v.roleNames(); !ok {
		return
	}
	if !slices.Contains(u.Roles, u.Role) { // deleted meanwhile
		u.Roles = append(u.Roles, u.Role)
	}
	var events []auth.EventView
	if ok = v.fetch("/audit-events?limit=10&userId="+u.ID, &events); !ok {
		return
	}
	u.Events = v.happenings(events)
	u.Own = v.me != nil && v.me.ID == u.ID
	p := page{name: "user", data: &u}
	if failed == nil {
		v.render(http.StatusOK, p)
		return
	}
	u.Typed = map[string]string{}
	for name := range u.profile() {
		if values, sent := v.r.PostForm[name]; sent {
			u.Typed[name] = values[0]
		}
	}
	v.again(p, v.about("account", *failed))
}

// doneUser shows the user after something was done, or why it was not.
func (v *visit) doneUser(code string, a answer) {
	if !a.ok() {
		v.showUser(&a)
		return
	}
	v.say(code)
	v.see(v.In(v.tenant, "users/"+v.r.PathValue("id")))
}

// changeUser changes of the profile what differs from what is there.
func changeUser(v *visit) {
	var u userPage
	if !v.fetch(v.user(""), &u.MemberView) {
		return
	}
	change, reset := map[string]any{}, []string{}
	was := u.profile()
	for i, name := range userFields {
		switch value := v.field(name); {
		case value == was[name]:
		case value != "":
			change[name] = value
		case i < 3:
			reset = append(reset, name)
		}
	}
	if len(reset) > 0 {
		change["reset"] = reset
	}
	if len(change) == 0 {
		v.say("NOTHING_CHANGED")
		v.see(v.r.URL.Path)
		return
	}
	v.doneUser(auth.OutcomeUserUpdated.Code, v.ask(http.MethodPatch, v.user(""), change))
}

// deed is what a button does with a user: what the API is asked, and what is
// said when it was done.
type deed struct {
	method, path string
	in           any
	said         string
}

// userDeeds are the buttons, by their path.
var userDeeds = map[string]deed{
	"lock":         {http.MethodPost, "/lock", nil, "USER_LOCKED"},
	"unlock":       {http.MethodPost, "/unlock", nil, "USER_UNLOCKED"},
	"disable":      {http.MethodPatch, "", map[string]string{"status": "disabled"}, "USER_DISABLED"},
	"enable":       {http.MethodPatch, "", map[string]string{"status": "active"}, "USER_ENABLED"},
	"reset":        {http.MethodPost, "/reset-password", nil, "RESET_SENT"},
	"end-sessions": {http.MethodDelete, "/sessions", nil, "USER_SESSIONS_ENDED"},
}

func doneToUser(d deed) step {
	return func(v *visit) { v.doneUser(d.said, v.ask(d.method, v.user(d.path), d.in)) }
}

// endOne ends one session of a user.
func endOne(v *visit) {
	in := map[string]string{"sessionId": v.field("session")}
	v.doneUser(auth.OutcomeSessionEnded.Code, v.ask(http.MethodPost, v.user("/end-session"), in))
}

func giveRole(v *visit) {
	in := map[string]string{"userId": v.r.PathValue("id"), "newRole": v.field("newRole")}
	v.doneUser(auth.OutcomeRoleUpdated.Code, v.ask(http.MethodPost, "/auth/change-role", in))
}

// removeUser takes a user out of the tenant.
func removeUser(v *visit) {
	if a := v.ask(http.MethodDelete, v.user(""), nil); !a.ok() {
		v.showUser(&a)
		return
	}
	v.say(auth.OutcomeUserRemoved.Code)
	v.see(v.In(v.tenant, "users"))
}
