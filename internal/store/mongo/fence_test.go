package mongo

import (
	"errors"
	"testing"

	"github.com/latchkey/latchkey/internal/auth"
)

// halted is an operation that has done all but write its account.
func halted(t *testing.T, s *Store, user string, edit func(*accountDoc)) *operation {
	t.Helper()
	ctx := t.Context()
	old, err := one[accountDoc](ctx, s, accounts, byID(accountID(dir, user)))
	if err != nil && !absent(err) {
		t.Fatal(err)
	}
	next := old.clone()
	next.ID, next.Directory, next.Rev = accountID(dir, user), dir, newRev()
	edit(next)
	next.derive()
	op := &operation{store: s, old: &old, next: next}
	held, err := op.holdNames(ctx)
	claimed, also := op.claimAll(ctx, "")
	if err := errors.Join(err, also); err != nil || !held || !claimed {
		t.Fatal("the operation does not get so far:", err)
	}
	return op
}

// comesToNothing goes on with an operation, and wants it to be too late.
func comesToNothing(t *testing.T, op *operation) {
	t.Helper()
	done, err := op.store.put(t.Context(), accounts, op.next.ID, op.old.Rev, op.next.Rev, op.next)
	if done || err != nil {
		t.Errorf("the operation was written: %t, %v", done, err)
	}
	op.tidy(t.Context(), false)
}

// TestANameIsTakenFromAnOperation: one that changes an account, and one that
// makes it; what it tidies up afterwards is its own alone.
func TestANameIsTakenFromAnOperation(t *testing.T) {
	c := fresh(t)
	a, b := open(t, c), open(t, c)
	signUp(t, a, "ann")
	for user, taker := range map[string]string{"user-ann": "bob", "user-new": "eve"} {
		wanted, _, _ := newUser(taker)
		op := halted(t, a, user, func(next *accountDoc) {
			u := wanted
			u.ID = user
			next.setUser(u)
			next.setSeats([]auth.Seat{{Tenant: "tenant", Space: "space", Role: auth.RoleUser, Main: true}})
		})
		signUp(t, b, taker)
		comesToNothing(t, op)
		for _, name := range []auth.Name{{Kind: auth.NameEmail, Value: wanted.Email}, {Kind: auth.NameUsername, Value: wanted.Username}} {
			if got, err := a.UserByName(t.Context(), dir, name); err != nil || got.ID != wanted.ID {
				t.Errorf("UserByName of %s: got %q, %v; want %q", name.Value, got.ID, err, wanted.ID)
			}
		}
	}
	if _, err := a.UserByName(t.Context(), dir, auth.Name{Kind: auth.NameEmail, Value: "ann@example.com"}); err != nil {
		t.Errorf("UserByName of a name that was not given away: %v", err)
	}
}

// TestARoleIsTakenFromAnOperation, and an admin.
func TestARoleIsTakenFromAnOperation(t *testing.T) {
	c := fresh(t)
	a, b := open(t, c), open(t, c)
	ctx := t.Context()
	for _, name := range []string{"ann", "bob"} {
		u, seat, note := newUser(name)
		seat.Role = auth.RoleAdmin
		if err := a.CreateUser(ctx, u, seat, note); err != nil {
			t.Fatal(err)
		}
	}
	if err := a.CreateRole(ctx, auth.Role{Directory: dir, Tenant: "tenant", Name: "editor", CreatedAt: epoch, UpdatedAt: epoch}, auth.Note{}); err != nil {
		t.Fatal(err)
	}
	eve := signUp(t, a, "eve")
	giving := halted(t, a, eve.ID, func(next *accountDoc) { next.Seats[0].Role = "editor" })
	if err := b.DeleteRole(ctx, dir, "tenant", "editor", auth.Note{}); err != nil {
		t.Errorf("DeleteRole: %v", err)
	}
	comesToNothing(t, giving)

	demote := func(next *accountDoc) { next.Seats[0].Role = auth.RoleUser }
	leaving := halted(t, a, "user-ann", demote)
	_, err := b.ChangeAccount(ctx, auth.AccountChange{Directory: dir, User: "user-bob", Guard: "tenant", Change: func(a *auth.Account) error {
		a.Seats[0].Role = auth.RoleUser
		return nil
	}})
	if err != nil {
		t.Errorf("ChangeAccount: %v", err)
	}
	comesToNothing(t, leaving)
}
