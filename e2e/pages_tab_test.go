package e2e

import (
	"encoding/base64"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// shots is where make shots puts pictures of pages.
var shots = flag.String("shots", "", "folder for pictures of all pages")

// A reader is somebody with a browser of their own: a tab whose cookies no
// other has.
type reader struct {
	*tab
	base string
}

// read opens a page in a profile of its own.
func (b *browser) read(t *testing.T, s *server, path string) *reader {
	t.Helper()
	var profile struct{ BrowserContextID string }
	b.want(t, "", "Target.createBrowserContext", nil, &profile)
	return &reader{b.openIn(t, profile.BrowserContextID, s.base+path), s.base}
}

// visit opens another page in the same tab.
func (p *reader) visit(t *testing.T, path string) {
	t.Helper()
	p.leaving(t, func() {
		p.browser.want(t, p.session, "Page.navigate", map[string]any{"url": p.base + path}, nil)
	})
}

// leaving does what brings the tab to another document, and waits for that.
func (p *reader) leaving(t *testing.T, do func()) {
	t.Helper()
	loaded := len(p.told("Page.loadEventFired"))
	do()
	eventually(t, "the next page has loaded", func() bool { return len(p.told("Page.loadEventFired")) > loaded })
}

// fill types into fields by their name, as a person would: one after another.
func (p *reader) fill(t *testing.T, fields ...string) {
	t.Helper()
	for i := 0; i+1 < len(fields); i += 2 {
		var found bool
		p.run(t, fmt.Sprintf(`(() => { const f = [...document.querySelectorAll("main [name=" + CSS.escape(%q) + "]")].find(f => f.type !== "hidden");
			if (!f) return false; f.focus(); if (f.select && f.type !== "checkbox") f.select(); return true })()`, fields[i]), &found)
		if !found {
			t.Fatalf("the page has no field %q:\n%s", fields[i], p.text(t))
		}
		p.browser.want(t, p.session, "Input.insertText", map[string]string{"text": fields[i+1]}, nil)
	}
}

// press clicks the button or link that says so, and waits for the page after it.
func (p *reader) press(t *testing.T, says string) {
	t.Helper()
	p.leaving(t, func() { p.click(t, says) })
}

// click clicks the visible button or link that says so.
func (p *reader) click(t *testing.T, says string) {
	t.Helper()
	var found bool
	p.run(t, fmt.Sprintf(`(() => { const e = [...document.querySelectorAll("button, a, summary")].find(e => e.textContent.trim().startsWith(%q) && e.checkVisibility({visibilityProperty: true}));
		if (!e) return false; e.click(); return true })()`, says), &found)
	if !found {
		t.Fatalf("the page has nothing to press that says %q:\n%s", says, p.text(t))
	}
}

// text is what the page shows.
func (p *reader) text(t *testing.T) (text string) {
	t.Helper()
	p.run(t, "document.body.innerText", &text)
	return text
}

// path is where the tab is.
func (p *reader) path(t *testing.T) (path string) {
	t.Helper()
	p.run(t, "location.pathname + location.search", &path)
	return path
}

// shows waits until the page says all of that.
func (p *reader) shows(t *testing.T, all ...string) {
	t.Helper()
	for _, some := range all {
		var last string
		defer func() {
			if t.Failed() {
				t.Logf("%q was looked for in\n%s", some, last)
			}
		}()
		within(t, patience/3, fmt.Sprintf("the page shows %q", some), func() bool {
			if text := p.glance("document.body.innerText"); text != "" {
				last = text
			}
			return strings.Contains(last, some)
		})
	}
}

// isAt waits until the tab is at that address.
func (p *reader) isAt(t *testing.T, url string) {
	t.Helper()
	eventually(t, "the browser is at "+url, func() bool { return p.glance("location.href") == url })
}

// glance is a text of the page, "" while it is on its way to another one.
func (p *reader) glance(script string) string {
	raw, err := p.browser.ask(p.session, "Runtime.evaluate", map[string]any{"expression": script, "returnByValue": true})
	var got struct{ Result struct{ Value string } }
	if err != nil || json.Unmarshal(raw, &got) != nil {
		return ""
	}
	return got.Result.Value
}

// wide sets the width of the window, in CSS pixels, and the scheme.
func (p *reader) wide(t *testing.T, width int, scheme string) {
	t.Helper()
	p.browser.want(t, p.session, "Emulation.setDeviceMetricsOverride", map[string]any{"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 500}, nil)
	p.browser.want(t, p.session, "Emulation.setEmulatedMedia", map[string]any{"features": []map[string]string{{"name": "prefers-color-scheme", "value": scheme}}}, nil)
}

// widths are those at which every page is looked at, in CSS pixels.
var widths = []int{320, 768, 1280}

// look takes pictures of the page in both schemes and at every width where
// make shots asks for them, and always wants that nothing sticks out.
func (p *reader) look(t *testing.T, name string) {
	t.Helper()
	for _, scheme := range []string{"light", "dark"} {
		p.wide(t, 768, scheme)
		p.barriers(t, fmt.Sprintf("%s, %s", name, scheme))
		for _, width := range widths {
			p.wide(t, width, scheme)
			var over float64
			p.run(t, "document.documentElement.scrollWidth - document.documentElement.clientWidth", &over)
			if over > 0 {
				t.Errorf("%s at %d px: %v px stick out", name, width, over)
			}
			if *shots == "" {
				continue
			}
			p.shoot(t, fmt.Sprintf("%s-%d-%s.png", name, width, scheme))
		}
	}
	p.wide(t, 1280, "light")
}

func (p *reader) shoot(t *testing.T, file string) {
	t.Helper()
	raw, err := p.browser.ask(p.session, "Page.captureScreenshot", map[string]any{"captureBeyondViewport": true})
	if err != nil {
		t.Fatal(err)
	}
	var picture struct{ Data string }
	if err := json.Unmarshal(raw, &picture); err != nil {
		t.Fatal(err)
	}
	png, err := base64.StdEncoding.DecodeString(picture.Data)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(*shots, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(*shots, file), png, 0o644); err != nil {
		t.Fatal(err)
	}
}

// clickIn clicks a button in a part of the page.
func (p *reader) clickIn(t *testing.T, part, says string) {
	t.Helper()
	var found bool
	p.run(t, fmt.Sprintf(`(() => { const e = [...document.querySelectorAll(%q + " button, " + %[1]q + " a")].find(e => e.textContent.trim().startsWith(%q));
		if (!e) return false; e.click(); return true })()`, part, says), &found)
	if !found {
		t.Fatalf("%s has nothing to press that says %q:\n%s", part, says, p.text(t))
	}
}
