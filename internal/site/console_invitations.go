package site

import (
	"cmp"
	"net/http"
	"slices"

	"github.com/latchkey/latchkey/internal/auth"
)

// invitations is what the page shows: what a seat can be, who can still come in,
// and what became of invitations lately.
type invitations struct {
	place
	Open        []auth.InvitationView
	First, Next string // addresses of other pages of the list
	Lately      []happening
}

// Space is what a space is called, "" where the tenant has only one.
func (p invitations) Space(id string) string {
	i := slices.IndexFunc(p.Spaces, func(s auth.SpaceView) bool { return s.ID == id })
	if len(p.Spaces) < 2 || i < 0 {
		return ""
	}
	return cmp.Or(p.Spaces[i].Title, p.Spaces[i].Name)
}

func showInvitations(v *visit) {
	if p, ok := v.invitations(); ok {
		v.render(http.StatusOK, page{name: "invitations", data: p})
	}
}

// invitations asks for all that the page shows. Where it reports false, the
// visit was answered.
func (v *visit) invitations() (p invitations, ok bool) {
	if p.place, ok = v.place(); !ok {
		return p, false
	}
	q := v.asked("cursor")
	q.Set("limit", "50")
	a := v.ask(http.MethodGet, "/invitations?"+q.Encode(), nil)
	if !a.ok() {
		v.failed(a)
		return p, false
	}
	if err := a.read(&p.Open); err != nil {
		v.failed(v.broken("the invitations could not be read", err))
		return p, false
	}
	slices.SortFunc(p.Open, func(a, b auth.InvitationView) int {
		return cmp.Or(b.SentAt.Compare(a.SentAt), cmp.Compare(a.Email, b.Email))
	})
	if v.r.Method == http.MethodGet { // a form's address is no list's
		p.First, p.Next = v.first(), v.further(a.Meta.NextCursor)
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
