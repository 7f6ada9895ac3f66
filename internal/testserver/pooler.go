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

// Pooler starts a PgBouncer that gives every transaction on a database another
// of four connections, and returns the URL of the database behind it.
func Pooler(t testing.TB, database string) string {
	t.Helper()
	u, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	bin, err := exec.LookPath("pgbouncer")
	if err != nil {
		t.Fatalf("the tests need PgBouncer: make setup installs it (Debian package pgbouncer): %v", err)
	}
	port, err := freePort()
	if err != nil {
		t.Fatal(err)
	}
	folder, err := os.MkdirTemp("", "latchkey-pgbouncer-")
	if err != nil {
		t.Fatal(err)
	}
	atEnd(func() { os.RemoveAll(folder) })
	login := "user=" + u.User.Username()
	if password, ok := u.User.Password(); ok {
		login += " password=" + password
	}
	settings := fmt.Sprintf(`[databases]
* = host=%s port=%s %s
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = %s
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 4
logfile =
pidfile =
`, u.Hostname(), u.Port(), login, port)
	file := filepath.Join(folder, "pgbouncer.ini")
	if err := os.WriteFile(file, []byte(settings), 0o644); err != nil { //nolint:gosec // read by another user
		t.Fatal(err)
	}
	serve := exec.Command(bin, file) //nolint:noctx,gosec // ended by atEnd
	if err := unprivileged(serve, "postgres", folder); err != nil {
		t.Fatal(err)
	}
	u.Host = "127.0.0.1:" + port
	if err := launch(serve, syscall.SIGTERM, func() error { return reachable(u.String()) }); err != nil {
		t.Fatal(err)
	}
	return u.String()
}
