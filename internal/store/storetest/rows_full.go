package storetest

import (
	"fmt"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

// full is a store with something of everything in it.
type full struct {
	world
	other    world // in another directory of the same database
	users    []auth.User
	sessions []auth.Session
	tickets  []auth.Ticket
	counters []auth.Count
	tenants  []auth.Tenant
}

// filled is how many rows of each kind that is.
var filled = map[string]int{
	auth.RowDirectories: 4, auth.RowTenants: 4, auth.RowAPIKeys: 3, auth.RowKeys: 2, auth.RowSettings: 2, auth.RowSpaces: 4, auth.RowRoles: 3,
	auth.RowAccounts: 5, auth.RowTickets: 2, auth.RowCounters: 3, auth.RowMails: 4, auth.RowEvents: 14, auth.RowHeads: 3,
}

// Fill puts something of everything into an empty store, for tests that copy one
// store into another.
func Fill(t T, s auth.Store) {
	t.Helper()
	fill(t, s)
}

func fill(t T, s auth.Store) *full {
	t.Helper()
	f := &full{world: settle(t, s, "there"), other: settle(t, s, "there-2")}
	f.users = []auth.User{f.user, f.other.user}
	f.tenants = []auth.Tenant{f.tenant, f.other.tenant}
	f.fillRegistry()
	f.fillRecords()
	f.fillSessions()
	f.fillFlow()
	f.fillTrails()
	return f
}

func (f *full) fillRegistry() {
	f.Helper()
	yes := true
	f.edits(f.tenant.ID, func(v *auth.Tenant) {
		v.Name, v.ContactEmail, v.Status, v.UpdatedAt = "Ünïcødé 'Acme'", "ops@example.com", auth.TenantLocked, start.Add(time.Hour)
		v.Policy = auth.Policy{AllowedOrigins: []string{"https://a.example", "https://b.example"}, BrowserTokens: &yes, MaxSessions: 3}
		v.Brand, v.Logo = auth.Brand{Color: "#0a0b0c", Logo: "image/png"}, []byte("picture\x00\xff")
	})
	gone := f.named("gone", auth.TenantActive)
	f.edits(gone.ID, func(v *auth.Tenant) {
		v.Policy.AllowedOrigins, v.DeletedAt = []string{"https://gone.example"}, start.Add(time.Hour)
	})
	apart := settleIn(f, f.Store, auth.Directory{ID: newID(), Name: "apart", Sealed: []byte("url\x00"), CreatedAt: start})
	f.tenants = append(f.tenants, gone, apart)
	revoked := operated(f, f.Store, "ci")
	must(f, f.RevokeAPIKey(bg, revoked.ID, start.Add(time.Hour), auth.Note{}), "RevokeAPIKey")
	k := newAPIKey("ci")
	k.Proof, k.ExpiresAt, k.UsedAt = []byte{0, 0xff, '\'', 0}, start.Add(time.Hour), start.Add(time.Minute)
	must(f, f.AddAPIKey(bg, k, auth.Note{}), "AddAPIKey")
	k.ID, k.Kind, k.Tenant, k.Scopes = newID(), auth.KeyService, f.tenant.ID, []string{"orders:read"}
	must(f, f.AddAPIKey(bg, k, auth.Note{}), "AddAPIKey")
	first, second := newKey(0), newKey(time.Hour)
	must(f, f.AddKey(bg, first, "", auth.Note{}), "AddKey")
	must(f, f.AddKey(bg, second, first.ID, auth.Note{}), "AddKey")
	must(f, f.SettingsInForce(bg, map[string]string{"Ü": "1", "a": ""}, nil), "SettingsInForce")
}

func (f *full) fillRecords() {
	f.Helper()
	hall := auth.Space{ID: newID(), Directory: f.tenant.Directory, Tenant: f.tenant.ID, Slug: "hall", Name: "Hall", CreatedAt: start.Add(time.Second)}
	must(f, f.CreateSpace(bg, hall, auth.Note{}), "CreateSpace")
	none := f.role("none")
	none.Permissions, none.Description = nil, ""
	must(f, f.CreateRole(bg, none, auth.Note{}), "CreateRole")
	f.roled("editor")
	f.other.roled("editor")
	f.changed(f.user, func(a *auth.Account) {
		a.User.Name, a.User.Nickname, a.User.Username, a.User.Mobile = "Ünïcødé Ann", "Annie", "ann.b", "+821012345678"
		a.User.Status, a.User.LockedUntil, a.User.Epoch = auth.UserLocked, start.Add(-time.Minute), 7
		a.User.UpdatedAt, a.User.VerifiedAt = start.Add(time.Second), start.Add(-time.Hour)
		a.Seats = []auth.Seat{f.as("editor"), f.as(auth.RoleUser)}
		a.Seats[0].Main, a.Seats[1].Space = true, hall.ID
	})
	shut := f.join()
	f.changed(shut, func(a *auth.Account) { a.User.Status = auth.UserDisabled })
	f.users = append(f.users, shut, f.join(), f.joinAs("none"))
}

func (f *full) fillSessions() {
	f.Helper()
	u := f.users[3]
	rotated, ended, expired, coded := f.unborn(u, 0), f.unborn(u, time.Second), f.unborn(u, -2*time.Hour), f.unborn(f.user, 0)
	coded.Coded, coded.Device, coded.DeviceName, coded.Agent, coded.IP = true, "", "", "", ""
	rotated.Device, rotated.Agent = "phone", "Ünï 'agent'"
	f.opens(auth.Opening{Session: rotated, Generation: 3})
	rotated.Known = true
	known := f.unborn(u, time.Minute)
	known.Known, known.Device = true, "phone"
	for _, v := range []auth.Session{ended, expired, known} {
		f.opens(auth.Opening{Session: v, Generation: 1})
	}
	f.opens(auth.Opening{Session: coded, Epoch: 7})
	for i := range int64(2) {
		if _, err := f.Rotate(bg, f.rotation(rotated, i, time.Duration(i+2)*time.Minute)); err != nil {
			f.Fatalf("Rotate: %v", err)
		}
	}
	e := auth.Ending{Directory: u.Directory, User: u.ID, Session: ended.ID, Reason: auth.EndRemoteLogout, At: start.Add(2 * time.Second)}
	must(f, f.EndSession(bg, e), "EndSession")
	elsewhere := f.other.login(f.other.user, 0)
	f.sessions = []auth.Session{rotated, ended, expired, coded, known, elsewhere}
}

func (f *full) fillFlow() {
	f.Helper()
	tried, bare := newTicket(), newTicket()
	bare.User, bare.Data, bare.Kind, bare.Directory, bare.ID = "", nil, auth.TicketInvite, "there", "id with spaces"
	for _, v := range []auth.Ticket{tried, bare} {
		must(f, f.Issue(bg, v), "Issue")
	}
	_, err := f.Attempt(bg, tried.TicketKey, wrong, start)
	refused(f, err, auth.ErrWrongProof, "Attempt")
	f.tickets = []auth.Ticket{tried, bare}
	for i, key := range []string{"fails", "fails:Ünï with spaces", "z"} {
		c := more(key, i+1, 0)
		c.Directory = "there"
		if _, err := f.Count(bg, c); err != nil {
			f.Fatalf("Count: %v", err)
		}
		c.Add = 0
		f.counters = append(f.counters, c)
	}
	m := f.post(0, time.Second, 2*time.Second, 3*time.Second)
	must(f, f.Sent(bg, "there", m[1].ID, start.Add(time.Minute)), "Sent")
	must(f, f.Bury(bg, "there", m[2].ID, start.Add(time.Minute), "550 no such user"), "Bury")
	must(f, f.Postpone(bg, "there", m[3].ID, start.Add(time.Hour), "451 later"), "Postpone")
}

func (f *full) fillTrails() {
	f.Helper()
	for i := range 12 {
		n := auth.Note{Events: []auth.Event{{
			ID: newID(), Directory: "there", Tenant: f.tenant.ID, At: start.Add(time.Duration(i%3) * time.Second), Action: auth.ActionLogin,
			User: f.user.ID, Actor: "operator:1", Session: newID(), IP: "2001:db8::1", Agent: "Ünï 'agent'", RequestID: "r", Reason: fmt.Sprint("reason ", i),
		}}}
		must(f, f.Write(bg, n), "Write")
	}
	must(f, f.other.Write(bg, auth.Note{Events: f.other.note(auth.ActionLogout, start).Events}), "Write")
	must(f, f.Write(bg, auth.Note{Events: []auth.Event{{ID: newID(), Directory: "default", At: start, Action: auth.ActionSettings}}}), "Write")
}
