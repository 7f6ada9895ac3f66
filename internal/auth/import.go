package auth

import (
	"context"
	"errors"
	"time"

	"github.com/latchkey/latchkey/internal/password"
)

// ImportedUser is an account that comes from another system, with the hash of
// its password.
type ImportedUser struct {
	Name          string    `json:"name"`
	Email         string    `json:"email"`
	PasswordHash  Secret    `json:"passwordHash,omitempty"` // see [password.Check]; "": the person asks for a new one
	Username      string    `json:"username,omitempty"`
	Nickname      string    `json:"nickname,omitempty"`
	Mobile        string    `json:"mobile,omitempty"`
	Role          string    `json:"role,omitempty"`
	SpaceID       string    `json:"spaceId,omitempty"`
	EmailVerified bool      `json:"emailVerified,omitempty"`
	Disabled      bool      `json:"disabled,omitempty"`
	CreatedAt     time.Time `json:"createdAt,omitzero"`
}

// ImportOutcome says what became of an imported user.
type ImportOutcome string

// What becomes of an imported user.
const (
	Imported  ImportOutcome = "created"
	ImportAdd ImportOutcome = "joined"    // the directory had the account, and it has a seat in the tenant now
	ImportOld ImportOutcome = "unchanged" // the tenant had it already
)

// ImportUser makes an account of what another system knew. It can be done again:
// what is there already stays as it is. Nobody is mailed. An account of another
// tenant's people gets a seat where its owner has proved to have the address;
// else somebody may have made it to wait for that.
func (s *Service) ImportUser(ctx context.Context, by Caller, in ImportedUser) (ImportOutcome, error) {
	if err := by.operates(); err != nil {
		return "", err
	}
	var p problems
	u := s.profileOf(&p, by.Tenant, SignUpInput{Name: in.Name, Email: in.Email, Username: in.Username, Nickname: in.Nickname, Mobile: in.Mobile})
	if u.PasswordHash = in.PasswordHash; in.PasswordHash != "" {
		if err := password.Check(in.PasswordHash.Reveal()); err != nil {
			p.add("passwordHash", err.Error())
		}
	}
	if in.CreatedAt.After(s.now()) || !in.CreatedAt.IsZero() && in.CreatedAt.Year() < 1970 {
		p.add("createdAt", "must be between 1970 and now")
	}
	if err := p.err(); err != nil {
		return "", err
	}
	if !in.CreatedAt.IsZero() {
		u.CreatedAt = in.CreatedAt.UTC().Truncate(time.Millisecond)
	}
	if in.EmailVerified {
		s.proven(&u)
	}
	if in.Disabled {
		u.Status = UserDisabled
	}
	seat, err := s.newSeat(ctx, by, in.Role, in.SpaceID)
	if err != nil {
		return "", err
	}
	return s.putImported(ctx, by, u, seat)
}

func (s *Service) putImported(ctx context.Context, by Caller, u User, seat Seat) (ImportOutcome, error) {
	told := func(user string) Note { return Note{Events: []Event{by.event(s, ActionUserImported, user, "", "")}} }
	err := s.Records.CreateUser(ctx, u, seat, told(u.ID))
	var taken *TakenError
	if err == nil {
		return Imported, nil
	}
	if !errors.As(err, &taken) || taken.Fields[0] != string(NameEmail) {
		return "", s.accountFault(ctx, "import user", err)
	}
	a, err := s.invitee(ctx, by.Tenant, u.Email)
	if err != nil {
		return "", s.accountFault(ctx, "find user", err)
	}
	if _, ok := a.Seat(by.Tenant.ID, ""); ok {
		return ImportOld, nil
	}
	if a.User.VerifiedAt.IsZero() { // whoever made it would get the seat
		return "", ErrUnproven
	}
	_, err = s.Records.ChangeAccount(ctx, AccountChange{
		Directory: a.User.Directory, User: a.User.ID, Note: told(a.User.ID), Change: func(now *Account) error {
			if now.has(seat) {
				return errAsIs
			}
			if now.User.Email != u.Email || now.User.VerifiedAt.IsZero() { // given another address just now
				return ErrUnproven
			}
			seat.Main = false
			now.Seats = append(now.Seats, seat)
			withMain(now.Seats)
			return nil
		},
	})
	s.forgetAccount(a.User, nil, err)
	if errors.Is(err, errAsIs) {
		return ImportOld, nil
	}
	return ImportAdd, s.accountFault(ctx, "import user", err)
}
