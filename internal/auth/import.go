package auth

import (
	"context"
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
	done, err := s.ImportAccount(ctx, by, ImportedAccount{ImportedUser: in})
	return done.Outcome, err
}

// importedUser checks what another system knew and makes a user of it.
func (s *Service) importedUser(by Caller, in ImportedAccount) (User, error) {
	var p problems
	u := s.profileOf(&p, by.Tenant, SignUpInput{Name: in.Name, Email: in.Email, Username: in.Username, Nickname: in.Nickname, Mobile: in.Mobile})
	if in.ID != "" {
		u.ID = p.keptID(in.ID)
	}
	if u.PasswordHash = in.PasswordHash; in.PasswordHash != "" {
		if err := password.Check(in.PasswordHash.Reveal()); err != nil {
			p.add("passwordHash", err.Error())
		}
	}
	if in.CreatedAt.After(s.now()) || !in.CreatedAt.IsZero() && in.CreatedAt.Year() < 1970 {
		p.add("createdAt", "must be between 1970 and now")
	}
	if err := p.err(); err != nil {
		return User{}, err
	}
	if !in.CreatedAt.IsZero() {
		u.CreatedAt = in.CreatedAt.UTC().Truncate(time.Millisecond)
	}
	if in.EmailVerified {
		s.proven(&u)
	}
	switch {
	case in.Disabled:
		u.Status = UserDisabled
	case in.Locked:
		u.Status = UserLocked
	}
	return u, nil
}
