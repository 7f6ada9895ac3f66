package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// axe is the text of axe-core, which looks for barriers in a page: what its lock
// file says, fetched once in a run.
var axe = sync.OnceValues(func() (string, error) {
	dir, err := filepath.Abs("axe")
	if err != nil {
		return "", err
	}
	cmd := exec.Command("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return string(out), err
	}
	text, err := os.ReadFile(filepath.Join(dir, "node_modules/axe-core/axe.min.js"))
	return string(text), err
})

// barriers wants that axe finds nothing in the page: WCAG 2.2 A and AA, and what
// axe holds to be good practice. It runs beside the page, where no policy of the
// page stops it.
func (p *reader) barriers(t *testing.T, name string) {
	t.Helper()
	for _, found := range p.axe(t) {
		t.Errorf("%s: %s", name, found)
	}
}

// axe returns what axe finds in the page.
func (p *reader) axe(t *testing.T) (all []string) {
	t.Helper()
	text, err := axe()
	if err != nil {
		t.Fatalf("npm ci in e2e/axe: %v\n%s", err, text)
	}
	p.browser.want(t, p.session, "Runtime.evaluate", map[string]any{"expression": text}, nil)
	var found []struct {
		ID, Help string
		Nodes    []struct {
			HTML           string
			FailureSummary string
		}
	}
	// The mailbox of development is a page of its own.
	p.run(t, `axe.run({exclude: [["iframe"]]}, {resultTypes: ["violations"], iframes: false}).then(r => r.violations)`, &found)
	for _, v := range found {
		var where []string
		for _, n := range v.Nodes {
			where = append(where, n.HTML+"\n    "+strings.ReplaceAll(n.FailureSummary, "\n", " "))
		}
		all = append(all, v.ID+": "+v.Help+"\n  "+strings.Join(where, "\n  "))
	}
	return all
}

// TestPagesAxe: axe sees the pages, and says so when one has a barrier.
func TestPagesAxe(t *testing.T) {
	t.Parallel()
	s := start(t, "dev", quick())
	p := browse(t).read(t, s, "/auth/account/login")
	if found := p.axe(t); len(found) > 0 {
		t.Errorf("the log-in page: %q", found)
	}
	for want, script := range map[string]string{
		"label":          `document.querySelector("label[for=who]").remove()`,
		"html-has-lang":  `document.documentElement.removeAttribute("lang")`,
		"color-contrast": `document.body.append(Object.assign(document.createElement("p"), {textContent: "pale"})), document.body.lastChild.style.color = "#ccc"`,
	} {
		p.visit(t, "/auth/account/login")
		var done any
		p.run(t, "("+script+", true)", &done)
		if found := strings.Join(p.axe(t), "\n"); !strings.Contains(found, want) {
			t.Errorf("with a barrier of kind %s, axe finds %q", want, found)
		}
	}
}
