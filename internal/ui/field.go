package ui

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// field is one line of a table of fields.
type field struct {
	Name     string // with the names around it: user.tenants[].role
	Type     string
	Required bool
	Bounds   string // in words
	Pattern  string
	Text     string
}

// shape is the fields of one kind of object.
type shape struct {
	Name   string // "" where it needs none
	Fields []field
}

// shapes are the objects that a schema allows: one, or one for each alternative.
func shapes(s *schema) []shape {
	var all []shape
	if alternatives := s.real().OneOf; len(alternatives) > 0 {
		for _, alternative := range alternatives {
			if fields := alternative.fields(); len(fields) > 0 {
				all = append(all, shape{Name: alternative.name(), Fields: fields})
			}
		}
		return all
	}
	if fields := s.fields(); len(fields) > 0 {
		all = append(all, shape{Fields: fields})
	}
	return all
}

// fields are the properties of an object, or of the objects in an array, those
// that are required first, each followed by what it holds.
func (s *schema) fields() []field { return fieldsOf("", s, nil) }

// fieldsOf stops where a schema holds itself: around are those already open.
func fieldsOf(prefix string, s *schema, around []*schema) []field {
	s = s.real()
	if slices.Contains(around, s) {
		return nil
	}
	around = append(slices.Clone(around), s)
	if s.Items != nil {
		return fieldsOf(prefix+"[].", s.Items, around)
	}
	required := func(name string) bool { return slices.Contains(s.Required, name) }
	names := slices.SortedFunc(maps.Keys(s.Properties), func(a, b string) int {
		if required(a) != required(b) {
			return map[bool]int{true: -1, false: 1}[required(a)]
		}
		return cmp.Compare(a, b)
	})
	var all []field
	for _, name := range names {
		inner := s.Properties[name]
		all = append(all, fieldOf(prefix+name, inner, required(name)))
		below := prefix + name + "."
		if inner.real().Items != nil {
			below = prefix + name
		}
		all = append(all, fieldsOf(below, inner, around)...)
	}
	return all
}

func fieldOf(name string, s *schema, required bool) field {
	if s == nil { // a parameter or property of which nothing is said
		s = new(schema)
	}
	r := s.real()
	return field{
		Name: name, Type: r.typeName(), Required: required, Bounds: r.bounds(), Pattern: r.Pattern,
		Text: cmp.Or(s.Description, r.Description),
	}
}

// typeName is the type and its format: "string, email", "array of object".
func (s *schema) typeName() string {
	name := strings.Join(s.Type, " or ")
	if s.Items != nil {
		name = "array of " + cmp.Or(strings.Join(s.Items.real().Type, " or "), "anything")
	}
	// The width of a number in the server's memory says nothing to a client.
	if s.Format != "" && !slices.Contains([]string{"int32", "int64", "float", "double"}, s.Format) {
		name += ", " + s.Format
	}
	return name
}

// bounds says in words what a value may be.
func (s *schema) bounds() string {
	var all []string
	add := func(low, high *json.Number, unit string) {
		switch {
		case low != nil && high != nil:
			all = append(all, fmt.Sprintf("%s–%s%s", *low, *high, unit))
		case low != nil:
			all = append(all, fmt.Sprintf("at least %s%s", *low, unit))
		case high != nil:
			all = append(all, fmt.Sprintf("at most %s%s", *high, unit))
		}
	}
	add(s.MinLength, s.MaxLength, " characters")
	add(s.MinItems, s.MaxItems, " items")
	add(s.Minimum, s.Maximum, "")
	if len(s.Enum) > 0 {
		var values []string
		for _, v := range s.Enum {
			values = append(values, fmt.Sprint(v))
		}
		all = append(all, "one of: "+strings.Join(values, ", "))
	}
	return strings.Join(all, "; ")
}
