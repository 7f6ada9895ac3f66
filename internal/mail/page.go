package mail

import (
	"bytes"
	_ "embed" // the page
	"encoding/json"
	"html/template"
	"net/http"
	"strings"
	"time"
)

//go:embed mailbox.html
var mailboxHTML string

var mailboxPage = template.Must(template.New("mailbox").Parse(mailboxHTML))

// stamp is a time as answers tell it: UTC, milliseconds.
type stamp time.Time

// String is the time in RFC 3339.
func (s stamp) String() string { return time.Time(s).UTC().Format("2006-01-02T15:04:05.000Z07:00") }

// MarshalText is for JSON.
func (s stamp) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

type meta struct {
	Status string `json:"status"`
	Code   string `json:"code"`
}

// envelope is the form of every JSON answer.
type envelope struct {
	HTTPStatus int        `json:"httpStatus"`
	Message    string     `json:"message"`
	Data       []received `json:"data"`
	Meta       meta       `json:"meta"`
	TS         stamp      `json:"ts"`
}

// ServeHTTP shows the letters, newest first: as JSON to who accepts
// application/json, else as a page. ?to= leaves those to one address, in
// whatever case.
func (b *Mailbox) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'; img-src data:; "+
		"base-uri 'none'; form-action 'self'; frame-ancestors 'none'")
	h.Set("Vary", "Accept")
	if isBeside(r) {
		h.Set("Content-Security-Policy", strings.Replace(h.Get("Content-Security-Policy"), "frame-ancestors 'none'", "frame-ancestors 'self'", 1))
		h.Set("X-Frame-Options", "SAMEORIGIN")
		h.Set("Refresh", "3") // so that what is mailed appears
	}
	var body bytes.Buffer
	status, write := http.StatusOK, b.writePage
	if strings.Contains(r.Header.Get("Accept"), "application/json") {
		write = b.writeJSON
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		h.Set("Allow", "GET, HEAD")
		status, write = http.StatusMethodNotAllowed, b.writeRefusal
	}
	kind, err := write(&body, r)
	if err != nil {
		http.Error(w, "the letters cannot be shown", http.StatusInternalServerError)
		return
	}
	h.Set("Content-Type", kind)
	w.WriteHeader(status)
	w.Write(body.Bytes()) //nolint:errcheck // the reader has gone
}

// isBeside reports whether the letters are to stand in a frame beside one of our
// own pages.
func isBeside(r *http.Request) bool { return r.URL.Query().Has("beside") }

const jsonType = "application/json; charset=utf-8"

func (b *Mailbox) writeJSON(body *bytes.Buffer, r *http.Request) (string, error) {
	return jsonType, json.NewEncoder(body).Encode(envelope{
		HTTPStatus: http.StatusOK,
		Message:    "These are the letters that were sent.",
		Data:       b.letters(r.URL.Query().Get("to")),
		Meta:       meta{Status: "success", Code: "MAIL_LISTED"},
		TS:         stamp(b.now()),
	})
}

func (b *Mailbox) writeRefusal(body *bytes.Buffer, _ *http.Request) (string, error) {
	return jsonType, json.NewEncoder(body).Encode(envelope{
		HTTPStatus: http.StatusMethodNotAllowed,
		Message:    "The mailbox can only be read: use GET.",
		Meta:       meta{Status: "error", Code: "METHOD_NOT_ALLOWED"},
		TS:         stamp(b.now()),
	})
}

func (b *Mailbox) writePage(body *bytes.Buffer, r *http.Request) (string, error) {
	to := r.URL.Query().Get("to")
	return "text/html; charset=utf-8", mailboxPage.Execute(body, struct {
		To      string
		Letters []received
		Beside  bool
	}{to, b.letters(to), isBeside(r)})
}
