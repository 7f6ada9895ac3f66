package mail

import (
	"embed"
	"errors"
	"fmt"
	"html"
	htmltemplate "html/template"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"
	texttemplate "text/template"

	"github.com/latchkey/latchkey/internal/auth"
)

//go:embed templates
var embedded embed.FS

// sheet is the templates of one kind of letter in one language.
type sheet struct {
	text *texttemplate.Template // its first line is the subject
	html *htmltemplate.Template
}

var kinds = []auth.MessageKind{
	auth.MessageWelcome, auth.MessageLoginCode, auth.MessageSessionEnded, auth.MessageLocked, auth.MessageReset,
	auth.MessagePassword, auth.MessageNewDevice, auth.MessageSignUpTaken, auth.MessageInvitation, auth.MessageEmailChanged,
}

// linked reports whether letters of a kind are about a link.
func linked(kind auth.MessageKind) bool {
	return kind == auth.MessageLocked || kind == auth.MessageReset || kind == auth.MessageNewDevice || kind == auth.MessageInvitation
}

// path names a template in its folder, as in ko/welcome.txt.
func path(lang string, kind auth.MessageKind, ext string) string {
	return lang + "/" + string(kind) + ext
}

// known lists the files that a folder of templates may hold.
func known() []string {
	var names []string
	for lang := range tongues {
		for _, kind := range kinds {
			names = append(names, path(lang, kind, ".txt"), path(lang, kind, ".html"))
		}
	}
	slices.Sort(names)
	return names
}

// sources reads the embedded templates and, over them, those in folder.
func sources(folder string) (map[string]string, error) {
	inside, err := fs.Sub(embedded, "templates")
	if err != nil {
		return nil, err
	}
	all := map[string]string{}
	for _, name := range known() {
		text, err := fs.ReadFile(inside, name)
		if err != nil {
			return nil, err
		}
		all[name] = string(text)
	}
	if folder == "" {
		return all, nil
	}
	own, err := overrides(os.DirFS(folder))
	if err != nil {
		return nil, err
	}
	maps.Copy(all, own)
	return all, nil
}

// overrides reads an operator's folder. Names that begin with a dot are passed
// over: editors and Kubernetes volumes leave such. A name that means nothing is
// an error, since a template with a typing mistake in its name is never used.
func overrides(tree fs.FS) (map[string]string, error) {
	names := known()
	found := map[string]string{}
	folders, err := visible(tree, ".")
	if err != nil {
		return nil, err
	}
	for _, lang := range folders {
		if _, ok := tongues[lang]; !ok {
			return nil, unknown(lang, names)
		}
		files, err := visible(tree, lang)
		if err != nil {
			return nil, err
		}
		for _, file := range files {
			name := lang + "/" + file
			if !slices.Contains(names, name) {
				return nil, unknown(name, names)
			}
			text, err := fs.ReadFile(tree, name)
			if err != nil {
				return nil, err
			}
			found[name] = string(text)
		}
	}
	return found, nil
}

func unknown(name string, names []string) error {
	return fmt.Errorf("%s: not the name of a template; these can be replaced: %s", name, strings.Join(names, ", "))
}

func visible(tree fs.FS, folder string) (names []string, err error) {
	entries, err := fs.ReadDir(tree, folder)
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), ".") {
			names = append(names, e.Name())
		}
	}
	return names, err
}

// sheets parses everything and tries it out. The template package names file
// and line in its errors.
func sheets(all map[string]string) (map[string]sheet, error) {
	parsed := map[string]sheet{}
	for lang := range tongues {
		for _, kind := range kinds {
			s, err := newSheet(all, lang, kind)
			if err != nil {
				return nil, err
			}
			parsed[path(lang, kind, "")] = s
		}
	}
	return parsed, nil
}

func newSheet(all map[string]string, lang string, kind auth.MessageKind) (s sheet, err error) {
	txt, html := path(lang, kind, ".txt"), path(lang, kind, ".html")
	if s.text, err = texttemplate.New(txt).Parse(all[txt]); err != nil {
		return s, err
	}
	if s.html, err = htmltemplate.New(html).Parse(all[html]); err != nil {
		return s, err
	}
	return s, s.try(kind)
}

// try writes with every value there and with none, so that both sides of an
// {{if}} are seen to work before the first person gets a letter.
func (s sheet) try(kind auth.MessageKind) error {
	full := words{
		App: "App", Tenant: "Tenant", Place: "Tenant (App)", Name: "Name", Email: "name@example.com", Code: "135790",
		Link: "https://app.example.com/page?token=AbC-_135", Life: "5 minutes", Device: "Device", Address: "192.0.2.1", At: "today",
		From: "Head", NewEmail: "n***@example.com", Color: plainColor, Ink: "#ffffff", Line: plainColor, Logo: logoName,
	}
	if _, _, _, err := s.write(words{App: "App", Place: "App", Color: plainColor, Ink: "#ffffff"}); err != nil {
		return err
	}
	_, text, page, err := s.write(full)
	if err != nil {
		return err
	}
	for name, body := range map[string]string{s.text.Name(): text, s.html.Name(): html.UnescapeString(page)} {
		if kind == auth.MessageLoginCode && !strings.Contains(body, full.Code) {
			return fmt.Errorf("%s: the code is not in it: write {{.Code}}", name)
		}
		if linked(kind) && !strings.Contains(body, full.Link) {
			return fmt.Errorf("%s: the link is not in it: write {{.Link}}", name)
		}
	}
	return nil
}

var errSubject = errors.New("the first line must be “Subject: ” and the subject")

// write fills the templates.
func (s sheet) write(w words) (subject, text, html string, err error) {
	var t, h strings.Builder
	if err := s.text.Execute(&t, w); err != nil {
		return "", "", "", err
	}
	if err := s.html.Execute(&h, w); err != nil {
		return "", "", "", err
	}
	first, rest, _ := strings.Cut(t.String(), "\n")
	subject, ok := strings.CutPrefix(first, "Subject:")
	subject = line(subject)
	if !ok || subject == "" {
		return "", "", "", fmt.Errorf("%s:1: %w", s.text.Name(), errSubject)
	}
	return subject, strings.TrimSpace(rest) + "\n", h.String(), nil
}
