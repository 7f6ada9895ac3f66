package auth

import (
	"context"
	"encoding/json"
	"time"
)

// InvitationView is an invitation that can still be accepted, as those who run
// the tenant see it. Its link is known to nobody but who has the mail.
type InvitationView struct {
	Invited
	SentAt time.Time `json:"sentAt"`
}

// invitationPlace is where an invitation is in the list.
type invitationPlace struct {
	ID string `json:"invitation"`
}

// standingInvitation is an invitation and its place.
type standingInvitation struct {
	invitationPlace
	view InvitationView
}

// ListInvitations returns the invitations to the caller's tenant that nobody has
// accepted and that are not over, in an order that stays.
func (s *Service) ListInvitations(ctx context.Context, by Caller, in PageInput) (Page[InvitationView], error) {
	if err := by.administers(); err != nil {
		return Page[InvitationView]{}, err
	}
	var p problems
	n := in.size(&p)
	var after invitationPlace
	in.after(&p, &after)
	if err := p.err(); err != nil {
		return Page[InvitationView]{}, err
	}
	tickets, err := s.Tickets.Standing(ctx, TicketQuery{
		Directory: by.Tenant.Directory, Tenant: by.Tenant.ID, Kind: TicketInvite, After: after.ID, Max: n + 1,
	}, s.now())
	found := make([]standingInvitation, len(tickets))
	for i, t := range tickets {
		var bound linkData
		if err == nil {
			err = json.Unmarshal(t.Data, &bound)
		}
		found[i] = standingInvitation{invitationPlace{t.ID}, InvitationView{
			Invited: Invited{Email: bound.Email, Role: bound.Role, SpaceID: bound.Space, ExpiresAt: t.ExpiresAt}, SentAt: t.CreatedAt,
		}}
	}
	if err != nil {
		return Page[InvitationView]{}, s.fault(ctx, "list invitations", err)
	}
	return paged(found, n, func(i standingInvitation) invitationPlace { return i.invitationPlace },
		func(i standingInvitation) InvitationView { return i.view }), nil
}
