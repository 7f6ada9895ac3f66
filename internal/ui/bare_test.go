package ui

import "testing"

// TestADocumentThatSaysLittle: a parameter without a schema and a property that
// is null are shown by their names.
func TestADocumentThatSaysLittle(t *testing.T) {
	document := `{"openapi":"3.1.0","info":{"title":"T","version":"1"},"paths":{"/x":{"post":{"operationId":"x","summary":"X","tags":["G"],
		"parameters":[{"name":"p","in":"header"}],
		"requestBody":{"content":{"application/json":{"schema":{"type":"object","properties":{"q":null}}}}},
		"responses":{"200":{"description":"ok"}}}}}}`
	if _, err := Docs([]byte(document), "App"); err != nil {
		t.Error(err)
	}
}
