package auth

import (
	"context"
	"slices"

	"github.com/google/uuid"
)

// ImportedAccount is an imported user with what a file of users has no place
// for.
type ImportedAccount struct {
	ImportedUser
	// ID is the UUID that the account is to keep, since other systems know the
	// person by it; "": a new one.
	ID string
	// Locked: nobody logs in until an operator or an admin unlocks it.
	Locked bool
	// Seats are the memberships, in place of Role and SpaceID; nil: those say the
	// only one. At most one is main, the first when none is.
	Seats []ImportedSeat
}

// ImportedSeat is a membership in the tenant that the import is for.
type ImportedSeat struct {
	Space string // id or slug
	Role  string
	Main  bool
}

// ImportResult says what became of an imported account.
type ImportResult struct {
	Outcome ImportOutcome
	// Differs says, by the fields of the import, what is not the same in the account
	// that was there already. It stays as it is there.
	Differs []FieldProblem
}

// ImportAccount is [Service.ImportUser] for an account with what else another
// system knew. Done again, it gives the seats that are missing: to an account
// that still has the password of the import, or whose owner has proved to have
// the address, and else to none, since somebody may have made it to wait for
// them.
func (s *Service) ImportAccount(ctx context.Context, by Caller, in ImportedAccount) (ImportResult, error) {
	if err := by.operates(); err != nil {
		return ImportResult{}, err
	}
	u, err := s.importedUser(by, in)
	if err != nil {
		return ImportResult{}, err
	}
	seats, err := s.importedSeats(ctx, by, in)
	if err != nil {
		return ImportResult{}, err
	}
	return s.putImported(ctx, by, arrival{user: u, kept: in.ID != "", seats: seats})
}

// arrival is an imported account that is fit to be stored.
type arrival struct {
	user  User
	kept  bool   // its id comes from the other system
	seats []Seat // the main one first
}

// keptID checks the id that an account is to keep and returns its one form.
func (p *problems) keptID(id string) string {
	parsed, err := uuid.Parse(id)
	if err != nil || len(id) != len(parsed.String()) || parsed == uuid.Nil || parsed == uuid.Max {
		p.add("id", "must be a UUID")
		return ""
	}
	return parsed.String()
}

// importedSeats checks the memberships and returns them, the main one first.
func (s *Service) importedSeats(ctx context.Context, by Caller, in ImportedAccount) ([]Seat, error) {
	if in.Seats == nil {
		seat, err := s.newSeat(ctx, by, in.Role, in.SpaceID)
		return []Seat{seat}, err
	}
	var p problems
	if len(in.Seats) == 0 {
		p.add("seats", "must be one at least")
		return nil, p.err()
	}
	var seats []Seat
	for _, one := range in.Seats {
		seat, err := s.newSeat(ctx, by, one.Role, one.Space)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(seats, func(other Seat) bool { return other.Space == seat.Space }) {
			p.add("seats", "must be in different spaces")
			return nil, p.err()
		}
		if seat.Main = false; one.Main {
			seats = slices.Insert(seats, 0, seat)
		} else {
			seats = append(seats, seat)
		}
	}
	seats[0].Main = true
	return seats, nil
}
