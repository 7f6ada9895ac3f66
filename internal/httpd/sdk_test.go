package httpd_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"net/url"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/latchkey/latchkey/internal/httpd"
)

var update = flag.Bool("update", false, "write the files that tests compare with")

// sdkDocument is what the types of the SDK are generated from.
const sdkDocument = "../../sdk/openapi.json"

// TestSDKDocument holds sdk/openapi.json against the document that is served,
// with limits as a deployment has them.
func TestSDKDocument(t *testing.T) {
	t.Parallel()
	want := sdkCopy(t, newWorld(t, limited).door.Document())
	if *update {
		must(t, os.WriteFile(sdkDocument, want, 0o644))
	}
	got, err := os.ReadFile(sdkDocument)
	must(t, err)
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("sdk/openapi.json is not what is served; run go test ./internal/httpd -run SDK -update, and npm run generate in sdk\n%s", diff)
	}
}

// TestSDKDocumentIsOfNoDeployment: a release, an address and a name do not
// change it.
func TestSDKDocumentIsOfNoDeployment(t *testing.T) {
	t.Parallel()
	here := sdkCopy(t, newWorld(t, limited).door.Document())
	there := sdkCopy(t, newWorld(t, limited, func(c *httpd.Config) {
		c.Version, c.BaseURL = "9.9.9", &url.URL{Scheme: "http", Host: "localhost:1"}
		c.Service.AppName = "Acme"
	}).door.Document())
	if diff := cmp.Diff(string(here), string(there)); diff != "" {
		t.Error(diff)
	}
}

// sdkCopy is a document without what belongs to one deployment, its members in
// the order of their names.
func sdkCopy(t testing.TB, document []byte) []byte {
	t.Helper()
	var d object
	must(t, json.Unmarshal(document, &d))
	info := asObject(d["info"])
	info["title"], info["version"], d["servers"] = "Latchkey", "0", []any{}
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	must(t, e.Encode(d))
	return text.Bytes()
}
