package ui

import (
	"encoding/json"
	"fmt"
	"iter"
	"net/http"
	"strings"
)

// openapi is what we read of an OpenAPI 3.1 document.
type openapi struct {
	Info struct {
		Version     string `json:"version"`
		Description string `json:"description"`
	} `json:"info"`
	Servers []struct {
		URL string `json:"url"`
	} `json:"servers"`
	Tags []struct {
		Name        string `json:"name"`
		Description string `json:"description"`
	} `json:"tags"`
	Paths      map[string]pathItem   `json:"paths"`
	Security   []map[string][]string `json:"security"`
	Components struct {
		Schemas map[string]*schema        `json:"schemas"`
		Schemes map[string]securityScheme `json:"securitySchemes"`
	} `json:"components"`
}

type pathItem struct {
	Get    *operation `json:"get"`
	Post   *operation `json:"post"`
	Put    *operation `json:"put"`
	Patch  *operation `json:"patch"`
	Delete *operation `json:"delete"`
}

type operation struct {
	Summary     string                 `json:"summary"`
	Description string                 `json:"description"`
	Tags        []string               `json:"tags"`
	Deprecated  bool                   `json:"deprecated"`
	Parameters  []parameter            `json:"parameters"`
	Body        *requestBody           `json:"requestBody"`
	Responses   map[string]response    `json:"responses"`
	Security    *[]map[string][]string `json:"security"` // nil: that of the document
}

type parameter struct {
	Name        string          `json:"name"`
	In          string          `json:"in"`
	Description string          `json:"description"`
	Required    bool            `json:"required"`
	Example     json.RawMessage `json:"example"`
	Schema      *schema         `json:"schema"`
}

type requestBody struct {
	Required bool             `json:"required"`
	Content  map[string]media `json:"content"`
}

type response struct {
	Description string           `json:"description"`
	Content     map[string]media `json:"content"`
}

type media struct {
	Schema   *schema            `json:"schema"`
	Example  json.RawMessage    `json:"example"`
	Examples map[string]example `json:"examples"`
}

type example struct {
	Summary string          `json:"summary"`
	Value   json.RawMessage `json:"value"`
}

type securityScheme struct {
	Type   string `json:"type"`
	Scheme string `json:"scheme"`
	In     string `json:"in"`
	Name   string `json:"name"`
}

const jsonType = "application/json"

// parse reads a document and joins its references to what they name.
func parse(document []byte) (*openapi, error) {
	api := &openapi{}
	if err := json.Unmarshal(document, api); err != nil {
		return nil, fmt.Errorf("ui: the OpenAPI document cannot be read: %w", err)
	}
	for s := range api.schemas() {
		if err := s.link(api.Components.Schemas); err != nil {
			return nil, err
		}
	}
	return api, nil
}

// schemas are the outermost schemas of the document.
func (a *openapi) schemas() iter.Seq[*schema] {
	return func(yield func(*schema) bool) {
		for _, s := range a.Components.Schemas {
			if !yield(s) {
				return
			}
		}
		for _, item := range a.Paths {
			for _, op := range item.operations() {
				for s := range op.schemas() {
					if !yield(s) {
						return
					}
				}
			}
		}
	}
}

func (o *operation) schemas() iter.Seq[*schema] {
	var all []*schema
	for _, p := range o.Parameters {
		all = append(all, p.Schema)
	}
	if o.Body != nil {
		all = append(all, o.Body.Content[jsonType].Schema)
	}
	for _, r := range o.Responses {
		all = append(all, r.Content[jsonType].Schema)
	}
	return func(yield func(*schema) bool) {
		for _, s := range all {
			if s != nil && !yield(s) {
				return
			}
		}
	}
}

// operations are those of a path, by method, in the order in which they are shown.
func (p pathItem) operations() iter.Seq2[string, *operation] {
	return func(yield func(string, *operation) bool) {
		for _, one := range []struct {
			method string
			op     *operation
		}{
			{http.MethodGet, p.Get},
			{http.MethodPost, p.Post},
			{http.MethodPut, p.Put},
			{http.MethodPatch, p.Patch},
			{http.MethodDelete, p.Delete},
		} {
			if one.op != nil && !yield(one.method, one.op) {
				return
			}
		}
	}
}

// public reports whether an operation asks for no credential.
func (a *openapi) public(op *operation) bool {
	if op.Security != nil {
		return len(*op.Security) == 0
	}
	return len(a.Security) == 0
}

// server is where the operations are, without a slash at the end.
func (a *openapi) server() string {
	if len(a.Servers) == 0 {
		return ""
	}
	return strings.TrimSuffix(a.Servers[0].URL, "/")
}
