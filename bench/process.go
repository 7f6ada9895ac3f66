package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// patience is how long a server may take to start, and to stop.
const patience = 25 * time.Second

// process is a server that we started and that we end, by its own process id.
// A nil process is one that was never started.
type process struct {
	cmd   *exec.Cmd
	stdin io.Closer // closing it tells a bare server to end
	done  chan struct{}
	err   error // how it ended; read after done
}

// start starts a program with its standard input open. When ctx ends, so does
// the program: by SIGTERM, and by force when that is not enough.
func start(ctx context.Context, change func(*exec.Cmd), program string, args ...string) (*process, error) {
	c := exec.CommandContext(ctx, program, args...) //nolint:gosec // built by us, or named by who runs the bench
	c.Cancel = func() error { return c.Process.Signal(syscall.SIGTERM) }
	c.WaitDelay = patience
	change(c)
	stdin, err := c.StdinPipe()
	if err != nil {
		return nil, err
	}
	if err := c.Start(); err != nil {
		return nil, err
	}
	p := &process{cmd: c, stdin: stdin, done: make(chan struct{})}
	go func() {
		p.err = c.Wait()
		close(p.done)
	}()
	return p, nil
}

func (p *process) signal(s os.Signal) {
	// One that has ended needs no signal.
	_ = p.cmd.Process.Signal(s)
}

// stop ends the process and waits for it. It may be called twice.
func (p *process) stop() error {
	if p == nil {
		return nil
	}
	select {
	case <-p.done:
		return nil
	default:
	}
	p.signal(syscall.SIGTERM)
	closed := p.stdin.Close()
	select {
	case <-p.done:
	case <-time.After(patience):
		p.signal(syscall.SIGKILL)
		<-p.done
		return fmt.Errorf("%s did not end within %s and was killed", p.cmd.Path, patience)
	}
	if errors.Is(p.err, context.Canceled) {
		return nil // it was told to end already
	}
	var exit *exec.ExitError
	if errors.As(p.err, &exit) && exit.Sys().(syscall.WaitStatus).Signal() == syscall.SIGTERM {
		return nil
	}
	if errors.Is(closed, os.ErrClosed) {
		closed = nil
	}
	return errors.Join(p.err, closed)
}

// gone reports whether the process has ended by itself.
func (p *process) gone() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}
