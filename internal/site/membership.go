package site

import (
	"net/http"

	"github.com/latchkey/latchkey/internal/auth"
)

// membership is a seat as its page shows it.
type membership struct {
	auth.SeatView
	Here     bool // the session is in it
	Several  bool // the tenant has more seats of this person, in other spaces
	Leavable bool // there is another tenant left
}

// memberships are those of who is logged in.
func (v *visit) memberships() []membership {
	seats := map[string]int{} // by tenant
	for _, s := range v.me.Tenants {
		seats[s.TenantID]++
	}
	all := make([]membership, 0, len(v.me.Tenants))
	for _, s := range v.me.Tenants {
		all = append(all, membership{
			SeatView: s, Here: s.TenantID == v.me.TenantID && s.SpaceID == v.me.SpaceID,
			Several: seats[s.TenantID] > 1, Leavable: len(seats) > 1,
		})
	}
	return all
}

func showMemberships(v *visit) {
	v.render(http.StatusOK, page{name: "memberships", data: v.memberships()})
}

// seat is the membership that a form names.
func (v *visit) seat() auth.SwitchInput {
	return auth.SwitchInput{TenantID: v.field("membership"), SpaceID: v.field("space")}
}

func switchTenant(v *visit)  { v.moved(v.ask(http.MethodPost, "/auth/switch-tenant", v.seat())) }
func setMainTenant(v *visit) { v.moved(v.ask(http.MethodPost, "/auth/tenants/main", v.seat())) }

// leaveTenant leaves a tenant with all its spaces. Leaving the one that the
// session is in ends the session.
func leaveTenant(v *visit) {
	v.moved(v.ask(http.MethodPost, "/auth/tenants/leave", auth.LeaveInput{TenantID: v.field("membership")}))
}

// moved shows the list as it is after a change.
func (v *visit) moved(a answer) {
	switch {
	case !a.ok():
		v.again(page{name: "memberships", data: v.memberships()}, a)
	case v.cookie(refreshCookie) == "":
		v.say(a.Meta.Code)
		v.see(account + "/login")
	default:
		v.say(a.Meta.Code)
		v.see(account + "/memberships")
	}
}

// Role is the name of a role; tenants name their own ones themselves.
func (v *visit) Role(role string) string {
	if key := "seat." + role; v.words.has(key) {
		return v.T(key)
	}
	return role
}
