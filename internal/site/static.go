package site

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"net/http"
	"path"
	"strings"
	"time"

	"github.com/latchkey/latchkey/internal/ui"
)

//go:embed static/*
var staticFiles embed.FS

// static are the files beside the pages, by their address, which names their
// content: they never change.
type static struct {
	files map[string]file
	sheet string // address of the style sheet
	code  string // of the script
}

type file struct {
	kind string
	body []byte
}

func loadStatic() (static, error) {
	s := static{files: map[string]file{}}
	sheet, err := staticFiles.ReadFile("static/site.css")
	if err != nil {
		return s, err
	}
	code, err := staticFiles.ReadFile("static/site.js")
	if err != nil {
		return s, err
	}
	s.sheet = s.add("site.css", "text/css; charset=utf-8", append(ui.Base(), sheet...))
	s.code = s.add("site.js", "text/javascript; charset=utf-8", code)
	return s, nil
}

func (s *static) add(name, kind string, body []byte) (address string) {
	sum := sha256.Sum256(body)
	base, ext := strings.TrimSuffix(name, path.Ext(name)), path.Ext(name)
	address = account + "/static/" + base + "." + hex.EncodeToString(sum[:8]) + ext
	s.files[address] = file{kind, body}
	return address
}

// ServeHTTP serves the files, and the colours of tenants.
func (s static) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f, found := s.files[r.URL.Path]
	if !found {
		f, found = colours(strings.TrimPrefix(r.URL.Path, account+"/static/"), ":root")
	}
	if !found {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Type", f.kind)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(f.body))
}

// colours is the sheet of a tenant's colour for a part of a page; its address
// names the colour, such as 0b5fff.css: what stands on it is black or white, whichever is read better,
// which is always at 4.5:1 (WCAG 2.2, 1.4.3).
func colours(name, of string) (file, bool) {
	digits, found := strings.CutSuffix(name, ".css")
	rgb, err := hex.DecodeString(digits)
	if !found || err != nil || len(rgb) != 3 {
		return file{}, false
	}
	ink := "#fff"
	if luminance(rgb) > turnsDark {
		ink = "#000"
	}
	return file{"text/css; charset=utf-8", fmt.Appendf(nil, "%s { --accent: #%s; --on-accent: %s; }\n", of, strings.ToLower(digits), ink)}, true
}
