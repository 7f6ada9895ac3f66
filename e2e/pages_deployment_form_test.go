package e2e

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// at fails where the tab is elsewhere.
func (p *reader) at(t *testing.T, path string) {
	t.Helper()
	if got := p.path(t); got != path {
		t.Fatalf("the tab is at %s, want %s:\n%s", got, path, p.text(t))
	}
}

// choose picks an option of a list, a radio button or a check box.
func (p *reader) choose(t *testing.T, name, value string) {
	t.Helper()
	var found bool
	p.run(t, `((name, value) => { for (const f of document.getElementsByName(name)) {
		if (f.tagName === "SELECT") { f.value = value; return f.value === value }
		if (f.value === value) { f.click(); return true } } return false })(`+quoted(name)+`, `+quoted(value)+`)`, &found)
	if !found {
		t.Fatalf("the page has no %s to choose %q", name, value)
	}
}

// marked wants that exactly these fields are marked, each with what is wrong.
func (p *reader) marked(t *testing.T, fields ...string) {
	t.Helper()
	var got []string
	p.run(t, `[...document.querySelectorAll("[aria-invalid]")].flatMap(f => [f.name, (f.getAttribute("aria-describedby") || "").split(" ")
		.map(id => document.getElementById(id)).filter(e => e && e.className === "problem").map(e => e.textContent).join()])`, &got)
	if strings.Join(got, "|") != strings.Join(fields, "|") {
		t.Errorf("marked are %q, want %q", got, fields)
	}
}

// quoted is a text as a script has it.
func quoted(text string) string { return strconv.Quote(text) }

// lacks wants that the page shows none of that.
func (p *reader) lacks(t *testing.T, all ...string) {
	t.Helper()
	text := p.text(t)
	for _, some := range all {
		if strings.Contains(text, some) {
			t.Errorf("%s shows %q:\n%s", p.path(t), some, text)
		}
	}
}

// kind is that of the element with a name.
func (p *reader) kind(t *testing.T, name string) (kind string) {
	t.Helper()
	p.run(t, "document.getElementsByName("+quoted(name)+")[0].tagName", &kind)
	return kind
}

// holds wants that fields have these values.
func (p *reader) holds(t *testing.T, fields ...string) {
	t.Helper()
	var got []string
	var names []string
	for i := 0; i+1 < len(fields); i += 2 {
		names = append(names, quoted(fields[i]))
	}
	p.run(t, "["+strings.Join(names, ", ")+"].flatMap(n => [n, document.getElementsByName(n)[0].value])", &got)
	if !slices.Equal(got, fields) {
		t.Errorf("the fields hold %q, want %q", got, fields)
	}
}

// attach chooses a file for a field.
func (p *reader) attach(t *testing.T, name, file, content string) {
	t.Helper()
	var done bool
	p.run(t, fmt.Sprintf(`((text) => { const d = new DataTransfer();
		d.items.add(new File([Uint8Array.from(atob(text), c => c.charCodeAt(0))], %s));
		document.getElementsByName(%s)[0].files = d.files; return true })(%s)`,
		quoted(file), quoted(name), quoted(base64.StdEncoding.EncodeToString([]byte(content)))), &done)
}

// posts sends a form from the page to an address, as a page does that has one
// more than ours, and returns the status of the answer.
func (p *reader) posts(t *testing.T, path, form string) (status int) {
	t.Helper()
	p.run(t, fmt.Sprintf(`fetch(%s, {method: "POST", body: new URLSearchParams(%s), redirect: "manual"}).then(r => r.status)`, quoted(path), quoted(form)), &status)
	return status
}
