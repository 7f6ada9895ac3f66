package storetest

import (
	"slices"

	"github.com/latchkey/latchkey/internal/auth"
)

// listsAreCopies: the lists in what a caller gave, or was given, are the
// caller's own.
func listsAreCopies(t T, s auth.Store) {
	w := settle(t, s, "default")
	role, key, logo := w.role("editor"), newAPIKey("ci"), []byte("picture")
	apart := auth.Directory{ID: newID(), Name: "apart", Sealed: []byte("url"), CreatedAt: start}
	given := auth.Directory{ID: apart.ID, Name: apart.Name, Sealed: slices.Clone(apart.Sealed), CreatedAt: start}
	must(t, s.CreateRole(bg, role, auth.Note{}), "CreateRole")
	must(t, s.AddAPIKey(bg, key, auth.Note{}), "AddAPIKey")
	settleIn(t, s, given)
	w.edits(w.tenant.ID, func(v *auth.Tenant) { v.Logo = logo })
	seats := []auth.Seat{w.seat()}
	seats[0].Role = "editor"
	w.changed(w.user, func(a *auth.Account) { a.Seats = seats })
	wantRole, wantKey := w.role("editor"), key
	wantKey.Proof = []byte("proof")
	wantSeat := seats[0]
	wantSeat.Permissions = wantRole.Permissions

	scribble(role.Permissions)
	scribble(key.Proof, given.Sealed, logo)
	scribble(seats)
	for range 2 { // the first time for what was given in, then for what came out
		w.hasRoles(wantRole)
		hasKeys(t, s, wantKey)
		w.picture(w.tenant.ID, []byte("picture"))
		d, err := s.Directory(bg, apart.ID)
		must(t, err, "Directory")
		same(t, "Directory", d, apart)
		a, err := s.Account(bg, "default", w.user.ID)
		must(t, err, "Account")
		same(t, "the seats", a.Seats, []auth.Seat{wantSeat})
		w.scribbleAll(d, a)
	}
}

// scribbleAll writes over what comes out of the store, in a change too.
func (w world) scribbleAll(d auth.Directory, a auth.Account) {
	w.Helper()
	scribble(d.Sealed)
	scribble(a.Seats[0].Permissions)
	scribble(a.Seats)
	roles, err := w.Roles(bg, "default", w.tenant.ID)
	must(w, err, "Roles")
	scribble(roles[0].Permissions)
	keys, err := w.APIKeys(bg, auth.KeyOperator)
	must(w, err, "APIKeys")
	key, err := w.APIKey(bg, keys[0].ID)
	must(w, err, "APIKey")
	logo, err := w.Logo(bg, w.tenant.ID)
	must(w, err, "Logo")
	all, err := w.Directories(bg, "", 10)
	must(w, err, "Directories")
	scribble(keys[0].Proof, key.Proof, logo, all[0].Sealed, all[1].Sealed)
	for _, f := range w.find(auth.AccountQuery{}) {
		scribble(f.Seats[0].Permissions)
		scribble(f.Seats)
	}
	_, err = w.ChangeAccount(bg, w.change(w.user, func(a *auth.Account) error {
		scribble(a.Seats[0].Permissions)
		scribble(a.Seats)
		return auth.ErrFull
	}))
	refused(w, err, auth.ErrFull, "ChangeAccount")
	got, err := w.UpdateRole(bg, "default", w.tenant.ID, "editor", func(*auth.Role) error { return nil }, auth.Note{})
	must(w, err, "UpdateRole")
	scribble(got.Permissions)
	changed := w.changed(w.user, func(*auth.Account) {})
	scribble(changed.Seats[0].Permissions)
	scribble(changed.Seats)
}
