package ui

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// shapesOf reads a schema among these named ones.
func shapesOf(t *testing.T, text, named string) []shape {
	t.Helper()
	var s schema
	var others map[string]*schema
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(named), &others); err != nil {
		t.Fatal(err)
	}
	for _, one := range others {
		if err := one.link(others); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.link(others); err != nil {
		t.Fatal(err)
	}
	return shapes(&s)
}

func TestFields(t *testing.T) {
	const named = `{
		"Seat": {"type": "object", "description": "A seat", "properties": {"role": {"type": "string"}}},
		"Tree": {"type": "object", "properties": {"name": {"type": "string"}, "below": {"type": "array", "items": {"$ref": "#/components/schemas/Tree"}}}}
	}`
	for name, tt := range map[string]struct {
		schema string
		want   []shape
	}{
		"required first, then by name": {
			`{"properties": {"a": {"type": "string"}, "c": {"type": "boolean"}, "b": {"type": "string"}}, "required": ["c"]}`,
			[]shape{{Fields: []field{{Name: "c", Type: "boolean", Required: true}, {Name: "a", Type: "string"}, {Name: "b", Type: "string"}}}},
		},
		"bounds": {
			`{"properties": {
				"a": {"type": "string", "minLength": 8, "maxLength": 128, "format": "email", "description": "Its text"},
				"b": {"type": "integer", "format": "int64", "minimum": 0},
				"c": {"type": ["array", "null"], "maxItems": 3, "items": {"type": "string"}},
				"d": {"type": "string", "enum": ["x", "y"], "pattern": "^.$"}
			}}`,
			[]shape{{Fields: []field{
				{Name: "a", Type: "string, email", Bounds: "8–128 characters", Text: "Its text"},
				{Name: "b", Type: "integer", Bounds: "at least 0"},
				{Name: "c", Type: "array of string", Bounds: "at most 3 items"},
				{Name: "d", Type: "string", Bounds: "one of: x, y", Pattern: "^.$"},
			}}},
		},
		"what is inside": {
			`{"properties": {"seat": {"$ref": "#/components/schemas/Seat"}, "seats": {"type": "array", "items": {"$ref": "#/components/schemas/Seat"}}}}`,
			[]shape{{Fields: []field{
				{Name: "seat", Type: "object", Text: "A seat"}, {Name: "seat.role", Type: "string"},
				{Name: "seats", Type: "array of object"}, {Name: "seats[].role", Type: "string"},
			}}},
		},
		"an array": {
			`{"type": "array", "items": {"$ref": "#/components/schemas/Seat"}}`,
			[]shape{{Fields: []field{{Name: "[].role", Type: "string"}}}},
		},
		"alternatives": {
			`{"oneOf": [{"$ref": "#/components/schemas/Seat"}, {"type": "object", "properties": {"x": {"type": "string"}}}]}`,
			[]shape{{Name: "Seat", Fields: []field{{Name: "role", Type: "string"}}}, {Fields: []field{{Name: "x", Type: "string"}}}},
		},
		"one that holds itself": {
			`{"$ref": "#/components/schemas/Tree"}`,
			[]shape{{Fields: []field{{Name: "below", Type: "array of object"}, {Name: "name", Type: "string"}}}},
		},
		"no object": {`{"type": "boolean"}`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, shapesOf(t, tt.schema, named), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestFold(t *testing.T) {
	one := func(method, path, summary string, deprecated bool) *entry {
		return &entry{Method: method, Path: path, Summary: summary, Deprecated: deprecated, tag: "A"}
	}
	got := fold([]*entry{
		one("POST", "/a", "Make", true), one("POST", "/b", "Make", false), one("GET", "/c", "Make", true), one("POST", "/d", "Make", true),
	})
	var shown [][]string
	for _, e := range got {
		shown = append(shown, append([]string{e.Method, e.Path}, e.Aliases...))
	}
	want := [][]string{{"POST", "/b", "/a", "/d"}, {"GET", "/c"}}
	if diff := cmp.Diff(want, shown); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
