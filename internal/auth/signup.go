package auth

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/latchkey/latchkey/internal/password"
)

// SignUpInput is what a person gives to make an account. No role, status or
// tenant can be asked for.
type SignUpInput struct {
	Name     string `json:"name" minLength:"1" maxLength:"100" example:"Ann Lee"`
	Email    string `json:"email" format:"email" maxLength:"254" example:"ann@example.com"`
	Password Secret `json:"password" minLength:"8" maxLength:"128" doc:"Any characters; common passwords and one's own names are refused" example:"quiet-orbit-42-lantern"`
	Username string `json:"username,omitempty" minLength:"2" maxLength:"64" pattern:"^[A-Za-z0-9][A-Za-z0-9._-]*[A-Za-z0-9]$" example:"ann.lee"`
	Nickname string `json:"nickname,omitempty" maxLength:"100" example:"Ann"`
	Mobile   string `json:"mobile,omitempty" doc:"E.164, or the national digits" example:"+82 10-1234-5678"`
	Phone    string `json:"phone,omitempty" doc:"Another name for mobile"`
	SpaceID  string `json:"spaceId,omitempty" doc:"Id or slug of the tenant's space to join; its default one when left out"`
}

// SignUpResult is the new account, and a login where the tenant asks for no
// second step.
type SignUpResult struct {
	ID       string `json:"id" format:"uuid"`
	Name     string `json:"name"`
	Username string `json:"username"`
	Email    string `json:"email" format:"email"`
	Role     string `json:"role"`
	*Grant
}

// WithoutTokens returns the result as it may be shown to a page script.
func (r SignUpResult) WithoutTokens() SignUpResult {
	if r.Grant != nil {
		g := r.Grant.WithoutTokens()
		r.Grant = &g
	}
	return r
}

// Tokens returns the grant that came with the account, empty when none did.
func (r SignUpResult) Tokens() Grant {
	if r.Grant == nil {
		return Grant{}
	}
	return *r.Grant
}

// Subject names the account that the request is about, for its rate limit.
func (in SignUpInput) Subject() string { return in.Email }

// SignUp makes an account with a seat in the caller's tenant. Where the tenant
// does not tell which addresses have one, a taken address gets the same answer,
// in the same time.
func (s *Service) SignUp(ctx context.Context, by Caller, in SignUpInput) (SignUpResult, error) {
	began := s.now()
	if by.Tenant.Policy.Taken == TakenHide {
		defer func() { s.pause(ctx, began) }()
	}
	if by.Tenant.Policy.SignUp != SignUpOpen { // also one that is not set, or unheard of
		return SignUpResult{}, ErrSignUpClosed
	}
	user, err := s.newUser(by.Tenant, in)
	if err != nil {
		return SignUpResult{}, err
	}
	ref := in.SpaceID
	if ref == "" {
		ref = DefaultSpace
	}
	space, err := s.Records.Space(ctx, by.Tenant.Directory, by.Tenant.ID, ref)
	if errors.Is(err, ErrNoRecord) {
		return SignUpResult{}, ErrSpaceNotFound.With(Meta{Field: "spaceId"})
	}
	if err != nil {
		return SignUpResult{}, s.fault(ctx, "find space", err)
	}
	if user.PasswordHash, err = s.hash(ctx, by, in.Password); err != nil {
		return SignUpResult{}, err
	}
	seat := Seat{Tenant: by.Tenant.ID, Space: space.ID, Role: RoleUser, Main: true}
	if err := s.createUser(ctx, by, user, seat); err != nil {
		return SignUpResult{}, err
	}
	out := SignUpResult{ID: user.ID, Name: user.Name, Username: user.Username, Email: user.Email, Role: seat.Role}
	if by.Tenant.Policy.OTP.asks(false) || by.Tenant.Policy.Taken == TakenHide { // a login would show that the account is new
		return out, nil
	}
	g, err := s.openSession(ctx, by, login{account: Account{User: user, Seats: []Seat{seat}}, seat: seat, first: true})
	if err != nil {
		// The account stands; its owner can log in when what failed is mended.
		s.Log.WarnContext(ctx, "signed up, but not logged in", "error", err.Error())
		return out, nil
	}
	out.Grant = &g
	return out, nil
}

// newUser checks what was given and makes the user of it, without the hash.
func (s *Service) newUser(t Tenant, in SignUpInput) (User, error) {
	var p problems
	u := s.profileOf(&p, t, in)
	p.password("password", in.Password, t.Policy, s.AppName, t.Name, t.Slug, u.Name, u.Nickname, u.Username, u.Email)
	return u, p.err()
}

// profileOf is newUser for what is no password.
func (s *Service) profileOf(p *problems, t Tenant, in SignUpInput) User {
	u := User{ID: s.newID(), Directory: t.Directory, Status: UserActive, CreatedAt: s.now()}
	u.UpdatedAt = u.CreatedAt
	u.Name = p.line("name", in.Name, nameLimit, true)
	u.Nickname = p.line("nickname", in.Nickname, nameLimit, false)
	u.Email = p.name("email", in.Email, Email, true)
	u.Username = p.name("username", in.Username, Username, false)
	mobile, field := in.Mobile, "mobile"
	if in.Phone != "" {
		if in.Mobile != "" && in.Mobile != in.Phone {
			p.add("phone", "differs from mobile; send one of them")
		}
		mobile, field = in.Phone, "phone"
	}
	u.Mobile = p.name(field, mobile, Mobile, false)
	return u
}

// name checks one of an account's names and returns its one form.
func (p *problems) name(field, s string, parse func(string) (string, error), required bool) string {
	if s == "" {
		if required {
			p.add(field, "is required")
		}
		return ""
	}
	v, err := parse(s)
	if err != nil {
		p.add(field, err.Error())
	}
	return v
}

// password checks a new password; words are those it must not be made of.
func (p *problems) password(field string, plain Secret, policy Policy, words ...string) {
	if plain == "" {
		p.add(field, "is required")
		return
	}
	least := max(policy.PasswordLength, passwordLeast)
	switch err := (password.Rules{MinLength: least}).Check(plain.Reveal(), words...); {
	case errors.Is(err, password.TooShort):
		p.add(field, fmt.Sprintf("must have at least %d characters", least))
	case errors.Is(err, password.TooLong):
		p.add(field, "must have at most 128 characters")
	case err != nil:
		p.add(field, err.Error())
	}
}

func (s *Service) createUser(ctx context.Context, by Caller, u User, seat Seat) error {
	err := s.Records.CreateUser(ctx, u, seat, Note{
		Events: []Event{by.event(s, ActionSignUp, u.ID, "", "")},
		Mails:  []Mail{s.mail(u.Directory, by.Tenant.ID, u.ID, MessageWelcome, Facts{})},
	})
	s.Live.DropAccount(u.Directory, u.ID)
	var taken *TakenError
	if errors.As(err, &taken) {
		if by.Tenant.Policy.Taken == TakenHide && slices.Equal(taken.Fields, []string{"email"}) {
			return s.tellOwner(ctx, by, u)
		}
		var p problems
		for _, f := range taken.Fields {
			if f != "email" || by.Tenant.Policy.Taken != TakenHide {
				p.add(f, "is taken")
			}
		}
		return ErrDuplicate.With(Meta{Fields: p})
	}
	if err != nil {
		return s.fault(ctx, "create user", err)
	}
	s.Mailer.Wake()
	return nil
}

// tellOwner mails the owner of an address with which somebody tried to sign up;
// who tried is answered as if the account had been made (ASVS 5.0 V6.3.8).
func (s *Service) tellOwner(ctx context.Context, by Caller, tried User) error {
	u, err := s.Records.UserByName(ctx, tried.Directory, Name{Kind: NameEmail, Value: tried.Email})
	if errors.Is(err, ErrNoRecord) { // gone just now
		return nil
	}
	if err != nil {
		return s.fault(ctx, "find user", err)
	}
	note := Note{Events: []Event{by.event(s, ActionSignUpTaken, u.ID, "", "")}}
	n, err := s.count(ctx, s.mails(u, "sign_up_taken", 1, linkMailSpan))
	if err != nil {
		return s.fault(ctx, "count mails", err)
	}
	if n.N <= takenMails || s.Unlimited {
		note.Mails = []Mail{s.mail(u.Directory, by.Tenant.ID, u.ID, MessageSignUpTaken,
			Facts{Device: by.DeviceName, Address: by.Addr, At: s.now()})}
	}
	if err := s.Records.Write(ctx, note); err != nil {
		return s.fault(ctx, "write sign-up", err)
	}
	s.Mailer.Wake()
	return nil
}
