package storetest

import (
	"strings"

	"github.com/latchkey/latchkey/internal/auth"
)

func listPromises() []promise[auth.Store] {
	return []promise[auth.Store]{
		{"AccountsComeNewestFirst", accountsComeNewestFirst},
		{"AccountsAreFoundByTheirTerms", accountsAreFoundByTheirTerms},
		{"AnAccountIsFoundOnce", anAccountIsFoundOnce},
		{"AccountsOfARoleOrStatus", accountsOfARoleOrStatus},
		{"AccountsOfOthersAreNotListed", accountsOfOthersAreNotListed},
		{"AccountsComeInPages", accountsComeInPages},
		{"PagesBearChanges", pagesBearChanges},
		{"NewNamesReachTheList", newNamesReachTheList},
		{"SeatsReachTheList", seatsReachTheList},
		{"StatesReachTheList", statesReachTheList},
		{"EventsAreFiltered", eventsAreFiltered},
		{"EventsComeInPages", eventsComeInPages},
		{"ActorsAreKept", actorsAreKept},
	}
}

// find asks for accounts of the world's tenant, a hundred unless q says how many.
func (w world) find(q auth.AccountQuery) []auth.FoundAccount {
	w.Helper()
	q.Directory, q.Tenant = w.tenant.Directory, w.tenant.ID
	if q.Max == 0 {
		q.Max = 100
	}
	found, err := w.Accounts(bg, q)
	must(w, err, "Accounts")
	if len(found) > q.Max {
		w.Errorf("Accounts: got %d, want %d at most", len(found), q.Max)
	}
	for i := range found {
		found[i].Account = ordered(found[i].Account)
	}
	return found
}

// lists wants a query to find these users, in this order, each whole and in its
// place.
func (w world) lists(q auth.AccountQuery, want []auth.User) {
	w.Helper()
	var wanted []auth.FoundAccount
	for _, u := range want {
		f := auth.FoundAccount{Account: w.account(u), Place: auth.AccountPlace{ID: u.ID}}
		if q.Prefix != "" {
			f.Place.Term = firstTerm(f.User, q.Prefix)
		}
		wanted = append(wanted, f)
	}
	same(w, "Accounts of "+q.Prefix+" "+q.Role+" "+string(q.Status), w.find(q), wanted)
}

// firstTerm is the first of a user's terms that begins with prefix.
func firstTerm(u auth.User, prefix string) string {
	for _, term := range u.Terms() {
		if strings.HasPrefix(term, prefix) {
			return term
		}
	}
	return "none"
}

// known adds a user of that name.
func (w world) known(name string, edit ...func(*auth.User)) auth.User {
	w.Helper()
	u := w.newUser()
	u.Name, u.Email = name, "m"+u.ID+"@example.com"
	for _, edit := range edit {
		edit(&u)
	}
	must(w, w.CreateUser(bg, u, w.seat(), auth.Note{}), "CreateUser")
	return u
}

// empty is a tenant without the user that a world begins with.
func empty(t T, s auth.Store, directory string) world {
	t.Helper()
	w := settle(t, s, directory)
	w.changed(w.user, func(a *auth.Account) { a.Seats = nil })
	return w
}

func accountsComeNewestFirst(t T, s auth.Store) {
	w := empty(t, s, "default")
	w.lists(auth.AccountQuery{}, nil)
	full := w.fullUser() // its creation is said to be at the same time
	must(t, s.CreateUser(bg, full, w.seat(), auth.Note{}), "CreateUser")
	b, c := w.join(), w.joinAs(auth.RoleAdmin)
	w.lists(auth.AccountQuery{}, []auth.User{c, b, full})
	w.lists(auth.AccountQuery{Max: 2}, []auth.User{c, b})
	w.lists(auth.AccountQuery{After: auth.AccountPlace{ID: c.ID}}, []auth.User{b, full})
	w.lists(auth.AccountQuery{After: auth.AccountPlace{ID: full.ID}}, nil)
}

func accountsAreFoundByTheirTerms(t T, s auth.Store) {
	w := empty(t, s, "default")
	ann := w.known("Ann Lee", func(u *auth.User) { u.Username, u.Mobile = "annl", "+821012345678" })
	bob := w.known("Bob  ANN Ray", func(u *auth.User) { u.Nickname, u.Email = "Annie", "bob@ann.example" })
	twin := w.known("Ann Lee")
	odd := w.known("100% Ünï_x \\ 'q'", func(u *auth.User) { u.Nickname = "김안나 Ｆｕｌｌ" })
	end := w.known("\U0010ffff z \ud7a3")
	for prefix, want := range map[string][]auth.User{
		"ann":     {ann, twin, bob}, // ann lee, ann lee, ann ray
		"ann lee": {ann, twin}, "ann lee ": nil, "lee": {ann, twin}, "annl": {ann}, "ann r": {bob}, "anni": {bob}, "ray": {bob},
		"bob ann ray": {bob}, "bob@": {bob}, "821": {ann}, "+821012345678": {ann}, "1012": nil, "ann.example": nil,
		"100%": {odd}, "1%": nil, "1__%": nil, "%": nil, "_": nil, "ünï_x": {odd}, "ün__x": nil, "u": nil, "\\": {odd}, "'": {odd},
		"김": {odd}, "김안나 full": {odd}, "안나": nil, "\U0010ffff": {end}, "\ud7a3": {end}, "\ud7a2": nil, "z": {end}, "ANN": nil,
		ann.Email: {ann}, "m" + ann.ID: {ann},
	} {
		w.lists(auth.AccountQuery{Prefix: prefix}, want)
	}
}

// anAccountIsFoundOnce: at the first of the terms that fit, on whichever page.
func anAccountIsFoundOnce(t T, s auth.Store) {
	w := empty(t, s, "default")
	annex := w.newSpace("annex")
	must(t, s.CreateSpace(bg, annex, auth.Note{}), "CreateSpace")
	a := w.known("ada adb adc add", func(u *auth.User) { u.Nickname, u.Username = "ade adf", "adg" })
	b := w.known("adb x", func(u *auth.User) { u.Nickname = "ada z" })
	c := w.known("adc adc adc", func(u *auth.User) { u.Username = "adc" })
	w.changed(a, func(v *auth.Account) {
		v.Seats = append(v.Seats, auth.Seat{Tenant: w.tenant.ID, Space: annex.ID, Role: auth.RoleManager})
	})
	want := []auth.User{a, b, c} // ada adb adc add, ada z, adc
	w.lists(auth.AccountQuery{Prefix: "ad"}, want)
	w.lists(auth.AccountQuery{}, []auth.User{c, b, a})
	for max := range 3 {
		w.paged(auth.AccountQuery{Prefix: "ad", Max: max + 1}, w.find(auth.AccountQuery{Prefix: "ad"}))
	}
	w.lists(auth.AccountQuery{Prefix: "adc"}, []auth.User{c, a}) // adc, adc add
	w.lists(auth.AccountQuery{Prefix: "ad", Role: auth.RoleManager}, []auth.User{a})
	w.lists(auth.AccountQuery{Role: auth.RoleUser}, []auth.User{c, b, a})
}
