// Package e2e tests the binary as people run it: real processes on loopback,
// real files, a real mail server, a real browser.
//
// It knows the command line and what comes over the wire, and nothing of what
// is inside. Whatever the servers of a run write to standard error is searched
// for secrets at its end.
package e2e

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"testing"

	"github.com/latchkey/latchkey/internal/testserver"
)

// binary is the latchkey that all tests run; TestMain builds it.
var binary string

// TestMain builds the binary, runs the tests, and reads the servers' logs.
func TestMain(m *testing.M) {
	flag.Parse()
	// The tests mostly wait, so many may wait at once; see browse for those that do not.
	if err := flag.Set("test.parallel", "24"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(runAll(m))
}

func runAll(m *testing.M) (code int) {
	dir, err := os.MkdirTemp("", "latchkey-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	if err := build(dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	code = testserver.Run(m)
	for _, complaint := range theLog.complaints() {
		fmt.Fprintln(os.Stderr, "the servers' logs:", complaint)
		code = 1
	}
	return code
}

// build builds the binary, with the race detector when the tests have it.
func build(dir string) error {
	binary = filepath.Join(dir, "bin", "latchkey")
	return buildAs(binary)
}

// buildAs builds the binary in another place, with more flags.
func buildAs(path string, flags ...string) error {
	args := append([]string{"build", "-o", path}, flags...)
	if raceDetected() {
		args = append(args, "-race")
	}
	out, err := exec.Command("go", append(args, "../cmd/latchkey")...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("build latchkey: %w\n%s", err, out)
	}
	return nil
}

func raceDetected() bool {
	info, ok := debug.ReadBuildInfo()
	return ok && slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"})
}
