package main

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/latchkey/latchkey/internal/auth"
	"github.com/latchkey/latchkey/internal/testserver"
)

// prjCore is a database of prj-core with rows of every kind, and what else is
// asked for.
func prjCore(t *testing.T, files ...string) (address string, exec func(sql string)) {
	t.Helper()
	address = testserver.Postgres(t)
	exec = func(sql string) {
		t.Helper()
		conn, err := pgx.Connect(t.Context(), address)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close(t.Context())
		if _, err := conn.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range append([]string{"prisma.sql"}, files...) {
		text, err := os.ReadFile("../../internal/seeds/testdata/" + name)
		if err != nil {
			t.Fatal(err)
		}
		exec(strings.ReplaceAll(string(text), "$2b$04$hash", seedHash))
	}
	return address, exec
}

// inSeed writes out the ids of testdata/prisma_rows.sql.
func inSeed(text string) string {
	return strings.ReplaceAll(text, "@@", "00000000-0000-4000-8000-0000000000")
}

// TestImportPrisma: what fits comes over and can log in, all else is told row by
// row; a dry run says the same and writes nothing, and once more changes nothing.
func TestImportPrisma(t *testing.T) {
	d := newcomer(t)
	address, exec := prjCore(t, "prisma_rows.sql")
	d.does(nil, "tenant", "create", "core", "--otp", "off")
	told := inSeed(`spaces @@22: deleted
spaces @@23: left-out: grounds.name must have at most 100 characters
profiles @@50: deleted
profiles @@52: left-out: user_id has an older profile, and an account has one
tenants @@42: left-out: main is true for another membership of the user, which stays the main one
tenants @@43: left-out: space_id is that of another membership of the user, which counts
tenants @@44: left-out: space_id is that of a space that is deleted
tenants @@45: deleted
users @@12: deleted
users @@13: refused: email is that of users @@10, too
users @@14: refused: tenants must have a membership that counts: a user without one may do nothing
users @@15: refused: phone must be a phone number of 6 to 15 digits, with or without a leading +
users @@16: refused: password unknown form: give bcrypt ($2a$, $2b$, $2y$), argon2id (PHC, v=19), scrypt (PHC), or PBKDF2 with SHA-256 or SHA-512 (PHC, passlib, Django with SHA-256)
users @@17: refused: password is required
users @@18: refused: email must be an e-mail address such as ann@example.com, in plain letters before the @
users @@19: refused: phone is taken
`)
	tally := "spaces: 4 read, 3 created, 0 joined, 0 unchanged (0 differ), 0 refused, 1 deleted\n" +
		"users: 10 read, 2 created, 0 joined, 0 unchanged (0 differ), 7 refused, 1 deleted\n"
	from := []string{"prisma-postgres", "--url", address, "--tenant", "core"}
	for _, dry := range []bool{true, true, false} {
		args, want := from, told+"This was a dry run, nothing is written; --apply writes.\n"
		if !dry {
			args, want = append(from, "--apply"), told
		}
		rows, tallies := d.imports(1, args...)
		if diff := cmp.Diff(want, rows) + cmp.Diff(tally, tallies); diff != "" {
			t.Errorf("dry %t: -want +got\n%s", dry, diff)
		}
	}
	stop := d.serveAgain("sqlite:a.db")
	defer stop()
	token := d.comesTo("LOGIN_SUCCESS", "core", "ann@example.com", seedPassword)
	d.isAnn(token)
	if code, _ := d.logIn("core", "ann@example.com", "c4n4ry"); code != "INVALID_CREDENTIALS" {
		t.Errorf("with another password: %s", code)
	}
	exec("UPDATE users SET name = 'Anne' WHERE email = 'Ann@example.com'")
	rows, tallies := d.imports(1, append(from, "--apply")...)
	if !strings.Contains(rows, inSeed("\nusers @@10: differs: name is another one here\n")) ||
		!strings.Contains(tallies, "users: 10 read, 0 created, 0 joined, 2 unchanged (1 differ), 7 refused, 1 deleted") {
		t.Errorf("again:\n%s%s", rows, tallies)
	}
	d.isAnn(token)
}

// isAnn checks what comes with a user: the id, the profile, every seat.
func (d *deployment) isAnn(token string) {
	d.t.Helper()
	var got auth.CurrentUser
	a := d.ask("GET", "/auth/me", "core", nil, "Authorization", "Bearer "+token)
	if err := json.Unmarshal(a.Data, &got); err != nil {
		d.t.Fatal(err)
	}
	if got.ID != inSeed("@@10") || got.Name != "Ann Kim" || got.Nickname != "annie" || got.Mobile != "01012345678" || got.Role != auth.RoleAdmin {
		d.t.Errorf("got %+v", got)
	}
	var spaces []auth.SpaceView
	d.does(&spaces, "tenant", "space", "list", "core")
	names, roles := map[string]string{}, map[string]string{}
	for _, sp := range spaces {
		names[sp.ID] = sp.Name
	}
	for _, seat := range got.Tenants {
		roles[names[seat.SpaceID]] = seat.Role
	}
	if diff := cmp.Diff(map[string]string{inSeed("@@20"): "user", inSeed("@@21"): "admin", inSeed("@@23"): "manager"}, roles); diff != "" {
		d.t.Errorf("-want +got\n%s", diff)
	}
}

// TestImportPrismaWithout: a field that does not fit can be left behind.
func TestImportPrismaWithout(t *testing.T) {
	d := newcomer(t)
	address, _ := prjCore(t, "prisma_rows.sql")
	d.does(nil, "tenant", "create", "core")
	rows, tallies := d.imports(1, "prisma-postgres", "--url", address, "--tenant", "core", "--without", "mobile", "--apply")
	if !strings.Contains(rows, inSeed("users @@15: left-out: phone must be")) || !strings.Contains(rows, inSeed("users @@19: left-out: phone is taken")) ||
		!strings.Contains(tallies, "users: 10 read, 4 created,") {
		t.Errorf("got\n%s%s", rows, tallies)
	}
}

// TestImportPrismaMany: more than are read at once come over, each into a space
// of its own as in the seed, whether they are new or not.
func TestImportPrismaMany(t *testing.T) {
	d := newcomer(t)
	address, exec := prjCore(t)
	exec(`INSERT INTO roles (id, name) VALUES (gen_random_uuid(), 'USER');
		INSERT INTO spaces (id) SELECT gen_random_uuid() FROM generate_series(1, 600);
		INSERT INTO users (id, name, email, phone, password)
			SELECT gen_random_uuid(), 'u' || n, n || '@example.com', 1000000 + n, '` + seedHash + `' FROM generate_series(1, 600) AS n;
		INSERT INTO tenants (id, main, user_id, space_id, role_id)
			SELECT gen_random_uuid(), true, u.id, s.id, r.id FROM users u JOIN spaces s ON s.seq = u.seq, roles r`)
	d.does(nil, "tenant", "create", "core")
	for _, again := range []bool{false, true} {
		out, errs, code := d.shell("", "import", "prisma-postgres", "--url", address, "--tenant", "core", "--apply", "--json")
		var got, want struct {
			Rows   []seedRow
			Tables []seedTally
			DryRun bool
		}
		if err := json.Unmarshal([]byte(out), &got); err != nil || code != 0 {
			t.Fatal(err, code, errs)
		}
		want.Rows = []seedRow{}
		for _, table := range []string{"spaces", "users"} {
			tally := seedTally{Table: table, Read: 600, Created: 600}
			if again {
				tally.Created, tally.Unchanged = 0, 600
			}
			want.Tables = append(want.Tables, tally)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("again %t: -want +got\n%s", again, diff)
		}
	}
}

// TestImportPrismaRefuses: what cannot be begun, in words that show no password.
func TestImportPrismaRefuses(t *testing.T) {
	d := newcomer(t)
	address, _ := prjCore(t)
	d.fails("--url: the URL is not one such as", "import", "prisma-postgres", "--url", "mysql://u:c4n4ry@h/d")
	d.fails("TENANT_NOT_FOUND", "import", "prisma-postgres", "--url", address, "--tenant", "core")
}
