package storetest

import (
	"slices"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

// dossier reads the row of an account.
func (f *full) dossier(u auth.User) (auth.Dossier, auth.Row) {
	f.Helper()
	for _, r := range rowsOf(f, f.Store, auth.RowAccounts, 100) {
		if r.Key != auth.RowKey(u.Directory, u.ID) {
			continue
		}
		a, err := r.Account()
		must(f, err, "read the row of an account")
		return a, r
	}
	f.Fatalf("there is no row of the account %s", u.ID)
	return auth.Dossier{}, auth.Row{}
}

// puts puts an account.
func (f *full) puts(a auth.Dossier) {
	f.Helper()
	r, err := auth.AccountRow(a)
	must(f, err, "AccountRow")
	must(f, rowsIn(f, f.Store).PutRows(bg, []auth.Row{r}), "PutRows")
}

// aRowReplacesAnother: with all that was in it, and nothing else.
func aRowReplacesAnother(t T, s auth.Store) {
	f := fill(t, s)
	u := f.users[3]
	before, all := f.answers(), everything(t, s)
	a, was := f.dossier(u)
	if len(a.Sessions) != 4 || len(a.Devices) != 2 {
		t.Fatalf("the account: got %d sessions and %d devices, want 4 and 2", len(a.Sessions), len(a.Devices))
	}
	gone := a.Sessions[0]
	a.User.Name, a.User.PasswordHash, a.User.Status = "Zoë", "$other$", auth.UserDisabled
	a.Sessions, a.Devices, a.Seats[0].Role = a.Sessions[1:], a.Devices[:1], "editor"
	f.puts(a)
	_, err := s.Session(bg, gone.Directory, gone.ID)
	refused(t, err, auth.ErrNoRecord, "Session that the row does not have")
	got, err := s.User(bg, u.Directory, u.ID)
	must(t, err, "User")
	same(t, "User", got, a.User)
	for q, want := range map[auth.AccountQuery]int{{Prefix: "zoë"}: 1, {Prefix: "ann"}: 3, {Role: "editor"}: 2, {Status: auth.UserDisabled}: 2} {
		if found := f.find(q); len(found) != want {
			t.Errorf("Accounts of %q %q %q: got %d, want %d", q.Prefix, q.Role, q.Status, len(found), want)
		}
	}
	must(t, rowsIn(t, s).PutRows(bg, []auth.Row{was}), "PutRows")
	f.tenantReplaced()
	same(t, "answers after everything was put back", f.answers(), before)
	same(t, "rows after everything was put back", everything(t, s), all)
}

// tenantReplaced changes a tenant by its row, and back.
func (f *full) tenantReplaced() {
	f.Helper()
	var was auth.Row
	for _, r := range rowsOf(f, f.Store, auth.RowTenants, 100) {
		if r.Key == f.tenant.ID {
			was = r
		}
	}
	v, err := was.Tenant()
	must(f, err, "read the row of a tenant")
	v.Logo, v.Policy.AllowedOrigins = nil, []string{"https://c.example"}
	now, err := auth.TenantRow(v)
	must(f, err, "TenantRow")
	must(f, rowsIn(f, f.Store).PutRows(bg, []auth.Row{now}), "PutRows")
	f.picture(f.tenant.ID, nil)
	for origin, want := range map[string]bool{"https://a.example": false, "https://c.example": true} {
		known, err := f.OriginKnown(bg, origin)
		must(f, err, "OriginKnown")
		same(f, "OriginKnown "+origin, known, want)
	}
	must(f, rowsIn(f, f.Store).PutRows(bg, []auth.Row{was}), "PutRows")
}

// anAccountTakesItsNames: from whoever has them, and who has none of them stays.
func anAccountTakesItsNames(t T, s auth.Store) {
	for name, take := range map[string]func(to *auth.User, from auth.User){
		"email":    func(to *auth.User, from auth.User) { to.Email = from.Email },
		"username": func(to *auth.User, from auth.User) { to.Username = from.Username },
		"mobile":   func(to *auth.User, from auth.User) { to.Mobile = from.Mobile },
	} {
		f := fill(t, s)
		from, _ := f.dossier(f.user)
		to, _ := f.dossier(f.users[3])
		rows := len(rowsOf(t, s, auth.RowAccounts, 100))
		take(&to.User, from.User)
		f.puts(to)
		_, err := s.User(bg, from.User.Directory, from.User.ID)
		refused(t, err, auth.ErrNoRecord, "User whose "+name+" another one took")
		_, err = s.Session(bg, from.User.Directory, from.Sessions[0].ID)
		refused(t, err, auth.ErrNoRecord, "Session of a user whose "+name+" another one took")
		got, err := s.User(bg, to.User.Directory, to.User.ID)
		must(t, err, "User")
		same(t, "User who took the "+name, got, to.User)
		if left := len(rowsOf(t, s, auth.RowAccounts, 100)); left != rows-1 {
			t.Errorf("accounts: got %d, want %d", left, rows-1)
		}
		cleared(t, s, everything(t, s))
	}
}

// droppedRowsAreGone: those, and no other; and what is not there is no error.
func droppedRowsAreGone(t T, s auth.Store) {
	fill(t, s)
	all := everything(t, s)
	for _, kind := range slices.Backward(auth.RowKinds()) {
		if kind == auth.RowDirectories || kind == auth.RowTenants { // are referred to
			continue
		}
		rows := all[kind]
		drop := rows[len(rows)/2].Key
		none := auth.RowKey("there", newID(), "login", newID())
		if kind == auth.RowEvents {
			none = auth.RowKey("there", auth.RowNumber(1000))
		}
		must(t, rowsIn(t, s).DropRows(bg, kind, []string{drop, none, drop}), "DropRows of "+kind)
		left := slices.DeleteFunc(slices.Clone(rows), func(r auth.Row) bool { return r.Key == drop })
		same(t, "rows of "+kind, rowsOf(t, s, kind, 100), left)
		all[kind] = left
	}
	same(t, "all rows", everything(t, s), all)
	if rowsIn(t, s).DropRows(bg, "nothing", []string{"a"}) == nil {
		t.Errorf("DropRows of a kind that there is not: got no error")
	}
}

// rowsThatCannotBeReadChangeNothing: not even those before them.
func rowsThatCannotBeReadChangeNothing(t T, s auth.Store) {
	f := fill(t, s)
	before := everything(t, s)
	for _, kind := range auth.RowKinds() {
		changed := before[kind][0]
		for name, bad := range map[string]auth.Row{
			"of another kind":  before[auth.RowKinds()[(slices.Index(auth.RowKinds(), kind)+1)%len(before)]][0],
			"of no kind":       {Kind: "nothing", Key: "a", Data: []byte("{}")},
			"with no JSON":     {Kind: kind, Key: "a", Data: []byte("{")},
			"of a newer build": {Kind: kind, Key: "a", Data: []byte(`{"newer":1}`)},
		} {
			if rowsIn(t, s).PutRows(bg, []auth.Row{f.otherwise(changed), bad}) == nil {
				t.Errorf("PutRows of %s with a row %s: got no error", kind, name)
			}
		}
	}
	same(t, "rows", everything(t, s), before)
}

// otherwise is a row with another thing in it, where that is easy: of counters
// and accounts.
func (f *full) otherwise(r auth.Row) auth.Row {
	f.Helper()
	var err error
	switch r.Kind {
	case auth.RowCounters:
		var c auth.Counter
		c, err = r.Counter()
		must(f, err, "read the row of a counter")
		c.N += 7
		r, err = auth.CounterRow(c)
	case auth.RowAccounts:
		var a auth.Dossier
		a, err = r.Account()
		must(f, err, "read the row of an account")
		a.User.UpdatedAt = a.User.UpdatedAt.Add(time.Hour)
		r, err = auth.AccountRow(a)
	}
	must(f, err, "make a row")
	return r
}
