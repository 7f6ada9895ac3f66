package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync/atomic"
)

// widths are the numbers of connections at which a rate is taken.
var widths = []int{1, 16, 64}

const widest = 64

// bench is one run.
type bench struct {
	options
	told    io.Writer
	dir     string // temporary: binary and databases
	binary  string
	sink    *sink
	server  *process    // latchkey, under load
	bare    *bareServer // the ceilings
	address string      // of server
	people  []*person
	checked int          // session checks that server has answered since it was started
	last    atomic.Int64 // number of the last account made
	answer  []byte
	idle    float64  // MiB that server held before the first request
	loose   []string // access tokens of sessions that nobody needs any more
	hashed  *hashing
	known   map[string]sample
	results []result
}

func newBench(o options, told io.Writer) (*bench, error) {
	dir, err := os.MkdirTemp(o.dir, "latchkey-bench-")
	if err != nil {
		return nil, err
	}
	b := &bench{options: o, told: told, dir: dir, binary: filepath.Join(dir, "latchkey"), known: map[string]sample{}}
	if b.sink, err = newSink(); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return b, nil
}

// build builds the binary as `make build` does, unless one is given.
func (b *bench) build(ctx context.Context) (err error) {
	if b.with != "" {
		b.binary, err = filepath.Abs(b.with)
		return err
	}
	b.say("building")
	args := []string{"build", "-trimpath", "-buildvcs=false", "-ldflags", "-s -w", "-o", b.binary, "github.com/latchkey/latchkey/cmd/latchkey"}
	c := exec.CommandContext(ctx, "go", args...) //nolint:gosec // into our own temporary folder
	c.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("build latchkey: %w\n%s", err, out)
	}
	return nil
}

// prepare makes the accounts, in a process of its own: hashing their passwords
// must not show in the memory of the one that is measured. Then it starts that
// one.
func (b *bench) prepare(ctx context.Context) (err error) {
	b.say("making %d accounts", widest)
	if err := b.startServer(ctx); err != nil {
		return err
	}
	if b.people, err = b.signUpMany(ctx, widest); err != nil {
		return err
	}
	if err := b.server.stop(); err != nil {
		return err
	}
	if err := b.startServer(ctx); err != nil {
		return err
	}
	if b.idle, err = b.server.settled(ctx); err != nil {
		return err
	}
	if b.answer, err = b.oneCheck(); err != nil {
		return err
	}
	b.bare, err = startBare(ctx, b.answer)
	return err
}

// startServer starts latchkey on the run's database.
func (b *bench) startServer(ctx context.Context) (err error) {
	b.server, b.address, err = b.startLatchkey(ctx, filepath.Join(b.dir, "latchkey.db"))
	b.checked = 0
	return err
}

func (b *bench) say(format string, args ...any) {
	fmt.Fprintf(b.told, "bench: "+format+"\n", args...)
}

// close ends the processes and removes what they left.
func (b *bench) close() error {
	return errors.Join(b.server.stop(), b.bare.stop(), b.sink.Close(), os.RemoveAll(b.dir)) //nolint:gosec // our own temporary folder
}
