package auth_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/google/uuid"

	"github.com/latchkey/latchkey/internal/auth"
)

// arrives imports dan as another system knew him, with more than a file says.
func (s staff) arrives(t *testing.T, slug string, edit func(*auth.ImportedAccount)) (auth.ImportResult, error) {
	t.Helper()
	in := auth.ImportedAccount{ImportedUser: imported(t, s.world, func(in *auth.ImportedUser) { in.Role, in.EmailVerified = "", false })}
	in.PasswordHash = auth.Secret("$2b$04$zVHmKQtGGQob.b/Nc7l9NO8UlrYcW05FiuCj/SxsFO/ZtiN9.mNzy") // the same each time
	if edit != nil {
		edit(&in)
	}
	return s.ImportAccount(t.Context(), s.operator(t, slug), in)
}

// inLab gives seats in two spaces, the second of which is the main one.
func inLab(in *auth.ImportedAccount) {
	in.Seats = []auth.ImportedSeat{{Space: auth.DefaultSpace, Role: auth.RoleManager}, {Space: "lab", Role: auth.RoleUser, Main: true}}
}

// differing names the fields in which an account is not as the import has it.
func differing(r auth.ImportResult) (fields []string) {
	for _, p := range r.Differs {
		fields = append(fields, p.Field)
	}
	return fields
}

// TestImportAccountKeeps: the id, the lock and every seat.
func TestImportAccountKeeps(t *testing.T) {
	s := staffed(t)
	lab, id := s.addSpace(t, home, "lab"), uuid.NewString()
	got, err := s.arrives(t, home, func(in *auth.ImportedAccount) { in.ID, in.Locked = id, true; inLab(in) })
	if err != nil || got.Outcome != auth.Imported || got.Differs != nil {
		t.Fatalf("got %+v, %v", got, err)
	}
	a := s.account(t, id)
	if !a.User.Shut() || len(a.Seats) != 2 {
		t.Fatalf("the account is %+v", a)
	}
	if main, _ := a.MainSeat(); main.Space != lab.ID || main.Role != auth.RoleUser {
		t.Errorf("the main seat is %+v", main)
	}
	if other, ok := a.Seat(s.tenant(t, home).ID, s.space(t, home).ID); !ok || other.Role != auth.RoleManager || other.Main {
		t.Errorf("the other seat is %+v", other)
	}
	if n := s.wroteOf(t, home, auth.ActionUserImported); n != 1 {
		t.Errorf("%d imports written down, want 1", n)
	}
	got, err = s.arrives(t, home, func(in *auth.ImportedAccount) { in.ID, in.Locked = id, true; inLab(in) })
	if err != nil || got.Outcome != auth.ImportOld || got.Differs != nil {
		t.Errorf("again: got %+v, %v", got, err)
	}
	s.change(t, id, func(u *auth.User) { u.Email, u.Username = "other@example.com", "" })
	got, err = s.arrives(t, home, func(in *auth.ImportedAccount) { in.ID, in.Locked = id, true; inLab(in) })
	if err != nil || got.Outcome != auth.ImportOld || !slices.Equal(differing(got), []string{"email", "username"}) {
		t.Errorf("given other names meanwhile: got %+v, %v", got, err)
	}
	_, err = s.arrives(t, annex, func(in *auth.ImportedAccount) { in.ID = id })
	refused(t, "an id of another tenant's people", err, auth.ErrDuplicate)
	_, err = s.UnlockAccount(t.Context(), s.operator(t, home), "other@example.com")
	must(t, err)
	if u := s.user(t, id); u.Status != auth.UserActive {
		t.Errorf("unlocked, it is %s", u.Status)
	}
}

// TestImportAccountSaysWhatDiffers: and leaves it as it is.
func TestImportAccountSaysWhatDiffers(t *testing.T) {
	s := staffed(t)
	s.addSpace(t, home, "lab")
	_, err := s.arrives(t, home, nil)
	must(t, err)
	before := s.account(t, s.named(t, "dan@example.com").ID)
	for name, c := range map[string]struct {
		edit func(*auth.ImportedAccount)
		want []string
	}{
		"nothing":      {nil, nil},
		"the password": {func(in *auth.ImportedAccount) { in.PasswordHash = "" }, nil},
		"the name":     {func(in *auth.ImportedAccount) { in.Name = "Daniel" }, []string{"name"}},
		"the other names": {func(in *auth.ImportedAccount) { in.Nickname, in.Username, in.Mobile = "d", "", "01012345678" },
			[]string{"nickname", "username", "mobile"}},
		"the lock":                 {func(in *auth.ImportedAccount) { in.Locked = true }, []string{"status"}},
		"disabled":                 {func(in *auth.ImportedAccount) { in.Disabled, in.Locked = true, true }, []string{"status"}},
		"the role":                 {func(in *auth.ImportedAccount) { in.Role = auth.RoleAdmin }, []string{"role"}},
		"the id":                   {func(in *auth.ImportedAccount) { in.ID = uuid.NewString() }, []string{"id"}},
		"the only seat":            {func(in *auth.ImportedAccount) { in.Seats = []auth.ImportedSeat{{Space: "lab", Role: auth.RoleAdmin}} }, []string{"role"}},
		"seats that are not given": {func(in *auth.ImportedAccount) { in.PasswordHash = ""; inLab(in) }, []string{"spaceId", "role"}},
	} {
		got, err := s.arrives(t, home, c.edit)
		if err != nil || got.Outcome != auth.ImportOld || !slices.Equal(differing(got), c.want) {
			t.Errorf("%s: got %+v, %v, want %v", name, got, err, c.want)
		}
	}
	if after := s.account(t, before.User.ID); fmt.Sprint(after) != fmt.Sprint(before) {
		t.Errorf("got %+v, want %+v", after, before)
	}
}

// TestImportAccountGoesOn: one that was interrupted between its two writes is
// finished when it is run again, and a lock that wrong passwords brought is no
// difference.
func TestImportAccountGoesOn(t *testing.T) {
	s := staffed(t)
	s.addSpace(t, home, "lab")
	broken := errors.New("the power is gone")
	mend := s.store.breaks(func(method string) error {
		if method == "ChangeAccount" {
			return broken
		}
		return nil
	}, nil)
	if got, err := s.arrives(t, home, inLab); err == nil {
		t.Fatalf("got %+v", got)
	}
	mend()
	id := s.named(t, "dan@example.com").ID
	if n := len(s.account(t, id).Seats); n != 1 {
		t.Fatalf("it has %d seats, want 1", n)
	}
	s.change(t, id, func(u *auth.User) { u.Status, u.LockedUntil = auth.UserLocked, s.clock.Now().Add(1) })
	for _, want := range []auth.ImportOutcome{auth.ImportAdd, auth.ImportOld} {
		got, err := s.arrives(t, home, inLab)
		if err != nil || got.Outcome != want || got.Differs != nil {
			t.Errorf("got %+v, %v, want %s", got, err, want)
		}
	}
	if n := len(s.account(t, id).Seats); n != 2 {
		t.Errorf("it has %d seats, want 2", n)
	}
}

// TestImportAccountGivesNoSeatToWhoWaitsForIt: somebody signed up in the tenant
// itself with the address, and has its password.
func TestImportAccountGivesNoSeatToWhoWaitsForIt(t *testing.T) {
	s := staffed(t)
	s.addSpace(t, home, "lab")
	id := s.join(t, home, "dan")
	got, err := s.arrives(t, home, inLab)
	if err != nil || got.Outcome != auth.ImportOld || !slices.Contains(differing(got), "spaceId") || len(s.account(t, id).Seats) != 1 {
		t.Errorf("got %+v, %v", got, err)
	}
	s.change(t, id, func(u *auth.User) { u.VerifiedAt = s.clock.Now() })
	got, err = s.arrives(t, home, inLab)
	if err != nil || got.Outcome != auth.ImportAdd || len(s.account(t, id).Seats) != 2 {
		t.Errorf("once it is proved: got %+v, %v", got, err)
	}
	_, err = s.arrives(t, annex, func(in *auth.ImportedAccount) { in.Email = "ben@example.com" })
	refused(t, "into another tenant", err, auth.ErrUnproven)
	fay := func(in *auth.ImportedAccount) { in.Email, in.Username = "fay@example.com", "" }
	_, err = s.arrives(t, home, fay)
	must(t, err)
	_, err = s.arrives(t, annex, fay)
	refused(t, "of an import of another tenant's", err, auth.ErrUnproven)
}

// TestImportAccountRefusals: and nothing is left of it.
func TestImportAccountRefusals(t *testing.T) {
	s := staffed(t)
	for name, c := range map[string]struct {
		edit func(*auth.ImportedAccount)
		want *auth.Error
	}{
		"no id":          {func(in *auth.ImportedAccount) { in.ID = "7" }, auth.ErrValidation},
		"no plain id":    {func(in *auth.ImportedAccount) { in.ID = "urn:uuid:" + uuid.NewString() }, auth.ErrValidation},
		"the zero id":    {func(in *auth.ImportedAccount) { in.ID = uuid.Nil.String() }, auth.ErrValidation},
		"no seat":        {func(in *auth.ImportedAccount) { in.Seats = []auth.ImportedSeat{} }, auth.ErrValidation},
		"two in a space": {func(in *auth.ImportedAccount) { in.Seats = []auth.ImportedSeat{{}, {Space: auth.DefaultSpace}} }, auth.ErrValidation},
		"a strange role": {func(in *auth.ImportedAccount) { in.Seats = []auth.ImportedSeat{{Role: "owner"}} }, auth.ErrValidation},
		"no such space":  {func(in *auth.ImportedAccount) { in.Seats = []auth.ImportedSeat{{Space: "lab"}} }, auth.ErrSpaceNotFound},
	} {
		got, err := s.arrives(t, home, c.edit)
		refused(t, name, err, c.want)
		if got.Outcome != "" {
			t.Errorf("%s: got %+v", name, got)
		}
	}
	if _, err := s.ImportAccount(t.Context(), s.by(t, "root"), auth.ImportedAccount{}); !errors.Is(err, auth.ErrForbidden) {
		t.Errorf("an admin got %v", err)
	}
	if n := s.wroteOf(t, home, auth.ActionUserImported); n != 0 {
		t.Errorf("%d imports written down", n)
	}
}
