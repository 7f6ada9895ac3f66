// Package migrate reads docs/migrate-from-nestjs.md aloud: every block of
// commands on the page is run as it stands, against the binary, a MongoDB filled
// as the NestJS tutorial fills it, and a stand-in of the tutorial's gateway.
//
// It knows the tutorial by its documents and its commands, and nothing of what
// is inside Latchkey. That a real Nest client gets on with it is shown elsewhere.
package migrate

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

// binary is the latchkey that the page calls bin/latchkey; TestMain builds it.
var binary string

// TestMain builds the binary and runs the tests.
func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(run(m))
}

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "latchkey-migrate-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	binary = filepath.Join(dir, "bin", "latchkey")
	args := []string{"build", "-o", binary}
	if info, ok := debug.ReadBuildInfo(); ok && slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"}) {
		args = append(args, "-race")
	}
	if out, err := exec.Command("go", append(args, "../../cmd/latchkey")...).CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "build latchkey: %v\n%s", err, out)
		return 1
	}
	return testserver.Run(m)
}
