package ui

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"
)

// told is what the fixture says of an operation, read without the code under test.
type told struct {
	Summary, Description string
	Deprecated           bool
	Security             []any
	Parameters           []struct{ Name string }
	RequestBody          struct {
		Content map[string]struct {
			Schema  map[string]string
			Example any
		}
	}
	Responses map[string]struct {
		Content map[string]struct {
			Examples map[string]struct {
				Summary string
				Value   any
			}
		}
	}
}

type toldAll struct {
	Paths      map[string]map[string]told
	Components struct {
		Schemas map[string]struct{ Properties map[string]any }
	}
}

func toldBy(t *testing.T, document []byte) toldAll {
	t.Helper()
	var d toldAll
	if err := json.Unmarshal(document, &d); err != nil {
		t.Fatal(err)
	}
	if len(d.Paths) < 10 {
		t.Fatalf("the fixture has %d paths, too few to show anything", len(d.Paths))
	}
	return d
}

func TestEveryOperationIsOnThePage(t *testing.T) {
	document := fixture(t)
	root, d := tree(t, document), toldBy(t, document)
	for path, methods := range d.Paths {
		for method, op := range methods {
			t.Run(method+" "+path, func(t *testing.T) {
				if op.Deprecated {
					isFolded(t, root, path)
					return
				}
				a := article(root, method+path)
				if a == nil {
					t.Fatal("no article")
				}
				if !slices.ContainsFunc(all(all(root, "nav")[0], "a"), func(n *html.Node) bool { return attribute(n, "href") == "#"+method+path }) {
					t.Error("not in the list of contents")
				}
				isTold(t, a, path, method, op)
				namesFields(t, a, op, d)
				givesExamples(t, a, op)
			})
		}
	}
}

func isFolded(t *testing.T, root *html.Node, path string) {
	t.Helper()
	if article(root, "post"+path) != nil {
		t.Error("an alias has an article of its own")
	}
	if !strings.Contains(text(root), "Also at "+path) {
		t.Error("the alias is not told")
	}
}

func isTold(t *testing.T, a *html.Node, path, method string, op told) {
	t.Helper()
	said := text(a)
	access := map[bool]string{true: "Public: no access token needed.", false: "Needs an access token."}[len(op.Security) == 0]
	for _, want := range []string{op.Summary, strings.ToUpper(method) + " " + path, op.Description, access, "curl "} {
		if !strings.Contains(said, want) {
			t.Errorf("does not say %q", want)
		}
	}
}

func namesFields(t *testing.T, a *html.Node, op told, d toldAll) {
	t.Helper()
	var names []string
	for _, row := range all(a, "th") {
		if attribute(row, "scope") == "row" {
			names = append(names, text(all(row, "code")[0]))
		}
	}
	want := slices.Collect(maps.Keys(d.Components.Schemas[strings.TrimPrefix(op.RequestBody.Content["application/json"].Schema["$ref"], components)].Properties))
	for _, p := range op.Parameters {
		want = append(want, p.Name)
	}
	for _, name := range want {
		if !slices.Contains(names, name) {
			t.Errorf("no row for %s, got %q", name, names)
		}
	}
}

// givesExamples wants each success as JSON, and a row for each error.
func givesExamples(t *testing.T, a *html.Node, op told) {
	t.Helper()
	var shown []any
	for _, pre := range all(a, "pre") {
		var v any
		if json.Unmarshal([]byte(text(pre)), &v) == nil {
			shown = append(shown, v)
		}
	}
	var rows []string
	for _, row := range all(a, "tr") {
		if links := all(row, "a"); len(links) == 1 {
			rows = append(rows, text(all(row, "td")[0])+" "+text(links[0])+" "+text(all(row, "p")[0]))
		}
	}
	for status, r := range op.Responses {
		for code, example := range r.Content["application/json"].Examples {
			if status < "400" {
				if !slices.ContainsFunc(shown, func(v any) bool { return cmp.Equal(v, example.Value) }) {
					t.Errorf("the example of %s is not shown", code)
				}
				continue
			}
			if want := status + " " + code + " " + example.Summary; !slices.Contains(rows, want) {
				t.Errorf("no row %q", want)
			}
		}
	}
}

func TestEveryErrorCodeIsInTheIndex(t *testing.T) {
	document := fixture(t)
	root := tree(t, document)
	for path, methods := range toldBy(t, document).Paths {
		for method, op := range methods {
			for status, r := range op.Responses {
				for code, example := range r.Content["application/json"].Examples {
					if status < "400" {
						continue
					}
					a := article(root, "error/"+code)
					if a == nil {
						t.Errorf("%s is not in the index", code)
						continue
					}
					want := status + " " + example.Summary
					if !strings.Contains(text(a), want) {
						t.Errorf("%s: does not say %q", code, want)
					}
					linked := slices.ContainsFunc(all(a, "a"), func(n *html.Node) bool { return attribute(n, "href") == "#"+method+path })
					if !op.Deprecated && !linked {
						t.Errorf("%s: does not lead to %s %s", code, method, path)
					}
				}
			}
		}
	}
}

// TestLinksResolve wants every address in the page to be in the page, on this
// server, or in the page itself: nothing comes from elsewhere.
func TestLinksResolve(t *testing.T) {
	document := fixture(t)
	h, root := serve(t, document), tree(t, document)
	ids := map[string]int{}
	for _, n := range all(root) {
		if id := attribute(n, "id"); id != "" {
			ids[id]++
		}
	}
	for id, times := range ids {
		if times > 1 {
			t.Errorf("id %q stands %d times", id, times)
		}
	}
	for _, n := range all(root) {
		for _, name := range []string{"href", "src", "srcset", "action", "data", "poster", "style"} {
			address := attribute(n, name)
			switch fragment, inside := strings.CutPrefix(address, "#"); {
			case address == "" || address == "data:," || address == "/openapi.json":
			case inside:
				if id, err := url.PathUnescape(fragment); err != nil || ids[id] != 1 {
					t.Errorf("%s leads nowhere", address)
				}
			case strings.HasPrefix(address, "/docs"):
				if got := ask(h, http.MethodGet, address).StatusCode; got != http.StatusOK {
					t.Errorf("%s: got %d, want 200", address, got)
				}
			default:
				t.Errorf("<%s %s=%q> leads elsewhere", n.Data, name, address)
			}
		}
	}
	for _, needle := range []string{"url(", "@import", "http:", "https:"} {
		if strings.Contains(string(style), needle) {
			t.Errorf("the style sheet has %q", needle)
		}
	}
}

func TestThePageIsAccessible(t *testing.T) {
	root := tree(t, fixture(t))
	if got := attribute(all(root, "html")[0], "lang"); got != "en" {
		t.Errorf("lang: got %q, want en", got)
	}
	for name, want := range map[string]int{"title": 1, "h1": 1, "main": 1, "nav": 1, "header": 1, "footer": 1, "script": 0, "style": 0} {
		if got := len(all(root, name)); got != want {
			t.Errorf("<%s>: got %d, want %d", name, got, want)
		}
	}
	level := 1
	for _, h := range all(root, "main")[0:1] {
		for _, n := range all(h, "h1", "h2", "h3", "h4") {
			next := int(n.Data[1] - '0')
			if next > level+1 {
				t.Errorf("%q: level %d after %d", text(n), next, level)
			}
			level = next
		}
	}
	for _, n := range all(root, "th") {
		if attribute(n, "scope") == "" {
			t.Errorf("the heading %q has no scope", text(n))
		}
	}
	if first := all(root, "a")[0]; attribute(first, "href") != "#content" {
		t.Error("the first link does not skip to the content")
	}
}
