// Package httpd is the HTTP door: it turns requests into calls of the rules in
// package auth and their answers into envelopes, cookies and statuses
// (CONTRACT.md §2–5).
//
// One table, routes.go, says what there is; the server, the OpenAPI document
// and the contract test all read it. The package decides how a credential
// travels, never what it is worth: it knows no SQL, no passwords, no policy
// beyond asking for it.
package httpd
