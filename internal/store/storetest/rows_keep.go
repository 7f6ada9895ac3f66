package storetest

import (
	"bytes"
	"slices"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

// rowsAreEverything: a store that was made of another one's rows gives the same
// answers, and the same rows.
func rowsAreEverything(t T, s auth.Store) {
	f := fill(t, s)
	before, all := f.answers(), everything(t, s)
	for _, kind := range auth.RowKinds() {
		if len(all[kind]) != filled[kind] {
			t.Errorf("rows of %s: got %d, want %d", kind, len(all[kind]), filled[kind])
		}
	}
	cleared(t, s, all)
	if emptied := f.answers(); len(emptied) != len(before) {
		t.Errorf("answers of an empty store: got %d, want %d", len(emptied), len(before))
	} else {
		same(t, "Trails of an empty store", emptied["Trails"], []string(nil))
		same(t, "Waiting of an empty store", emptied["Waiting"], []int{0, 0})
	}
	for _, u := range f.users {
		_, err := s.User(bg, u.Directory, u.ID)
		refused(t, err, auth.ErrNoRecord, "User of an empty store")
	}
	put(t, s, all)
	same(t, "answers of the copy", f.answers(), before)
	same(t, "rows of the copy", everything(t, s), all)
	f.settingsStand()
	again, space := newTenant("there")
	again.Slug = "gone"
	refused(t, s.CreateTenant(bg, again, home(again), space, auth.Note{}), auth.ErrTaken, "CreateTenant with a slug that a deleted one had")
}

// settingsStand wants the digests that were kept to be those of fillRegistry.
func (f *full) settingsStand() {
	f.Helper()
	var changed []string
	err := f.SettingsInForce(bg, map[string]string{"Ü": "2", "a": ""}, func(names []string) auth.Note {
		changed = slices.Clone(names)
		return auth.Note{}
	})
	must(f, err, "SettingsInForce")
	same(f, "settings that changed", changed, []string{"Ü"})
}

// rowsHaveOneSpelling: that of the functions that make rows.
func rowsHaveOneSpelling(t T, s auth.Store) {
	fill(t, s)
	for kind, rows := range everything(t, s) {
		for _, r := range rows {
			made, err := respelled(r)
			must(t, err, "read a row of "+kind)
			if made.Key != r.Key || !bytes.Equal(made.Data, r.Data) {
				t.Errorf("row of %s: got %q %s, want %q %s", kind, r.Key, r.Data, made.Key, made.Data)
			}
		}
	}
}

// respelled reads a row and makes it again.
func respelled(r auth.Row) (auth.Row, error) {
	switch r.Kind {
	case auth.RowDirectories:
		return remade(r.Directory, auth.DirectoryRow)
	case auth.RowTenants:
		return remade(r.Tenant, auth.TenantRow)
	case auth.RowAPIKeys:
		return remade(r.APIKey, auth.APIKeyRow)
	case auth.RowKeys:
		return remade(r.SigningKey, auth.KeyRow)
	case auth.RowSettings:
		name, digest, err := r.Setting()
		if err != nil {
			return r, err
		}
		return auth.SettingRow(name, digest)
	case auth.RowSpaces:
		return remade(r.Space, auth.SpaceRow)
	case auth.RowRoles:
		return remade(r.Role, auth.RoleRow)
	case auth.RowAccounts:
		return remade(r.Account, auth.AccountRow)
	case auth.RowTickets:
		return remade(r.Ticket, auth.TicketRow)
	case auth.RowCounters:
		return remade(r.Counter, auth.CounterRow)
	case auth.RowMails:
		return remade(r.Letter, auth.MailRow)
	case auth.RowEvents:
		return remade(r.Link, auth.EventRow)
	}
	return remade(r.Head, auth.HeadRow)
}

func remade[V any](read func() (V, error), row func(V) (auth.Row, error)) (auth.Row, error) {
	v, err := read()
	if err != nil {
		return auth.Row{}, err
	}
	return row(v)
}

// rowsComeInPages: of every size, in the order of their keys.
func rowsComeInPages(t T, s auth.Store) {
	fill(t, s)
	for kind, all := range everything(t, s) {
		for page := 1; page <= len(all)+1; page++ {
			same(t, "rows of "+kind, rowsOf(t, s, kind, page), all)
		}
	}
	_, err := rowsIn(t, s).Rows(bg, "nothing", "", 1)
	if err == nil {
		t.Errorf("Rows of a kind that there is not: got no error")
	}
}

// puttingAgainChangesNothing: a copy may be interrupted anywhere and begun again.
func puttingAgainChangesNothing(t T, s auth.Store) {
	f := fill(t, s)
	before, all := f.answers(), everything(t, s)
	for _, kind := range auth.RowKinds() {
		must(t, rowsIn(t, s).PutRows(bg, all[kind]), "PutRows of "+kind)
		must(t, rowsIn(t, s).PutRows(bg, append(all[kind], all[kind]...)), "PutRows of "+kind+" twice")
	}
	must(t, rowsIn(t, s).PutRows(bg, nil), "PutRows of none")
	same(t, "answers", f.answers(), before)
	same(t, "rows", everything(t, s), all)
}

// sessionsLiveOnInACopy: each with the token that it has, and none longer than it
// would have.
func sessionsLiveOnInACopy(t T, s auth.Store) {
	f := fill(t, s)
	copied(t, s)
	v := f.session(f.sessions[0])
	r := f.rotation(v, 2, 4*time.Minute)
	f.rotates(r, auth.Rotated, moved(v, r))
	last := f.session(v)
	f.rotates(f.rotation(v, 2, 4*time.Minute+time.Second), auth.Repeated, last)
	f.rotates(f.rotation(f.sessions[1], 0, 4*time.Minute), auth.Ended, f.session(f.sessions[1]))
	f.rotates(f.rotation(f.sessions[2], 0, 4*time.Minute), auth.Expired, f.session(f.sessions[2]))
	e := auth.Ending{Directory: v.Directory, User: v.User, Session: f.sessions[4].ID, At: start.Add(5 * time.Minute), Forget: true}
	must(t, s.EndSession(bg, e), "EndSession")
	_, err := s.Device(bg, v.Directory, v.User, "phone")
	refused(t, err, auth.ErrNoRecord, "Device")
	got, err := s.Attempt(bg, f.tickets[0].TicketKey, right, start)
	must(t, err, "Attempt")
	same(t, "tries that were left", got.Tries, f.tickets[0].Tries-1)
}

// theRecordGoesOnInACopy: from where it ended.
func theRecordGoesOnInACopy(t T, s auth.Store) {
	f := fill(t, s)
	before := trail(t, s, "there")
	copied(t, s)
	same(t, "the record", trail(t, s, "there"), before)
	must(t, s.Write(bg, f.note("next", start)), "Write")
	after := trail(t, s, "there")
	if len(after) != len(before)+1 {
		t.Fatalf("links: got %d, want %d", len(after), len(before)+1)
	}
	same(t, "the record before", after[:len(before)], before)
	trail(t, s, "there-2")
	trail(t, s, "default")
}

// mailsGoOutOfACopy: those that wait, when they are due, and no other.
func mailsGoOutOfACopy(t T, s auth.Store) {
	fill(t, s)
	copied(t, s)
	for _, step := range []struct {
		after time.Duration
		want  int
	}{{0, 1}, {30 * time.Minute, 0}, {time.Hour, 1}, {2 * time.Hour, 0}} {
		got, err := s.Lease(bg, start.Add(step.after), 100*time.Hour, 10)
		must(t, err, "Lease")
		if len(got) != step.want {
			t.Errorf("Lease after %s: got %d mails, want %d", step.after, len(got), step.want)
		}
	}
}

// aCopyIsSwept: of all that is over, like what it was copied from.
func aCopyIsSwept(t T, s auth.Store) {
	f := fill(t, s)
	copied(t, s)
	f.swept(9*time.Hour, 9*time.Hour, -time.Hour)
	for i, v := range f.sessions {
		_, err := s.Session(bg, v.Directory, v.ID)
		refused(t, err, auth.ErrNoRecord, "Session "+f.sessions[i].DeviceName)
	}
	for _, kind := range []string{auth.RowTickets, auth.RowCounters} {
		same(t, "rows of "+kind, rowsOf(t, s, kind, 10), []auth.Row(nil))
	}
	if left := rowsOf(t, s, auth.RowMails, 10); len(left) != 2 {
		t.Errorf("mails: got %d, want the 2 that wait", len(left))
	}
	trail(t, s, "there")
}
