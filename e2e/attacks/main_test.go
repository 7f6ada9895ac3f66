// Package attacks holds the attack catalogue (SECURITY.md): for each attack a
// suite named after it, a table of its variants run against the real binary,
// with one verdict. TestWeakened shows that every suite fails where it must.
//
// It knows the command line, what comes over the wire, and the tables of the
// database where a verdict is about what was not written. A suite reports what
// gets through with [verdict.breach] and nothing else.
package attacks

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// binary is the latchkey that all suites attack: the one that LATCHKEY_BINARY
// names, else TestMain builds it.
var binary string

var raced = flag.Bool("raced", false, "attack a binary that is built with the race detector")

// TestMain finds or builds the binary and runs the suites.
func TestMain(m *testing.M) {
	flag.Parse()
	// The suites mostly wait, so several may wait at once.
	if err := flag.Set("test.parallel", "4"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(runAll(m))
}

func runAll(m *testing.M) int {
	if binary = os.Getenv("LATCHKEY_BINARY"); binary != "" {
		return m.Run()
	}
	dir, err := os.MkdirTemp("", "latchkey-attacks-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	binary = filepath.Join(dir, "latchkey")
	// Verdicts about who waits for whom want a binary that is as quick as the one
	// that people run; races of the binary are e2e's, and make attacks'.
	var flags []string
	if *raced {
		flags = append(flags, "-race")
	}
	if err := build(binary, flags...); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

// root is the repository, seen from this package.
const root = "../.."

// build builds latchkey.
func build(to string, flags ...string) error {
	args := append([]string{"build", "-o", to}, flags...)
	cmd := exec.Command("go", append(args, "./cmd/latchkey")...)
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build latchkey: %w\n%s", err, out)
	}
	return nil
}
