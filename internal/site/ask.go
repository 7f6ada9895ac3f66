package site

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"

	"github.com/latchkey/latchkey/internal/auth"
)

// answer is what the API says: the envelope of CONTRACT.md §2.
type answer struct {
	Status  int `json:"httpStatus"`
	Message string
	Data    json.RawMessage
	Meta    struct {
		Status string
		Code   string
		auth.Meta
		NextCursor string
	}
}

// ok reports whether it was done.
func (a answer) ok() bool { return a.Meta.Status == "success" }

// read fills into with the data.
func (a answer) read(into any) error { return json.Unmarshal(a.Data, into) }

// carried are the headers of the browser's that the API is to know: who it is,
// and by which proxies it came.
var carried = []string{"User-Agent", "X-Forwarded-For", "X-Forwarded-Proto", "Forwarded"}

// ask asks the API as the browser would, from a page of ours.
func (v *visit) ask(method, path string, in any) answer {
	var body []byte
	if in != nil {
		var err error
		if body, err = json.Marshal(in); err != nil {
			return v.broken("the request could not be written", err)
		}
	}
	r, err := http.NewRequestWithContext(v.r.Context(), method, path, bytes.NewReader(body)) //nolint:gosec // it goes to no network: the API is in this process
	if err != nil {
		return v.broken("the request could not be made", err)
	}
	r.RequestURI, r.Host, r.RemoteAddr, r.TLS = path, v.r.Host, v.r.RemoteAddr, v.r.TLS
	v.carry(r, in != nil)
	w := &answered{header: http.Header{}}
	v.API.ServeHTTP(w, r)
	v.take(w.header)
	var a answer
	if err := json.Unmarshal(w.body.Bytes(), &a); err != nil {
		return v.broken("the answer could not be read", err)
	}
	a.Status = w.status
	if after, err := strconv.Atoi(w.header.Get("Retry-After")); err == nil && a.Meta.RetryAfter == 0 {
		a.Meta.RetryAfter = after
	}
	return a
}

// carry gives a request to the API what the browser sent, and who asks.
func (v *visit) carry(r *http.Request, body bool) {
	h := r.Header
	for _, name := range carried {
		if values := v.r.Header.Values(name); len(values) > 0 {
			h[name] = slices.Clone(values)
		}
	}
	if _, sent := h["User-Agent"]; !sent {
		h["User-Agent"] = nil
	}
	h.Set("Accept", "application/json")
	h.Set("X-Request-Id", v.w.Header().Get("X-Request-Id"))
	h.Set("X-Token-Delivery", "cookie")
	if body {
		h.Set("Content-Type", "application/json")
	}
	if v.tenant != "" {
		h.Set("X-Tenant-Id", v.tenant)
	}
	if v.key != "" { // a program has no cookies of ours
		h.Set("Authorization", "Bearer "+v.key)
		return
	}
	h.Set("Sec-Fetch-Site", "same-origin") // what came from elsewhere was refused before
	for _, c := range v.jar {
		r.AddCookie(&http.Cookie{Name: c.Name, Value: c.Value, Quoted: c.Quoted}) //nolint:gosec // sent, not set: it has no attributes
	}
}

// take hands the browser what the API gives it beside the answer.
func (v *visit) take(h http.Header) {
	for _, line := range h.Values("Set-Cookie") {
		v.w.Header().Add("Set-Cookie", line)
		if c, err := http.ParseSetCookie(line); err == nil && (c.MaxAge >= 0 || c.Path != "/api/v1/auth") {
			v.keep(c)
		}
	}
	if clear := h.Get("Clear-Site-Data"); clear != "" {
		v.w.Header().Set("Clear-Site-Data", clear)
	}
}

// broken is an answer where there is none.
func (v *visit) broken(what string, err error) answer {
	v.Log.ErrorContext(v.r.Context(), "page: "+what, "error", err.Error())
	var a answer
	a.Status, a.Meta.Status, a.Meta.Code = http.StatusInternalServerError, "error", "INTERNAL_ERROR"
	return a
}

// answered keeps what the API answers.
type answered struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (a *answered) Header() http.Header { return a.header }

func (a *answered) WriteHeader(status int) {
	if a.status == 0 {
		a.status = status
	}
}

func (a *answered) Write(b []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	return a.body.Write(b)
}
