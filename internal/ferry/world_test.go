package ferry_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/latchkey/latchkey/internal/auth"
	"github.com/latchkey/latchkey/internal/ferry"
	"github.com/latchkey/latchkey/internal/store/memory"
)

type store interface {
	auth.Store
	auth.Rows
}

const here = auth.DefaultDirectory

var start = time.Date(2030, 1, 2, 3, 4, 5, 6_000_000, time.UTC)

func chain(before []byte, number int64, e auth.Event) []byte {
	h := sha256.Sum256(fmt.Appendf(nil, "%x %d %+v", before, number, e))
	return h[:]
}

func empty() store { return memory.New(chain) }

// deployment is one that no other is like.
func deployment(t *testing.T) store {
	t.Helper()
	s, ctx := empty(), t.Context()
	v := auth.Tenant{ID: id(), Slug: "acme", Directory: here, Status: auth.TenantActive, CreatedAt: start, UpdatedAt: start}
	sp := auth.Space{ID: id(), Directory: here, Tenant: v.ID, Slug: auth.DefaultSpace, CreatedAt: start}
	must(t, s.CreateTenant(ctx, v, auth.Directory{ID: here, CreatedAt: start}, sp, note()))
	must(t, s.AddKey(ctx, auth.KeyRecord{ID: id(), Algorithm: "ES256", Sealed: []byte("sealed"), CreatedAt: start}, "", note()))
	must(t, s.SettingsInForce(ctx, map[string]string{"A": "1", "B": "2"}, nil))
	must(t, s.CreateRole(ctx, auth.Role{Directory: here, Tenant: v.ID, Name: "editor", CreatedAt: start}, note()))
	for i := range 10 {
		u := auth.User{ID: fmt.Sprintf("u%02d", i), Directory: here, Name: "Ann", Email: fmt.Sprintf("%d@example.com", i), Status: auth.UserActive, CreatedAt: start, UpdatedAt: start}
		must(t, s.CreateUser(ctx, u, auth.Seat{Tenant: v.ID, Space: sp.ID, Role: auth.RoleUser, Main: true}, note()))
		_, err := s.CreateSession(ctx, auth.Opening{Session: auth.Session{
			ID: "s-" + u.ID, Directory: here, User: u.ID, Tenant: v.ID, Space: sp.ID, Device: "phone",
			CreatedAt: start, RotatedAt: start, LastSeen: start, IdleUntil: start.Add(time.Hour), ExpiresAt: start.Add(2 * time.Hour),
		}, Note: note()})
		must(t, err)
	}
	_, err := s.Count(ctx, auth.Count{Directory: here, Key: "fails", Add: 1, Window: time.Hour, Now: start})
	must(t, err)
	return s
}

func id() string { return uuid.Must(uuid.NewV7()).String() }

func note() auth.Note {
	return auth.Note{
		Events: []auth.Event{{ID: id(), Directory: here, At: start, Action: auth.ActionLogin}},
		Mails:  []auth.Mail{{ID: id(), Directory: here, Kind: auth.MessageWelcome, Sealed: []byte("sealed"), CreatedAt: start}},
	}
}

// happens writes to the record, as whatever somebody does.
func happens(t *testing.T, s store) {
	t.Helper()
	must(t, s.Write(t.Context(), note()))
}

// sweep leaves the newest link of the record, and no session.
func sweep(t *testing.T, s store) {
	t.Helper()
	later := start.Add(1000 * time.Hour)
	_, err := s.Sweep(t.Context(), later, later, later)
	must(t, err)
}

func rename(t *testing.T, s store, user, name string) {
	t.Helper()
	_, err := s.UpdateUser(t.Context(), here, user, func(u *auth.User) error { u.Name = name; return nil }, auth.Note{})
	must(t, err)
}

func readdress(t *testing.T, s store, user, email string) {
	t.Helper()
	_, err := s.UpdateUser(t.Context(), here, user, func(u *auth.User) error { u.Email = email; return nil }, note())
	must(t, err)
}

// changes are what may come over a source between two copies.
func changes() map[string]func(*testing.T, store) {
	return map[string]func(*testing.T, store){
		"nothing":            func(*testing.T, store) {},
		"an account changed": func(t *testing.T, s store) { rename(t, s, "u05", "Zoë") },
		"the record went on": happens,
		"all that is over gone": func(t *testing.T, s store) {
			_, err := s.Sweep(t.Context(), start.Add(9*time.Hour), start.Add(9*time.Hour), start)
			must(t, err)
		},
		"an account removed": func(t *testing.T, s store) {
			_, err := s.ChangeAccount(t.Context(), auth.AccountChange{
				Directory: here, User: "u04", Change: func(a *auth.Account) error { a.Seats = nil; return nil }, Note: note(),
			})
			must(t, err)
		},
		"addresses went round": func(t *testing.T, s store) {
			readdress(t, s, "u02", "free@example.com")
			readdress(t, s, "u08", "2@example.com")
			readdress(t, s, "u03", "8@example.com")
			readdress(t, s, "u02", "3@example.com")
		},
		"settings of another start": func(t *testing.T, s store) {
			must(t, s.SettingsInForce(t.Context(), map[string]string{"B": "3", "C": "1"}, func([]string) auth.Note { return note() }))
		},
		"a session rotated": func(t *testing.T, s store) {
			r, err := s.Rotate(t.Context(), auth.Rotation{Directory: here, Session: "s-u06", Now: start.Add(time.Minute), IdleUntil: start.Add(2 * time.Hour)})
			if must(t, err); r.Outcome != auth.Rotated {
				t.Fatalf("rotation: got outcome %d", r.Outcome)
			}
		},
	}
}

// copies makes a copy that has to succeed.
func copies(t *testing.T, from, to auth.Rows, page int) []ferry.Load {
	t.Helper()
	loads, err := ferry.Copy(t.Context(), from, to, ferry.Config{Page: page})
	must(t, err)
	return loads
}

// put counts the rows that were put.
func put(loads []ferry.Load) (n int64) {
	for _, l := range loads {
		n += l.Put
	}
	return n
}

func rows(t *testing.T, s auth.Rows) map[string][]auth.Row {
	t.Helper()
	all := map[string][]auth.Row{}
	for _, kind := range auth.RowKinds() {
		found, err := s.Rows(t.Context(), kind, "", 1000)
		must(t, err)
		all[kind] = found
	}
	return all
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

var errFull = errors.New("the disk is full")

// hold is auth.Rows under a name that hides none of its methods.
type hold interface{ auth.Rows }

// failing lets so many writes through.
type failing struct {
	hold
	after int
}

func (f *failing) PutRows(ctx context.Context, rows []auth.Row) error {
	if f.after == 0 {
		return errFull
	}
	f.after--
	return f.hold.PutRows(ctx, rows)
}

// losing loses the first row of a kind.
type losing struct {
	hold
	kind string
	lost bool
}

func (l *losing) PutRows(ctx context.Context, rows []auth.Row) error {
	if rows[0].Kind == l.kind && !l.lost {
		l.lost, rows = true, rows[1:]
	}
	return l.hold.PutRows(ctx, rows)
}

// changing keeps digests of settings otherwise than it was given them.
type changing struct{ hold }

func (c *changing) PutRows(ctx context.Context, rows []auth.Row) error {
	rows = slices.Clone(rows)
	for i, r := range rows {
		if r.Kind == auth.RowSettings {
			rows[i].Data = bytes.Replace(r.Data, []byte(`"digest":"1"`), []byte(`"digest":"9"`), 1)
		}
	}
	return c.hold.PutRows(ctx, rows)
}

// backward gives rows in the wrong order.
type backward struct{ of auth.Rows }

func (b backward) Rows(ctx context.Context, kind, after string, max int) ([]auth.Row, error) {
	rows, err := b.of.Rows(ctx, kind, after, max)
	slices.Reverse(rows)
	return rows, err
}

func (b backward) PutRows(ctx context.Context, rows []auth.Row) error { return b.of.PutRows(ctx, rows) }

func (b backward) DropRows(ctx context.Context, kind string, keys []string) error {
	return b.of.DropRows(ctx, kind, keys)
}
