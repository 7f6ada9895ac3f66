package storetest

import (
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

// answers are what every method that reads says of a full store. Errors are
// answers too.
func (f *full) answers() map[string]any {
	f.Helper()
	a := answers{}
	f.askRegistry(a)
	for _, w := range []world{f.world, f.other} {
		f.askRecords(a, w)
	}
	f.askSessions(a)
	for _, v := range f.tickets {
		got, err := f.Ticket(bg, v.TicketKey, start)
		a.put("Ticket "+v.ID, got, err)
	}
	for _, c := range f.counters {
		got, err := f.Count(bg, c)
		a.put("Count "+c.Key, got, err)
	}
	queued, dead, err := f.Waiting(bg)
	a.put("Waiting", []int{queued, dead}, err)
	return a
}

type answers map[string]any

func (a answers) put(what string, v any, err error) {
	a[what] = v
	if err != nil {
		a[what] = err.Error()
	}
}

func (f *full) askRegistry(a answers) {
	tenants, err := f.Tenants(bg, auth.TenantQuery{Max: 100})
	a.put("Tenants", tenants, err)
	locked, err := f.Tenants(bg, auth.TenantQuery{Max: 100, Status: auth.TenantLocked})
	a.put("Tenants locked", locked, err)
	for _, v := range f.tenants {
		got, err := f.TenantByID(bg, v.ID)
		a.put("TenantByID "+v.ID, got, err)
		bySlug, err := f.Tenant(bg, v.Slug)
		a.put("Tenant "+v.ID, bySlug, err)
		logo, err := f.Logo(bg, v.ID)
		a.put("Logo "+v.ID, logo, err)
		d, err := f.Directory(bg, v.Directory)
		a.put("Directory "+v.Directory, d, err)
	}
	for _, origin := range []string{"https://a.example", "https://b.example", "https://gone.example"} {
		known, err := f.OriginKnown(bg, origin)
		a.put("OriginKnown "+origin, known, err)
	}
	directories, err := f.Directories(bg, "", 100)
	a.put("Directories", directories, err)
	operators, err := f.APIKeys(bg, auth.KeyOperator)
	a.put("APIKeys", operators, err)
	services, err := f.APIKeys(bg, auth.KeyService)
	a.put("APIKeys of services", services, err)
	keys, err := f.Keys(bg)
	a.put("Keys", keys, err)
}

func (f *full) askRecords(a answers, w world) {
	d, id := w.tenant.Directory, w.tenant.ID
	spaces, err := f.Spaces(bg, d, id)
	a.put("Spaces "+d, spaces, err)
	roles, err := f.Roles(bg, d, id)
	a.put("Roles "+d, roles, err)
	for _, u := range f.users {
		got, err := f.User(bg, d, u.ID)
		a.put("User "+d+" "+u.ID, got, err)
		account, err := f.Account(bg, d, u.ID)
		a.put("Account "+d+" "+u.ID, ordered(account), err)
	}
	for _, name := range []auth.Name{
		{Kind: auth.NameUsername, Value: "ann.b"}, {Kind: auth.NameMobile, Value: "+821012345678"}, {Kind: auth.NameEmail, Value: f.users[3].Email},
	} {
		got, err := f.UserByName(bg, d, name)
		a.put("UserByName "+d+" "+name.Value, got, err)
	}
	for _, q := range []auth.AccountQuery{
		{}, {Prefix: "ünïcødé"}, {Prefix: "ann"}, {Prefix: "82"}, {Role: "editor"}, {Role: auth.RoleUser}, {Status: auth.UserLocked}, {Status: auth.UserActive},
	} {
		a.put("Accounts "+d+" "+q.Prefix+q.Role+string(q.Status), w.find(q), nil)
	}
	events, err := f.Events(bg, w.eventsOf(100))
	a.put("Events "+d, events, err)
	links, err := f.Trail(bg, d, 0, 100)
	a.put("Trail "+d, links, err)
	number, hash, err := f.TrailEnd(bg, d)
	a.put("TrailEnd "+d, auth.Link{Number: number, Hash: hash}, err)
	trails, err := f.Trails(bg)
	a.put("Trails", trails, err)
}

func (f *full) askSessions(a answers) {
	for _, v := range f.sessions {
		got, err := f.Session(bg, v.Directory, v.ID)
		a.put("Session "+v.ID, got, err)
		device, err := f.Device(bg, v.Directory, v.User, v.Device)
		a.put("Device "+v.User+" "+v.Device, device, err)
	}
	for _, u := range f.users {
		living, err := f.LivingSessions(bg, u.Directory, u.ID, start.Add(time.Minute))
		a.put("LivingSessions "+u.ID, living, err)
	}
}
