package attacks

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

// A route is one that the server documents, so that a suite over all routes
// has those too that come later.
type route struct {
	method, path string
	pattern      string // the path as it is documented, with places in it
	guarded      bool   // needs an access token
	operated     bool   // for those who run a tenant
	body         fields // an example of its body; nil: it has none
}

// routes reads /openapi.json, in its order, but for the answers that have no end:
// no walk would ever come to its own.
func (s *server) routes(t *testing.T) []route {
	t.Helper()
	var document struct {
		Paths map[string]map[string]struct {
			Security    []any
			RequestBody struct {
				Content map[string]struct{ Example fields }
			}
			Responses map[string]struct{ Content map[string]any }
		}
	}
	a := s.client().must(t, get("/openapi.json"))
	if err := json.Unmarshal(a.body, &document); err != nil {
		t.Fatal(err)
	}
	var all []route
	streams := 0
	for _, path := range slices.Sorted(maps.Keys(document.Paths)) {
		for _, method := range slices.Sorted(maps.Keys(document.Paths[path])) {
			o := document.Paths[path][method]
			if _, endless := o.Responses["200"].Content["text/event-stream"]; endless {
				streams++
				continue
			}
			all = append(all, route{
				method: strings.ToUpper(method), path: filled(path, "01890000-0000-7000-8000-000000000001"), pattern: path, guarded: len(o.Security) > 0,
				operated: strings.Contains(fmt.Sprint(o.Security), "operator"),
				body:     o.RequestBody.Content["application/json"].Example,
			})
		}
	}
	if streams != 2 {
		t.Fatalf("%d answers have no end, want /auth/revocations and /auth/session/events", streams)
	}
	if len(all) < 15 {
		t.Fatalf("%d routes are documented, want all of CONTRACT.md §5", len(all))
	}
	return all
}

// filled puts an id into the places of a path.
func filled(path, id string) string {
	parts := strings.Split(path, "/")
	for i, part := range parts {
		if strings.HasPrefix(part, "{") {
			parts[i] = id
		}
	}
	return strings.Join(parts, "/")
}

// changes reports whether the route changes something.
func (r route) changes() bool { return r.method != "GET" || r.path == "/auth/new-token" }

// with returns the example body with one field replaced.
func (r route) with(field string, value any) fields {
	body := maps.Clone(r.body)
	if body == nil {
		body = fields{}
	}
	body[field] = value
	return body
}
