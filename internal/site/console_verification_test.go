package site

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
)

// glass seals nothing: what is in a cookie can be read.
type glass struct{}

func (glass) Seal(_ string, plain []byte) []byte           { return plain }
func (glass) Open(_ string, sealed []byte) ([]byte, error) { return sealed, nil }

// TestVerification: what was found in the record is said as it is, also that
// not all of it was read.
func TestVerification(t *testing.T) {
	for name, tt := range map[string]struct{ found, want string }{
		"whole":            {`{"first":1,"last":9,"hash":"aa","complete":true}`, "The record is whole"},
		"not all was read": {`{"first":1,"last":9,"hash":"aa","complete":false}`, "latchkey audit verify"},
		"broken":           {`{"first":1,"last":9,"hash":"aa","complete":true,"problem":"events 3 to 4 are missing"}`, "events 3 to 4 are missing"},
		"gathered":         {`{"first":1,"last":9,"hash":"aa","complete":true,"gathered":["4 before event 5"]}`, "4 before event 5"},
	} {
		t.Run(name, func(t *testing.T) {
			got := operatorSees(t, "/admin/t/acme/audit/verification", tt.found)
			if !strings.Contains(got, tt.want) {
				t.Errorf("the page lacks %q:\n%s", tt.want, got)
			}
			if whole := strings.Contains(got, "The record is whole"); whole != (name == "whole" || name == "gathered") {
				t.Errorf("the record is said to be whole: %v", whole)
			}
		})
	}
}

// operatorSees is a page as an operator sees it when the API has that data.
func operatorSees(t *testing.T, path, data string) string {
	t.Helper()
	now := time.Date(2026, 11, 3, 9, 0, 0, 0, time.UTC)
	api := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, `{"httpStatus":200,"message":"","data":%s,"meta":{"status":"success","code":"RECORD_CHECKED"}}`, data)
	})
	s, err := New(Config{API: api, App: "Latchkey", Base: &url.URL{Scheme: "http", Host: "x"}, Sealer: glass{}, Now: func() time.Time { return now }, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	key, err := json.Marshal(keptKey{Key: "lko_x", Until: now.Add(time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodGet, path, nil)
	r.AddCookie(&http.Cookie{Name: keyCookie, Value: base64.RawURLEncoding.EncodeToString(key)})
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w.Body.String()
}
