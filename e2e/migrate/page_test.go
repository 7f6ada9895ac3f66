package migrate

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

const page = "../../docs/migrate-from-nestjs.md"

// patience is how long a test waits for what must happen; a test that works
// never waits that long.
const patience = 3 * time.Minute

// A step is what a block of the page must lead to.
type step struct {
	codes  []string // of the answers that it prints, all of them, in order
	shows  []string // what else it prints, in order
	before func(*reader)
	after  func(*reader) // what the page claims of it
}

var importLine = regexp.MustCompile(`(?m)^bin/latchkey import .*$`) // the first is the dry one

var shellBlock = regexp.MustCompile("(?ms)^```sh\n(.*?)^```$")

// TestPage runs the page.
func TestPage(t *testing.T) {
	text, err := os.ReadFile(page)
	must(t, err)
	blocks := shellBlock.FindAllSubmatch(text, -1)
	if len(blocks) != len(steps) {
		t.Fatalf("the page has %d blocks, steps has %d", len(blocks), len(steps))
	}
	r := newReader(t)
	r.imports = r.here.Replace(string(importLine.Find(text)))
	defer r.is(t) // for what is cleaned up
	r.login = r.here.Replace(string(blocks[loginBlock][1]))
	for i, block := range blocks {
		if !t.Run(fmt.Sprint(i+1), func(t *testing.T) { r.follow(t, string(block[1]), steps[i]) }) {
			return
		}
	}
}

// A reader is somebody who follows the page, in a folder of their own beside the
// seed's.
type reader struct {
	t        *testing.T // of the block that is run
	all      *testing.T // of the page
	folder   string
	seed     *seed
	office   *office
	gateway  *standIn
	products *products
	serving  map[string]*process // by what they serve: serve, gateway
	here     *strings.Replacer   // from what the page says to what this run has
	ports    map[string]string   // of this run, by those of the page
	before   map[string]string   // the seed's databases
	imports  string              // the command that imports, dry
	login    string              // the block that logs in
}

// pagePorts are those that the page and the seed's .env speak of. Each run has
// others.
var pagePorts = []string{"3501", "3502", "3503", "3504", "3505", "4502", "4503", "4504", "4505"}

func newReader(t *testing.T) *reader {
	t.Helper()
	r := &reader{all: t, t: t, folder: t.TempDir(), serving: map[string]*process{}, ports: map[string]string{}}
	must(t, os.Symlink(filepath.Dir(binary), filepath.Join(r.folder, "bin")))
	here := map[string]string{}
	for _, p := range pagePorts {
		r.ports[p] = freePort(t)
		here[":"+p], here["PORT="+p] = ":"+r.ports[p], "PORT="+r.ports[p]
	}
	here["https://nestjs-tutorial.darmist.com"] = "http://localhost:" + r.ports["3502"]
	r.seed = openSeed(t, here)
	r.office = openOffice(t, here)
	r.here = longestFirst(here)
	r.seed.write(r.here.Replace)
	r.before = r.seed.everything(r.seed.prefix)
	return r
}

// longestFirst replaces the longest of what may begin at a place.
func longestFirst(pairs map[string]string) *strings.Replacer {
	var flat []string
	for _, from := range slices.SortedFunc(maps.Keys(pairs), func(a, b string) int { return len(b) - len(a) }) {
		flat = append(flat, from, pairs[from])
	}
	return strings.NewReplacer(flat...)
}

// is says which test speaks from now on.
func (r *reader) is(t *testing.T) { r.t, r.seed.t = t, t }

// follow runs a block and checks what it leads to.
func (r *reader) follow(t *testing.T, script string, s step) {
	r.is(t)
	if s.before != nil {
		s.before(r)
	}
	out := r.run(r.here.Replace(script))
	if got := codes(out); !slices.Equal(got, s.codes) {
		t.Fatalf("it answers\n%s\nwant\n%s\n\n%s", got, s.codes, out)
	}
	rest := out
	for _, want := range s.shows {
		want = r.here.Replace(want)
		_, after, found := strings.Cut(rest, want)
		if !found {
			t.Fatalf("it does not show %q in its place:\n%s", want, out)
		}
		rest = after
	}
	if s.after != nil {
		s.after(r)
	}
}

// served are the lines that go on: each takes the place of one like it.
var served = regexp.MustCompile(`^(?:[A-Z_]+="?[^ ]*"? )?bin/latchkey (serve|gateway)\b`)

// run runs a script as a reader would, and returns what it prints. A mailed code
// is typed where the script asks for it.
func (r *reader) run(script string) string {
	r.t.Helper()
	if m := served.FindStringSubmatch(script); m != nil && !strings.Contains(script, "--check") {
		r.serve(m[1], strings.TrimSpace(script))
		return ""
	}
	keyboard, typed, err := os.Pipe()
	must(r.t, err)
	defer keyboard.Close()
	r.office.typing(typed)
	defer r.office.typing(nil)
	ctx, cancel := context.WithTimeout(r.t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, "bash", "-eu", "-o", "pipefail", "-c", script)
	cmd.Dir, cmd.Env, cmd.Stdin = r.folder, r.environ(), keyboard
	out, err := cmd.CombinedOutput()
	if err != nil {
		r.t.Fatalf("%v\n%s\n%s", err, script, out)
	}
	return string(out)
}

func (r *reader) environ() []string {
	return []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + r.folder, "SEED=" + r.seed.folder, "SSL_CERT_FILE=" + r.office.authority,
		"GORACE=halt_on_error=1",
	}
}

var codeField = regexp.MustCompile(`"code":"([A-Z_]+)"`)

// codes returns the codes of the answers in an output.
func codes(out string) []string {
	var all []string
	for _, m := range codeField.FindAllStringSubmatch(out, -1) {
		all = append(all, m[1])
	}
	return all
}

// freePort finds a port that nobody listens on, below those that the system gives
// to outgoing connections: nobody takes it while what listens there starts again.
func freePort(t *testing.T) string {
	t.Helper()
	for range 100 {
		port := strconv.Itoa(10000 + rand.IntN(10000))
		if l, err := net.Listen("tcp", ":"+port); err == nil {
			must(t, l.Close())
			return port
		}
	}
	t.Fatal("no port is free")
	return ""
}

// eventually asks until the answer is yes.
func eventually(t *testing.T, what string, ask func() bool) {
	t.Helper()
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	over := time.After(patience)
	for !ask() {
		select {
		case <-again.C:
		case <-over:
			t.Fatalf("after %v it is still not so: %s", patience, what)
		}
	}
}
