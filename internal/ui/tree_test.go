package ui

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// fixture is the document that the server wrote when this was written.
func fixture(t *testing.T) []byte {
	t.Helper()
	b, err := os.ReadFile("testdata/openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// serve makes the documentation of a document.
func serve(t *testing.T, document []byte) http.Handler {
	t.Helper()
	h, err := Docs(document, "Latchkey")
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func ask(h http.Handler, method, path string, header ...string) *http.Response {
	r := httptest.NewRequest(method, path, nil)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

// tree is the page as a browser reads it.
func tree(t *testing.T, document []byte) *html.Node {
	t.Helper()
	w := httptest.NewRecorder()
	serve(t, document).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/docs", nil))
	root, err := html.Parse(bytes.NewReader(w.Body.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	return root
}

// all are the elements below n of these names, in the order of the page.
func all(n *html.Node, names ...string) []*html.Node {
	var found []*html.Node
	for d := range n.Descendants() {
		if d.Type == html.ElementNode && (len(names) == 0 || slices.Contains(names, d.Data)) {
			found = append(found, d)
		}
	}
	return found
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// text is what stands in n, with single spaces.
func text(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// article is the one that an id heads, nil where there is none.
func article(root *html.Node, id string) *html.Node {
	for _, a := range all(root, "article") {
		if attribute(a, "aria-labelledby") == id && len(all(a, "h3")) == 1 && attribute(all(a, "h3")[0], "id") == id {
			return a
		}
	}
	return nil
}
