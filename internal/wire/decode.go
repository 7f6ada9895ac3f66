package wire

import (
	"bytes"
	"encoding"
	"errors"
	"io"
	"reflect"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/latchkey/latchkey/internal/auth"
)

// depthLimit bounds how deeply a request may be nested (CONTRACT.md §5).
const depthLimit = 32

// Decode reads a JSON object into a rule's input, strictly: exact names, no
// duplicates, no unknown fields, no nulls, no trailing data, valid UTF-8, at
// most 32 deep.
func Decode(body []byte, into any) error {
	if err := shallow(body); err != nil {
		return err
	}
	if err := json.Unmarshal(body, into, json.RejectUnknownMembers(true)); err != nil {
		return Explain(err)
	}
	return nil
}

// DecodeKnown reads as strictly what it knows of a JSON object, from a sender
// that adds members of its own and writes null for what it has not.
func DecodeKnown(body []byte, into any) error {
	if trimmed := bytes.TrimLeft(body, " \t\r\n"); len(trimmed) == 0 || trimmed[0] != '{' {
		return Invalid("body", "must be a JSON object")
	}
	if err := json.Unmarshal(body, into); err != nil {
		return Explain(err)
	}
	return nil
}

// shallow refuses what is no object, is nested too deeply, or has a null: a
// field that says nothing is left out.
func shallow(body []byte) error {
	if trimmed := bytes.TrimLeft(body, " \t\r\n"); len(trimmed) == 0 || trimmed[0] != '{' {
		return Invalid("body", "must be a JSON object")
	}
	deep := bytes.Count(body, []byte("{"))+bytes.Count(body, []byte("[")) > depthLimit
	if !deep && !bytes.Contains(body, []byte("null")) {
		return nil
	}
	d := jsontext.NewDecoder(bytes.NewReader(body))
	for {
		token, err := d.ReadToken()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return Explain(err)
		}
		if token.Kind() == 'n' {
			return Invalid(Field(d.StackPointer()), "must not be null; leave it out")
		}
		if d.StackDepth() > depthLimit {
			return Invalid("body", "is nested too deeply")
		}
	}
}

// Invalid is the answer to a request with one bad field.
func Invalid(field, problem string) error {
	return auth.ErrValidation.With(auth.Meta{Fields: []auth.FieldProblem{{Field: field, Problem: problem}}})
}

// Explain turns a decoder's error into a field and a problem, without repeating
// what was sent (it may be a password).
func Explain(err error) error {
	var semantic *json.SemanticError
	var syntactic *jsontext.SyntacticError
	switch {
	case errors.Is(err, json.ErrUnknownName) && errors.As(err, &semantic):
		return Invalid(Field(semantic.JSONPointer), "is not a known field")
	case errors.Is(err, jsontext.ErrDuplicateName) && errors.As(err, &syntactic):
		return Invalid(Field(syntactic.JSONPointer), "is given twice")
	case errors.As(err, &semantic):
		return Invalid(Field(semantic.JSONPointer), "must be "+wanted(semantic.GoType))
	default:
		return Invalid("body", "is not valid JSON in UTF-8")
	}
}

// Field names the field that a JSON pointer points to. Names that clients
// make up are cut, and kept to what is safe to show and log.
func Field(p jsontext.Pointer) string {
	name := strings.ReplaceAll(strings.TrimPrefix(string(p), "/"), "/", ".")
	name = strings.Map(func(r rune) rune {
		if r == '.' || r == '_' || r == '-' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return r
		}
		return '?'
	}, name)
	if len(name) > 64 {
		name = name[:64]
	}
	if name == "" {
		return "body"
	}
	return name
}

func wanted(t reflect.Type) string {
	if t == nil {
		return "of another type"
	}
	if reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextUnmarshaler]()) {
		return `a text such as "15m"` // the one such type: auth.Span
	}
	switch t.Kind() {
	case reflect.String:
		return "a string"
	case reflect.Int:
		return "a number"
	case reflect.Slice:
		return "a list"
	case reflect.Bool:
		return "true or false"
	case reflect.Struct:
		return "an object"
	default:
		return "of another type"
	}
}
