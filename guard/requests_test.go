package guard_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/latchkey/latchkey/guard"
	"github.com/latchkey/latchkey/guard/guardtest"
)

// requestVector is one of testdata/requests.json, which Latchkey itself and the SDK run as well.
type requestVector struct {
	Name    string
	Method  string
	Headers [][2]string
	Want    struct {
		Status       int
		Code, Reason string
	}
}

func TestRequests(t *testing.T) {
	text, err := os.ReadFile("testdata/requests.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Requests []requestVector }
	if err := json.Unmarshal(text, &file); err != nil || len(file.Requests) < 50 {
		t.Fatalf("%d requests, %v", len(file.Requests), err)
	}
	auth := guardtest.New(t)
	user := guardtest.User{ID: "u1", TenantID: "acme", SpaceID: "main", SessionID: "s1"}
	good := auth.Token(user)
	user.SessionID = "s2"
	other := auth.Token(user)
	user.SessionID = "s3"
	ended := auth.Token(user)
	user.Life = -time.Minute
	expired := auth.Token(user)
	fill := strings.NewReplacer("{token}", good, "{other}", other, "{ended}", ended, "{expired}", expired,
		"{forged}", forge(good), "{tenant}", "acme", "{otherTenant}", "globex", "{space}", "main", "{otherSpace}", "annex")
	g := auth.Guard()
	auth.EndSession("s3", "logout")
	h := g.Protect(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	for _, v := range file.Requests {
		t.Run(v.Name, func(t *testing.T) {
			r := httptest.NewRequest(v.Method, "http://service.example/orders?accessToken="+good, nil)
			for _, pair := range v.Headers {
				r.Header.Add(pair[0], fill.Replace(pair[1]))
			}
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			got := codeOf(t, w)
			if w.Code != v.Want.Status || got.Code != v.Want.Code || v.Want.Reason != "" && got.Reason != v.Want.Reason {
				t.Errorf("got %d %+v, want %+v", w.Code, got, v.Want)
			}
		})
	}
}

// forge returns a token with another signature.
func forge(token string) string {
	at := strings.LastIndexByte(token, '.') + 1
	flipped := byte('A')
	if token[at] == flipped {
		flipped = 'B'
	}
	return token[:at] + string(flipped) + token[at+1:]
}

type refusal struct{ Code, Reason string }

// codeOf reads a refusal's envelope, and holds it against the answer's status. An answer without body is none.
func codeOf(t *testing.T, w *httptest.ResponseRecorder) refusal {
	t.Helper()
	if w.Body.Len() == 0 {
		return refusal{}
	}
	var e struct {
		HTTPStatus int
		Message    string
		Data       any
		Meta       struct {
			refusal
			Status string
		}
		TS time.Time
	}
	if err := json.Unmarshal(w.Body.Bytes(), &e); err != nil {
		t.Fatal(err)
	}
	if e.HTTPStatus != w.Code || e.Message == "" || e.Data != nil || e.Meta.Status != "error" || e.TS.IsZero() {
		t.Errorf("got envelope %s with status %d", w.Body, w.Code)
	}
	if challenge := w.Header().Get("WWW-Authenticate"); (challenge != "") != (w.Code == http.StatusUnauthorized) {
		t.Errorf("got WWW-Authenticate %q with status %d", challenge, w.Code)
	}
	if w.Header().Get("Cache-Control") != "no-store" {
		t.Error("a refusal may be kept by a cache")
	}
	return e.Meta.refusal
}

func errorOf(t *testing.T, err error) guard.Error {
	t.Helper()
	var e guard.Error
	if err != nil && !errors.As(err, &e) {
		t.Fatalf("got %T %v, want a guard.Error", err, err)
	}
	return e
}
