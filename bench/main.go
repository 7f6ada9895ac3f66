// Command bench measures Latchkey on this machine: the real binary, in a
// process of its own, over loopback. It prints one table of one run, and beside
// each rate its ratio to a ceiling measured in the same run, because absolute
// figures drift from machine to machine.
//
// It knows Latchkey as a client does, by its routes, settings and answers; the
// one thing it takes from the inside is the password hash, to know what a login
// must cost at least. It checks every answer and fails when one is wrong.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	if len(os.Args) == 3 && os.Args[1] == bareCommand {
		exit(serveBare(os.Stdin, os.Stdout, os.Args[2]))
	}
	if len(os.Args) == 3 && os.Args[1] == bareProxyCommand {
		exit(serveBareProxy(os.Stdin, os.Stdout, os.Args[2]))
	}
	if len(os.Args) == 3 && os.Args[1] == bareNestCommand {
		exit(serveBareNest(os.Stdin, os.Stdout, os.Args[2]))
	}
	o, err := parseOptions(os.Args[1:], os.Stderr)
	if errors.Is(err, flag.ErrHelp) {
		return
	}
	if err != nil {
		exit(err)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err = run(ctx, o, os.Stdout, os.Stderr)
	stop()
	exit(err)
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// run measures what o asks for and writes the table to out, progress to told.
// What was measured before an error is printed too.
func run(ctx context.Context, o options, out, told io.Writer) (err error) {
	about := describe(ctx, o)
	b, err := newBench(o, told)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.close()) }()
	if err = b.build(ctx); err == nil {
		err = b.measure(ctx)
	}
	return errors.Join(err, report(out, o, about, b.results))
}
