package site

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/latchkey/latchkey/internal/auth"
	"github.com/latchkey/latchkey/internal/password"
)

// unseen are answers that no page gets, and why.
var unseen = map[string]string{
	"AMBIGUOUS_CREDENTIALS":   "a page sends one credential",
	"METHOD_NOT_ALLOWED":      "a page asks as the route wants it",
	"UNSUPPORTED_MEDIA_TYPE":  "a page sends JSON",
	"ACCESS_TOKEN_MISSING":    "leads to the login, and says nothing",
	"REFRESH_TOKEN_NOT_FOUND": "leads to the login, and says nothing",
}

// TestEveryAnswerIsWorded: whatever the rules refuse, a page says in its own
// language.
func TestEveryAnswerIsWorded(t *testing.T) {
	w := wordsOf(t)
	for _, e := range auth.Errors() {
		worded := w.has(e.Code) || w.has("said."+e.Code)
		if why := unseen[e.Code]; worded == (why != "") {
			t.Errorf("%s: worded is %t, and no page gets it because %q", e.Code, worded, why)
		}
	}
}

// elsewhere are problems of fields that no form has, each with where it comes
// from.
var elsewhere = map[string]string{
	"differs from usernameOrEmailOrMobile; send one of them":  "a form sends one",
	"differs from mobile; send one of them":                   "a form sends one",
	"must name fields of policy, contactEmail, color or logo": "a form names its own",
	"must be a UUID":                              "pages hand on what the API gave",
	"must not be negative":                        "the API of keys; the form has a list",
	"must be 24 or 168":                           "the charts",
	"must be a number from 1 to 100":              "the length of a list",
	"is a built-in role, which cannot be changed": "the form is not shown",
	"is a built-in role, which cannot be deleted": "the form is not shown",
	"must be between 1970 and now":                "import",
	"must be in different spaces":                 "import",
	"must be one at least":                        "import",
	"has no seat in one of the spaces here":       "import",
	"is another one here":                         "import",
	"must be 2 to 63 lower-case letters, digits and dashes, and must not begin with a dash": "spaces, which no page makes",
	"is 7 here":        "import",
	"must be one of 7": "a form has a list",
	"names 7, which is given too: set it or reset it":                         "only a logo can be chosen and taken away on a form",
	"cannot be given here: this deployment keeps all tenants in one database": "no form gives it",
}

// TestEveryProblemIsWorded reads what the rules say of fields from their code.
func TestEveryProblemIsWorded(t *testing.T) {
	w := wordsOf(t)
	v := &visit{Site: &Site{words: w}, lang: "ko"}
	said := problemsOf(t, "../auth")
	for _, refused := range []func(string) (string, error){auth.Email, auth.Username, auth.Mobile} {
		_, err := refused("?")
		said = append(said, err.Error())
	}
	for _, p := range []password.Problem{password.NotUTF8, password.TooCommon, password.OwnWords} {
		said = append(said, p.Error())
	}
	if len(said) < 40 {
		t.Fatalf("read %d problems, which cannot be all", len(said))
	}
	korean := regexp.MustCompile(`\p{Hangul}`)
	for _, text := range said {
		worded := korean.MatchString(v.problem(text))
		if where := elsewhere[text]; worded == (where != "") {
			t.Errorf("%q: worded is %t, and no form gets it because %q", text, worded, where)
		}
	}
	for text := range elsewhere {
		if !slices.Contains(said, text) {
			t.Errorf("the rules do not say %q", text)
		}
	}
}

// problemsOf are the texts that a package says of fields: those in its calls of
// problems.add, with 7 in place of what is not written there.
func problemsOf(t *testing.T, folder string) (all []string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		tree, err := parser.ParseFile(token.NewFileSet(), file, text, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(tree, func(n ast.Node) bool {
			c, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			f, ok := c.Fun.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			if on, ok := f.X.(*ast.Ident); ok && f.Sel.Name == "add" && len(c.Args) == 2 && (on.Name == "p" || on.Name == "problems") {
				all = append(all, inOnePiece(c.Args[1])...)
			}
			return true
		})
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// inOnePiece is the text that an expression is, with 7 in place of what is not
// written there; nothing for what another function says.
func inOnePiece(e ast.Expr) []string {
	switch e := e.(type) {
	case *ast.BasicLit:
		if text, err := strconv.Unquote(e.Value); err == nil {
			return []string{strings.ReplaceAll(text, "%d", "7")}
		}
	case *ast.CallExpr:
		if f, ok := e.Fun.(*ast.SelectorExpr); ok && f.Sel.Name == "Sprintf" {
			return inOnePiece(e.Args[0])
		}
	case *ast.BinaryExpr:
		var whole string
		for _, side := range []ast.Expr{e.X, e.Y} {
			text := inOnePiece(side)
			if len(text) == 0 {
				text = []string{"7"}
			}
			whole += text[0]
		}
		return []string{whole}
	}
	return nil
}
