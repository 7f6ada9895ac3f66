package ui

import (
	"encoding/json"
	"strings"
	"testing"
)

// poison puts a text wherever the document has one of its own, and under every
// name that the document chooses.
func poison(v any, with string) any {
	switch v := v.(type) {
	case map[string]any:
		chosen := map[string]any{}
		for k, inner := range v {
			switch k {
			case "description", "summary", "example", "version", "pattern", "url", "tags":
				inner = poison(inner, with)
			case "properties", "examples":
				if named, ok := inner.(map[string]any); ok {
					named[with] = map[string]any{"summary": with, "value": with, "description": with}
				}
				inner = poison(inner, with)
			case "paths":
				paths := inner.(map[string]any)
				paths["/"+with] = paths["/auth/login"]
				inner = poison(inner, with)
			default:
				if _, leaf := inner.(string); !leaf {
					inner = poison(inner, with)
				}
			}
			chosen[k] = inner
		}
		return chosen
	case []any:
		for i := range v {
			v[i] = poison(v[i], with)
		}
		return v
	case string:
		return v + with
	}
	return v
}

func TestTheDocumentIsEscaped(t *testing.T) {
	const hostile = `</code></pre></title><script>alert(1)</script><img src=//evil.test onerror=alert(1)>"'><a href="javascript:alert(1)">`
	var d any
	if err := json.Unmarshal(fixture(t), &d); err != nil {
		t.Fatal(err)
	}
	document, err := json.Marshal(poison(d, hostile))
	if err != nil {
		t.Fatal(err)
	}
	root := tree(t, document)
	if !strings.Contains(text(root), "<script>alert(1)</script>") {
		t.Fatal("the hostile text is not on the page, so the test shows nothing")
	}
	for _, n := range all(root) {
		if n.Data == "script" || n.Data == "img" {
			t.Errorf("<%s> came out of the document", n.Data)
		}
		for _, a := range n.Attr {
			if strings.HasPrefix(a.Key, "on") || strings.HasPrefix(a.Val, "javascript:") {
				t.Errorf("<%s %s=%q> came out of the document", n.Data, a.Key, a.Val)
			}
		}
	}
}

func TestWhatCannotBeShownIsRefused(t *testing.T) {
	for name, tt := range map[string]struct{ document, want string }{
		"not JSON":             {`{`, "cannot be read"},
		"a dead reference":     {`{"components": {"schemas": {"A": {"properties": {"b": {"$ref": "#/components/schemas/B"}}}}}}`, `"#/components/schemas/B", which it does not hold`},
		"in a request":         {`{"paths": {"/a": {"post": {"requestBody": {"content": {"application/json": {"schema": {"$ref": "elsewhere"}}}}}}}}`, `"elsewhere", which it does not hold`},
		"a status of no sense": {`{"paths": {"/a": {"get": {"responses": {"2XX": {}}}}}}`, `GET /a answers with "2XX"`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Docs([]byte(tt.document), "Latchkey")
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want an error that says %s", err, tt.want)
			}
		})
	}
}
