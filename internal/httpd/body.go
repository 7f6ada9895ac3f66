package httpd

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"

	"github.com/latchkey/latchkey/internal/auth"
	"github.com/latchkey/latchkey/internal/wire"
)

// bodyLimit bounds a request body, in bytes (CONTRACT.md §5).
const bodyLimit = 64 << 10

// decode reads a JSON body of bounded size strictly. No body is the same as an
// empty object.
func decode(r *http.Request, into any) error {
	body, err := readBody(r)
	if len(body) == 0 || err != nil {
		return err
	}
	if !isJSON(r.Header) {
		return auth.ErrMediaType
	}
	return wire.Decode(body, into)
}

// readBody reads a body to its end. Its size is bounded in [Server.ServeHTTP].
func readBody(r *http.Request) ([]byte, error) {
	if r.ContentLength > bodyLimit {
		return nil, auth.ErrBodyTooLong
	}
	body, err := io.ReadAll(r.Body)
	var tooLong *http.MaxBytesError
	if errors.As(err, &tooLong) {
		return nil, auth.ErrBodyTooLong
	}
	if err != nil {
		return nil, wire.Invalid("body", "could not be read to its end")
	}
	return body, nil
}

// isJSON reports whether the body is declared as plain JSON in UTF-8.
func isJSON(h http.Header) bool {
	if e := strings.Join(h.Values("Content-Encoding"), ","); e != "" && !strings.EqualFold(e, "identity") {
		return false
	}
	if len(h.Values("Content-Type")) != 1 {
		return false
	}
	kind, params, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil || kind != "application/json" {
		return false
	}
	charset, given := params["charset"]
	return !given || strings.EqualFold(charset, "utf-8")
}
