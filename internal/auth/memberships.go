package auth

import (
	"context"
	"errors"
	"slices"
	"strings"
)

// SwitchInput names the membership to go to.
type SwitchInput struct {
	TenantID string `json:"tenantId" doc:"Slug of the tenant, as in x-tenant-id" example:"acme"`
	SpaceID  string `json:"spaceId,omitempty" format:"uuid" doc:"Of the tenant's spaces in which the user has a seat; the main one when left out"`
}

// SwitchTenant moves the caller's session to another membership of the same
// person and gives out tokens for it. The session stays the same one, and so
// does its refresh token. Where the other tenant asks for a code at each login,
// one must have been given at this session's.
func (s *Service) SwitchTenant(ctx context.Context, by Caller, in SwitchInput) (Grant, error) {
	t, seat, err := s.otherSeat(ctx, by, in)
	if err != nil {
		return Grant{}, err
	}
	if t.Policy.OTP.asks(by.Session.Known) && !by.Session.Coded {
		return Grant{}, ErrForbidden.because("second_step")
	}
	life, now := s.lifetimes(t.Policy), s.now()
	until := by.Session.CreatedAt.Add(life.Session)
	if !now.Before(until) { // it would be over at once
		return Grant{}, ErrForbidden.because("session_too_old")
	}
	v, main, err := s.view(ctx, by.Account, seat)
	if err != nil {
		return Grant{}, err
	}
	ctx, cancel := lasting(ctx)
	defer cancel()
	moved := by
	moved.Tenant = t
	session, err := s.Sessions.MoveSession(ctx, Move{
		Directory: by.Tenant.Directory, User: by.Account.User.ID, Session: by.Session.ID, Tenant: t.ID, Space: seat.Space, At: now,
		IdleUntil: now.Add(life.Refresh), ExpiresAt: until,
		Note: Note{Events: []Event{moved.event(s, ActionSwitched, by.Account.User.ID, by.Session.ID, by.Tenant.Slug)}},
	})
	if err == nil {
		s.tell(ctx, News{
			Event: NewsSessionMoved, Tenants: []string{by.Tenant.Slug, t.Slug}, TenantID: t.Slug, UserID: by.Account.User.ID, SessionID: by.Session.ID,
		})
	}
	s.Live.DropSessions(by.Tenant.Directory, by.Session.ID)
	if errors.Is(err, ErrNoRecord) { // logged out, or out of that tenant, just now
		return Grant{}, ErrSessionEnded
	}
	if err != nil {
		return Grant{}, s.fault(ctx, "switch tenant", err)
	}
	return s.grant(ctx, v, main, seat, t, session)
}

// otherSeat finds a membership of the caller by tenant and space. Every tenant
// in which there is none has one answer, whether there is such a tenant or not.
func (s *Service) otherSeat(ctx context.Context, by Caller, in SwitchInput) (Tenant, Seat, error) {
	var p problems
	if in.TenantID == "" {
		p.add("tenantId", "is required")
	}
	if in.SpaceID != "" {
		in.SpaceID = p.uuid("spaceId", in.SpaceID)
	}
	if err := p.err(); err != nil {
		return Tenant{}, Seat{}, err
	}
	t, err := s.anyTenant(ctx, in.TenantID)
	if errors.Is(err, ErrTenantNotFound) {
		return Tenant{}, Seat{}, ErrForbidden
	}
	if err != nil {
		return Tenant{}, Seat{}, err
	}
	seat, ok := by.Account.Seat(t.ID, in.SpaceID)
	if !ok || t.Directory != by.Tenant.Directory {
		return Tenant{}, Seat{}, ErrForbidden
	}
	t, err = s.open(ctx, t, nil)
	return t, seat, err
}

// SetMainTenant makes a membership of the caller their main one: where a login
// without a tenant's name leads.
func (s *Service) SetMainTenant(ctx context.Context, by Caller, in SwitchInput) (CurrentUser, error) {
	_, seat, err := s.otherSeat(ctx, by, in)
	if err != nil {
		return CurrentUser{}, err
	}
	u := by.Account.User
	a, err := s.Records.ChangeAccount(ctx, AccountChange{
		Directory: u.Directory, User: u.ID, Note: Note{Events: []Event{by.event(s, ActionMain, u.ID, by.Session.ID, in.TenantID)}},
		Change: func(a *Account) error {
			if !slices.ContainsFunc(a.Seats, func(o Seat) bool { return o.Tenant == seat.Tenant && o.Space == seat.Space }) {
				return ErrForbidden
			}
			for i, o := range a.Seats {
				a.Seats[i].Main = o.Tenant == seat.Tenant && o.Space == seat.Space
			}
			return nil
		},
	})
	s.forgetAccount(ctx, by, u, "", nil, err)
	if err != nil {
		return CurrentUser{}, s.accountFault(ctx, "set main tenant", err)
	}
	v, _, err := s.view(ctx, a, by.Seat)
	return CurrentUser{UserView: v, SessionID: by.Session.ID}, err
}

// LeaveInput names a tenant to leave.
type LeaveInput struct {
	TenantID string `json:"tenantId" doc:"Slug of the tenant" example:"acme"`
}

// LeaveTenant takes the caller out of one of their tenants. The sessions there
// end, this one too when it is there.
func (s *Service) LeaveTenant(ctx context.Context, by Caller, in LeaveInput) (bool, error) {
	t, _, err := s.otherSeat(ctx, by, SwitchInput{TenantID: in.TenantID})
	if err != nil {
		return false, err
	}
	if !by.Account.shared(t.ID) {
		return false, ErrLastSeat
	}
	left := by
	left.Tenant = t
	err = s.unseat(ctx, left, by.Account, Note{Events: []Event{left.event(s, ActionUserLeft, by.Account.User.ID, by.Session.ID, "")}})
	return err == nil, err
}

// unseat takes an account's seats in the caller's tenant away and ends its
// sessions there. The account goes with its last seat, unless it was the owner
// who left.
func (s *Service) unseat(ctx context.Context, by Caller, a Account, n Note) error {
	ctx, cancel := lasting(ctx)
	defer cancel()
	u := a.User
	left, err := s.Records.ChangeAccount(ctx, AccountChange{
		Directory: u.Directory, User: u.ID, Guard: by.Tenant.ID, Note: n, Change: func(now *Account) error {
			if !now.shared(by.Tenant.ID) && n.Events[0].Action == ActionUserLeft { // the other seats went just now
				return ErrLastSeat
			}
			now.Seats = slices.DeleteFunc(now.Seats, func(s Seat) bool { return s.Tenant == by.Tenant.ID })
			withMain(now.Seats)
			return nil
		},
	})
	s.forgetChanged(ctx, by, u, err)
	if err != nil {
		return s.accountFault(ctx, "remove member", err)
	}
	s.uninvite(ctx, by.Tenant, u.Email)
	if len(left.Seats) == 0 { // the sessions went with the account
		return nil
	}
	_, err = s.endAll(ctx, by, u, by.Tenant.ID)
	return err
}

// withMain makes the first seat the main one when none is.
func withMain(seats []Seat) {
	if len(seats) > 0 && !slices.ContainsFunc(seats, func(s Seat) bool { return s.Main }) {
		seats[0].Main = true
	}
}

// ChangeRoleInput gives a user another role.
type ChangeRoleInput struct {
	UserID  string `json:"userId" format:"uuid"`
	NewRole string `json:"newRole" maxLength:"32" doc:"user, manager, admin or a role of the tenant's own"`
}

// ChangedRole tells of a changed role.
type ChangedRole struct {
	ID           string `json:"id" format:"uuid"`
	Username     string `json:"username"`
	Email        string `json:"email" format:"email"`
	PreviousRole string `json:"previousRole"`
	NewRole      string `json:"newRole"`
}

// ChangeRole gives a user another role in the caller's tenant: in the space that
// the request names, else in all of the tenant's in which the user has a seat.
// Live sessions have it at once. The tenant's last admin stays one.
func (s *Service) ChangeRole(ctx context.Context, by Caller, in ChangeRoleInput) (ChangedRole, error) {
	if err := by.administers(); err != nil {
		return ChangedRole{}, err
	}
	var p problems
	in.UserID = p.uuid("userId", in.UserID)
	if err := p.err(); err != nil {
		return ChangedRole{}, err
	}
	if err := s.role(ctx, by.Tenant, "newRole", in.NewRole); err != nil {
		return ChangedRole{}, err
	}
	a, err := s.member(ctx, by, in.UserID)
	if err != nil {
		return ChangedRole{}, err
	}
	seat, ok := a.Seat(by.Tenant.ID, by.Space)
	if !ok {
		return ChangedRole{}, ErrUserNotFound
	}
	out := ChangedRole{ID: a.User.ID, Username: a.User.Username, Email: a.User.Email, PreviousRole: seat.Role, NewRole: in.NewRole}
	n := Note{Events: []Event{by.event(s, ActionUserRole, a.User.ID, "", strings.Join([]string{seat.Role, in.NewRole}, " to "))}}
	_, err = s.changeMember(ctx, by, a.User, n, func(now *Account) error {
		found := false
		for i, s := range now.Seats {
			if s.Tenant == by.Tenant.ID && (by.Space == "" || s.Space == by.Space) {
				now.Seats[i].Role, found = in.NewRole, true
			}
		}
		if !found {
			return ErrUserNotFound
		}
		return nil
	})
	return out, err
}
