package auth_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/latchkey/latchkey/internal/auth"
)

// TestRoles: made, listed, changed and deleted; what is given is replaced.
func TestRoles(t *testing.T) {
	s := staffed(t)
	root := s.by(t, "root")
	v, err := s.CreateRole(t.Context(), root, auth.NewRoleInput{Name: "billing", Description: "Invoices", Permissions: []string{"b:write", "a:read", "b:write"}})
	must(t, err)
	if v.Name != "billing" || v.BuiltIn || !slices.Equal(v.Permissions, []string{"a:read", "b:write"}) {
		t.Errorf("got %+v", v)
	}
	_, err = s.CreateRole(t.Context(), root, auth.NewRoleInput{Name: "billing"})
	refused(t, "again", err, auth.ErrRoleTaken)
	_, err = s.CreateRole(t.Context(), s.by(t, "eve"), auth.NewRoleInput{Name: "billing"})
	refused(t, "in another tenant", err, nil)
	names := func(by auth.Caller) (all string) {
		list, err := s.ListRoles(t.Context(), by, struct{}{})
		must(t, err)
		for _, r := range list {
			if r.Permissions == nil {
				t.Errorf("the permissions of %s are null", r.Name)
			}
			all += fmt.Sprintf("%s %t, ", r.Name, r.BuiltIn)
		}
		return all
	}
	if got := names(root); got != "user true, manager true, admin true, billing false, clerk false, " {
		t.Errorf("got %s", got)
	}
	v, err = s.UpdateRole(t.Context(), root, auth.RoleChange{RoleRef: auth.RoleRef{Name: "billing"}, Description: "Money"})
	if err != nil || v.Description != "Money" || len(v.Permissions) != 2 {
		t.Errorf("got %+v, %v", v, err)
	}
	v, err = s.UpdateRole(t.Context(), root, auth.RoleChange{RoleRef: auth.RoleRef{Name: "billing"}, Permissions: []string{}})
	if err != nil || v.Description != "Money" || len(v.Permissions) != 0 {
		t.Errorf("got %+v, %v", v, err)
	}
	_, err = s.DeleteRole(t.Context(), root, auth.RoleRef{Name: "clerk"})
	refused(t, "one that somebody has", err, auth.ErrRoleInUse)
	out, err := s.DeleteRole(t.Context(), root, auth.RoleRef{Name: "billing"})
	if err != nil || !out.Deleted {
		t.Errorf("got %+v, %v", out, err)
	}
	_, err = s.DeleteRole(t.Context(), root, auth.RoleRef{Name: "billing"})
	refused(t, "again", err, auth.ErrRoleNotFound)
	_, err = s.UpdateRole(t.Context(), root, auth.RoleChange{RoleRef: auth.RoleRef{Name: "billing"}, Description: "x"})
	refused(t, "change what is gone", err, auth.ErrRoleNotFound)
	if got := names(s.by(t, "eve")); !strings.Contains(got, "billing") {
		t.Errorf("another tenant's went with it: %s", got)
	}
}

// TestRoleInput: names and permissions that are refused, and the built-in ones.
func TestRoleInput(t *testing.T) {
	s := staffed(t)
	root := s.by(t, "root")
	for _, bad := range []string{"", "a", "A1", "1a", "a b", "a:b", "-a", "admin", "user", "manager", "rоle", strings.Repeat("a", 33), "a\n", "../a"} {
		_, err := s.CreateRole(t.Context(), root, auth.NewRoleInput{Name: bad})
		problem(t, bad, err, "name")
	}
	many := func(n int) (all []string) {
		for i := range n {
			all = append(all, fmt.Sprintf("p%d:read", i))
		}
		return all
	}
	for name, bad := range map[string][]string{
		"no colon": {"orders"}, "empty": {""}, "capitals": {"Orders:read"}, "spaces": {"orders: read"}, "four parts": {"a:b:c:d"}, "one of two": {"a:b", "x"},
		"a quote": {"a:'b"}, "long": {strings.Repeat("a", 33) + ":b"}, "101": many(101), "a break": {"a:b\n"}, "a star first": {"*:read"},
	} {
		_, err := s.CreateRole(t.Context(), root, auth.NewRoleInput{Name: "billing", Permissions: bad})
		problem(t, "create, "+name, err, "permissions")
		_, err = s.UpdateRole(t.Context(), root, auth.RoleChange{RoleRef: auth.RoleRef{Name: "clerk"}, Permissions: bad})
		problem(t, "update, "+name, err, "permissions")
	}
	for i, good := range [][]string{nil, {"a:b"}, {"orders:read:own"}, {"orders:*"}, many(100)} {
		_, err := s.CreateRole(t.Context(), root, auth.NewRoleInput{Name: fmt.Sprintf("role-%d", i), Permissions: good})
		refused(t, fmt.Sprint(len(good)), err, nil)
	}
	for _, name := range []string{auth.RoleUser, auth.RoleManager, auth.RoleAdmin} {
		_, err := s.UpdateRole(t.Context(), root, auth.RoleChange{RoleRef: auth.RoleRef{Name: name}, Permissions: []string{"a:b"}})
		problem(t, "change "+name, err, "name")
		_, err = s.DeleteRole(t.Context(), root, auth.RoleRef{Name: name})
		problem(t, "delete "+name, err, "name")
	}
}

// TestTooManyRoles: a tenant has two hundred, another one its own.
func TestTooManyRoles(t *testing.T) {
	s := staffed(t)
	for i := range 199 {
		s.addRole(t, home, fmt.Sprintf("role-%d", i))
	}
	_, err := s.CreateRole(t.Context(), s.by(t, "root"), auth.NewRoleInput{Name: "one-more"})
	refused(t, "the next", err, auth.ErrTooManyRoles)
	_, err = s.CreateRole(t.Context(), s.by(t, "eve"), auth.NewRoleInput{Name: "one-more"})
	refused(t, "another tenant's", err, nil)
}

// TestAChangeOfARoleIsThereAtOnce: for everybody who has it, in the next request
// and in the next token.
func TestAChangeOfARoleIsThereAtOnce(t *testing.T) {
	s := staffed(t)
	s.seats(t, s.id["ben"], s.main(t, home, "clerk"))
	for _, name := range []string{"kim", "ben"} {
		if by := s.by(t, name); !slices.Equal(by.Seat.Permissions, []string{"orders:read"}) {
			t.Errorf("%s: before: %q", name, by.Seat.Permissions)
		}
	}
	want := []string{"orders:read", "orders:write"}
	_, err := s.UpdateRole(t.Context(), s.by(t, "root"), auth.RoleChange{RoleRef: auth.RoleRef{Name: "clerk"}, Permissions: want})
	must(t, err)
	for _, name := range []string{"kim", "ben"} {
		if by := s.by(t, name); !slices.Equal(by.Seat.Permissions, want) {
			t.Errorf("%s: in the next request: %q", name, by.Seat.Permissions)
		}
		g, err := s.refresh(t, s.in[name].RefreshToken)
		must(t, err)
		if c, err := s.Verifier.Verify(string(g.AccessToken)); err != nil || !slices.Equal(c.Permissions, want) {
			t.Errorf("%s: in the next token: %q, %v", name, c.Permissions, err)
		}
	}
	_, err = s.ChangeRole(t.Context(), s.by(t, "root"), auth.ChangeRoleInput{UserID: s.id["kim"], NewRole: auth.RoleUser})
	must(t, err)
	if by := s.by(t, "kim"); by.Seat.Role != auth.RoleUser || len(by.Seat.Permissions) != 0 {
		t.Errorf("after a change of role: %+v", by.Seat)
	}
}

// TestNobodyIsLeftWithARoleThatIsGone: of one that deletes it and many that give
// it at the same time, either it stays or nobody has it.
func TestNobodyIsLeftWithARoleThatIsGone(t *testing.T) {
	for range 10 {
		s := staffed(t)
		s.addRole(t, home, "idle")
		root := s.by(t, "root")
		var all sync.WaitGroup
		for _, name := range []string{"ben", "mia", "carl"} {
			all.Go(func() {
				_, err := s.ChangeRole(t.Context(), root, auth.ChangeRoleInput{UserID: s.id[name], NewRole: "idle"})
				if err != nil && !isAnswer(err, auth.ErrValidation) && !isAnswer(err, auth.ErrRoleNotFound) {
					t.Error(err)
				}
			})
		}
		var gone error
		all.Go(func() { _, gone = s.DeleteRole(t.Context(), root, auth.RoleRef{Name: "idle"}) })
		all.Wait()
		for _, name := range []string{"ben", "mia", "carl"} {
			if s.role(t, s.id[name], home) == "idle" && gone == nil {
				t.Fatalf("%s has a role that is gone", name)
			}
		}
	}
}

// TestSpaces: each tenant has its own, the default one first.
func TestSpaces(t *testing.T) {
	s := staffed(t)
	s.clock.advance(1e9)
	root := s.by(t, "root")
	v, err := s.CreateSpace(t.Context(), root, auth.NewSpaceInput{Name: "seoul", Title: "Seoul office"})
	must(t, err)
	_, err = s.CreateSpace(t.Context(), root, auth.NewSpaceInput{Name: "seoul"})
	refused(t, "again", err, auth.ErrSpaceTaken)
	_, err = s.CreateSpace(t.Context(), s.by(t, "eve"), auth.NewSpaceInput{Name: "seoul"})
	refused(t, "in another tenant", err, nil)
	all, err := s.ListSpaces(t.Context(), root, struct{}{})
	must(t, err)
	if len(all) != 2 || all[0].Name != auth.DefaultSpace || all[1] != v || v.Title != "Seoul office" {
		t.Errorf("got %+v", all)
	}
	for _, bad := range []string{"", "a", "Seoul", "se oul", "-x", "../x", strings.Repeat("a", 64)} {
		_, err := s.CreateSpace(t.Context(), root, auth.NewSpaceInput{Name: bad})
		problem(t, bad, err, "name")
	}
	_, err = s.CreateSpace(t.Context(), root, auth.NewSpaceInput{Name: "busan", Title: strings.Repeat("x", 101)})
	problem(t, "a long title", err, "displayName")
}
