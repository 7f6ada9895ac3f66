package main

import (
	"errors"
	"net"
	"os/exec"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/latchkey/latchkey/internal/testserver"
)

// TestMain lets scripts run this program as `latchkey`.
func TestMain(m *testing.M) {
	testscript.Main(testserver.Main{M: m}, map[string]func(){"latchkey": main})
}

// TestScripts runs testdata/*.txtar: the command line, as one types it. Scripts
// start with an empty environment and in a folder of their own.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata", RequireExplicitExec: true, RequireUniqueNames: true,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"fails": fails, "occupy": occupy},
	})
}

// fails CODE PROGRAM ARGS... runs a program that must end with the exit code,
// print nothing on standard output, and say why on standard error.
func fails(ts *testscript.TestScript, not bool, args []string) {
	if not || len(args) < 2 {
		ts.Fatalf("usage: fails CODE PROGRAM ARGS...")
	}
	var exit *exec.ExitError
	err := ts.Exec(args[1], args[2:]...)
	if !errors.As(err, &exit) || strconv.Itoa(exit.ExitCode()) != args[0] {
		ts.Fatalf("got %v, want exit code %s", err, args[0])
	}
	if out := ts.ReadFile("stdout"); out != "" {
		ts.Fatalf("standard output has %q", out)
	}
	if ts.ReadFile("stderr") == "" {
		ts.Fatalf("nothing on standard error")
	}
}

// occupy NAME listens on a port of loopback until the script ends, and sets a
// variable to it.
func occupy(ts *testscript.TestScript, not bool, args []string) {
	if not || len(args) != 1 {
		ts.Fatalf("usage: occupy NAME")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	ts.Defer(func() { ts.Check(l.Close()) })
	ts.Setenv(args[0], strconv.Itoa(l.Addr().(*net.TCPAddr).Port))
}
