package check

import (
	"debug/elf"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// nobody is the user of the image.
const nobody = 65532

// TestImage builds the binary with the Dockerfile's own line and runs it as the
// image does: in a file system that has nothing but it and /data, as a user who is
// no one. To leave everything behind takes root; without, the folder is a plain one.
func TestImage(t *testing.T) {
	dockerfile := read(t, "../Dockerfile")
	for _, want := range []string{"FROM scratch", fmt.Sprintf("USER %d:%[1]d", nobody), "WORKDIR /data", `ENTRYPOINT ["/latchkey"]`, `CMD ["/latchkey", "health"]`} {
		if !strings.Contains(dockerfile, want) {
			t.Errorf("the Dockerfile lacks %q", want)
		}
	}
	root := filepath.Join(t.TempDir(), "root")
	data := filepath.Join(root, "data")
	if err := os.MkdirAll(data, 0o700); err != nil {
		t.Fatal(err)
	}
	build(t, dockerfile, root)
	i := image{t: t, root: root, port: freePort(t)}
	if os.Geteuid() == 0 {
		if err := os.Chown(data, nobody, nobody); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(root, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if said, err := i.command("version").CombinedOutput(); err != nil || !strings.Contains(string(said), "v9.9.9-check") {
		t.Fatalf("version: %v\n%s", err, said)
	}
	if err := i.command("health").Run(); err == nil {
		t.Error("health without a server: got exit code 0")
	}
	serve := i.command("serve")
	var log strings.Builder
	serve.Stderr = &log
	if err := serve.Start(); err != nil {
		t.Fatal(err)
	}
	defer serve.Process.Kill() //nolint:errcheck // it has ended, unless the test failed
	i.await()
	if said, err := i.command("health", "--ready").CombinedOutput(); err != nil {
		t.Errorf("health: %v\n%s", err, said)
	}
	if err := serve.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := serve.Wait(); err != nil {
		t.Errorf("after SIGTERM: %v\n%s", err, log.String())
	}
	if _, err := os.Stat(filepath.Join(data, "latchkey.db")); err != nil {
		t.Errorf("the default database is not in the volume: %v", err)
	}
}

var buildLine = regexp.MustCompile(`(?m)^RUN (CGO_ENABLED=0 go build .* -o )/out/latchkey( .*)$`)

// build runs the line that builds, with a version and another place for the
// binary, which must need no other file.
func build(t *testing.T, dockerfile, root string) {
	t.Helper()
	line := buildLine.FindStringSubmatch(dockerfile)
	if line == nil {
		t.Fatal("the Dockerfile has no line that builds /out/latchkey")
	}
	binary := filepath.Join(root, "latchkey")
	run := exec.CommandContext(t.Context(), "/bin/sh", "-c", line[1]+"'"+binary+"'"+line[2])
	run.Dir = "../.."
	run.Env = append(os.Environ(), "VERSION=v9.9.9-check", "GOWORK=off")
	if said, err := run.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", line[0], err, said)
	}
	file, err := elf.Open(binary)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for _, p := range file.Progs {
		if p.Type == elf.PT_INTERP {
			t.Error("the binary needs a dynamic linker, which an image from scratch does not have")
		}
	}
}

// image is a file system to run in.
type image struct {
	t    *testing.T
	root string
	port int
}

func (i image) command(args ...string) *exec.Cmd {
	cmd := exec.CommandContext(i.t.Context(), "/latchkey", args...)
	cmd.Dir = "/data"
	cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: i.root, Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	if os.Geteuid() != 0 {
		cmd.Path, cmd.Dir, cmd.SysProcAttr = filepath.Join(i.root, "latchkey"), filepath.Join(i.root, "data"), nil
	}
	cmd.Env = []string{
		fmt.Sprint("AUTH_SERVICE_HTTP_PORT=", i.port), fmt.Sprint("APP_BASE_URL=http://localhost:", i.port), "SMTP_HOST=127.0.0.1", "LISTEN_HOST=127.0.0.1",
	}
	return cmd
}

func (i image) await() {
	i.t.Helper()
	const patience = 3 * time.Minute
	for until := time.Now().Add(patience); time.Now().Before(until); time.Sleep(20 * time.Millisecond) {
		r, err := http.Get(fmt.Sprintf("http://127.0.0.1:%d/readyz", i.port))
		if err == nil && r.Body.Close() == nil && r.StatusCode == http.StatusOK {
			return
		}
	}
	i.t.Fatal("the server is not ready")
}

func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}
