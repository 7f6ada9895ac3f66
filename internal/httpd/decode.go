package httpd

import (
	"bytes"
	"encoding"
	"errors"
	"io"
	"mime"
	"net/http"
	"reflect"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/latchkey/latchkey/internal/auth"
)

// Bounds of a request body (CONTRACT.md §5).
const (
	bodyLimit  = 64 << 10
	depthLimit = 32
)

// decode reads a JSON body strictly: exact names, no duplicates, no unknown
// fields, no trailing data, valid UTF-8, bounded size and depth. No body is the
// same as an empty object.
func decode(r *http.Request, into any) error {
	body, err := readBody(r)
	if len(body) == 0 || err != nil {
		return err
	}
	if !isJSON(r.Header) {
		return auth.ErrMediaType
	}
	if err := shallow(body); err != nil {
		return err
	}
	if err := json.Unmarshal(body, into, json.RejectUnknownMembers(true)); err != nil {
		return explain(err)
	}
	return nil
}

// readBody reads a body to its end. Its size is bounded in [Server.ServeHTTP].
func readBody(r *http.Request) ([]byte, error) {
	if r.ContentLength > bodyLimit {
		return nil, auth.ErrBodyTooLong
	}
	body, err := io.ReadAll(r.Body)
	var tooLong *http.MaxBytesError
	if errors.As(err, &tooLong) {
		return nil, auth.ErrBodyTooLong
	}
	if err != nil {
		return nil, invalidBody("body", "could not be read to its end")
	}
	return body, nil
}

// isJSON reports whether the body is declared as plain JSON in UTF-8.
func isJSON(h http.Header) bool {
	if e := strings.Join(h.Values("Content-Encoding"), ","); e != "" && !strings.EqualFold(e, "identity") {
		return false
	}
	if len(h.Values("Content-Type")) != 1 {
		return false
	}
	kind, params, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil || kind != "application/json" {
		return false
	}
	charset, given := params["charset"]
	return !given || strings.EqualFold(charset, "utf-8")
}

// shallow refuses what is no object, is nested too deeply, or has a null: a
// field that says nothing is left out.
func shallow(body []byte) error {
	if trimmed := bytes.TrimLeft(body, " \t\r\n"); len(trimmed) == 0 || trimmed[0] != '{' {
		return invalidBody("body", "must be a JSON object")
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
			return explain(err)
		}
		if token.Kind() == 'n' {
			return invalidBody(fieldOf(d.StackPointer()), "must not be null; leave it out")
		}
		if d.StackDepth() > depthLimit {
			return invalidBody("body", "is nested too deeply")
		}
	}
}

func invalidBody(field, problem string) error {
	return auth.ErrValidation.With(auth.Meta{Fields: []auth.FieldProblem{{Field: field, Problem: problem}}})
}

// explain turns a decoder's error into a field and a problem, without repeating
// what was sent (it may be a password).
func explain(err error) error {
	var semantic *json.SemanticError
	var syntactic *jsontext.SyntacticError
	switch {
	case errors.Is(err, json.ErrUnknownName) && errors.As(err, &semantic):
		return invalidBody(fieldOf(semantic.JSONPointer), "is not a known field")
	case errors.Is(err, jsontext.ErrDuplicateName) && errors.As(err, &syntactic):
		return invalidBody(fieldOf(syntactic.JSONPointer), "is given twice")
	case errors.As(err, &semantic):
		return invalidBody(fieldOf(semantic.JSONPointer), "must be "+wanted(semantic.GoType))
	default:
		return invalidBody("body", "is not valid JSON in UTF-8")
	}
}

// fieldOf names the field that a JSON pointer points to. Names that clients
// make up are cut, and kept to what is safe to show and log.
func fieldOf(p jsontext.Pointer) string {
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
