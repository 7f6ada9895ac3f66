package testserver

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

var postgres = server{start: func() (string, error) {
	if given := os.Getenv("POSTGRES_TEST_URL"); given != "" {
		return given, nil
	}
	return StartPostgres()
}}

// Postgres returns the URL of a new and empty database. On another's server it is
// dropped at the end of the test; on a private one it goes with the server, for
// to drop one takes as long as a test.
func Postgres(t testing.TB) string {
	t.Helper()
	return newDatabase(t, "template0")
}

// PostgresLike is Postgres with what is in another database, to which nobody is
// connected.
func PostgresLike(t testing.TB, template string) string {
	t.Helper()
	u, err := url.Parse(template)
	if err != nil {
		t.Fatal(err)
	}
	return newDatabase(t, strings.TrimPrefix(u.Path, "/"))
}

func newDatabase(t testing.TB, template string) string {
	t.Helper()
	server := postgres.address(t)
	name := "test_" + uuid.Must(uuid.NewV7()).String()
	quoted := pgx.Identifier{name}.Sanitize()
	inPostgres(t, server, "CREATE DATABASE "+quoted+" TEMPLATE "+pgx.Identifier{template}.Sanitize())
	if os.Getenv("POSTGRES_TEST_URL") != "" {
		t.Cleanup(func() { inPostgres(t, server, "DROP DATABASE IF EXISTS "+quoted+" WITH (FORCE)") })
	}
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	u.Path = "/" + name
	return u.String()
}

func inPostgres(t testing.TB, server, statement string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	conn, err := pgx.Connect(ctx, server)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	if _, err := conn.Exec(ctx, statement); err != nil {
		t.Fatal(err)
	}
}

// StartPostgres makes a cluster and starts a server on it, for a program that is
// no test; it returns the URL of an empty database. See [Stop].
func StartPostgres() (string, error) {
	bin, err := postgresBin()
	if err != nil {
		return "", err
	}
	folder, err := os.MkdirTemp("", "latchkey-postgres-")
	if err != nil {
		return "", err
	}
	atEnd(func() { os.RemoveAll(folder) })
	if err := os.Chmod(folder, 0o755); err != nil { //nolint:gosec // its data folder is made with 0700 by its owner
		return "", err
	}
	data := filepath.Join(folder, "data")
	make := exec.Command(filepath.Join(bin, "initdb"), "-D", data, "-U", "latchkey", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync") //nolint:noctx,gosec // bounded by itself
	if err := unprivileged(make, "postgres", folder); err != nil {
		return "", err
	}
	if said, err := make.CombinedOutput(); err != nil {
		return "", fmt.Errorf("initdb: %w: %s", err, said)
	}
	port, err := freePort()
	if err != nil {
		return "", err
	}
	serve := exec.Command(filepath.Join(bin, "postgres"), "-D", data, "-p", port, "-h", "127.0.0.1", "-k", folder, //nolint:noctx,gosec // ended by atEnd
		"-c", "max_connections=300", "-c", "shared_buffers=64MB")
	if err := unprivileged(serve, "postgres", folder); err != nil {
		return "", err
	}
	address := "postgres://latchkey@127.0.0.1:" + port + "/postgres?sslmode=disable"
	return address, launch(serve, syscall.SIGQUIT, func() error { return reachable(address) })
}

// reachable connects to a database.
func reachable(address string) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, address)
	if err != nil {
		return err
	}
	return conn.Close(ctx)
}

// postgresBin finds the server's programs, the newest first; Debian does not put
// them on the path.
func postgresBin() (string, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil {
		return "", err
	}
	if len(found) > 0 {
		return filepath.Dir(slices.Max(found)), nil
	}
	path, err := exec.LookPath("initdb")
	if err != nil {
		return "", fmt.Errorf("the tests need a PostgreSQL server: make setup installs it (Debian package postgresql), or POSTGRES_TEST_URL names one: %w", err)
	}
	return filepath.Dir(path), nil
}
