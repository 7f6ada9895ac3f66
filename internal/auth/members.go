package auth

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/google/uuid"
)

// MemberView is a user as those who run a tenant see them.
type MemberView struct {
	ID            string       `json:"id" format:"uuid"`
	Name          string       `json:"name"`
	Username      string       `json:"username" doc:"Empty when the user has none"`
	Nickname      string       `json:"nickname,omitempty"`
	Email         string       `json:"email" format:"email"`
	Mobile        string       `json:"mobile,omitempty"`
	Role          string       `json:"role" doc:"In the tenant; in the space that x-space-id names"`
	Seats         []MemberSeat `json:"spaces" nullable:"false" doc:"The tenant's spaces in which the user has a seat"`
	Status        UserStatus   `json:"status" enum:"active,locked,disabled"`
	LockedUntil   time.Time    `json:"lockedUntil,omitzero" doc:"When the lock ends by itself; a lock without it ends only by hand"`
	EmailVerified bool         `json:"emailVerified" doc:"Whether the owner of the address has proved to be that"`
	Shared        bool         `json:"shared" doc:"Whether the account belongs to other tenants too, which keeps it from being changed here"`
	CreatedAt     time.Time    `json:"createdAt"`
	LastLoginAt   time.Time    `json:"lastLoginAt,omitzero"`
}

// MemberSeat is a seat in one of a tenant's spaces.
type MemberSeat struct {
	SpaceID string `json:"spaceId" format:"uuid"`
	Role    string `json:"role"`
}

// memberView shows an account as a tenant sees it.
func (s *Service) memberView(by Caller, a Account) MemberView {
	u := a.User
	v := MemberView{
		ID: u.ID, Name: u.Name, Username: u.Username, Nickname: u.Nickname, Email: u.Email, Mobile: u.Mobile, Status: u.Status,
		EmailVerified: !u.VerifiedAt.IsZero(), Shared: a.shared(by.Tenant.ID), CreatedAt: u.CreatedAt, LastLoginAt: u.LastLoginAt,
	}
	switch {
	case u.Status == UserLocked && u.LockedUntil.IsZero():
	case u.Status == UserLocked && u.Locked(s.now(), false):
		v.LockedUntil = u.LockedUntil
	case u.Status == UserLocked: // it has ended by itself
		v.Status = UserActive
	}
	if seat, ok := a.Seat(by.Tenant.ID, by.Space); ok {
		v.Role = seat.Role
	}
	for _, seat := range a.Seats {
		if seat.Tenant == by.Tenant.ID {
			v.Seats = append(v.Seats, MemberSeat{SpaceID: seat.Space, Role: seat.Role})
			if v.Role == "" {
				v.Role = seat.Role
			}
		}
	}
	return v
}

// shared reports whether an account has seats in other tenants than that one.
func (a Account) shared(tenant string) bool {
	return slices.ContainsFunc(a.Seats, func(s Seat) bool { return s.Tenant != tenant })
}

// MembersInput asks for a list of users.
type MembersInput struct {
	PageInput
	Search string     `query:"q" json:"-" maxLength:"120" doc:"What the e-mail address, username, mobile number, name, or a word of it begins with"`
	Role   string     `query:"role" json:"-" maxLength:"32"`
	Status UserStatus `query:"status" json:"-" enum:"active,locked,disabled"`
}

// MemberRef names a user.
type MemberRef struct {
	ID string `path:"id" json:"-" format:"uuid"`
}

// ListMembers returns the users of the caller's tenant: newest first or, where
// something is searched for, by what was found.
func (s *Service) ListMembers(ctx context.Context, by Caller, in MembersInput) (Page[MemberView], error) {
	if err := by.administers(); err != nil {
		return Page[MemberView]{}, err
	}
	var p problems
	n, after := in.size(&p), AccountPlace{}
	in.after(&p, &after)
	oneOf(&p, "status", in.Status, "", UserActive, UserLocked, UserDisabled)
	if err := p.err(); err != nil {
		return Page[MemberView]{}, err
	}
	found, err := s.Records.Accounts(ctx, AccountQuery{
		Directory: by.Tenant.Directory, Tenant: by.Tenant.ID, Prefix: SearchTerm(in.Search), Role: in.Role, Status: in.Status,
		After: after, Max: n + 1,
	})
	if err != nil {
		return Page[MemberView]{}, s.fault(ctx, "list users", err)
	}
	return paged(found, n, func(f FoundAccount) AccountPlace { return f.Place },
		func(f FoundAccount) MemberView { return s.memberView(by, f.Account) }), nil
}

// member returns an account with a seat in the caller's tenant, as it is stored;
// another tenant's is not there.
func (s *Service) member(ctx context.Context, by Caller, id string) (Account, error) {
	if err := by.administers(); err != nil {
		return Account{}, err
	}
	if len(id) != 36 || uuid.Validate(id) != nil {
		return Account{}, ErrUserNotFound
	}
	a, err := s.Records.Account(ctx, by.Tenant.Directory, id)
	if err == nil {
		if _, ok := a.Seat(by.Tenant.ID, ""); !ok {
			err = ErrNoRecord
		}
	}
	if errors.Is(err, ErrNoRecord) {
		return Account{}, ErrUserNotFound
	}
	return a, s.fault(ctx, "find user", err)
}

// ownMember is member for what changes the account itself, everywhere: where it
// belongs to other tenants too, their admins have as much to say.
func (s *Service) ownMember(ctx context.Context, by Caller, id string) (Account, error) {
	a, err := s.member(ctx, by, id)
	if err == nil && by.Operator == "" && a.shared(by.Tenant.ID) {
		err = ErrShared
	}
	return a, err
}

// Member returns one user of the caller's tenant.
func (s *Service) Member(ctx context.Context, by Caller, in MemberRef) (MemberView, error) {
	a, err := s.member(ctx, by, in.ID)
	return s.memberView(by, a), err
}

// NewMemberInput describes a user to make.
type NewMemberInput struct {
	Name     string `json:"name" minLength:"1" maxLength:"100" example:"Ann Lee"`
	Email    string `json:"email" format:"email" maxLength:"254" example:"ann@example.com"`
	Password Secret `json:"password" minLength:"8" maxLength:"128" doc:"To let the person choose one, send an invitation instead" example:"quiet-orbit-42-lantern"`
	Username string `json:"username,omitempty" minLength:"2" maxLength:"64"`
	Nickname string `json:"nickname,omitempty" maxLength:"100"`
	Mobile   string `json:"mobile,omitempty"`
	Role     string `json:"role,omitempty" maxLength:"32" doc:"user when left out"`
	SpaceID  string `json:"spaceId,omitempty" doc:"Id or slug of a space of the tenant; its default one when left out"`
}

// CreateMember makes an account in the caller's tenant.
func (s *Service) CreateMember(ctx context.Context, by Caller, in NewMemberInput) (MemberView, error) {
	if err := by.administers(); err != nil {
		return MemberView{}, err
	}
	u, err := s.newUser(by.Tenant, SignUpInput{
		Name: in.Name, Email: in.Email, Password: in.Password, Username: in.Username, Nickname: in.Nickname, Mobile: in.Mobile,
	})
	if err != nil {
		return MemberView{}, err
	}
	seat, err := s.newSeat(ctx, by, in.Role, in.SpaceID)
	if err != nil {
		return MemberView{}, err
	}
	if u.PasswordHash, err = s.hash(ctx, by, in.Password); err != nil {
		return MemberView{}, err
	}
	ctx, cancel := lasting(ctx)
	defer cancel()
	err = s.Records.CreateUser(ctx, u, seat, Note{
		Events: []Event{by.event(s, ActionUserMade, u.ID, "", seat.Role)},
		Mails:  []Mail{s.mail(u.Directory, by.Tenant.ID, u.ID, MessageWelcome, Facts{})},
	})
	s.Live.DropAccount(u.Directory, u.ID)
	if err != nil {
		return MemberView{}, s.accountFault(ctx, "create user", err)
	}
	s.Mailer.Wake()
	u.PasswordHash = ""
	return s.memberView(by, Account{User: u, Seats: []Seat{seat}}), nil
}

// newSeat checks role and space of a new seat in the caller's tenant.
func (s *Service) newSeat(ctx context.Context, by Caller, role, space string) (Seat, error) {
	if role == "" {
		role = RoleUser
	}
	if err := s.role(ctx, by.Tenant, "role", role); err != nil {
		return Seat{}, err
	}
	if space == "" {
		space = DefaultSpace
	}
	sp, err := s.Records.Space(ctx, by.Tenant.Directory, by.Tenant.ID, space)
	if errors.Is(err, ErrNoRecord) {
		return Seat{}, ErrSpaceNotFound.With(Meta{Field: "spaceId"})
	}
	return Seat{Tenant: by.Tenant.ID, Space: sp.ID, Role: role, Main: true}, s.fault(ctx, "find space", err)
}

// accountFault says what came of a change of an account.
func (s *Service) accountFault(ctx context.Context, doing string, err error) error {
	var taken *TakenError
	switch {
	case errors.As(err, &taken):
		var p problems
		for _, f := range taken.Fields {
			p.add(f, "is taken")
		}
		return ErrDuplicate.With(Meta{Fields: p})
	case errors.Is(err, ErrNoRecord):
		return ErrUserNotFound
	case errors.Is(err, ErrAdminless):
		return ErrLastAdmin
	case errors.Is(err, ErrNoRole):
		return ErrRoleNotFound
	}
	return s.fault(ctx, doing, err)
}
