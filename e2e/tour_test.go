package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// A step is what a block of shell commands on a page must lead to.
type step struct {
	codes []string // of the answers that it prints, all of them, in order
	shows []string // what else it prints, in order
}

// tour has every ```sh block of every page that a newcomer reads, in order. A
// new block needs a line here.
var tour = map[string][]step{
	"README.md": {
		{}, // make run, make test
		{
			codes: []string{
				"USER_CREATED", "LOGIN_SUCCESS", "CURRENT_USER_OK", "SESSIONS_RETRIEVED", "TOKENS_REFRESHED", "LOGGED_OUT", "SESSION_NOT_FOUND",
				"RESET_SENT_IF_KNOWN", "RESET_READY", "PASSWORD_CHANGED",
			},
			shows: []string{
				`"email":"ann@example.com"`, `"deviceName":"Ann's terminal"`, `"current":true`, `"reason":"logout"`, `"expiresAt":"`,
			},
		},
		{shows: []string{"latchkey ", "DATABASE_URL", "sqlite:latchkey.db", "default", "Usage: latchkey <command>", "serve"}},
	},
	"docs/tenants.md": {
		{
			codes: []string{"USERS_RETRIEVED", "TENANT_CREATED"},
			shows: []string{"acme", "head@acme.example", `"name":"globex"`},
		},
		{shows: []string{"SUSPENDED", "ACTIVE", "acme", `"name": "acme"`}},
		{shows: []string{"clerk", "the last admin stays one", "orders:write"}},
		{shows: []string{"line 4: ", "2 created", "1 refused", "one line was refused", "ann@acme.example"}},
	},
	"docs/pages.md": {{codes: []string{"FRONT_RETRIEVED"}}, {shows: []string{"lko_"}}},
	"docs/protect.md": {
		{codes: []string{"IDENTITY_VERIFIED", "FORBIDDEN", "TOKEN_INVALID"}, shows: []string{
			"X-Service-Name: orders", `"kind":"service"`, "event: hello", `"tenantId":"default"`, "event: ready", "orders:write", "is revoked.",
		}},
		{shows: []string{"gateway.yaml is good."}},
	},
	"docs/import.md": {
		{shows: []string{
			"1 read, 1 created", "This was a dry run", "1 read, 1 created", "core", "1 read, 1 created", "This was a dry run", "1 read, 1 created",
		}},
	},
	"docs/operate.md": {
		{shows: []string{"the schema of ", "is up to date"}},
		{shows: []string{"ok    database ", "latchkey.db has schema version", "leads to a latchkey, which is well", "0 to mend"}},
		{shows: []string{"KID", "KID", "ES256", "signing", `"state": "retiring"`, `"algorithm": "ES256"`, `"state": "signing"`}},
		{shows: []string{
			"directory default: events 1 to ", ", whole", "newest link ", `"directory": "default"`, `"first": 1`, `"number":1,`, `"action":"key.added"`,
		}},
	},
}

// around is what the reader of a page has besides.
var around = map[string]func(*testing.T) []string{"docs/import.md": seeds}

// made are the lines that are not run as they stand, and what `make` must want
// to do there: the harness does the first itself, the second is what runs this
// test, and the third would change the checkout.
var made = map[string]string{
	"make run":   "exec bin/latchkey dev",
	"make test":  "./...",
	"make build": "-o bin/latchkey ./cmd/latchkey",
}

// where the pages keep things, which a test keeps elsewhere.
const (
	pagePort   = "localhost:3502"
	pageFolder = "/tmp/latchkey-operate"
)

var shellBlock = regexp.MustCompile("(?ms)^```(?:sh|bash|shell|console)\n(.*?)^```$")

func TestTour(t *testing.T) {
	t.Parallel()
	for _, page := range pages(t) {
		t.Run(page, func(t *testing.T) { walk(t, page) })
	}
}

// elsewhere are pages whose blocks another test runs.
var elsewhere = []string{"docs/migrate-from-nestjs.md", "docs/sdk.md"} // e2e/migrate, make sdk

// pages are the pages that have something to run here.
func pages(t *testing.T) []string {
	t.Helper()
	found := []string{"README.md"}
	err := filepath.WalkDir("../docs", func(name string, d os.DirEntry, err error) error {
		if err == nil && filepath.Ext(name) == ".md" && shellBlock.Match(read(t, name)) && !slices.Contains(elsewhere, strings.TrimPrefix(name, "../")) {
			found = append(found, strings.TrimPrefix(name, "../"))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for page := range tour {
		if !slices.Contains(found, page) {
			t.Errorf("%s has no shell block any more: take it out of tour", page)
		}
	}
	return found
}

func read(t *testing.T, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// walk runs the blocks of a page in one folder, beside one server.
func walk(t *testing.T, page string) {
	steps := tour[page]
	blocks := shellBlock.FindAllSubmatch(read(t, "../"+page), -1)
	if len(blocks) != len(steps) {
		t.Fatalf("the page has %d shell blocks, tour has %d", len(blocks), len(steps))
	}
	dir := t.TempDir()
	if err := os.Symlink(filepath.Dir(binary), filepath.Join(dir, "bin")); err != nil {
		t.Fatal(err)
	}
	var reader []string
	if has := around[page]; has != nil {
		reader = has(t)
	}
	var dev *server
	for i, block := range blocks {
		script := string(block[1])
		if strings.Contains(script, pagePort) && dev == nil {
			dev = start(t, "dev", env{"LOG_LEVEL": "debug"})
		}
		out := runBlock(t, dir, dev, script, reader)
		if got := codes(out); !slices.Equal(got, steps[i].codes) {
			t.Fatalf("block %d answers\n%s\nwant\n%s\n\n%s", i+1, got, steps[i].codes, out)
		}
		rest := out
		for _, want := range steps[i].shows {
			_, after, found := strings.Cut(rest, want)
			if !found {
				t.Fatalf("block %d does not show %q in its place:\n%s", i+1, want, out)
			}
			rest = after
		}
	}
	if dev != nil {
		dev.mailbox(t)
		if jar, err := os.ReadFile(filepath.Join(dir, "jar")); err == nil { // not every page logs in
			hideJar(string(jar))
		}
	}
}

// runBlock runs one block as a reader would, and returns what it prints.
func runBlock(t *testing.T, dir string, dev *server, script string, reader []string) string {
	t.Helper()
	var lines []string
	for line := range strings.Lines(script) {
		command, _, _ := strings.Cut(line, "#")
		command = strings.TrimSpace(command)
		if want, ok := made[command]; ok {
			wouldMake(t, command, want)
			continue
		}
		if strings.HasPrefix(command, "make") {
			t.Fatalf("%q: a make command needs a line in made", command)
		}
		lines = append(lines, line)
	}
	script = strings.Join(lines, "")
	if dev != nil {
		script = strings.ReplaceAll(script, pagePort, fmt.Sprintf("localhost:%d", dev.port))
	}
	script = strings.ReplaceAll(script, pageFolder, filepath.Join(dir, "operate"))
	cmd := exec.CommandContext(t.Context(), "bash", "-eu", "-o", "pipefail", "-c", script)
	cmd.Dir, cmd.Env = dir, append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir}, reader...)
	if dev != nil && (strings.Contains(script, "tenant") || strings.Contains(script, "operator-key")) { // commands beside it: the reader is in its folder
		cmd.Env = append(cmd.Env, "DATABASE_URL=sqlite:"+dev.database())
	}
	out, err := cmd.CombinedOutput()
	hideOutput(string(out))
	if err != nil {
		t.Fatalf("%v\n%s\n%s", err, script, out)
	}
	return string(out)
}

// wouldMake asks make what it would do.
func wouldMake(t *testing.T, command, want string) {
	t.Helper()
	args := append(strings.Fields(command)[1:], "--dry-run", "--no-print-directory")
	cmd := exec.CommandContext(t.Context(), "make", args...)
	cmd.Dir = ".."
	cmd.Env = append(os.Environ(), "MAKEFLAGS=", "MFLAGS=")
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), want) {
		t.Errorf("%s would not run %q: %v\n%s", command, want, err, out)
	}
}

var (
	codeField  = regexp.MustCompile(`"code":"([A-Z_]+)"`)
	tokenField = regexp.MustCompile(`"(?:access|refresh|device)Token":"([^"]+)"`)
)

// codes returns the codes of the answers in an output.
func codes(out string) []string {
	var all []string
	for _, m := range codeField.FindAllStringSubmatch(out, -1) {
		all = append(all, m[1])
	}
	return all
}

// hideJar notes the cookies of a jar in curl's format.
func hideJar(jar string) {
	for line := range strings.Lines(jar) {
		if fields := strings.Fields(line); len(fields) == 7 {
			secret(fields[6])
		}
	}
}

func hideOutput(out string) {
	secret("quiet-orbit-42-lantern", "loud-comet-17-harbour") // of the README
	for _, m := range tokenField.FindAllStringSubmatch(out, -1) {
		secret(m[1])
	}
}
