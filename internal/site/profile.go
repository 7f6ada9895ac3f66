package site

import (
	"net/http"

	"github.com/latchkey/latchkey/internal/auth"
)

// showProfile shows who is logged in, in a form that changes it.
func showProfile(v *visit) {
	v.filled = map[string]string{"name": v.me.Name, "username": v.me.Username, "nickname": v.me.Nickname, "mobile": v.me.Mobile}
	v.render(http.StatusOK, page{name: "profile"})
}

// sendProfile changes the profile to what the form says: who empties a field
// wants to have no such thing any more.
func sendProfile(v *visit) {
	in := auth.ProfileInput{Name: v.field("name"), Username: v.field("username"), Nickname: v.field("nickname"), Mobile: v.field("mobile")}
	for name, value := range map[string]string{"username": in.Username, "nickname": in.Nickname, "mobile": in.Mobile} {
		if value == "" {
			in.Reset = append(in.Reset, name)
		}
	}
	if a := v.ask(http.MethodPatch, "/auth/me", in); !a.ok() {
		v.again(page{name: "profile"}, a)
		return
	}
	v.say(auth.OutcomeProfile.Code)
	v.see(account + "/profile")
}

func sendPassword(v *visit) {
	a := v.ask(http.MethodPost, "/auth/password/change", map[string]string{
		"currentPassword": v.field("current-password"), "newPassword": v.field("new-password"),
	})
	if !a.ok() {
		v.again(page{name: "password", fields: map[string]string{"currentPassword": "current-password", "newPassword": "new-password"}}, a)
		return
	}
	v.say(auth.OutcomePassword.Code)
	v.see(account + "/password")
}
