package ui

import "net/http"

// Docs returns the browsable documentation of an OpenAPI 3.1 document, to be
// served at /docs and below /docs/. Both are read and rendered once, here. The
// error says what in the document cannot be shown.
func Docs(document []byte, appName string) (http.Handler, error) {
	api, err := parse(document)
	if err != nil {
		return nil, err
	}
	content, err := manualOf(api, appName)
	if err != nil {
		return nil, err
	}
	around, err := layout("docs.html")
	if err != nil {
		return nil, err
	}
	path, sheet := sheetBelow("/docs")
	html, err := render(around, page{Title: appName + " API", Style: path, Layout: "manual", Content: content})
	if err != nil {
		return nil, err
	}
	shown := file{kind: "text/html; charset=utf-8", cache: checkFirst, body: html}
	return site{"/docs": shown, "/docs/": shown, path: sheet}, nil
}
