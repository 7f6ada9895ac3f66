package ui

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// schema is what we read of a JSON Schema.
type schema struct {
	Ref         string             `json:"$ref"`
	Type        types              `json:"type"`
	Format      string             `json:"format"`
	Description string             `json:"description"`
	Enum        []any              `json:"enum"`
	Pattern     string             `json:"pattern"`
	Minimum     *json.Number       `json:"minimum"`
	Maximum     *json.Number       `json:"maximum"`
	MinLength   *json.Number       `json:"minLength"`
	MaxLength   *json.Number       `json:"maxLength"`
	MinItems    *json.Number       `json:"minItems"`
	MaxItems    *json.Number       `json:"maxItems"`
	Items       *schema            `json:"items"`
	Properties  map[string]*schema `json:"properties"`
	Required    []string           `json:"required"`
	OneOf       []*schema          `json:"oneOf"`

	target *schema // what Ref names
}

// types is one type or several: both are allowed.
type types []string

func (t *types) UnmarshalJSON(b []byte) error {
	if bytes.HasPrefix(b, []byte(`"`)) {
		b = slices.Concat([]byte("["), b, []byte("]"))
	}
	var several []string
	err := json.Unmarshal(b, &several)
	*t = several
	return err
}

const components = "#/components/schemas/"

// link joins the references in a schema to what they name. It follows none, so
// schemas may refer to themselves.
func (s *schema) link(named map[string]*schema) error {
	if s == nil {
		return nil
	}
	if s.Ref != "" {
		s.target = named[s.name()]
		if s.target == nil {
			return fmt.Errorf("ui: the OpenAPI document refers to %q, which it does not hold", s.Ref)
		}
	}
	for _, child := range s.children() {
		if err := child.link(named); err != nil {
			return err
		}
	}
	return nil
}

func (s *schema) children() []*schema {
	return slices.Concat(slices.Collect(maps.Values(s.Properties)), s.OneOf, []*schema{s.Items})
}

// name is what a reference calls its target, "" for a schema in place.
func (s *schema) name() string { return strings.TrimPrefix(s.Ref, components) }

// real is the schema itself, behind its references. A chain of references that
// ends nowhere is an empty schema.
func (s *schema) real() *schema {
	for range 8 {
		if s == nil {
			break
		}
		if s.target == nil {
			return s
		}
		s = s.target
	}
	return &schema{}
}
