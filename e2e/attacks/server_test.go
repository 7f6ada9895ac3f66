package attacks

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"
)

// env is what a process is started with, and nothing else.
type env map[string]string

// with returns e and more.
func (e env) with(more env) env {
	all := maps.Clone(e)
	maps.Copy(all, more)
	return all
}

func (e env) list() []string {
	all := []string{"HOME=/nonexistent", "GORACE=halt_on_error=1"}
	for _, name := range slices.Sorted(maps.Keys(e)) {
		all = append(all, name+"="+e[name])
	}
	return all
}

// usual are the settings of a suite that is not about them: hashing is cheap,
// clients are not limited, accounts not locked soon, logs are complete.
func usual() env {
	return env{"PASSWORD_SALT_ROUNDS": "4", "RATE_LIMITS": "off", "LOGIN_MAX_ATTEMPTS": "100", "LOG_LEVEL": "debug"}
}

// open is usual without a second step at login.
func open() env { return usual().with(env{"LOGIN_OTP": "off"}) }

// A server is a running latchkey dev, or what else args say, in a folder of its
// own.
type server struct {
	t      *testing.T
	dir    string
	port   int
	base   string   // as its clients see it
	args   []string // of latchkey; dev when empty
	env    env
	faulty bool // the suite makes it answer 5xx
	cmd    *exec.Cmd
	stderr *lineBuffer
	ended  chan struct{}
	err    error // how it ended; read after ended
}

// start starts a server and waits until it is ready. It ends with the test, and
// then its log is looked at (log_test.go).
func start(t *testing.T, e env) *server {
	t.Helper()
	port := freePort(t)
	s := &server{t: t, dir: t.TempDir(), port: port, base: fmt.Sprintf("http://localhost:%d", port)}
	s.env = env{"LISTEN_HOST": "127.0.0.1", "AUTH_SERVICE_HTTP_PORT": fmt.Sprint(port)}.with(e)
	s.launch()
	return s
}

// launch starts the process and waits until it is ready; it may be called again
// after stop.
func (s *server) launch() {
	s.t.Helper()
	s.stderr, s.ended = new(lineBuffer), make(chan struct{})
	args := s.args
	if args == nil {
		args = []string{"dev"}
	}
	s.cmd = exec.Command(binary, args...)
	s.cmd.Dir, s.cmd.Env, s.cmd.Stderr = s.dir, s.env.list(), s.stderr
	if err := s.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	cmd, ended, stderr := s.cmd, s.ended, s.stderr
	go func() {
		s.err = cmd.Wait()
		close(ended)
	}()
	s.t.Cleanup(func() {
		select {
		case <-ended:
		default: // the suite did not stop it
			s.stop()
		}
		s.checkLog(stderr.String())
	})
	s.await()
}

// await waits until the server is ready.
func (s *server) await() {
	s.t.Helper()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 5 * time.Second}
	eventually(s.t, "the server is ready", func() bool {
		select {
		case <-s.ended:
			s.t.Fatalf("the server ended: %v\n%s", s.err, s.stderr)
		default:
		}
		r, err := client.Get(fmt.Sprintf("http://127.0.0.1:%d/readyz", s.port))
		return err == nil && errors.Join(r.Body.Close()) == nil && r.StatusCode == http.StatusOK
	})
}

// stop ends the server as an operator does and checks that it ends well.
func (s *server) stop() {
	s.t.Helper()
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		s.t.Error(err)
	}
	select {
	case <-s.ended:
	case <-time.After(patience):
		s.t.Errorf("it did not end within %v and was killed", patience)
		if err := s.cmd.Process.Kill(); err != nil {
			s.t.Error(err)
		}
		<-s.ended
	}
	if s.err != nil {
		s.t.Errorf("after SIGTERM: %v, want exit code 0\n%s", s.err, tail(s.stderr.String()))
	}
}

func (s *server) database() string { return filepath.Join(s.dir, "latchkey.db") }

// command runs a command of latchkey in the server's folder.
func (s *server) command(args ...string) string {
	s.t.Helper()
	cmd := exec.CommandContext(s.t.Context(), binary, args...)
	cmd.Dir, cmd.Env = s.dir, s.env.list()
	out, err := cmd.CombinedOutput()
	if err != nil {
		s.t.Fatalf("latchkey %v: %v\n%s", args, err, out)
	}
	return string(out)
}

// ports hands out each port once to this process. They lie below those that the
// system gives to outgoing connections.
var ports = struct {
	sync.Mutex
	next int
}{next: 10000 + rand.IntN(10000)}

// freePort finds a port that nobody listens on: the settings refuse port 0.
func freePort(t *testing.T) int {
	t.Helper()
	ports.Lock()
	defer ports.Unlock()
	// A process that is started meanwhile would hold the port until it runs.
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	for range 2000 {
		ports.next = 10000 + (ports.next-10000+1)%10000
		if l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", ports.next)); err == nil {
			if err := l.Close(); err != nil {
				t.Fatal(err)
			}
			return ports.next
		}
	}
	t.Fatal("no port is free")
	return 0
}

// locking are settings under which accounts are locked as they are by default.
func locking(e env) env { return e.with(env{"LOGIN_MAX_ATTEMPTS": "7"}) }
