package testserver

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

var mongo = server{start: func() (string, error) {
	if given := os.Getenv("MONGODB_TEST_URI"); given != "" {
		return given, nil
	}
	return startMongo()
}}

// Mongo returns the URI of the server, which all tests of a program share: take
// a database of your own. It speaks MongoDB's protocol, but keeps no sessions, so
// that it knows neither transactions nor retried writes.
func Mongo(t testing.TB) string {
	t.Helper()
	return mongo.address(t)
}

// startMongo builds the server of the folder ferretdb and starts it.
func startMongo() (string, error) {
	bin, err := ferretdb()
	if err != nil {
		return "", fmt.Errorf("build the server for MongoDB's protocol (MONGODB_TEST_URI names another one): %w", err)
	}
	folder, err := os.MkdirTemp("", "latchkey-mongo-")
	if err != nil {
		return "", err
	}
	atEnd(func() { os.RemoveAll(folder) })
	port, err := freePort()
	if err != nil {
		return "", err
	}
	address := "127.0.0.1:" + port
	serve := exec.Command(bin, "-folder", folder, "-listen", address) //nolint:noctx,gosec // ended by atEnd
	return "mongodb://" + address + "/?retryWrites=false", launch(serve, syscall.SIGTERM, func() error {
		conn, err := (&net.Dialer{}).DialContext(context.Background(), "tcp", address)
		if err != nil {
			return err
		}
		return conn.Close()
	})
}

// ferretdb returns the path of the server's program. It is kept where the user
// has caches, under a name made from what it is built of, for linking it takes
// longer than most tests.
func ferretdb() (string, error) {
	root, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/latchkey/latchkey").Output() //nolint:noctx // bounded by itself
	if err != nil {
		return "", err
	}
	source := filepath.Join(strings.TrimSpace(string(root)), "internal", "testserver", "ferretdb")
	version, err := exec.Command("go", "version").Output() //nolint:noctx // bounded by itself
	if err != nil {
		return "", err
	}
	sum := sha256.New()
	sum.Write(version)
	files, err := filepath.Glob(filepath.Join(source, "*"))
	if err != nil {
		return "", err
	}
	for _, name := range files { // sorted
		text, err := os.ReadFile(name)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(sum, "%s %d\n%s", filepath.Base(name), len(text), text)
	}
	caches, err := os.UserCacheDir()
	if err != nil {
		caches = os.TempDir()
	}
	folder := filepath.Join(caches, "latchkey-test")
	bin := filepath.Join(folder, fmt.Sprintf("ferretdb-%x", sum.Sum(nil)[:8]))
	if _, err := os.Stat(bin); !errors.Is(err, fs.ErrNotExist) {
		return bin, err
	}
	return bin, build(source, folder, bin)
}

// build makes a program under another name first: others may be building it too,
// or running it.
func build(source, folder, bin string) error {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	making, err := os.MkdirTemp(folder, "build-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(making)
	made := filepath.Join(making, "ferretdb")
	cmd := exec.Command("go", "build", "-tags", "ferretdb_no_postgresql", "-buildvcs=false", "-o", made, ".") //nolint:noctx,gosec // bounded by itself
	cmd.Dir = source
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=")
	if said, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("go build: %w: %s", err, said)
	}
	return os.Rename(made, bin)
}
