package latchkey_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

// A check that never complains protects nothing: each is shown what it is there
// to refuse, beside what it has to let pass.

func TestHouseComplainsOfFiles(t *testing.T) {
	table := map[string]arrow{
		"internal/auth": {inside: []string{"guard"}, outside: []string{"golang.org/x/text"}, never: []string{"net/http"}},
		"internal/ui":   {inside: []string{"internal/auth"}},
		"guard":         {bare: true},
		"cmd":           {inside: every, outside: every},
	}
	withTable := func(files []source) []string { return checkArrows(files, table) }
	all := map[string]string{"internal/auth/a.go": "", "internal/ui/a.go": "", "guard/a.go": "", "cmd/a.go": ""}
	for name, c := range map[string]struct {
		check func([]source) []string
		files map[string]string
		want  []string
	}{
		"an arrow that points inward": {withTable, with(all, "internal/ui/b.go", imports(module+"/internal/auth", "net/http")), nil},
		"an arrow that points outward": {withTable, with(all, "internal/auth/b.go", imports(module+"/internal/ui")),
			[]string{"internal/auth/b.go:4: imports " + module + "/internal/ui: not one of its arrows"}},
		"SQL or HTTP in the rules": {withTable, with(all, "internal/auth/b.go", imports("net/http/httptrace")),
			[]string{"internal/auth/b.go:4: imports net/http/httptrace: this package knows nothing of that"}},
		"HTTP in a test of the rules": {withTable, with(all, "internal/auth/b_test.go", imports("net/http")), nil},
		"a library of its own":        {withTable, with(all, "internal/auth/b.go", imports("golang.org/x/text/unicode/norm")), nil},
		"the library of another": {withTable, with(all, "internal/ui/b.go", imports("golang.org/x/text/unicode/norm")),
			[]string{"internal/ui/b.go:4: imports golang.org/x/text/unicode/norm: not one of its libraries"}},
		"a path that only begins alike": {withTable, with(all, "internal/auth/b.go", imports("golang.org/x/textual")),
			[]string{"internal/auth/b.go:4: imports golang.org/x/textual: not one of its libraries"}},
		"a library without a slot": {withTable, with(all, "cmd/b.go", imports("example.com/orm")),
			[]string{"cmd/b.go:4: imports example.com/orm: no slot for this library outside tests"}},
		"a test library outside tests": {withTable, with(all, "cmd/b.go", imports("github.com/google/go-cmp/cmp")),
			[]string{"cmd/b.go:4: imports github.com/google/go-cmp/cmp: no slot for this library outside tests"}},
		"a test library in a test": {withTable, with(all, "cmd/b_test.go", imports("github.com/google/go-cmp/cmp")), nil},
		"an unknown library in a test": {withTable, with(all, "cmd/b_test.go", imports("example.com/assert")),
			[]string{"cmd/b_test.go:4: imports example.com/assert: no slot for this library"}},
		"any library in guard": {withTable, with(all, "guard/b_test.go", imports("github.com/google/go-cmp/cmp")),
			[]string{"guard/b_test.go:4: imports github.com/google/go-cmp/cmp: only the standard library here"}},
		"the server in a test of guard": {withTable, with(all, "guard/b_test.go", imports(module+"/guard", module+"/internal/auth")),
			[]string{"guard/b_test.go:5: imports " + module + "/internal/auth: only the standard library here, also in tests"}},
		"one door in a test of another": {withTable, with(all, "internal/ui/b_test.go", imports(module+"/internal/httpd")),
			[]string{"internal/ui/b_test.go:4: imports " + module + "/internal/httpd: siblings do not know each other: such a test belongs to e2e"}},
		"a package without a line": {withTable, with(all, "internal/new/a.go", ""),
			[]string{"internal/new/a.go: a new package needs a line in arrows, house_test.go"}},
		"a line without a package": {withTable, map[string]string{"internal/auth/a.go": "", "internal/ui/a.go": "", "guard/a.go": ""},
			[]string{"cmd: has a line in arrows, house_test.go, and no Go file: take the line out"}},

		"the clock, under another name, as a value": {checkClock,
			map[string]string{"internal/auth/a.go": "import clock \"time\"\nvar now = clock.Now"},
			[]string{"internal/auth/a.go:4: reads the clock: the rules have Service.Now"}},
		"how long ago":               {checkClock, map[string]string{"internal/auth/a.go": "import \"time\"\nvar age = time.Since(born)"}, []string{"internal/auth/a.go:4: reads the clock: the rules have Service.Now"}},
		"the clock elsewhere":        {checkClock, map[string]string{"internal/authority/a.go": "import \"time\"\nvar now = time.Now()"}, nil},
		"a clock that was handed in": {checkClock, map[string]string{"internal/auth/a.go": "var now = s.Now()"}, nil},

		"a package comment of one line": {checkPackageComments, map[string]string{"a/a.go": ""},
			[]string{"a: a package comment has at least two lines, this one 1"}},
		"tests only, and silent": {checkPackageComments, map[string]string{"e2e/a_test.go": ""},
			[]string{"e2e: a package comment has at least two lines, this one 1"}},

		"a silent function": {checkExports, map[string]string{"a/a.go": "func Do() {}\nfunc do() {}"}, []string{"a/a.go:3: Do is exported and has no comment"}},
		"a silent method": {checkExports, map[string]string{"a/a.go": "func (t *T[K]) Do() {}\nfunc (t t) Do() {}\nfunc (t T) Error() string"},
			[]string{"a/a.go:3: Do is exported and has no comment"}},
		"a silent type":     {checkExports, map[string]string{"a/a.go": "type T int\n// U is.\ntype U int"}, []string{"a/a.go:3: T is exported and has no comment"}},
		"silent values":     {checkExports, map[string]string{"a/a.go": "var A, b = 1, 2\nconst (\nC = 1\nD = 2 // D is.\n)"}, []string{"a/a.go:3: A is exported and has no comment", "a/a.go:5: C is exported and has no comment"}},
		"a group that says": {checkExports, map[string]string{"a/a.go": "// What there is.\nconst (\nC = 1\nD = 2\n)"}, nil},
		"a silent promise": {checkExports, map[string]string{"a/a.go": "// S stores.\ntype S interface {\n// Spend spends.\nSpend()\nAttempt()\n\nRotate()\n}"},
			[]string{"a/a.go:9: Rotate is exported and has no comment"}},
		"the only promise": {checkExports, map[string]string{"a/a.go": "// S sweeps.\ntype S interface {\nSweep()\n}"}, nil},

		"a mark in a comment": {checkUnfinished, map[string]string{"a/a.go": "// TO" + "DO: later\nvar s = \"FIX" + "ME\""},
			[]string{"a/a.go:3: TO" + "DO: finish it, or open an issue"}},
		"a test that does not run": {checkUnfinished, map[string]string{"a/a_test.go": "import \"testing\"\nfunc TestA(t *testing.T) {\nif testing.Short() {\nt.Skipf(\"\")\n}\n}"},
			[]string{"a/a_test.go:5: every test runs everywhere: Short is not for us", "a/a_test.go:6: every test runs everywhere: Skipf is not for us"}},
		"another Skip": {checkUnfinished, map[string]string{"a/a.go": "func f(r reader) {\nr.Skip()\n}"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			tree := fstest.MapFS{}
			for path, text := range c.files {
				tree[path] = &fstest.MapFile{Data: []byte("// Package a is an example.\npackage a\n" + text)}
			}
			files, broken := parse(tree)
			if broken != nil {
				t.Fatalf("the example is not Go: %v", broken)
			}
			if diff := cmp.Diff(c.want, c.check(files)); diff != "" {
				t.Errorf("complaints (-want +got):\n%s", diff)
			}
		})
	}
}

func TestHouseComplainsOfTheTree(t *testing.T) {
	lines := func(n int) *fstest.MapFile { return &fstest.MapFile{Data: []byte(strings.Repeat("\n", n))} }
	made := &fstest.MapFile{Data: append([]byte("/* Code generated by a program. DO NOT EDIT. */"), lines(700).Data...)}
	tree := fstest.MapFS{
		"a/short.go":              lines(400),
		"a/wide.css":              lines(401),
		"a/reasoned.ts":           lines(600),
		"a/endless.html":          lines(601),
		"a/made.css":              made,
		"a/list.txt":              lines(700),
		"a/testdata/b.go":         lines(700),
		"sdk/node_modules/lib.ts": lines(700),
		"internal/utils/a.go":     lines(1),
		"sdk/Shared/a.ts":         lines(1),
		"internal/library/a.go":   lines(1),
	}
	reasons := map[string]string{"a/reasoned.ts": "one table", "a/short.go": "it was long once", "a/endless.html": "no reason is enough"}

	want := []string{
		"a/endless.html: 601 lines, 600 is the end: it holds more than one idea",
		"a/wide.css: 401 lines, over 400: divide it, or give the reason in long, house_test.go",
		"a/short.go: is not long, take it out of long, house_test.go",
	}
	if diff := cmp.Diff(want, checkSizes(tree, reasons)); diff != "" {
		t.Errorf("sizes (-want +got):\n%s", diff)
	}
	want = []string{
		"internal/utils: a folder is named after what it is, not utils",
		"sdk/Shared: a folder is named after what it is, not Shared",
	}
	if diff := cmp.Diff(want, checkFolders(tree)); diff != "" {
		t.Errorf("folders (-want +got):\n%s", diff)
	}
	if _, complaints := parse(fstest.MapFS{"a/a.go": lines(1)}); len(complaints) != 1 {
		t.Errorf("a file that is not Go: got %d complaints, want 1: %v", len(complaints), complaints)
	}
}

// with is a tree and one more file.
func with(files map[string]string, name, text string) map[string]string {
	more := map[string]string{name: text}
	for name, text := range files {
		more[name] = text
	}
	return more
}

// imports is a block whose first path stands in line 4 of its file.
func imports(paths ...string) string {
	return "import (\n\"" + strings.Join(paths, "\"\n\"") + "\"\n)"
}
