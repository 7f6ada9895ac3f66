package e2e

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// env is what a process is started with, and nothing else.
type env map[string]string

// with returns e and more.
func (e env) with(more env) env {
	all := maps.Clone(e)
	if all == nil {
		all = env{}
	}
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

// quick are settings that make hashing cheap and logs complete.
func quick() env { return env{"PASSWORD_SALT_ROUNDS": "4", "LOG_LEVEL": "debug"} }

// A server is a running latchkey.
type server struct {
	t       *testing.T
	dir     string // its working directory: database, key
	port    int
	base    string // as its clients see it
	env     env
	command string // serve, dev
	program string // what is run; the binary of all tests where nothing is said
	cmd     *exec.Cmd
	stderr  *lineBuffer
	ended   chan struct{}
	err     error // how it ended; read after ended
}

// start starts a server in a folder of its own and waits until it is ready.
func start(t *testing.T, command string, e env) *server {
	t.Helper()
	s := prepare(t, command, t.TempDir(), e)
	s.launch()
	s.await()
	return s
}

// prepare says what is to be started, on a port that is free.
func prepare(t *testing.T, command, dir string, e env) *server {
	t.Helper()
	port := freePort(t)
	s := &server{t: t, command: command, dir: dir, port: port, base: fmt.Sprintf("http://localhost:%d", port)}
	s.env = env{"LISTEN_HOST": "127.0.0.1", "AUTH_SERVICE_HTTP_PORT": fmt.Sprint(port)}.with(e)
	return s
}

// launch starts the process; it may be called again after it has ended.
func (s *server) launch() {
	s.t.Helper()
	s.stderr, s.ended = new(lineBuffer), make(chan struct{})
	s.cmd = exec.Command(cmp.Or(s.program, binary), s.command)
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
		default: // the test did not stop it: it is stopped as it should be
			s.stop()
		}
		theLog.add(stderr.String())
		s.hideFiles()
		if s.t.Failed() {
			s.t.Logf("the log of %s:\n%s", s.command, tail(stderr.String()))
		}
	})
}

func tail(text string) string {
	const most = 6000
	if len(text) > most {
		return "…" + text[len(text)-most:]
	}
	return text
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
		if err != nil {
			return false
		}
		return errors.Join(r.Body.Close()) == nil && r.StatusCode == http.StatusOK
	})
}

// stop ends the server as an operator does and checks that it ends well.
func (s *server) stop() {
	s.t.Helper()
	s.signal(syscall.SIGTERM)
	if err := s.wait(); err != nil {
		s.t.Errorf("after SIGTERM: %v, want exit code 0\n%s", err, tail(s.stderr.String()))
	}
}

// kill ends the server as a power cut would.
func (s *server) kill() {
	s.t.Helper()
	s.signal(syscall.SIGKILL)
	if err := s.wait(); err == nil {
		s.t.Error("the server ended by itself before it was killed")
	}
}

func (s *server) signal(what syscall.Signal) {
	s.t.Helper()
	if err := s.cmd.Process.Signal(what); err != nil && !errors.Is(err, os.ErrProcessDone) {
		s.t.Errorf("%v: %v", what, err)
	}
}

// wait waits for the end and returns how it was.
func (s *server) wait() error {
	s.t.Helper()
	select {
	case <-s.ended:
		return s.err
	case <-time.After(patience):
		s.signal(syscall.SIGKILL)
		<-s.ended
		return fmt.Errorf("it did not end within %v and was killed", patience)
	}
}

func (s *server) database() string { return filepath.Join(s.dir, "latchkey.db") }

// hideFiles notes the master key and the password hashes as secrets.
func (s *server) hideFiles() {
	if key, err := os.ReadFile(s.database() + ".key"); err == nil {
		secret(strings.TrimSpace(string(key)))
	}
	if _, err := os.Stat(s.database()); err == nil {
		secret(texts(s.t, s.database(), "SELECT password_hash FROM users")...)
	}
}

// latchkey runs a command to its end.
func latchkey(t *testing.T, dir string, e env, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var out, errs lineBuffer
	cmd := exec.CommandContext(ctx, binary, args...)
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = dir, e.list(), &out, &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) || ctx.Err() != nil {
		t.Fatalf("latchkey %s: %v", strings.Join(args, " "), errors.Join(err, ctx.Err()))
	}
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}
