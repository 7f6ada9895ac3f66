package testserver

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"testing"
	"time"
)

// patience is how long a server may take to answer for the first time.
const patience = 60 * time.Second

// A server is one that is started when a test first asks for it.
type server struct {
	once  sync.Once
	url   string
	err   error
	start func() (url string, err error)
}

// address returns where the server is, and fails the test when there is none.
func (s *server) address(t testing.TB) string {
	t.Helper()
	s.once.Do(func() { s.url, s.err = s.start() })
	if s.err != nil {
		t.Fatal(s.err)
	}
	return s.url
}

var (
	mu     sync.Mutex
	undone []func()
)

// atEnd has f called by Run, last first.
func atEnd(f func()) {
	mu.Lock()
	defer mu.Unlock()
	undone = append(undone, f)
}

// Run runs the tests of a program and stops the servers that they started. Use
// it in TestMain: os.Exit(testserver.Run(m)).
func Run(m interface{ Run() int }) int {
	defer Stop()
	return m.Run()
}

// Stop stops the servers.
func Stop() {
	mu.Lock()
	defer mu.Unlock()
	for i := len(undone) - 1; i >= 0; i-- {
		undone[i]()
	}
	undone = nil
}

// Main is a [testing.M] that stops the servers, for who wraps it.
type Main struct{ *testing.M }

// Run implements Run of [testing.M].
func (m Main) Run() int { return Run(m.M) }

// freePort returns a port of loopback that nobody listens on.
func freePort() (string, error) {
	l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		return "", err
	}
	return port, l.Close()
}

// launch starts a command that Run stops.
func launch(cmd *exec.Cmd, stop os.Signal, ready func() error) error {
	_, err := run(cmd, stop, ready)
	return err
}

// run starts a command and waits until it is ready. It is stopped by end, else by
// Run, and killed when this program ends without that.
func run(cmd *exec.Cmd, stop os.Signal, ready func() error) (end func(), err error) {
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	dieWithParent(cmd)
	started, ended := make(chan error), make(chan struct{})
	go func() {
		// The signal at the parent's end is sent when the thread ends that started
		// the process.
		runtime.LockOSThread()
		defer close(ended)
		err := cmd.Start()
		started <- err
		if err == nil {
			cmd.Wait() //nolint:errcheck // it is stopped by a signal
		}
	}()
	if err := <-started; err != nil {
		return nil, err
	}
	end = sync.OnceFunc(func() {
		if cmd.Process.Signal(stop) == nil {
			<-ended
		}
	})
	atEnd(end)
	for last := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		err := ready()
		if err == nil {
			return end, nil
		}
		select {
		case <-ended:
			return nil, fmt.Errorf("%s ended at once: %s", cmd.Path, said.String())
		default:
		}
		if time.Now().After(last) {
			return nil, fmt.Errorf("%s does not answer: %w", cmd.Path, err)
		}
	}
}
