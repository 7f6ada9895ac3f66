package httpd_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// ledger remembers which codes were answered to which method at which path.
type ledger struct {
	mu   sync.Mutex
	seen map[string]map[string]bool
}

func newLedger() *ledger { return &ledger{seen: map[string]map[string]bool{}} }

func (l *ledger) note(request, code string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.seen[request] == nil {
		l.seen[request] = map[string]bool{}
	}
	l.seen[request][code] = true
}

// always is what every answer has (SECURITY.md §1, ASVS 5.0 V3.4).
var always = map[string]string{
	"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "no-referrer",
	"Cross-Origin-Resource-Policy": "same-site", "Cross-Origin-Opener-Policy": "same-origin",
	"Strict-Transport-Security": "max-age=63072000; includeSubDomains",
	"Content-Security-Policy":   "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
}

// forAll may be kept by caches, because it is the same for everybody.
var forAll = []string{"/openapi.json", "/.well-known/jwks.json"}

// bare are the successes without an envelope.
var bare = append([]string{"/auth/health", "/api/v1/auth/health", "/metrics"}, forAll...)

var (
	idForm = regexp.MustCompile(`^[A-Za-z0-9._-]{8,64}$`)
	tsForm = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$`)
)

// check looks at what holds for every answer, whatever was asked, and reads the
// envelope.
func (w *world) check(t testing.TB, a *answer) {
	t.Helper()
	method, path, _ := strings.Cut(a.request, " ")
	path, _, _ = strings.Cut(path, "?")
	if a.status == http.StatusRequestHeaderFieldsTooLarge || a.status == http.StatusBadRequest && a.header.Get("X-Request-Id") == "" {
		return // net/http refused it before there was a request
	}
	for name, want := range always {
		if got := a.header.Values(name); len(got) != 1 || got[0] != want {
			t.Errorf("%s: %s is %q, want %q", a.request, name, got, want)
		}
	}
	if !idForm.MatchString(a.header.Get("X-Request-Id")) {
		t.Errorf("%s: X-Request-Id is %q", a.request, a.header.Get("X-Request-Id"))
	}
	shared := a.status < 400 && slices.Contains(forAll, path)
	if got := a.header.Get("Cache-Control"); got != "no-store" && !shared {
		t.Errorf("%s: Cache-Control is %q", a.request, got)
	}
	if (a.status == http.StatusUnauthorized) != (a.header.Get("WWW-Authenticate") == "Bearer") {
		t.Errorf("%s: %d with WWW-Authenticate %q", a.request, a.status, a.header.Get("WWW-Authenticate"))
	}
	if len(a.body) == 0 || a.status < 400 && slices.Contains(bare, path) {
		if method != http.MethodHead && a.status != http.StatusNoContent && a.status != http.StatusNotModified && len(a.body) == 0 {
			t.Errorf("%s: %d with an empty body", a.request, a.status)
		}
		return
	}
	w.checkEnvelope(t, a)
	path = template(strings.Replace(path, "/api/v1/auth/", "/auth/", 1))
	w.ledger.note(method+" "+path, a.code())
	w.checkDocumented(t, method, path, a)
}

// checkEnvelope looks at the outer form: names and their order, types, no more
// and no less (CONTRACT.md §2).
func (w *world) checkEnvelope(t testing.TB, a *answer) {
	t.Helper()
	if got := a.header.Get("Content-Type"); got != "application/json; charset=utf-8" {
		t.Errorf("%s: Content-Type is %q", a.request, got)
	}
	if err := json.Unmarshal(a.body, &a.envelope); err != nil {
		t.Fatalf("%s: no JSON: %q", a.request, a.body)
	}
	if got, want := names(t, a.body), []string{"httpStatus", "message", "data", "meta", "ts"}; !slices.Equal(got, want) {
		t.Errorf("%s: the envelope has %q, want %q", a.request, got, want)
	}
	if a.HTTPStatus != a.status {
		t.Errorf("%s: httpStatus %d in an answer with %d", a.request, a.HTTPStatus, a.status)
	}
	if a.Message == "" || !tsForm.MatchString(a.TS) || a.code() == "" {
		t.Errorf("%s: message %q, ts %q, code %q", a.request, a.Message, a.TS, a.code())
	}
	var outer struct{ Meta json.RawMessage }
	must(t, json.Unmarshal(a.body, &outer))
	meta := names(t, outer.Meta)
	var got struct{ AccessToken, RefreshToken, DeviceToken string }
	if a.Data[0] == '{' {
		a.into(t, &got)
		secrets.add(got.AccessToken, got.RefreshToken, got.DeviceToken)
	}
	if a.status < 400 {
		if a.Meta.Status != "success" || !slices.Equal(without(meta, "nextCursor"), []string{"status", "code"}) {
			t.Errorf("%s: meta of a success is %s", a.request, outer.Meta)
		}
		return
	}
	known := []string{"status", "code", "field", "fields", "retryAfter", "attemptsLeft", "reason", "requestId"}
	for _, name := range meta {
		if !slices.Contains(known, name) {
			t.Errorf("%s: meta has %q", a.request, name)
		}
	}
	if a.Meta.Status != "error" || string(a.Data) != "null" || a.Meta.RequestID != a.header.Get("X-Request-Id") {
		t.Errorf("%s: an error with status %q, data %s, request %q (header %q)",
			a.request, a.Meta.Status, a.Data, a.Meta.RequestID, a.header.Get("X-Request-Id"))
	}
	after := ""
	if a.Meta.RetryAfter > 0 {
		after = strconv.Itoa(a.Meta.RetryAfter)
	}
	if got := a.header.Get("Retry-After"); got != after || got == "" && (a.status == http.StatusTooManyRequests || a.code() == "OVERLOADED") {
		t.Errorf("%s: %d with Retry-After %q, retryAfter %d", a.request, a.status, got, a.Meta.RetryAfter)
	}
}

// checkDocumented holds an answer against the document that the door serves.
func (w *world) checkDocumented(t testing.TB, method, path string, a *answer) {
	t.Helper()
	if a.status == http.StatusMethodNotAllowed || a.code() == "NOT_FOUND" || a.code() == "CROSS_ORIGIN" && method == http.MethodOptions {
		return // no operation of the document
	}
	d := openDocument(t, w.door.Document())
	schema, ok := d.answerSchema(method, path, a.status)
	if !ok {
		t.Errorf("%s: the document knows no %d: %s", a.request, a.status, a.body)
		return
	}
	for _, complaint := range d.complaints(schema, a.body) {
		t.Errorf("%s: against its schema: %s in %s", a.request, complaint, a.body)
	}
	if a.status < 400 {
		return
	}
	// What an error tells beside its code is known from its example, and from there to the types of the SDK.
	shown := asObject(at(d.operation(method, path), "responses", strconv.Itoa(a.status), "content", "application/json", "examples", a.code(), "value", "meta"))
	var answered struct{ Meta object }
	must(t, json.Unmarshal(a.body, &answered))
	for name := range answered.Meta {
		if _, ok := shown[name]; !ok {
			t.Errorf("%s: meta has %s, and the example of %s has not", a.request, name, a.code())
		}
	}
}

// names returns the names of a JSON object in their order.
func names(t testing.TB, text []byte) (all []string) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(text))
	_, err := d.Token()
	for must(t, err); d.More(); {
		name, err := d.Token()
		must(t, err)
		all = append(all, name.(string))
		var value json.RawMessage
		must(t, d.Decode(&value))
	}
	return all
}
