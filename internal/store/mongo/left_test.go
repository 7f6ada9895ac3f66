package mongo

import (
	"errors"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/latchkey/latchkey/internal/auth"
)

// These tests put into the database what a process leaves that is killed at the
// worst moment, and see that the next one gets along.

// add inserts documents as they are.
func add(t *testing.T, s *Store, in string, docs ...any) {
	t.Helper()
	if err := s.addAll(t.Context(), in, docs); err != nil {
		t.Fatal(err)
	}
}

func signUp(t *testing.T, s *Store, name string) auth.User {
	t.Helper()
	u, seat, note := newUser(name)
	if err := s.CreateUser(t.Context(), u, seat, note); err != nil {
		t.Fatal(err)
	}
	return u
}

// TestALeftNameIsTakenOver: one that is held for nobody, and one that is held for
// somebody who has another one.
func TestALeftNameIsTakenOver(t *testing.T) {
	s := open(t, fresh(t))
	bob := signUp(t, s, "bob")
	for i, owner := range []string{accountID(dir, "nobody"), accountID(dir, bob.ID)} {
		name := []string{"ann", "eve"}[i]
		add(t, s, names, nameDoc{key(dir, "email", name+"@example.com"), newRev(), owner})
		if _, err := s.UserByName(t.Context(), dir, auth.Name{Kind: auth.NameEmail, Value: name + "@example.com"}); !errors.Is(err, auth.ErrNoRecord) {
			t.Errorf("UserByName of a name that is only held: %v", err)
		}
		u := signUp(t, s, name)
		got, err := s.UserByName(t.Context(), dir, auth.Name{Kind: auth.NameEmail, Value: u.Email})
		if err != nil || got.ID != u.ID {
			t.Errorf("UserByName: got %q, %v; want %q", got.ID, err, u.ID)
		}
	}
	u, seat, note := newUser("nobody")
	u.ID = "nobody" // whose place was marked
	if err := s.CreateUser(t.Context(), u, seat, note); err != nil {
		t.Error(err)
	}
}

// TestAFencedOperationComesToNothing: one that read its account before somebody
// took its name over.
func TestAFencedOperationComesToNothing(t *testing.T) {
	c := fresh(t)
	a, b := open(t, c), open(t, c)
	ann := signUp(t, a, "ann")
	first := true
	_, err := a.UpdateUser(t.Context(), dir, ann.ID, func(u *auth.User) error {
		u.Email = "new@example.com"
		if first {
			first = false
			if _, err := b.fence(t.Context(), accountID(dir, ann.ID)); err != nil {
				return err
			}
			bob := signUp(t, b, "bob")
			_, err := b.UpdateUser(t.Context(), dir, bob.ID, func(u *auth.User) error { u.Email = "new@example.com"; return nil }, auth.Note{})
			return err
		}
		return nil
	}, auth.Note{})
	if !errors.Is(err, auth.ErrTaken) {
		t.Errorf("got error %v, want ErrTaken", err)
	}
}

// TestALeftClaimIsNobodys: a role that somebody was about to give can go, and an
// admin that somebody was about to take away can be taken away by others.
func TestALeftClaimIsNobodys(t *testing.T) {
	s := open(t, fresh(t))
	ctx := t.Context()
	for _, name := range []string{"ann", "bob"} {
		u, seat, note := newUser(name)
		seat.Role = auth.RoleAdmin
		if err := s.CreateUser(ctx, u, seat, note); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.CreateRole(ctx, auth.Role{Directory: dir, Tenant: "tenant", Name: "editor", CreatedAt: epoch, UpdatedAt: epoch}, auth.Note{}); err != nil {
		t.Fatal(err)
	}
	left := bson.D{
		{Key: "claims." + newRev(), Value: claim{Account: accountID(dir, "nobody"), Roles: []string{"editor"}}},
		{Key: "claims." + newRev(), Value: claim{Account: accountID(dir, "user-bob"), Guard: true}},
	}
	if _, err := s.update(ctx, scopes, byID(scopeID(dir, "tenant")), set(left)); err != nil {
		t.Fatal(err)
	}
	if err := s.DeleteRole(ctx, dir, "tenant", "editor", auth.Note{}); err != nil {
		t.Errorf("DeleteRole: %v", err)
	}
	demote := func(id string) error {
		_, err := s.ChangeAccount(ctx, auth.AccountChange{Directory: dir, User: id, Guard: "tenant", Change: func(a *auth.Account) error {
			a.Seats[0].Role = auth.RoleUser
			return nil
		}})
		return err
	}
	if err := demote("user-ann"); err != nil {
		t.Errorf("ChangeAccount: %v", err)
	}
	if err := demote("user-bob"); !errors.Is(err, auth.ErrAdminless) {
		t.Errorf("ChangeAccount of the last admin: %v, want ErrAdminless", err)
	}
	c, err := s.scope(ctx, dir, "tenant")
	if err != nil || len(c.Claims) != 0 {
		t.Errorf("got %d claims, %v; want none", len(c.Claims), err)
	}
}

// TestALeftNoteIsMoved: by who reads the record, and once, though it was on its
// way.
func TestALeftNoteIsMoved(t *testing.T) {
	c := fresh(t)
	s := open(t, c)
	ctx := t.Context()
	ann := signUp(t, s, "ann")
	_, _, note := newUser("late")
	p := s.pack(note)
	for want := int64(2); want <= 3; want++ {
		if _, err := s.update(ctx, accounts, byID(accountID(dir, ann.ID)), set(bson.D{{Key: "parcels", Value: []parcel{p}}})); err != nil {
			t.Fatal(err)
		}
		for _, s := range []*Store{open(t, c), s} {
			if number, _, err := s.TrailEnd(ctx, dir); err != nil || number != want {
				t.Errorf("TrailEnd: got %d, %v; want %d", number, err, want)
			}
			if queued, _, err := s.Waiting(ctx); err != nil || queued != int(want) {
				t.Errorf("Waiting: got %d, %v; want %d", queued, err, want)
			}
		}
		if want == 2 {
			signUp(t, s, "bob") // so that it is not at the end of the record
		}
	}
	a, err := s.account(ctx, dir, ann.ID)
	if err != nil || len(a.Parcels) != 0 {
		t.Errorf("the account carries %d parcels, %v; want none", len(a.Parcels), err)
	}
}

// TestALeftEndIsFinished: links that are in the head alone are in the record, and
// what comes after them stands behind them.
func TestALeftEndIsFinished(t *testing.T) {
	c := fresh(t)
	s := open(t, c)
	ctx := t.Context()
	signUp(t, s, "ann")
	if _, err := s.remove(ctx, events, bson.D{{Key: "number", Value: 1}}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []int{1, 2} {
		links, err := s.Trail(ctx, dir, 0, 10)
		if err != nil || len(links) != want || links[0].ID != "event-ann" {
			t.Fatalf("got links %+v, %v; want %d", links, err, want)
		}
		if want == 1 {
			signUp(t, open(t, c), "bob") // who knows no end yet
		}
	}
	found, err := s.Events(ctx, auth.EventQuery{Directory: dir, Tenant: "tenant", Max: 10})
	if err != nil || len(found) != 2 {
		t.Errorf("Events: got %d, %v; want 2", len(found), err)
	}
}

// TestALeftTenantIsFounded: by whoever reads it.
func TestALeftTenantIsFounded(t *testing.T) {
	s := open(t, fresh(t))
	ctx := t.Context()
	doc, err := newTenant(auth.Tenant{ID: "id", Slug: "acme", Directory: dir, Status: auth.TenantActive})
	if err != nil {
		t.Fatal(err)
	}
	doc.Founding = &founding{
		Directory: newDirectory(auth.Directory{ID: dir, Name: "acme", CreatedAt: epoch}),
		Space:     &spaceDoc{ID: "space", Directory: dir, Tenant: "id", Slug: auth.DefaultSpace, CreatedAt: epoch},
	}
	add(t, s, tenants, doc)
	if _, err := s.Tenant(ctx, "acme"); err != nil {
		t.Fatal(err)
	}
	_, err = s.Directory(ctx, dir)
	_, also := s.Space(ctx, dir, "id", auth.DefaultSpace)
	if err := errors.Join(err, also); err != nil {
		t.Error(err)
	}
}

// TestALeftLockIsSettled: by the counter that decides, which names the operation
// or does not.
func TestALeftLockIsSettled(t *testing.T) {
	s := open(t, fresh(t))
	ctx := t.Context()
	long := "01890000-0000-7000-8000-000000000000" // in 2023
	for _, c := range []struct {
		done []string
		want int
	}{{nil, 3}, {[]string{long}, 4}} {
		a, b := "a"+newRev(), "b"+newRev()
		end := epoch.Add(time.Hour)
		add(t, s, counters,
			counterDoc{ID: key(dir, a), Rev: newRev(), N: 3, Resets: end, Lock: &lock{long, key(dir, b), 4, end}},
			counterDoc{ID: key(dir, b), Rev: newRev(), N: 1, Resets: end, Done: c.done})
		got, err := s.Count(ctx, auth.Count{Directory: dir, Key: a, Window: time.Hour, Now: epoch})
		if err != nil || got[0].N != c.want {
			t.Errorf("Count with done %v: got %+v, %v; want %d", c.done, got, err, c.want)
		}
	}
}
