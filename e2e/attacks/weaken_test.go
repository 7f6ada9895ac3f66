package attacks

import (
	"encoding/json"
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var weaken = flag.Bool("weaken", false, "build every weakened latchkey and see its suite fail (some minutes)")

// A weakness is a change of one file that brings back a bug that somebody had.
type weakness struct {
	suite    string // the test that must fail on it
	file     string // from the root of the repository
	old, new string // old stands in the file exactly once
	bug      string // what was wrong, and where it was seen
}

// weaknesses are all of them; each suite has one at least.
func weaknesses() []weakness {
	return slices.Concat(weakTokens(), weakSessions(), weakDoors(), weakInputs(), weakIDs(), weakAccounts(), weakGuards(), weakNest())
}

// TestWeakened shows that the suites can fail. Without -weaken it only looks
// whether every suite has its line and every line still fits its file.
func TestWeakened(t *testing.T) {
	if !*weaken {
		checkWeaknesses(t)
		return
	}
	for _, w := range weaknesses() {
		t.Run(w.suite, func(t *testing.T) { w.prove(t) })
	}
}

var suiteName = regexp.MustCompile(`^TestA[0-9]{2}`)

func checkWeaknesses(t *testing.T) {
	covered := map[string]bool{}
	for _, w := range weaknesses() {
		covered[w.suite] = true
		if w.old == w.new || w.bug == "" {
			t.Errorf("%s: the line for %s changes nothing or says not what", w.suite, w.file)
		}
		source, err := os.ReadFile(filepath.Join(root, w.file))
		if err != nil {
			t.Error(err)
			continue
		}
		if n := strings.Count(string(source), w.old); n != 1 {
			t.Errorf("%s: %q stands %d times in %s, want once: the line is stale", w.suite, w.old, n, w.file)
		}
	}
	found := suites(t)
	for _, suite := range found {
		if !covered[suite] {
			t.Errorf("%s has no weakened build: nobody knows whether it can fail", suite)
		}
	}
	for suite := range covered {
		if !slices.Contains(found, suite) {
			t.Errorf("%s is no suite", suite)
		}
	}
}

// suites reads the names of the suites from this folder.
func suites(t *testing.T) (names []string) {
	t.Helper()
	files, err := filepath.Glob("*_test.go")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d files of suites, %v", len(files), err)
	}
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && suiteName.MatchString(f.Name.Name) {
				names = append(names, f.Name.Name)
			}
		}
	}
	return names
}

// prove builds the weakened binary and runs the suite on it in a process of its
// own, where it must fail, and by a breach: not because nothing starts.
func (w weakness) prove(t *testing.T) {
	weakened := w.build(t)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self, "-test.run=^"+w.suite+"$", "-test.count=1", "-test.timeout=5m", "-walks=96")
	cmd.Env = append(os.Environ(), "LATCHKEY_BINARY="+weakened)
	out, err := cmd.CombinedOutput()
	switch {
	case err == nil:
		t.Errorf("%s passes on a build with this bug: %s", w.suite, w.bug)
	case !strings.Contains(string(out), "--- FAIL: "+w.suite) || !strings.Contains(string(out), through):
		t.Errorf("%s fails on a build with this bug, but for another reason: %s\n%s", w.suite, w.bug, tail(string(out)))
	default:
		t.Logf("%s\n%s", w.bug, firstBreach(string(out)))
	}
}

func (w weakness) build(t *testing.T) string {
	t.Helper()
	name, err := filepath.Abs(filepath.Join(root, w.file))
	if err != nil {
		t.Fatal(err)
	}
	source, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	changed, overlay := filepath.Join(dir, "weak.go"), filepath.Join(dir, "overlay.json")
	list, err := json.Marshal(map[string]any{"Replace": map[string]string{name: changed}})
	if err != nil {
		t.Fatal(err)
	}
	for path, text := range map[string]string{changed: strings.Replace(string(source), w.old, w.new, 1), overlay: string(list)} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	weakened := filepath.Join(dir, "latchkey")
	if err := build(weakened, "-overlay", overlay); err != nil {
		t.Fatalf("%v\n(the weakness: %s)", err, w.bug)
	}
	return weakened
}

func firstBreach(out string) string {
	_, after, _ := strings.Cut(out, through)
	line, _, _ := strings.Cut(after, "\n")
	return through + line
}
