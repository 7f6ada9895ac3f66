// Package ui is the pages that the binary serves: server-rendered HTML and one
// style sheet, embedded, without scripts and without anything from elsewhere.
//
// A page is made from what the caller hands in. The package knows neither the
// routes nor the rules: the documentation is rendered from the OpenAPI document
// alone, so it cannot tell another story than the server does.
package ui
