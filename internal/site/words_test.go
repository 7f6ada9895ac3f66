package site

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var (
	verb   = regexp.MustCompile(`%\[\d+\][sd]`)
	called = regexp.MustCompile(`\.T "([^"]+)"`)
	quoted = regexp.MustCompile(`"([a-z][a-z0-9_.-]+)"`) // also what a part of a page is given to ask for
	built  = regexp.MustCompile(`printf "([^"]+)"`)
	fields = regexp.MustCompile(`template "field" \(list \S+ "([^"]+)"`)
)

func wordsOf(t *testing.T) words {
	t.Helper()
	w, err := loadWords()
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func TestEveryTextIsThereInEveryLanguage(t *testing.T) {
	w := wordsOf(t)
	for _, lang := range languages[1:] {
		for name, text := range w[languages[0]] {
			other, found := w[lang][name]
			if !found || strings.TrimSpace(other) == "" {
				t.Errorf("%s has no %q", lang, name)
			}
			want, got := verb.FindAllString(text, -1), verb.FindAllString(other, -1)
			slices.Sort(want)
			slices.Sort(got)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("values in %q, -%s +%s:\n%s", name, languages[0], lang, diff)
			}
			if strings.Contains(verb.ReplaceAllString(text+other, ""), "%") {
				t.Errorf("%q has a %% that is none of its values", name)
			}
		}
		for name := range w[lang] {
			if _, found := w[languages[0]][name]; !found {
				t.Errorf("%s has %q, and %s has not", lang, name, languages[0])
			}
		}
	}
}

// A file of words that names a text twice would lose one of them.
func TestNoTextIsThereTwice(t *testing.T) {
	files, err := fs.Glob(wordFiles, "words/*.json")
	if err != nil {
		t.Fatal(err)
	}
	from := map[string]string{}
	for _, file := range files {
		f, err := wordFiles.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		lang, _, _ := strings.Cut(strings.TrimSuffix(strings.TrimPrefix(file, "words/"), ".json"), "-")
		d := json.NewDecoder(f)
		for isName := false; ; isName = !isName {
			tok, err := d.Token()
			if err != nil || tok == json.Delim('}') {
				break
			}
			if name, ok := tok.(string); ok && isName {
				if old, found := from[lang+name]; found {
					t.Errorf("%s: %q is in %s already", file, name, old)
				}
				from[lang+name] = file
			}
		}
	}
}

func TestEveryTextThatPagesAskForIsThere(t *testing.T) {
	w := wordsOf(t)
	all, err := loadPages()
	if err != nil {
		t.Fatal(err)
	}
	for name := range all {
		if !w.has(name + ".title") {
			t.Errorf("the page %q has no title", name)
		}
	}
	err = fs.WalkDir(pageFiles, "pages", func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := pageFiles.ReadFile(file)
		for _, m := range called.FindAllSubmatch(text, -1) {
			if !w.has(string(m[1])) {
				t.Errorf("%s asks for %q, which is not there", file, m[1])
			}
		}
		for _, m := range fields.FindAllSubmatch(text, -1) {
			if !w.has("field." + string(m[1])) {
				t.Errorf("%s has a field %q without a label", file, m[1])
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestNoTextIsLeftOver: a text that nobody can come to see is a mistake in its
// name, or in that by which it is asked for.
func TestNoTextIsLeftOver(t *testing.T) {
	w := wordsOf(t)
	asked, stems := map[string]bool{}, []string{"problem.", "said.", "span.", "field.", "seat."}
	add := func(text string) {
		asked[text] = true
		if before, after, found := strings.Cut(text, "%s"); found && before != "" {
			stems = append(stems, before)
		} else if found {
			for name := range w[languages[0]] {
				asked[name] = asked[name] || strings.HasSuffix(name, after)
			}
		}
	}
	err := fs.WalkDir(pageFiles, "pages", func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := pageFiles.ReadFile(file)
		for _, m := range slices.Concat(quoted.FindAllSubmatch(text, -1), built.FindAllSubmatch(text, -1)) {
			add(string(m[1]))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range literals(t) {
		asked[text] = true
		if strings.HasSuffix(text, ".") { // "action." + …
			stems = append(stems, text)
		}
	}
	code := regexp.MustCompile(`^([a-z-]+\.)?[A-Z_]{4,}(\.[a-z_]+)?$`) // an answer of the API's, as a page tells it
	for name := range w[languages[0]] {
		if strings.HasPrefix(name, "console.") { // the frame of the console has its own names
			continue
		}
		if !asked[name] && !code.MatchString(name) && !slices.ContainsFunc(stems, func(s string) bool { return strings.HasPrefix(name, s) }) {
			t.Errorf("nothing asks for %q", name)
		}
	}
}

// literals are the strings in the code of this package.
func literals(t *testing.T) (all []string) {
	t.Helper()
	files, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if !strings.HasSuffix(f.Name(), ".go") || strings.HasSuffix(f.Name(), "_test.go") {
			continue
		}
		tree, err := parser.ParseFile(token.NewFileSet(), f.Name(), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(tree, func(n ast.Node) bool {
			if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
				if text, err := strconv.Unquote(lit.Value); err == nil {
					all = append(all, text)
				}
			}
			return true
		})
	}
	return all
}
