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
func Run(m *testing.M) int {
	code := m.Run()
	mu.Lock()
	defer mu.Unlock()
	for i := len(undone) - 1; i >= 0; i-- {
		undone[i]()
	}
	undone = nil
	return code
}

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

// launch starts a command and waits until ready does. The command is killed when
// this program ends without Run.
func launch(cmd *exec.Cmd, stop os.Signal, ready func() error) error {
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	dieWithParent(cmd)
	started := make(chan error)
	go func() {
		// The signal at the parent's end is sent when the thread ends that started
		// the process.
		runtime.LockOSThread()
		started <- cmd.Start()
		select {}
	}()
	if err := <-started; err != nil {
		return err
	}
	ended := make(chan struct{})
	go func() {
		cmd.Wait() //nolint:errcheck // it is stopped by a signal
		close(ended)
	}()
	atEnd(func() {
		if cmd.Process.Signal(stop) == nil {
			<-ended
		}
	})
	for end := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		err := ready()
		if err == nil {
			return nil
		}
		select {
		case <-ended:
			return fmt.Errorf("%s ended at once: %s", cmd.Path, said.String())
		default:
		}
		if time.Now().After(end) {
			return fmt.Errorf("%s does not answer: %w", cmd.Path, err)
		}
	}
}
