package storetest

import (
	"errors"
	"slices"

	"github.com/latchkey/latchkey/internal/auth"
)

// picture wants a tenant to have this picture.
func (w world) picture(id string, want []byte) {
	w.Helper()
	got, err := w.Logo(bg, id)
	if want == nil {
		refused(w, err, auth.ErrNoRecord, "Logo")
		return
	}
	must(w, err, "Logo")
	same(w, "Logo", got, want)
	v, err := w.TenantByID(bg, id)
	must(w, err, "TenantByID")
	if v.Logo != nil {
		w.Errorf("TenantByID: got the picture with the tenant")
	}
}

func aPictureIsSetKeptAndRemoved(t T, s auth.Store) {
	w := settle(t, s, "default")
	other := settle(t, s, "default")
	w.picture(w.tenant.ID, nil)
	w.picture(newID(), nil)
	for _, c := range []struct{ set, want []byte }{
		{[]byte{0, 0xff, '\'', 0}, []byte{0, 0xff, '\'', 0}},
		{nil, []byte{0, 0xff, '\'', 0}},
		{[]byte("another"), []byte("another")},
		{[]byte{}, nil},
		{nil, nil},
		{[]byte("a third"), []byte("a third")},
	} {
		got := w.edits(w.tenant.ID, func(v *auth.Tenant) {
			if v.Logo != nil {
				t.Errorf("the change was given the picture")
			}
			v.Logo = slices.Clone(c.set)
		})
		if got.Logo != nil {
			t.Errorf("UpdateTenant returned the picture")
		}
		w.picture(w.tenant.ID, c.want)
		w.picture(other.tenant.ID, nil)
	}
	v, space := newTenant("default")
	v.Logo = []byte("from the start")
	must(t, s.CreateTenant(bg, v, home(v), space, auth.Note{}), "CreateTenant")
	w.picture(v.ID, []byte("from the start"))
}

func aFailedChangeKeepsThePicture(t T, s auth.Store) {
	w := settle(t, s, "default")
	w.edits(w.tenant.ID, func(v *auth.Tenant) { v.Logo = []byte("picture") })
	fault := errors.New("changed my mind")
	for _, logo := range [][]byte{[]byte("new"), {}} {
		_, err := s.UpdateTenant(bg, w.tenant.ID, func(v *auth.Tenant) error { v.Logo = logo; return fault }, auth.Note{})
		refused(t, err, fault, "UpdateTenant")
		w.picture(w.tenant.ID, []byte("picture"))
	}
}

func originsAreKnownByThePolicy(t T, s auth.Store) {
	w, other := settle(t, s, "default"), settle(t, s, "default")
	const a, b, c = "https://a.example", "https://b.example:8443", "https://c.example"
	known := func(want ...string) {
		t.Helper()
		for _, origin := range []string{a, b, c, "", "a.example", "https://A.example", "%"} {
			got, err := s.OriginKnown(bg, origin)
			must(t, err, "OriginKnown")
			if got != slices.Contains(want, origin) {
				t.Errorf("OriginKnown of %q: got %t, want those known to be %v", origin, got, want)
			}
		}
	}
	lists := func(w world, origins ...string) {
		w.edits(w.tenant.ID, func(v *auth.Tenant) { v.Policy.AllowedOrigins = origins })
	}
	known()
	lists(w, a, b)
	known(a, b)
	lists(other, b)
	w.edits(w.tenant.ID, func(v *auth.Tenant) { v.Name, v.Status = "New", auth.TenantLocked })
	known(a, b)
	lists(w, c)
	known(b, c)
	_, err := s.UpdateTenant(bg, w.tenant.ID, func(v *auth.Tenant) error {
		v.Policy.AllowedOrigins = []string{a}
		return auth.ErrFull
	}, auth.Note{})
	refused(t, err, auth.ErrFull, "UpdateTenant")
	known(b, c)
	w.edits(other.tenant.ID, erase)
	known(c)
	lists(w)
	known()
	v, space := newTenant("default")
	v.Policy.AllowedOrigins = []string{a}
	must(t, s.CreateTenant(bg, v, home(v), space, auth.Note{}), "CreateTenant")
	known(a)
}
