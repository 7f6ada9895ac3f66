package seeds_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/latchkey/latchkey/internal/auth"
	"github.com/latchkey/latchkey/internal/seeds"
	"github.com/latchkey/latchkey/internal/testserver"
)

// prjCore returns the URL of a database with prj-core's tables and what else is
// asked for.
func prjCore(t *testing.T, rows ...string) string {
	t.Helper()
	address := testserver.Postgres(t)
	conn, err := pgx.Connect(t.Context(), address)
	must(t, err)
	defer conn.Close(t.Context())
	schema, err := os.ReadFile("testdata/prisma.sql")
	must(t, err)
	for _, sql := range append([]string{string(schema)}, rows...) {
		_, err := conn.Exec(t.Context(), sql)
		must(t, err)
	}
	return address
}

func openPrisma(t *testing.T, address string) *seeds.Prisma {
	t.Helper()
	p, err := seeds.OpenPrisma(t.Context(), auth.Secret(address))
	must(t, err)
	t.Cleanup(func() { must(t, p.Close(t.Context())) })
	return p
}

func rowsOf(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("testdata/prisma_rows.sql")
	must(t, err)
	return string(text)
}

// seedID is an id in testdata/prisma_rows.sql.
func seedID(n int) string { return fmt.Sprintf("00000000-0000-4000-8000-0000000000%d", n) }

func TestPrismaSpaces(t *testing.T) {
	ids, got := all(t, openPrisma(t, prjCore(t, rowsOf(t))).Spaces(t.Context()))
	if want := []string{seedID(20), seedID(21), seedID(22), seedID(23)}; !cmp.Equal(ids, want) {
		t.Errorf("got %v, want %v", ids, want)
	}
	if r := got[seedID(20)]; r.Value != (auth.NewSpaceInput{Name: seedID(20), Title: "Seoul"}) || r.Deleted || r.Table != "spaces" {
		t.Errorf("a space with a ground is %+v", r)
	}
	if r := got[seedID(21)]; r.Value != (auth.NewSpaceInput{Name: seedID(21)}) || r.Deleted {
		t.Errorf("a space without one is %+v", r)
	}
	if !got[seedID(22)].Deleted {
		t.Error("what is deleted is not said to be")
	}
}

// TestPrismaUser: one with everything, and what of it stays behind.
func TestPrismaUser(t *testing.T) {
	_, got := all(t, openPrisma(t, prjCore(t, rowsOf(t))).Users(t.Context()))
	ann := got[seedID(10)]
	want := auth.ImportedAccount{
		ID: seedID(10),
		ImportedUser: auth.ImportedUser{
			Name: "Ann Kim", Email: "Ann@example.com", Mobile: "010-1234-5678", Nickname: "annie", PasswordHash: "$2b$04$hash",
			CreatedAt: time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC),
		},
		Seats: []auth.ImportedSeat{
			{Space: seedID(21), Role: auth.RoleAdmin, Main: true}, {Space: seedID(23), Role: auth.RoleManager}, {Space: seedID(20), Role: auth.RoleUser},
		},
	}
	if diff := cmp.Diff(want, ann.Value); diff != "" || ann.Deleted || len(ann.Wrong) > 0 {
		t.Errorf("deleted %t, wrong %v, -want +got\n%s", ann.Deleted, ann.Wrong, diff)
	}
	left := map[string]string{}
	for _, l := range ann.Left {
		left[l.ID] = fmt.Sprint(l.Table, " ", l.Deleted, " ", l.Wrong)
	}
	if diff := cmp.Diff(map[string]string{
		seedID(50): "profiles true []",
		seedID(52): "profiles false [{user_id has an older profile, and an account has one}]",
		seedID(42): "tenants false [{main is true for another membership of the user, which stays the main one}]",
		seedID(43): "tenants false [{space_id is that of another membership of the user, which counts}]",
		seedID(44): "tenants false [{space_id is that of a space that is deleted}]",
		seedID(45): "tenants true []",
	}, left); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

// TestPrismaUsersThatDoNotFit: as far as the seed itself shows it.
func TestPrismaUsersThatDoNotFit(t *testing.T) {
	_, got := all(t, openPrisma(t, prjCore(t, rowsOf(t))).Users(t.Context()))
	for id, want := range map[int]string{11: "", 12: "deleted", 14: "tenants", 16: "", 17: "password"} {
		r, said := got[seedID(id)], ""
		if r.Deleted {
			said = "deleted"
		}
		for _, w := range r.Wrong {
			said += w.Field
		}
		if said != want {
			t.Errorf("user %d: got %q, want %q", id, said, want)
		}
	}
	if r := got[seedID(12)]; r.Value.Email != "" {
		t.Errorf("a deleted user was read: %+v", r)
	}
}

// TestPrismaManyUsers: more than are read at once, in order, each once.
func TestPrismaManyUsers(t *testing.T) {
	const many = 1201
	p := openPrisma(t, prjCore(t, fmt.Sprintf(`INSERT INTO users (id, name, email, phone, password)
		SELECT gen_random_uuid(), 'u' || n, n || '@example.com', n, 'x' FROM generate_series(1, %d) AS n`, many)))
	n := 0
	for row, err := range p.Users(t.Context()) {
		must(t, err)
		if n++; row.Value.Email != fmt.Sprint(n, "@example.com") {
			t.Fatalf("user %d is %s", n, row.Value.Email)
		}
	}
	if n != many {
		t.Errorf("%d users, want %d", n, many)
	}
	for _, err := range p.Users(t.Context()) { // one may stop at once
		must(t, err)
		break
	}
}

// TestPrismaURL: Prisma's own parameters are understood or passed over, and no
// error shows the password.
func TestPrismaURL(t *testing.T) {
	address := prjCore(t, `CREATE SCHEMA "Other"; CREATE TABLE "Other".spaces AS TABLE spaces; CREATE TABLE "Other".grounds AS TABLE grounds;
		INSERT INTO "Other".spaces (id, seq) VALUES (gen_random_uuid(), 1)`)
	ids, _ := all(t, openPrisma(t, address+"&schema=Other&connection_limit=5&pgbouncer=true").Spaces(t.Context()))
	if len(ids) != 1 {
		t.Errorf("%d spaces in the other schema, want 1", len(ids))
	}
	for _, wrong := range []string{
		"mysql://u:c4n4ry@h/d", "postgres://u:c4n4ry@h:port/d", "postgres://u:c4n4ry%zz@h/d", "postgres://u:c4n4ry@127.0.0.1:1/d",
		"postgres://u:c4n4ry@h/d?sslmode=x", "c4n4ry",
	} {
		if _, err := seeds.OpenPrisma(t.Context(), auth.Secret(wrong)); err == nil || strings.Contains(err.Error(), "c4n4ry") {
			t.Errorf("got %v", err)
		}
	}
}

// TestPrismaWithoutTables: another's database is no empty one.
func TestPrismaWithoutTables(t *testing.T) {
	p := openPrisma(t, testserver.Postgres(t))
	for _, err := range p.Spaces(t.Context()) {
		if err == nil || !strings.Contains(err.Error(), "read spaces") {
			t.Errorf("got %v", err)
		}
	}
}
