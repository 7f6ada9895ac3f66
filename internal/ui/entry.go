package ui

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// answer is one thing that an operation may answer.
type answer struct {
	Status  int
	Code    string // "" where the answer is no envelope
	Anchor  anchor // of an error code
	Text    string
	Example string // indented JSON, "" for none
}

// StatusText is the name of the status: "Not Found".
func (a answer) StatusText() string { return http.StatusText(a.Status) }

// entry arranges one operation.
func (a *openapi) entry(method, path string, op *operation) (*entry, error) {
	e := &entry{
		Method: method, Path: path, Anchor: anchorOf(strings.ToLower(method), path), Summary: cmp.Or(op.Summary, method+" "+path),
		Text: paragraphs(op.Description), Public: a.public(op), Deprecated: op.Deprecated, tag: "Other",
	}
	if len(op.Tags) > 0 {
		e.tag = op.Tags[0]
	}
	for _, p := range op.Parameters {
		f := fieldOf(p.Name, p.Schema, p.Required)
		f.Text = cmp.Or(p.Description, f.Text)
		e.Parameters = append(e.Parameters, argument{field: f, In: p.In, Example: p.sample()})
	}
	c := call{method: method, server: a.server(), path: path, parameters: op.Parameters, public: e.Public}
	if op.Body != nil {
		m := op.Body.Content[jsonType]
		c.body = indent(m.Example)
		e.Body = &body{Required: op.Body.Required, Shapes: shapes(m.Schema), Example: c.body}
	}
	e.Curl = curl(c)
	return e, e.answers(op)
}

// answers arranges what an operation may answer, by status and code.
func (e *entry) answers(op *operation) error {
	for _, key := range slices.Sorted(maps.Keys(op.Responses)) {
		status, err := strconv.Atoi(key)
		if err != nil {
			return fmt.Errorf("ui: %s %s answers with %q, which is no HTTP status", e.Method, e.Path, key)
		}
		r := op.Responses[key]
		all := answersOf(status, r)
		if status >= http.StatusBadRequest {
			e.Errors = append(e.Errors, all...)
			continue
		}
		e.Successes = append(e.Successes, all...)
		if s := r.Content[jsonType].Schema.real().Properties["data"]; s != nil {
			e.Data = append(e.Data, shapes(s)...)
		}
	}
	return nil
}

func answersOf(status int, r response) []answer {
	examples := r.Content[jsonType].Examples
	if len(examples) == 0 {
		return []answer{{Status: status, Text: r.Description, Example: indent(r.Content[jsonType].Example)}}
	}
	var all []answer
	for _, code := range slices.Sorted(maps.Keys(examples)) {
		a := answer{Status: status, Code: code, Text: examples[code].Summary, Example: indent(examples[code].Value)}
		if status >= http.StatusBadRequest {
			a.Anchor = anchorOf("error", code)
		}
		all = append(all, a)
	}
	return all
}

// indent sets JSON for reading. The document was JSON as a whole, so each part
// of it is; an absent part stays empty.
func indent(raw json.RawMessage) string {
	var b bytes.Buffer
	if err := json.Indent(&b, raw, "", "  "); err != nil {
		return ""
	}
	return b.String()
}
