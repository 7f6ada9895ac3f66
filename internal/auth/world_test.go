package auth_test

import (
	"errors"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/latchkey/latchkey/guard/jwt"
	"github.com/latchkey/latchkey/internal/auth"
	"github.com/latchkey/latchkey/internal/live"
	"github.com/latchkey/latchkey/internal/password"
)

// The tenants of every world beside the default one, in which a password is
// enough. All share one directory but far.
const (
	home   = "home"   // the default tenant
	coded  = "coded"  // logins need a mailed code
	closed = "closed" // nobody may sign up
	asleep = "asleep" // not active
	far    = "far"    // has a directory of its own
)

// elsewhere is the id of far's directory.
const elsewhere = "01890a5d-ac96-774b-bcce-b302099a8057"

const (
	issuer   = "https://auth.example.com"
	audience = "https://api.example.com"
	secret   = "quiet-orbit-42-lantern" // everybody's password
	wrong    = "quiet-orbit-43-lantern"
)

// world is the rules with everything behind them: the reference store, the real
// cache, the real hasher at its cheapest, a mailer that keeps what it is given
// and a clock in hand.
type world struct {
	*auth.Service
	clock *clock
	mail  *mailer
	store *shop
	cache *live.Cache
	log   *buffer
}

// newWorld opens a world; change may set what the rules are given.
func newWorld(t testing.TB, change ...func(*auth.Service)) *world {
	t.Helper()
	vault := newVault(t, "a master key of thirty-two bytes")
	w := &world{clock: newClock(), mail: new(mailer), store: newShop(vault), log: new(buffer)}
	log := slog.New(slog.NewJSONHandler(w.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	w.cache = live.New(live.Config{Source: w.store, Now: w.clock.Now, Log: log})
	w.Service = &auth.Service{
		Registry: w.store, Records: w.store, Sessions: w.store, Tickets: w.store, Live: w.cache, Mailer: w.mail,
		Passwords: hasher(t, password.Config{MemoryKiB: 64, Time: 1, Parallel: 8}), Vault: vault,
		Log: log, Now: w.clock.Now, AppName: "Latchkey", BaseURL: issuer, Issuer: issuer, Audience: audience, DefaultTenant: home,
		Policy: auth.Policy{OTP: auth.OTPOff, SignUp: auth.SignUpOpen},
	}
	w.signWith(t, auth.KeyConfig{Life: 15 * time.Minute})
	for _, f := range change {
		f(w.Service)
	}
	must(t, w.Bootstrap(t.Context()))
	w.addTenant(t, coded, auth.DefaultDirectory, auth.TenantActive, auth.Policy{OTP: auth.OTPEmail})
	w.addTenant(t, closed, auth.DefaultDirectory, auth.TenantActive, auth.Policy{SignUp: auth.SignUpClosed})
	w.addTenant(t, asleep, auth.DefaultDirectory, auth.TenantInactive, auth.Policy{})
	w.addTenant(t, far, elsewhere, auth.TenantActive, auth.Policy{})
	return w
}

// signWith gives the world a new key ring and its verifier.
func (w *world) signWith(t testing.TB, c auth.KeyConfig) {
	t.Helper()
	var err error
	w.Keys, err = auth.NewKeyRing(w.store, w.Vault, c, w.clock.Now)
	must(t, err)
	w.Verifier, err = jwt.New(jwt.Config{Issuer: issuer, Audience: audience, Keys: w.Keys, Now: w.clock.Now})
	must(t, err)
	must(t, w.Keys.Tend(t.Context()))
}

func (w *world) addTenant(t testing.TB, slug, directory string, status auth.TenantStatus, p auth.Policy) {
	t.Helper()
	now := w.clock.Now()
	tenant := auth.Tenant{
		ID: uuid.NewString(), Slug: slug, Name: "Tenant " + slug, Directory: directory,
		Status: status, Policy: p, CreatedAt: now, UpdatedAt: now,
	}
	must(t, w.store.CreateTenant(t.Context(), tenant, auth.Directory{ID: directory, Name: slug, CreatedAt: now}, auth.Space{
		ID: uuid.NewString(), Directory: directory, Tenant: tenant.ID, Slug: auth.DefaultSpace, Name: "Default", CreatedAt: now,
	}, auth.Note{}))
	w.cache.DropTenant(tenant)
}

// tenant reads a tenant from the store.
func (w *world) tenant(t testing.TB, slug string) auth.Tenant {
	t.Helper()
	got, err := w.store.Tenant(t.Context(), slug)
	must(t, err)
	return got
}

// space reads the default space of a tenant from the store.
func (w *world) space(t testing.TB, slug string) auth.Space {
	t.Helper()
	tenant := w.tenant(t, slug)
	got, err := w.store.Space(t.Context(), tenant.Directory, tenant.ID, auth.DefaultSpace)
	must(t, err)
	return got
}

// status sets what state a tenant is in.
func (w *world) status(t testing.TB, slug string, s auth.TenantStatus) {
	t.Helper()
	tenant, err := w.store.UpdateTenant(t.Context(), w.tenant(t, slug).ID, func(v *auth.Tenant) error {
		v.Status = s
		return nil
	}, auth.Note{})
	must(t, err)
	w.cache.DropTenant(tenant)
}

// change edits a user beside the rules, as an admin would.
func (w *world) change(t testing.TB, id string, edit func(*auth.User)) {
	t.Helper()
	w.changeIn(t, auth.DefaultDirectory, id, edit)
}

func (w *world) changeIn(t testing.TB, directory, id string, edit func(*auth.User)) {
	t.Helper()
	_, err := w.store.UpdateUser(t.Context(), directory, id, func(u *auth.User) error {
		edit(u)
		return nil
	}, auth.Note{})
	must(t, err)
	w.cache.DropAccount(directory, id)
}

// seats sets a user's memberships; there must be one, or the user goes.
func (w *world) seats(t testing.TB, id string, seats ...auth.Seat) {
	t.Helper()
	_, err := w.store.ChangeAccount(t.Context(), auth.AccountChange{
		Directory: auth.DefaultDirectory, User: id, Change: func(a *auth.Account) error {
			a.Seats = slices.Clone(seats)
			return nil
		},
	})
	must(t, err)
	w.cache.DropAccount(auth.DefaultDirectory, id)
}

// seat is one in the default space of a tenant that is not the main one.
func (w *world) seat(t testing.TB, slug, role string) auth.Seat {
	t.Helper()
	return auth.Seat{Tenant: w.tenant(t, slug).ID, Space: w.space(t, slug).ID, Role: role}
}

// main is seat for the main one.
func (w *world) main(t testing.TB, slug, role string) auth.Seat {
	t.Helper()
	s := w.seat(t, slug, role)
	s.Main = true
	return s
}

// addSpace makes a space in a tenant and returns it.
func (w *world) addSpace(t testing.TB, slug, name string) auth.Space {
	t.Helper()
	tenant := w.tenant(t, slug)
	sp := auth.Space{
		ID: uuid.NewString(), Directory: tenant.Directory, Tenant: tenant.ID, Slug: name, Name: name, CreatedAt: w.clock.Now(),
	}
	must(t, w.store.CreateSpace(t.Context(), sp, auth.Note{}))
	return sp
}

// addRole makes a role in a tenant.
func (w *world) addRole(t testing.TB, slug, name string, permissions ...string) {
	t.Helper()
	tenant, now := w.tenant(t, slug), w.clock.Now()
	must(t, w.store.CreateRole(t.Context(), auth.Role{
		Directory: tenant.Directory, Tenant: tenant.ID, Name: name, Permissions: permissions, CreatedAt: now, UpdatedAt: now,
	}, auth.Note{}))
}

// user reads a user from the store.
func (w *world) user(t testing.TB, id string) auth.User {
	t.Helper()
	u, err := w.store.User(t.Context(), auth.DefaultDirectory, id)
	must(t, err)
	return u
}

// session reads a session from the store.
func (w *world) session(t testing.TB, id string) auth.Session {
	t.Helper()
	v, err := w.store.Session(t.Context(), auth.DefaultDirectory, id)
	must(t, err)
	return v
}

// living reads a user's living sessions from the store.
func (w *world) living(t testing.TB, user string) []auth.Session {
	t.Helper()
	all, err := w.store.LivingSessions(t.Context(), auth.DefaultDirectory, user, w.clock.Now())
	must(t, err)
	return all
}

// events reads what was written down in a tenant, oldest first; "": of the
// deployment.
func (w *world) events(t testing.TB, slug string) []auth.Event {
	t.Helper()
	tenant := auth.Tenant{Directory: auth.DefaultDirectory}
	if slug != "" {
		tenant = w.tenant(t, slug)
	}
	all, err := w.store.Events(t.Context(), auth.EventQuery{Directory: tenant.Directory, Tenant: tenant.ID, Max: 10_000})
	must(t, err)
	for i, j := 0, len(all)-1; i < j; i, j = i+1, j-1 {
		all[i], all[j] = all[j], all[i]
	}
	return all
}

// wrote counts the events with that action and reason in a tenant.
func (w *world) wrote(t testing.TB, slug string, a auth.Action, reason string) int {
	t.Helper()
	n := 0
	for _, e := range w.events(t, slug) {
		if e.Action == a && e.Reason == reason {
			n++
		}
	}
	return n
}

// anyone is a caller of a public route who names the tenant; change may say
// more of the request.
func (w *world) anyone(t testing.TB, slug string, change ...func(*auth.Origin)) auth.Caller {
	t.Helper()
	o := auth.Origin{TenantSlug: slug, Addr: "192.0.2.7", Agent: "tester/1", DeviceName: "Firefox on Linux", RequestID: "r1"}
	for _, f := range change {
		f(&o)
	}
	by, err := w.Anyone(t.Context(), o, "")
	must(t, err)
	return by
}

// join signs a person up in a tenant and returns the account's id.
func (w *world) join(t testing.TB, slug, name string) string {
	t.Helper()
	out, err := w.SignUp(t.Context(), w.anyone(t, slug), auth.SignUpInput{
		Name: "P " + name, Email: name + "@example.com", Username: name, Password: secret,
	})
	must(t, err)
	return out.ID
}

// login logs a person in to the default tenant.
func (w *world) login(t testing.TB, name string, change ...func(*auth.Origin)) auth.Grant {
	t.Helper()
	return w.loginAt(t, home, name, change...)
}

func (w *world) loginAt(t testing.TB, slug, name string, change ...func(*auth.Origin)) auth.Grant {
	t.Helper()
	out, err := w.SignIn(t.Context(), w.anyone(t, slug, change...), auth.SignInInput{Name: name, Password: secret})
	must(t, err)
	if out.Grant == nil {
		t.Fatal("login: got a challenge, want a grant")
	}
	return *out.Grant
}

// enter authorizes an access token.
func (w *world) enter(t testing.TB, token auth.Token) auth.Caller {
	t.Helper()
	by, err := w.Authorize(t.Context(), auth.Origin{Addr: "192.0.2.7"}, auth.Secret(token))
	must(t, err)
	return by
}

// refresh presents a refresh token at the default tenant.
func (w *world) refresh(t testing.TB, token auth.Token) (auth.Grant, error) {
	t.Helper()
	return w.Refresh(t.Context(), w.anyone(t, home), auth.RefreshInput{RefreshToken: auth.Secret(token)})
}

func newVault(t testing.TB, master string) *auth.Vault {
	t.Helper()
	v, err := auth.NewVault([]byte(master))
	must(t, err)
	return v
}

func hasher(t testing.TB, c password.Config) *password.Hasher {
	t.Helper()
	h, err := password.New(c)
	must(t, err)
	return h
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// refused wants that very answer; nil wants none.
func refused(t testing.TB, doing string, err error, want *auth.Error) {
	t.Helper()
	if want == nil {
		if err != nil {
			t.Errorf("%s: got error %v, want none", doing, err)
		}
		return
	}
	if !errors.Is(err, want) {
		t.Errorf("%s: got error %v, want %v", doing, err, want)
	}
}

// meta returns what an error tells to act on.
func meta(err error) auth.Meta {
	var e *auth.Error
	if errors.As(err, &e) {
		return e.Meta
	}
	return auth.Meta{}
}
