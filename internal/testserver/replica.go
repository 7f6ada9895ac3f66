package testserver

import (
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

// Replica starts a server that follows the private PostgreSQL server, and returns
// the URL of the database there, and what stops it.
func Replica(t testing.TB, database string) (address string, stop func()) {
	t.Helper()
	primary, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	bin, err := postgresBin()
	if err != nil {
		t.Fatal(err)
	}
	folder, err := os.MkdirTemp("", "latchkey-replica-")
	if err != nil {
		t.Fatal(err)
	}
	atEnd(func() { os.RemoveAll(folder) })
	data := filepath.Join(folder, "data")
	copied := exec.Command(filepath.Join(bin, "pg_basebackup"), "-d", database, "-D", data, "-R", "-X", "stream", "-c", "fast", "--no-sync") //nolint:noctx,gosec // bounded by itself
	if err := unprivileged(copied, "postgres", folder); err != nil {
		t.Fatal(err)
	}
	if said, err := copied.CombinedOutput(); err != nil {
		t.Fatal(fmt.Errorf("pg_basebackup: %w: %s", err, said))
	}
	port, err := freePort()
	if err != nil {
		t.Fatal(err)
	}
	serve := exec.Command(filepath.Join(bin, "postgres"), "-D", data, "-p", port, "-h", "127.0.0.1", "-k", folder, "-c", "max_connections=300") //nolint:noctx,gosec // ended by stop
	if err := unprivileged(serve, "postgres", folder); err != nil {
		t.Fatal(err)
	}
	primary.Host = "127.0.0.1:" + port
	end, err := run(serve, syscall.SIGQUIT, func() error { return reachable(primary.String()) })
	if err != nil {
		t.Fatal(err)
	}
	return primary.String(), end
}
