package site

import (
	"cmp"
	"net/http"
	"slices"

	"github.com/latchkey/latchkey/internal/auth"
)

func showInvitations(v *visit) {
	if p, ok := v.invitations(); ok {
		v.render(http.StatusOK, page{name: "invitations", data: p})
	}
}

// invitations is what the page needs: what a seat can be, and what became of
// invitations lately. Where it reports false, the visit was answered.
func (v *visit) invitations() (p place, ok bool) {
	if p, ok = v.place(); !ok {
		return p, false
	}
	var events []auth.EventView
	for _, action := range []auth.Action{auth.ActionInvited, auth.ActionJoined, auth.ActionUninvited} {
		var some []auth.EventView
		if ok = v.fetch("/audit-events?limit=10&action="+string(action), &some); !ok {
			return p, false
		}
		events = append(events, some...)
	}
	slices.SortFunc(events, func(a, b auth.EventView) int { return cmp.Or(b.At.Compare(a.At), cmp.Compare(b.ID, a.ID)) })
	p.Lately = v.happenings(events[:min(len(events), 10)])
	return p, true
}

// revokeInvitation takes back the invitation of an address.
func revokeInvitation(v *visit) {
	a := v.ask(http.MethodPost, "/invitations/revoke", map[string]string{"email": v.field("invited")})
	if !a.ok() {
		if p, ok := v.invitations(); ok {
			v.again(page{name: "invitations", data: p, fields: map[string]string{"email": "invited"}}, a)
		}
		return
	}
	v.say(auth.OutcomeUninvited.Code)
	v.see(v.In(v.tenant, "invitations"))
}

func sendInvitation(v *visit) {
	in := map[string]string{"email": v.field("email"), "role": v.field("role")}
	if space := v.field("spaceId"); space != "" {
		in["spaceId"] = space
	}
	a := v.ask(http.MethodPost, "/invitations", in)
	if !a.ok() {
		if p, ok := v.invitations(); ok {
			v.again(page{name: "invitations", data: p}, v.about("invitation", a))
		}
		return
	}
	v.say(auth.OutcomeInvited.Code)
	v.see(v.In(v.tenant, "invitations"))
}
