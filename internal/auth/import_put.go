package auth

import (
	"context"
	"errors"
	"slices"
)

// putImported writes an account with its seats, or finds it there.
func (s *Service) putImported(ctx context.Context, by Caller, in arrival) (ImportResult, error) {
	if in.kept {
		if done, held, err := s.holderOf(ctx, by, in); held || err != nil {
			return done, err
		}
	}
	u, seats := in.user, in.seats
	told := Note{Events: []Event{by.event(s, ActionUserImported, u.ID, "", "")}}
	err := s.Records.CreateUser(ctx, u, seats[0], told)
	var taken *TakenError
	switch {
	case err == nil && len(seats) > 1:
		err = s.seatImported(ctx, u, seats, Note{})
		return ImportResult{Outcome: Imported}, s.accountFault(ctx, "import user", err)
	case err == nil:
		return ImportResult{Outcome: Imported}, nil
	case errors.As(err, &taken) && taken.Fields[0] == string(NameEmail):
		return s.joinImported(ctx, by, in)
	case !errors.As(err, &taken) && errors.Is(err, ErrTaken): // just now
		return ImportResult{}, errIDTaken()
	}
	return ImportResult{}, s.accountFault(ctx, "import user", err)
}

func errIDTaken() error {
	return ErrDuplicate.With(Meta{Fields: problems{{Field: "id", Problem: "is that of another account"}}})
}

// holderOf is for an id that an account may have already, from an earlier import;
// held says whether one has. Where the address is the same it says the rest.
func (s *Service) holderOf(ctx context.Context, by Caller, in arrival) (done ImportResult, held bool, err error) {
	a, err := s.Records.Account(ctx, in.user.Directory, in.user.ID)
	if errors.Is(err, ErrNoRecord) {
		return ImportResult{}, false, nil
	}
	if err != nil {
		return ImportResult{}, false, s.fault(ctx, "find user", err)
	}
	if a.User.Email == in.user.Email {
		done, err = s.joinImported(ctx, by, in)
		return done, true, err
	}
	if _, ok := a.Seat(by.Tenant.ID, ""); !ok {
		return ImportResult{}, true, errIDTaken()
	}
	return ImportResult{Outcome: ImportOld, Differs: in.differences(a)}, true, nil
}

// joinImported is for an address that an account has already. What it lacks of
// the seats it gets where it is the same person's for sure.
func (s *Service) joinImported(ctx context.Context, by Caller, in arrival) (ImportResult, error) {
	u, seats := in.user, in.seats
	a, err := s.invitee(ctx, by.Tenant, u.Email)
	if err != nil {
		return ImportResult{}, s.accountFault(ctx, "find user", err)
	}
	_, seated := a.Seat(by.Tenant.ID, "")
	differs := in.differences(a)
	if seated && len(seats) == 1 || !slices.ContainsFunc(seats, func(one Seat) bool { return !a.has(one) }) {
		return ImportResult{Outcome: ImportOld, Differs: differs}, nil
	}
	if same, err := s.sameOwner(ctx, a, u, seated); err != nil {
		return ImportResult{}, s.accountFault(ctx, "find user", err)
	} else if !same && seated {
		return ImportResult{Outcome: ImportOld, Differs: differs}, nil
	} else if !same { // whoever made it would get the seat
		return ImportResult{}, ErrUnproven
	}
	err = s.seatImported(ctx, a.User, seats, Note{Events: []Event{by.event(s, ActionUserImported, a.User.ID, "", "")}})
	s.Live.DropAccount(a.User.Directory, a.User.ID)
	if errors.Is(err, errAsIs) {
		return ImportResult{Outcome: ImportOld, Differs: differs}, nil
	}
	return ImportResult{Outcome: ImportAdd}, s.accountFault(ctx, "import user", err)
}

// sameOwner reports whether an account is surely that of the person whom an
// import is about: who has it has proved to own the address, or it is what an
// earlier import left when it was interrupted.
func (s *Service) sameOwner(ctx context.Context, a Account, u User, seated bool) (bool, error) {
	if !a.User.VerifiedAt.IsZero() {
		return true, nil
	}
	if !seated || u.PasswordHash == "" {
		return false, nil
	}
	there, err := s.Records.User(ctx, a.User.Directory, a.User.ID)
	return there.PasswordHash == u.PasswordHash, err
}

// seatImported gives an account the seats that it lacks; errAsIs when there is
// none.
func (s *Service) seatImported(ctx context.Context, seen User, seats []Seat, n Note) error {
	_, err := s.Records.ChangeAccount(ctx, AccountChange{
		Directory: seen.Directory, User: seen.ID, Note: n, Change: func(now *Account) error {
			// Given another address just now, or to another owner.
			if now.User.Email != seen.Email || now.User.Epoch != seen.Epoch || now.User.VerifiedAt.IsZero() && !seen.VerifiedAt.IsZero() {
				return ErrUnproven
			}
			missing := 0
			for _, one := range seats {
				if !now.has(one) {
					one.Main = false
					now.Seats = append(now.Seats, one)
					missing++
				}
			}
			if missing == 0 {
				return errAsIs
			}
			withMain(now.Seats)
			return nil
		},
	})
	return err
}

// differences says what an account has otherwise than the import of it. Neither
// passwords are compared, which people change, nor locks that end by themselves.
func (in arrival) differences(a Account) []FieldProblem {
	var p problems
	u, seats := in.user, in.seats
	if in.kept && a.User.ID != u.ID {
		p.add("id", "is another one here")
	}
	for _, one := range []struct{ field, there, here string }{
		{"email", u.Email, a.User.Email}, {"name", u.Name, a.User.Name}, {"nickname", u.Nickname, a.User.Nickname},
		{"username", u.Username, a.User.Username}, {"mobile", u.Mobile, a.User.Mobile},
	} {
		if one.there != one.here {
			p.add(one.field, "is another one here")
		}
	}
	here := a.User.Status
	if here == UserLocked && !a.User.Shut() {
		here = UserActive
	}
	if here != u.Status {
		p.add("status", "is "+string(here)+" here")
	}
	for _, one := range seats {
		space := one.Space
		if len(seats) == 1 {
			space = "" // any will do
		}
		switch seat, ok := a.Seat(one.Tenant, space); {
		case !ok:
			p.add("spaceId", "has no seat in one of the spaces here")
		case seat.Role != one.Role:
			p.add("role", "is "+seat.Role+" here")
		}
	}
	return p
}
