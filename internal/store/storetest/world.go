package storetest

import (
	"context"
	"runtime"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/latchkey/latchkey/internal/auth"
)

// start is when everything in the suite begins. It is far ahead, so that a
// store whose database also has a clock keeps what the suite has not ended.
var start = time.Date(2126, time.March, 4, 5, 6, 7, 89_000_000, time.UTC)

// bg is the context of calls that nobody gives up.
var bg = context.Background()

// world is a store with a tenant, its default space and one user in it.
type world struct {
	T
	auth.Store
	tenant auth.Tenant
	space  auth.Space
	user   auth.User
}

// settle makes a world in a directory.
func settle(t T, s auth.Store, directory string) world {
	t.Helper()
	w := world{T: t, Store: s}
	w.tenant, w.space = newTenant(directory)
	must(t, s.CreateTenant(bg, w.tenant, home(w.tenant), w.space, auth.Note{}), "CreateTenant")
	w.user = w.join()
	return w
}

// newID returns the id of something new; later ones are greater.
func newID() string { return uuid.Must(uuid.NewV7()).String() }

func newTenant(directory string) (auth.Tenant, auth.Space) {
	id := newID()
	t := auth.Tenant{
		ID: id, Slug: "t" + id, Name: "Acme", Directory: directory,
		Status: auth.TenantActive, CreatedAt: start, UpdatedAt: start,
	}
	return t, auth.Space{
		ID: newID(), Directory: directory, Tenant: id,
		Slug: auth.DefaultSpace, Name: "Home", CreatedAt: start,
	}
}

// home returns the directory of a tenant.
func home(t auth.Tenant) auth.Directory {
	return auth.Directory{ID: t.Directory, Name: t.Slug, CreatedAt: start}
}

// newUser returns a user of the world's directory who is not in the store.
func (w world) newUser() auth.User {
	id := newID()
	return auth.User{
		ID: id, Directory: w.tenant.Directory, Name: "Ann", Email: id + "@example.com",
		PasswordHash: "$hash$", Status: auth.UserActive, CreatedAt: start, UpdatedAt: start,
	}
}

func (w world) seat() auth.Seat {
	return auth.Seat{Tenant: w.tenant.ID, Space: w.space.ID, Role: auth.RoleUser, Main: true}
}

// join adds another user.
func (w world) join() auth.User {
	w.Helper()
	u := w.newUser()
	must(w, w.CreateUser(bg, u, w.seat(), auth.Note{}), "CreateUser")
	return u
}

// login adds a session of the user.
func (w world) login(u auth.User, after time.Duration) auth.Session {
	w.Helper()
	v := w.unborn(u, after)
	w.opens(auth.Opening{Session: v})
	return v
}

// opens adds a session and wants these to end for it, in any order.
func (w world) opens(o auth.Opening, ended ...string) {
	w.Helper()
	got, err := w.CreateSession(bg, o)
	must(w, err, "CreateSession")
	slices.Sort(got)
	slices.Sort(ended)
	same(w, "sessions that ended for a new one", got, ended)
}

// barred wants a session not to be made, and nothing to come of it.
func (w world) barred(o auth.Opening, why error, doing string) {
	w.Helper()
	v := o.Session
	user, missing := w.User(bg, v.Directory, v.User)
	ids, err := w.CreateSession(bg, o)
	refused(w, err, why, doing)
	same(w, "sessions that ended for none", ids, []string(nil))
	_, err = w.Session(bg, v.Directory, v.ID)
	refused(w, err, auth.ErrNoRecord, "Session after "+doing)
	if missing == nil {
		w.holds(user)
	}
}

// unborn returns a session, not in the store, that begins so long after the
// start, runs idle after an hour and out after ten.
func (w world) unborn(u auth.User, after time.Duration) auth.Session {
	at := start.Add(after)
	return auth.Session{
		ID: newID(), Directory: u.Directory, User: u.ID, Tenant: w.tenant.ID, Space: w.space.ID,
		Device: "device", DeviceName: "Phone", IP: "192.0.2.1", Agent: "agent",
		CreatedAt: at, RotatedAt: at, LastSeen: at,
		IdleUntil: at.Add(time.Hour), ExpiresAt: at.Add(10 * time.Hour),
	}
}

// note returns a note of one event and one mail.
func (w world) note(action auth.Action, at time.Time) auth.Note {
	return auth.Note{
		Events: []auth.Event{{
			ID: newID(), Directory: w.tenant.Directory, Tenant: w.tenant.ID, At: at,
			Action: action, User: w.user.ID,
		}},
		Mails: []auth.Mail{w.mail(at)},
	}
}

func (w world) mail(at time.Time) auth.Mail {
	return auth.Mail{
		ID: newID(), Directory: w.tenant.Directory, Tenant: w.tenant.ID, User: w.user.ID,
		Kind: auth.MessageWelcome, Sealed: []byte("sealed"), CreatedAt: at,
	}
}

// eventsOf asks for the tenant's newest events.
func (w world) eventsOf(max int) auth.EventQuery {
	return auth.EventQuery{Directory: w.tenant.Directory, Tenant: w.tenant.ID, Max: max}
}

// noted wants exactly so many events of that action.
func (w world) noted(action auth.Action, want int) {
	w.Helper()
	q := w.eventsOf(10_000)
	q.Action = action
	events, err := w.Events(bg, q)
	must(w, err, "Events")
	if len(events) != want {
		w.Errorf("%s: got %d events, want %d", action, len(events), want)
	}
}

// wrote wants exactly so many notes of that action, each with its mail, and no
// other mail in the store.
func (w world) wrote(action auth.Action, want int) {
	w.Helper()
	events, err := w.Events(bg, w.eventsOf(10_000))
	must(w, err, "Events")
	got := 0
	for _, e := range events {
		if e.Action == action {
			got++
		}
	}
	queued, _, err := w.Waiting(bg)
	must(w, err, "Waiting")
	if got != want || queued != want {
		w.Errorf("%s: got %d events and %d mails, want %d of each", action, got, queued, want)
	}
}

// session reads a session that has to be there.
func (w world) session(v auth.Session) auth.Session {
	w.Helper()
	got, err := w.Session(bg, v.Directory, v.ID)
	must(w, err, "Session")
	return got
}

// await looks for a session until it is there. A store that lets nobody in
// before its caller is done never gets it; then patience ends.
func (w world) await(v auth.Session) {
	for end := time.Now().Add(patience); time.Now().Before(end); {
		if _, err := w.Session(bg, v.Directory, v.ID); err == nil {
			return
		}
		runtime.Gosched()
	}
}
