package auth

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestRowKeysSortAsTheirParts: directories, ids and numbers in the order in which
// a database sorts columns.
func TestRowKeysSortAsTheirParts(t *testing.T) {
	var keys []string
	for _, directory := range []string{"a", "a!", "a-b", "a0", "default", "there", "there-2"} {
		for _, n := range []int64{0, 1, 9, 10, 123, 9_223_372_036_854_775_807} {
			keys = append(keys, RowKey(directory, RowNumber(n)))
		}
	}
	if !slices.IsSorted(keys) {
		t.Errorf("got %q, want them in order", keys)
	}
}

func TestRowPartsAreThoseOfTheKey(t *testing.T) {
	for _, c := range []struct {
		key  string
		n    int
		want []string
	}{
		{RowKey("d", "t", "login", "id with spaces"), 4, []string{"d", "t", "login", "id with spaces"}},
		{RowKey("d", "", "x"), 3, []string{"d", "", "x"}},
		{"alone", 1, []string{"alone"}},
		{"", 2, []string{"", ""}},
		{"d", 3, []string{"d", "", ""}},
	} {
		if diff := cmp.Diff(c.want, RowParts(c.key, c.n)); diff != "" {
			t.Errorf("%d parts of %q (-want +got):\n%s", c.n, c.key, diff)
		}
	}
}

// TestAnAccountsRowHasAll: with the hash, which every other encoder hides, and in
// one spelling whatever the order in which a store read it.
func TestAnAccountsRowHasAll(t *testing.T) {
	at := time.Date(2030, 1, 2, 3, 4, 5, 6_000_000, time.UTC)
	session := func(id string) Session {
		return Session{ID: id, Directory: "d", User: "u", Tenant: "t", Space: "s", Counter: 3, CreatedAt: at, RotatedAt: at, LastSeen: at, IdleUntil: at, ExpiresAt: at}
	}
	a := Dossier{
		User:     User{ID: "u", Directory: "d", Email: "a@example.com", PasswordHash: "$hash$", Status: UserActive, CreatedAt: at, UpdatedAt: at},
		Seats:    []Seat{{Tenant: "t", Space: "s", Role: RoleUser, Main: true}, {Tenant: "t2", Space: "a", Role: RoleUser}},
		Sessions: []Session{session("1"), session("2")},
		Devices:  []Device{{Directory: "d", User: "u", ID: "1", SeenAt: at}, {Directory: "d", User: "u", ID: "2", Generation: 2, SeenAt: at}},
	}
	r, err := AccountRow(a)
	if err != nil {
		t.Fatal(err)
	}
	got, err := r.Account()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(a, got); diff != "" || got.User.PasswordHash.Reveal() != "$hash$" {
		t.Errorf("the account (-put +read):\n%s", diff)
	}
	slices.Reverse(a.Seats)
	slices.Reverse(a.Sessions)
	slices.Reverse(a.Devices)
	if turned, err := AccountRow(a); err != nil || !bytes.Equal(turned.Data, r.Data) {
		t.Errorf("in another order: got %s and error %v, want %s", turned.Data, err, r.Data)
	}
}

// TestAnEmptyListIsNoneAndStaysOne: a tenant may allow no origin at all, which is
// not to leave it open.
func TestAnEmptyListIsNoneAndStaysOne(t *testing.T) {
	for _, origins := range [][]string{nil, {}, {"https://a.example"}} {
		r, err := TenantRow(Tenant{ID: "t", Policy: Policy{AllowedOrigins: origins}})
		if err != nil {
			t.Fatal(err)
		}
		got, err := r.Tenant()
		if err != nil || (got.Policy.AllowedOrigins == nil) != (origins == nil) || !slices.Equal(got.Policy.AllowedOrigins, origins) {
			t.Errorf("origins: got %#v and error %v, want %#v", got.Policy.AllowedOrigins, err, origins)
		}
	}
}

func TestRowsThatAreNotUnderstoodAreRefused(t *testing.T) {
	for name, r := range map[string]Row{
		"another kind":      {Kind: RowSpaces, Data: []byte(`{}`)},
		"no JSON":           {Kind: RowRoles, Data: []byte(`{`)},
		"of a newer build":  {Kind: RowRoles, Data: []byte(`{"newer":1}`)},
		"another thing yet": {Kind: RowRoles, Data: []byte(`[]`)},
	} {
		if _, err := r.Role(); err == nil || strings.Contains(err.Error(), "newer\":1") {
			t.Errorf("%s: got error %v, want one that does not repeat the row", name, err)
		}
	}
}
