package auth

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/google/uuid"
)

// InviteInput says who is to join.
type InviteInput struct {
	Email   string `json:"email" format:"email" maxLength:"254" example:"ben@example.com"`
	Role    string `json:"role,omitempty" maxLength:"32" doc:"user when left out"`
	SpaceID string `json:"spaceId,omitempty" doc:"Id or slug of a space of the tenant; its default one when left out"`
}

// Invited tells of an invitation that was sent. Whether there is an account with
// that address in other tenants is not told.
type Invited struct {
	Email     string    `json:"email" format:"email"`
	Role      string    `json:"role"`
	SpaceID   string    `json:"spaceId" format:"uuid"`
	ExpiresAt time.Time `json:"expiresAt"`
}

// Invite mails an invitation to join the caller's tenant with a role.
func (s *Service) Invite(ctx context.Context, by Caller, in InviteInput) (Invited, error) {
	if err := by.administers(); err != nil {
		return Invited{}, err
	}
	if by.Tenant.Policy.SignUp == SignUpClosed {
		return Invited{}, ErrSignUpClosed
	}
	var p problems
	email := p.name("email", in.Email, Email, true)
	if err := p.err(); err != nil {
		return Invited{}, err
	}
	seat, err := s.newSeat(ctx, by, in.Role, in.SpaceID)
	if err != nil {
		return Invited{}, err
	}
	a, err := s.invitee(ctx, by.Tenant, email)
	if err != nil && !errors.Is(err, ErrNoRecord) {
		return Invited{}, s.fault(ctx, "find user", err)
	}
	if a.has(seat) {
		return Invited{}, ErrMember
	}
	mails, err := s.count(ctx, Count{
		Directory: by.Tenant.Directory, Key: "mails/invitation/" + by.Tenant.ID + "/" + s.Vault.pseudonym(by.Tenant.Directory, "email:"+email),
		Add: 1, Window: linkMailSpan, Now: s.now(),
	})
	if err != nil {
		return Invited{}, s.fault(ctx, "count mails", err)
	}
	if mails.N > linkMails && !s.Unlimited {
		return Invited{}, s.limited(mails)
	}
	url, _, err := s.mailLink(ctx, by.Tenant, User{}, TicketInvite, linkData{Email: email, Role: seat.Role, Space: seat.Space})
	if errors.Is(err, ErrTaken) { // somebody else is inviting the same person at this moment
		return Invited{}, s.limited(Tally{Resets: s.now().Add(time.Second)})
	}
	if err != nil {
		return Invited{}, s.fault(ctx, "make invitation", err)
	}
	m := s.mail(by.Tenant.Directory, by.Tenant.ID, "", MessageInvitation,
		Facts{To: email, Link: url, Life: inviteLife, From: by.Account.User.Name, At: s.now()})
	m.NotAfter = s.now().Add(inviteLife)
	n := Note{Events: []Event{by.event(s, ActionInvited, "", "", seat.Role)}, Mails: []Mail{m}}
	if err := s.Records.Write(ctx, n); err != nil {
		return Invited{}, s.fault(ctx, "write invitation", err)
	}
	s.Mailer.Wake()
	return Invited{Email: email, Role: seat.Role, SpaceID: seat.Space, ExpiresAt: m.NotAfter}, nil
}

// RevokeInvitationInput says whose invitation is taken back.
type RevokeInvitationInput struct {
	Email string `json:"email" format:"email" maxLength:"254" example:"ben@example.com"`
}

// RevokedInvitation tells of an invitation that no longer works.
type RevokedInvitation struct {
	Email string `json:"email" format:"email"`
	Role  string `json:"role"` // that it would have given
}

// RevokeInvitation voids the invitation of an address to the caller's tenant,
// else ErrNotInvited.
func (s *Service) RevokeInvitation(ctx context.Context, by Caller, in RevokeInvitationInput) (RevokedInvitation, error) {
	if err := by.administers(); err != nil {
		return RevokedInvitation{}, err
	}
	var p problems
	email := p.name("email", in.Email, Email, true)
	if err := p.err(); err != nil {
		return RevokedInvitation{}, err
	}
	ctx, cancel := lasting(ctx)
	defer cancel()
	key := s.Vault.invitationTo(by.Tenant, email)
	open, err := s.Tickets.Ticket(ctx, key, s.now())
	if errors.Is(err, ErrNoRecord) || err == nil && open.Tries <= 0 {
		return RevokedInvitation{}, ErrNotInvited
	}
	var bound linkData
	if err == nil {
		err = json.Unmarshal(open.Data, &bound)
	}
	if err == nil { // first, for what is void cannot be asked for again
		err = s.Records.Write(ctx, Note{Events: []Event{by.event(s, ActionUninvited, "", "", bound.Role)}})
	}
	if err == nil {
		err = s.Tickets.Void(ctx, key)
	}
	if err != nil {
		return RevokedInvitation{}, s.fault(ctx, "revoke invitation", err)
	}
	return RevokedInvitation{Email: email, Role: bound.Role}, nil
}

// invitationTo names the one invitation that an address can have to a tenant.
func (v *Vault) invitationTo(t Tenant, email string) TicketKey {
	id := uuid.UUID(mac(v.names, "invitation", t.ID, email)[:16])
	return TicketKey{Directory: t.Directory, Tenant: t.ID, Kind: TicketInvite, ID: id.String()}
}

// uninvite voids the invitation of somebody who is no longer welcome, if there is
// one.
func (s *Service) uninvite(ctx context.Context, t Tenant, email string) {
	s.dropLink(ctx, s.Vault.invitationTo(t, email))
}

// invitee returns the account with that address in a tenant's directory, else
// ErrNoRecord.
func (s *Service) invitee(ctx context.Context, t Tenant, email string) (Account, error) {
	u, err := s.Records.UserByName(ctx, t.Directory, Name{Kind: NameEmail, Value: email})
	if err != nil {
		return Account{}, err
	}
	return s.Records.Account(ctx, t.Directory, u.ID)
}

// has reports whether an account has a seat in that space of the tenant.
func (a Account) has(seat Seat) bool {
	return slices.ContainsFunc(a.Seats, func(s Seat) bool { return s.Tenant == seat.Tenant && s.Space == seat.Space })
}

// InvitationReady says what an invitation is for.
type InvitationReady struct {
	LinkReady
	Email string `json:"email" format:"email"`
	Role  string `json:"role"`
	// NewAccount: accepting takes a name and a password.
	NewAccount bool `json:"newAccount" doc:"Whether accepting takes a password, and a name"`
}

// invitation is a mailed invitation that somebody follows.
type invitation struct {
	link
	seat    Seat
	account Account // with that address; zero: none
	// unproven: nobody has shown yet that the account with that address is its
	// owner's. Who has the mail takes it over, and whoever made it is out.
	unproven bool
}

// invited follows an invitation. One for somebody who has joined meanwhile is
// used up.
func (s *Service) invited(ctx context.Context, by Caller, token Secret) (invitation, error) {
	l, err := s.openLink(ctx, by, token, TicketInvite)
	if err != nil {
		return invitation{}, err
	}
	if l.tenant.Policy.SignUp == SignUpClosed { // since the mail went out
		return invitation{}, ErrSignUpClosed
	}
	i := invitation{link: l, seat: Seat{Tenant: l.tenant.ID, Space: l.Space, Role: l.Role}}
	i.account, err = s.invitee(ctx, l.tenant, l.Email)
	if errors.Is(err, ErrNoRecord) {
		return i, nil
	}
	if err != nil {
		return invitation{}, s.fault(ctx, "find user", err)
	}
	if i.account.has(i.seat) || i.account.User.Status == UserDisabled {
		return invitation{}, ErrLinkInvalid
	}
	i.unproven = i.account.User.VerifiedAt.IsZero()
	return i, nil
}

// InvitationReady answers what an invitation would do. It changes nothing:
// programs that look through mails follow links too.
func (s *Service) InvitationReady(ctx context.Context, by Caller, in LinkInput) (InvitationReady, error) {
	i, err := s.invited(ctx, by, in.Token)
	if err != nil {
		return InvitationReady{}, err
	}
	return InvitationReady{LinkReady: s.ready(ctx, i.link), Email: i.Email, Role: i.Role, NewAccount: i.account.User.ID == "" || i.unproven}, nil
}

// AcceptInput accepts an invitation. Who has no account yet gives a name and a
// password.
type AcceptInput struct {
	Token    Secret `json:"token" maxLength:"256" doc:"From the link in the mail"`
	Name     string `json:"name,omitempty" maxLength:"100" example:"Ben Kim"`
	Password Secret `json:"password,omitempty" minLength:"8" maxLength:"128" example:"quiet-orbit-42-lantern"`
}

// Joined tells of an invitation that was accepted.
type Joined struct {
	UserID   string `json:"userId" format:"uuid"`
	TenantID string `json:"tenantId" doc:"Slug of the tenant"`
	SpaceID  string `json:"spaceId" format:"uuid"`
	Role     string `json:"role"`
}

// AcceptInvitation makes an account with a seat in the tenant or, where there is
// one with that address, gives it the seat. It logs nobody in. An account whose
// address nobody has proved to own gets a new password and loses every session
// and device: whoever made it may have been somebody else.
func (s *Service) AcceptInvitation(ctx context.Context, by Caller, in AcceptInput) (Joined, error) {
	i, err := s.invited(ctx, by, in.Token)
	if err != nil {
		return Joined{}, err
	}
	by.Tenant = i.tenant
	if err := s.role(ctx, i.tenant, "role", i.Role); errors.Is(err, ErrValidation) { // deleted meanwhile
		return Joined{}, ErrLinkInvalid
	} else if err != nil {
		return Joined{}, err
	}
	switch {
	case i.account.User.ID == "":
		err = s.joinAnew(ctx, by, &i, in)
	case i.unproven:
		err = s.takeOver(ctx, by, i, in)
	default:
		err = s.join(ctx, by, i, nil)
	}
	var taken *TakenError
	if errors.Is(err, errAsIs) || errors.Is(err, ErrNoRecord) || errors.As(err, &taken) { // another press of the button was first
		err = ErrLinkInvalid
	}
	if err != nil {
		return Joined{}, s.fault(ctx, "accept invitation", err)
	}
	s.dropLink(ctx, i.ticket.TicketKey)
	s.Mailer.Wake()
	return Joined{UserID: i.account.User.ID, TenantID: i.tenant.Slug, SpaceID: i.seat.Space, Role: i.seat.Role}, nil
}

// joinAnew makes the account of who was invited.
func (s *Service) joinAnew(ctx context.Context, by Caller, i *invitation, in AcceptInput) error {
	u, err := s.newUser(i.tenant, SignUpInput{Name: in.Name, Email: i.Email, Password: in.Password})
	if err != nil {
		return err
	}
	s.proven(&u)
	if u.PasswordHash, err = s.hash(ctx, by, in.Password); err != nil {
		return err
	}
	i.seat.Main = true
	i.account.User = u
	ctx, cancel := lasting(ctx)
	defer cancel()
	err = s.Records.CreateUser(ctx, u, i.seat, Note{
		Events: []Event{by.event(s, ActionJoined, u.ID, "", i.seat.Role)},
		Mails:  []Mail{s.mail(u.Directory, by.Tenant.ID, u.ID, MessageWelcome, Facts{})},
	})
	s.Live.DropAccount(u.Directory, u.ID)
	return err
}

// takeOver gives an account that may be somebody else's to who has its mail, and
// then the seat.
func (s *Service) takeOver(ctx context.Context, by Caller, i invitation, in AcceptInput) error {
	seen, err := s.Records.User(ctx, i.account.User.Directory, i.account.User.ID)
	if err != nil {
		return err
	}
	hash, err := s.newHash(ctx, by, seen, "password", in.Password)
	if err != nil {
		return err
	}
	var p problems
	name := p.line("name", in.Name, nameLimit, false)
	if err := p.err(); err != nil {
		return err
	}
	ctx, cancel := lasting(ctx)
	defer cancel()
	if err := s.setPassword(ctx, by, seen, hash, ActionReset, ""); err != nil {
		return err
	}
	return s.join(ctx, by, i, func(u *User) {
		if name != "" {
			u.Name = name
		}
	})
}

// join gives an account the seat that it was invited to.
func (s *Service) join(ctx context.Context, by Caller, i invitation, also func(*User)) error {
	ctx, cancel := lasting(ctx)
	defer cancel()
	u := i.account.User
	_, err := s.Records.ChangeAccount(ctx, AccountChange{
		Directory: u.Directory, User: u.ID, Note: Note{Events: []Event{by.event(s, ActionJoined, u.ID, "", i.seat.Role)}},
		Change: func(now *Account) error {
			if now.User.Email != i.Email || !now.User.Usable() || now.has(i.seat) {
				return errAsIs
			}
			now.Seats = append(now.Seats, i.seat)
			withMain(now.Seats)
			if also != nil {
				also(&now.User)
			}
			return nil
		},
	})
	s.forgetAccount(ctx, by, u, "", nil, err)
	return err
}
