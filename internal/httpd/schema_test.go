package httpd_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
)

// openAPI is a parsed OpenAPI document.
type openAPI struct{ root object }

var parsed sync.Map // text → *openAPI

func openDocument(t testing.TB, text []byte) *openAPI {
	t.Helper()
	if d, ok := parsed.Load(string(text)); ok {
		return d.(*openAPI)
	}
	d := new(openAPI)
	must(t, json.Unmarshal(text, &d.root))
	parsed.Store(string(text), d)
	return d
}

// at follows names through objects; nil where there is nothing.
func at(v any, names ...string) any {
	for _, name := range names {
		m := asObject(v)
		if m == nil {
			return nil
		}
		v = m[name]
	}
	return v
}

func asObject(v any) object {
	switch m := v.(type) {
	case object:
		return m
	case map[string]any:
		return m
	}
	return nil
}

// operation returns the one that is documented for a method at a path.
func (d *openAPI) operation(method, path string) object {
	return asObject(at(d.root, "paths", path, strings.ToLower(method)))
}

// answerSchema finds the schema of an answer.
func (d *openAPI) answerSchema(method, path string, status int) (schema any, ok bool) {
	schema = at(d.operation(method, path), "responses", strconv.Itoa(status), "content", "application/json", "schema")
	return schema, schema != nil
}

// codes returns the codes that an operation is documented to answer with.
func (d *openAPI) codes(method, path string) (all []string) {
	for _, response := range asObject(at(d.operation(method, path), "responses")) {
		codes, _ := at(response, "content", "application/json", "schema", "properties", "meta", "properties", "code", "enum").([]any)
		for _, c := range codes {
			all = append(all, c.(string))
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// complaints says how a JSON text breaks a schema.
func (d *openAPI) complaints(schema any, text []byte) []string {
	var v any
	if err := json.Unmarshal(text, &v); err != nil {
		return []string{err.Error()}
	}
	return d.breaks(schema, v, "")
}

// keywords are those of JSON Schema that breaks understands, or that say
// nothing about validity.
var keywords = []string{
	"$ref", "type", "properties", "required", "additionalProperties", "enum", "oneOf", "items", "format", "minimum",
	"minLength", "maxLength", "maxItems", "pattern", "description", "examples", "title",
}

// breaks says how a value breaks a schema (JSON Schema 2020-12, as far as the
// document uses it).
func (d *openAPI) breaks(schema, v any, where string) (all []string) {
	s := asObject(schema)
	for k := range s {
		if !slices.Contains(keywords, k) {
			all = append(all, where+": the checker does not know "+k)
		}
	}
	if ref, ok := s["$ref"].(string); ok {
		target, found := d.resolve(ref)
		if !found {
			return append(all, where+": dangling "+ref)
		}
		return append(all, d.breaks(target, v, where)...)
	}
	if kinds, ok := s["type"]; ok && !slices.ContainsFunc(list(kinds), func(k any) bool { return is(k, v) }) {
		return append(all, fmt.Sprintf("%s is no %v", where, kinds))
	}
	if enum, ok := s["enum"].([]any); ok && !slices.ContainsFunc(enum, func(e any) bool { return reflect.DeepEqual(e, v) }) {
		all = append(all, fmt.Sprintf("%s is none of %v", where, enum))
	}
	if choices, ok := s["oneOf"].([]any); ok {
		all = append(all, d.oneOf(choices, v, where)...)
	}
	switch v := v.(type) {
	case map[string]any:
		return append(all, d.breaksObject(s, v, where)...)
	case []any:
		if most, ok := s["maxItems"].(float64); ok && len(v) > int(most) {
			all = append(all, where+" has too many items")
		}
		for i, item := range v {
			all = append(all, d.breaks(s["items"], item, where+"/"+strconv.Itoa(i))...)
		}
	case string:
		return append(all, breaksString(s, v, where)...)
	case float64:
		if least, ok := s["minimum"].(float64); ok && v < least {
			all = append(all, fmt.Sprintf("%s is below %v", where, least))
		}
	}
	return all
}

func (d *openAPI) oneOf(choices []any, v any, where string) []string {
	var fits int
	var why []string
	for _, c := range choices {
		broken := d.breaks(c, v, where)
		if len(broken) == 0 {
			fits++
		}
		why = append(why, broken...)
	}
	if fits == 1 {
		return nil
	}
	return append(why, fmt.Sprintf("%s fits %d of %d choices", where, fits, len(choices)))
}

func (d *openAPI) breaksObject(s object, v map[string]any, where string) (all []string) {
	for _, name := range list(s["required"]) {
		if _, there := v[name.(string)]; !there {
			all = append(all, fmt.Sprintf("%s lacks %v", where, name))
		}
	}
	properties := asObject(s["properties"])
	for _, name := range slices.Sorted(maps.Keys(v)) {
		if of, known := properties[name]; known {
			all = append(all, d.breaks(of, v[name], where+"/"+name)...)
		} else if s["additionalProperties"] == false {
			all = append(all, where+" has "+name)
		}
	}
	return all
}

func breaksString(s object, v, where string) (all []string) {
	n := float64(utf8.RuneCountInString(v))
	if least, ok := s["minLength"].(float64); ok && n < least {
		all = append(all, where+" is too short")
	}
	if most, ok := s["maxLength"].(float64); ok && n > most {
		all = append(all, where+" is too long")
	}
	if p, ok := s["pattern"].(string); ok && !regexp.MustCompile(p).MatchString(v) {
		all = append(all, where+" does not match "+p)
	}
	var err error
	switch s["format"] {
	case "date-time":
		_, err = time.Parse(time.RFC3339, v)
	case "uuid":
		err = uuid.Validate(v)
	}
	if err != nil {
		all = append(all, where+": "+err.Error())
	}
	return all
}

// resolve finds what an internal reference points to.
func (d *openAPI) resolve(ref string) (any, bool) {
	rest, internal := strings.CutPrefix(ref, "#/")
	target := at(d.root, strings.Split(rest, "/")...)
	return target, internal && target != nil
}

func list(v any) []any {
	switch l := v.(type) {
	case nil:
		return nil
	case []any:
		return l
	}
	return []any{v}
}

func is(kind, v any) bool {
	switch v := v.(type) {
	case nil:
		return kind == "null"
	case bool:
		return kind == "boolean"
	case string:
		return kind == "string"
	case float64:
		return kind == "number" || kind == "integer" && v == math.Trunc(v)
	case []any:
		return kind == "array"
	}
	return kind == "object"
}

func TestTheSchemaCheckComplains(t *testing.T) {
	d := &openAPI{root: object{"components": object{"schemas": object{
		"Id": object{"type": "object", "required": []any{"id"}, "properties": object{"id": object{"type": "string", "format": "uuid"}}, "additionalProperties": false},
		"No": object{"type": []any{"null", "boolean"}},
	}}}}
	one := object{"oneOf": []any{object{"$ref": "#/components/schemas/Id"}, object{"$ref": "#/components/schemas/No"}}}
	for _, tt := range []struct {
		name, text string
		schema     object
		want       bool
	}{
		{"fits", `{"id":"019a2f6b-7c1e-7d53-9b0a-5f2d8c4e6a10"}`, one, true},
		{"fits the other", `true`, one, true},
		{"lacks", `{}`, one, false},
		{"has more", `{"id":"019a2f6b-7c1e-7d53-9b0a-5f2d8c4e6a10","x":1}`, one, false},
		{"wrong format", `{"id":"a"}`, one, false},
		{"wrong type", `"a"`, one, false},
		{"fits two", `1`, object{"oneOf": []any{object{"type": "number"}, object{"type": "integer"}}}, false},
		{"not in the list", `"b"`, object{"enum": []any{"a"}}, false},
		{"wrong item", `["a",1]`, object{"type": "array", "items": object{"type": "string"}}, false},
		{"too many", `[1,2]`, object{"type": "array", "items": object{}, "maxItems": 1.0}, false},
		{"too small", `0`, object{"minimum": 1.0}, false},
		{"dangling", `0`, object{"$ref": "#/components/schemas/Gone"}, false},
		{"unknown keyword", `0`, object{"allOf": []any{}}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := d.complaints(tt.schema, []byte(tt.text)); (len(got) == 0) != tt.want {
				t.Errorf("got %q, want fit %v", got, tt.want)
			}
		})
	}
}
