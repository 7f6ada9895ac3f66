package sql

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

// change changes ann's account.
func change(t *testing.T, s *Store, guard string, edit func(*auth.Account)) (auth.Account, error) {
	t.Helper()
	return s.ChangeAccount(t.Context(), auth.AccountChange{
		Directory: dir, User: "user-ann", Guard: guard, Change: func(a *auth.Account) error { edit(a); return nil },
		Note: auth.Note{Events: []auth.Event{event(dir, "changed", epoch)}},
	})
}

func TestChangedSeatsAndNamesAreFound(t *testing.T) {
	s := open(t, "reseat.db")
	addUser(t, s, "ann")
	a, err := change(t, s, "", func(a *auth.Account) {
		a.User.Name, a.User.Status = "Bob Stone", auth.UserDisabled
		a.Seats = append(a.Seats, auth.Seat{Tenant: "other", Space: "space", Role: auth.RoleManager})
	})
	if err != nil || len(a.Seats) != 2 {
		t.Fatalf("got %+v, %v", a, err)
	}
	ask := func(tenant, prefix, role string, status auth.UserStatus) bool {
		q := auth.AccountQuery{Directory: dir, Tenant: tenant, Prefix: prefix, Role: role, Status: status, Max: 9}
		found, err := s.Accounts(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		return slices.ContainsFunc(found, func(f auth.FoundAccount) bool { return len(f.Seats) == 2 })
	}
	for name, c := range map[string]struct{ got, want bool }{
		"by the new name":             {ask("tenant", "stone", "", ""), true},
		"by it in the new tenant":     {ask("other", "stone", "", ""), true},
		"by the old name":             {ask("tenant", "ann ", "", ""), false},
		"as disabled":                 {ask("other", "", "", auth.UserDisabled), true},
		"as active":                   {ask("other", "", "", auth.UserActive), false},
		"as manager there":            {ask("other", "", auth.RoleManager, ""), true},
		"as manager here":             {ask("tenant", "stone", auth.RoleManager, ""), false},
		"as disabled manager, by all": {ask("other", "bob", auth.RoleManager, auth.UserDisabled), true},
	} {
		if c.got != c.want {
			t.Errorf("%s: found %v, want %v", name, c.got, c.want)
		}
	}
	if u, err := s.User(t.Context(), dir, "user-ann"); err != nil || u.PasswordHash != "hash" {
		t.Errorf("got %+v, %v, want the hash to have stayed", u, err)
	}
}

func TestAUserWithoutSeatsGoesWithAll(t *testing.T) {
	s := open(t, "leave.db")
	u := addUser(t, s, "ann")
	v := newSession(u, "session", epoch)
	v.Device = "device"
	if _, err := s.CreateSession(t.Context(), auth.Opening{Session: v, Generation: 1}); err != nil {
		t.Fatal(err)
	}
	if _, err := change(t, s, "", func(a *auth.Account) { a.Seats = nil }); err != nil {
		t.Fatal(err)
	}
	for _, table := range []string{"users", "memberships", "user_terms", "sessions", "devices"} {
		var rows int
		if err := s.pools[1].QueryRowContext(t.Context(), "SELECT count(*) FROM "+table).Scan(&rows); err != nil || rows != 0 {
			t.Errorf("%s: %d rows are left, %v", table, rows, err)
		}
	}
	if got := ids(t, s, dir); !slices.Equal(got, []string{"changed"}) {
		t.Errorf("the record: got %v, want the change", got)
	}
	addUser(t, s, "ann") // the names are free again
}

func TestARefusedAccountChangeChangesNothing(t *testing.T) {
	s := open(t, "refused.db")
	addUser(t, s, "bob")
	u, seat := newUser("ann")
	seat.Role = auth.RoleAdmin
	if err := s.CreateUser(t.Context(), u, seat, auth.Note{}); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		edit func(*auth.Account)
		want error
	}{
		"a name of another":    {func(a *auth.Account) { a.User.Email, a.User.Name = "bob@example.com", "x" }, auth.ErrTaken},
		"a role that is none":  {func(a *auth.Account) { a.User.Name, a.Seats[0].Role = "x", "clerk" }, auth.ErrNoRole},
		"the last admin":       {func(a *auth.Account) { a.User.Name, a.Seats[0].Role = "x", auth.RoleUser }, auth.ErrAdminless},
		"the last admin off":   {func(a *auth.Account) { a.User.Name, a.User.Status = "x", auth.UserDisabled }, auth.ErrAdminless},
		"the last admin goes":  {func(a *auth.Account) { a.Seats = nil }, auth.ErrAdminless},
		"a lock is no absence": {func(a *auth.Account) { a.User.Status = auth.UserLocked }, nil},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := change(t, s, "tenant", c.edit); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
			a, err := s.Account(t.Context(), dir, u.ID)
			if err != nil || a.User.Name != "ann" || len(a.Seats) != 1 || a.Seats[0].Role != auth.RoleAdmin {
				t.Errorf("afterwards: got %+v, %v", a, err)
			}
		})
	}
}

// TestALoginNeedsItsSeat: what takes a seat away while a password is being
// hashed holds.
func TestALoginNeedsItsSeat(t *testing.T) {
	s := open(t, "seat.db")
	u := addUser(t, s, "ann")
	v := newSession(u, "session", epoch.Add(time.Second))
	v.Space = "another"
	if _, err := s.CreateSession(t.Context(), auth.Opening{Session: v}); !errors.Is(err, auth.ErrNoRecord) {
		t.Errorf("in a space without a seat: got %v, want %v", err, auth.ErrNoRecord)
	}
	v.Space, v.Coded = "space", true
	if _, err := s.CreateSession(t.Context(), auth.Opening{Session: v}); err != nil {
		t.Fatal(err)
	}
	if got, err := s.User(t.Context(), dir, u.ID); err != nil || !got.VerifiedAt.Equal(v.CreatedAt) {
		t.Errorf("got %v, %v, want the address to be verified at the login", got.VerifiedAt, err)
	}
}

// TestAMovedSessionIsSweptInTime: its end may have come nearer.
func TestAMovedSessionIsSweptInTime(t *testing.T) {
	s := open(t, "move.db")
	addSession(t, s, addUser(t, s, "ann"), "session", epoch)
	v, err := s.MoveSession(t.Context(), auth.Move{
		Directory: dir, User: "user-ann", Session: "session", Tenant: "tenant", Space: "space", At: epoch,
		IdleUntil: epoch.Add(2 * time.Hour), ExpiresAt: epoch.Add(time.Hour),
	})
	if err != nil || !v.ExpiresAt.Equal(epoch.Add(time.Hour)) {
		t.Fatalf("got %+v, %v", v, err)
	}
	if calls := sweepAll(t, s, epoch.Add(2*time.Hour)); len(calls) != 1 {
		t.Errorf("got calls %v, want one that removes the session", calls)
	}
}
