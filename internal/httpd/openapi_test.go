package httpd_test

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/latchkey/latchkey/internal/auth"
)

// served fetches the document as a client does.
func served(t testing.TB) *openAPI {
	t.Helper()
	w := newWorld(t)
	a := w.do(t, "GET /openapi.json", nil)
	if a.status != 200 || a.header.Get("Content-Type") != "application/json; charset=utf-8" || string(a.body) != string(w.door.Document()) {
		t.Fatalf("GET /openapi.json: %d %v", a.status, a.header)
	}
	return openDocument(t, a.body)
}

// operations calls f with every operation of the document.
func (d *openAPI) operations(f func(method, path string, op object)) {
	for path, item := range asObject(d.root["paths"]) {
		for method, op := range asObject(item) {
			f(strings.ToUpper(method), path, asObject(op))
		}
	}
}

// TestTheDocumentHasTheRoutesAndNothingElse.
func TestTheDocumentHasTheRoutesAndNothingElse(t *testing.T) {
	t.Parallel()
	var want, got []string
	for _, r := range contract {
		for _, path := range append([]string{r.path}, r.aliases...) {
			want = append(want, r.method+" "+path)
		}
	}
	for _, path := range append(slices.Clone(deployment), streamed...) {
		want = append(want, "GET "+path)
	}
	served(t).operations(func(method, path string, _ object) { got = append(got, method+" "+path) })
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("documented\n%q, want\n%q", got, want)
	}
}

var statusForm = regexp.MustCompile(`^[1-5][0-9][0-9]$`)

// TestTheDocumentIsOpenAPI31: what the specification requires of each object
// that it has (OpenAPI 3.1.0 §4.8).
func TestTheDocumentIsOpenAPI31(t *testing.T) {
	t.Parallel()
	d := served(t)
	text := func(v any, names ...string) {
		if s, ok := at(v, names...).(string); !ok || s == "" {
			t.Errorf("no %s", strings.Join(names, "."))
		}
	}
	if d.root["openapi"] != "3.1.0" {
		t.Errorf("openapi is %v", d.root["openapi"])
	}
	text(d.root, "info", "title")
	text(d.root, "info", "version")
	text(d.root, "info", "license", "name")
	for name := range d.root {
		if !slices.Contains([]string{"openapi", "info", "servers", "tags", "paths", "components"}, name) {
			t.Errorf("the document has %s", name)
		}
	}
	if servers := list(d.root["servers"]); len(servers) != 1 || at(servers[0], "url") != ourOrigin {
		t.Errorf("servers are %v", servers)
	}
	groups := map[any]bool{}
	for _, tag := range list(d.root["tags"]) {
		groups[at(tag, "name")] = true
	}
	ids := map[any]bool{}
	d.operations(func(method, path string, op object) {
		if ids[op["operationId"]] || op["operationId"] == nil {
			t.Errorf("%s %s: operationId %v", method, path, op["operationId"])
		}
		ids[op["operationId"]] = true
		text(op, "summary")
		if len(list(op["tags"])) != 1 || !groups[list(op["tags"])[0]] || len(asObject(op["responses"])) == 0 || op["security"] == nil {
			t.Errorf("%s %s: tags %v, %d responses, security %v", method, path, op["tags"], len(asObject(op["responses"])), op["security"])
		}
		for status, response := range asObject(op["responses"]) {
			if !statusForm.MatchString(status) {
				t.Errorf("%s %s answers %s", method, path, status)
			}
			text(response, "description")
		}
		for _, p := range list(op["parameters"]) {
			text(p, "name")
			in := at(p, "in")
			if in != "header" && in != "query" && in != "path" || at(p, "schema", "type") != "string" || (at(p, "required") == true) != (in == "path" || at(p, "name") == "token") {
				t.Errorf("%s %s: parameter %v", method, path, p)
			}
		}
	})
	for name, kind := range map[string]string{"bearer": "http", "cookie": "apiKey", "header": "apiKey", "operator": "http"} {
		if got := at(d.root, "components", "securitySchemes", name, "type"); got != kind {
			t.Errorf("security scheme %s is %v", name, got)
		}
	}
}

// TestWhoNeedsATokenIsDocumented.
func TestWhoNeedsATokenIsDocumented(t *testing.T) {
	t.Parallel()
	d := served(t)
	for _, r := range contract {
		var schemes []string
		for _, s := range list(d.operation(r.method, r.path)["security"]) {
			schemes = append(schemes, slices.Collect(maps.Keys(asObject(s)))...)
		}
		want := []string{"bearer", "cookie", "header"}
		if r.operated {
			want = append(want, "operator")
		}
		if !r.private {
			want = nil
		}
		if !slices.Equal(schemes, want) {
			t.Errorf("%s needs %q, want %q", r, schemes, want)
		}
		for _, alias := range r.aliases {
			if d.operation(r.method, alias)["deprecated"] != true {
				t.Errorf("%s is not marked as another name of %s", alias, r.path)
			}
		}
	}
}

// TestParametersAreThoseOfTheContract: the places of the path, and the query.
func TestParametersAreThoseOfTheContract(t *testing.T) {
	t.Parallel()
	d := served(t)
	for _, r := range contract {
		var places, params []string
		for _, p := range list(d.operation(r.method, r.path)["parameters"]) {
			switch name, _ := at(p, "name").(string); at(p, "in") {
			case "path":
				places = append(places, "{"+name+"}")
			case "query":
				params = append(params, name)
			}
		}
		want := slices.DeleteFunc(strings.Split(r.path, "/"), func(s string) bool { return !strings.HasPrefix(s, "{") })
		if !slices.Equal(places, want) {
			t.Errorf("%s is documented with the places %q", r, places)
		}
		wanted := slices.Clone(r.params)
		if r.linked && r.method == "GET" {
			wanted = []string{"token"}
		}
		slices.Sort(params)
		slices.Sort(wanted)
		if !slices.Equal(params, wanted) {
			t.Errorf("%s is documented with the query %q, want %q", r, params, wanted)
		}
	}
}

// TestReferencesOfTheDocumentResolve, and no schema is there for nobody.
func TestReferencesOfTheDocumentResolve(t *testing.T) {
	t.Parallel()
	d := served(t)
	used := map[string]bool{}
	var walk func(v any)
	walk = func(v any) {
		if l, ok := v.([]any); ok {
			for _, item := range l {
				walk(item)
			}
		}
		for name, inner := range asObject(v) {
			if ref, ok := inner.(string); ok && name == "$ref" {
				if _, found := d.resolve(ref); !found {
					t.Errorf("%s points nowhere", ref)
				}
				used[ref] = true
			}
			walk(inner)
		}
	}
	walk(map[string]any(d.root))
	for name := range asObject(at(d.root, "components", "schemas")) {
		if !used["#/components/schemas/"+name] {
			t.Errorf("nothing uses the schema %s", name)
		}
	}
}

// TestNoFieldIsDocumentedAsNull: requests are refused for one, answers have none.
func TestNoFieldIsDocumentedAsNull(t *testing.T) {
	t.Parallel()
	for name, schema := range asObject(at(served(t).root, "components", "schemas")) {
		for field, s := range asObject(at(schema, "properties")) {
			if slices.Contains(list(at(s, "type")), any("null")) {
				t.Errorf("%s.%s may be null", name, field)
			}
		}
	}
}

// TestExamplesFitTheirSchemas: a success and an error for every code, and a
// request where there is a body.
func TestExamplesFitTheirSchemas(t *testing.T) {
	t.Parallel()
	d := served(t)
	fits := func(where string, schema, example any) {
		text, err := json.Marshal(example)
		must(t, err)
		for _, complaint := range d.complaints(schema, text) {
			t.Errorf("%s: %s in %s", where, complaint, text)
		}
	}
	d.operations(func(method, path string, op object) {
		if body := at(op, "requestBody", "content", "application/json"); body != nil {
			fits(method+" "+path, at(body, "schema"), at(body, "example"))
		}
		for status, response := range asObject(op["responses"]) {
			media := at(response, "content", "application/json")
			if media == nil {
				continue
			}
			where := method + " " + path + " " + status
			if bare := at(media, "example"); bare != nil { // without the envelope
				fits(where, at(media, "schema"), bare)
				continue
			}
			examples := asObject(at(media, "examples"))
			codes := list(at(media, "schema", "properties", "meta", "properties", "code", "enum"))
			if len(examples) != len(codes) || len(codes) == 0 {
				t.Errorf("%s: %d examples of %d codes", where, len(examples), len(codes))
			}
			for _, code := range codes {
				example := at(examples, code.(string), "value")
				fits(where, at(media, "schema"), example)
				if at(example, "meta", "code") != code || strconv.Itoa(int(at(example, "httpStatus").(float64))) != status {
					t.Errorf("%s: example of %s is %v", where, code, example)
				}
			}
		}
	})
}

// TestEveryErrorOfTheCatalogueIsDocumented somewhere, but for one that is
// answered where there is no operation, and one for the command line.
func TestEveryErrorOfTheCatalogueIsDocumented(t *testing.T) {
	t.Parallel()
	d := served(t)
	all := map[string]bool{}
	d.operations(func(method, path string, _ object) {
		for _, code := range d.codes(method, path) {
			all[code] = true
		}
	})
	for _, e := range auth.Errors() {
		if e.Code != "METHOD_NOT_ALLOWED" && e.Code != "KEY_NOT_FOUND" && !all[e.Code] {
			t.Errorf("%s is nowhere in the document", e.Code)
		}
	}
}
