package ui

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"time"
)

//go:embed layout.html docs.html
var templates embed.FS

//go:embed base.css
var base []byte

//go:embed style.css
var own []byte

// style is the sheet of these pages: what every page of the binary looks like,
// then what these add.
var style = slices.Concat(base, own)

// Base is the part of the style sheet that pages of other packages begin with:
// colours, text, tables, focus.
func Base() []byte { return slices.Clone(base) }

// page is what the layout shows around the content of a page.
type page struct {
	Title   string
	Style   string // address of the style sheet
	Layout  string // class of the body, by which the style sheet lays the page out
	Content any
}

// layout is the layout around the template that defines its content.
func layout(name string) (*template.Template, error) {
	t, err := template.ParseFS(templates, "layout.html", name)
	if err != nil {
		return nil, fmt.Errorf("ui: template %s: %w", name, err)
	}
	return t, nil
}

// render makes a page.
func render(t *template.Template, p page) ([]byte, error) {
	var b bytes.Buffer
	if err := t.ExecuteTemplate(&b, "layout.html", p); err != nil {
		return nil, fmt.Errorf("ui: render %q: %w", p.Title, err)
	}
	return b.Bytes(), nil
}

// sheetBelow is the style sheet and its address below a folder.
func sheetBelow(folder string) (path string, sheet file) {
	return folder + "/style." + fingerprint(style) + ".css",
		file{kind: "text/css; charset=utf-8", cache: keepForever, body: style}
}

// fingerprint names bytes by their content.
func fingerprint(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:8])
}

// How long a file may be kept. What has its fingerprint in its name never changes.
const (
	checkFirst  = "no-cache"
	keepForever = "public, max-age=31536000, immutable"
)

// contentPolicy allows our own style sheet and nothing that could run, frame or
// send (ASVS 5.0 V3.4.3).
const contentPolicy = "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// file is bytes in memory and what is said of them.
type file struct {
	kind  string // media type
	cache string
	body  []byte
}

// site serves files by their path, to GET and HEAD.
type site map[string]file

func (s site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f, found := s[r.URL.Path]
	if !found {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		h.Set("Allow", "GET, HEAD")
		http.Error(w, "This page can only be read: use GET.", http.StatusMethodNotAllowed)
		return
	}
	h.Set("Content-Type", f.kind)
	h.Set("Content-Security-Policy", contentPolicy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", f.cache)
	h.Set("ETag", `"`+fingerprint(f.body)+`"`)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(f.body))
}
