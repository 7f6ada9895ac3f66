package attacks

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"strings"
	"testing"
)

// TestA23Bodies: a body is the JSON that every reader reads alike, of a size
// that costs nothing; all else is the client's mistake, never the server's.
func TestA23Bodies(t *testing.T) {
	t.Parallel()
	s := start(t, open())
	v, c := judge(t), s.client()
	p, g := c.join(t)
	before := s.peak(t)
	type attempt struct {
		path string
		bad  badBody
	}
	var all []attempt
	bodies := badBodies(t)
	for _, r := range s.routes(t) {
		if r.method != "POST" {
			continue
		}
		for _, bad := range bodies {
			all = append(all, attempt{r.path, bad})
		}
	}
	each(all, func(a attempt) {
		headers := append(g.bearer(), "Content-Type", "application/json")
		if a.bad.headers != nil {
			headers = append(g.bearer(), a.bad.headers...)
		}
		got, err := c.do(request{method: "POST", path: a.path, body: a.bad.body, headers: headers})
		switch { // who is told 413 while still sending may only see that it is hung up on
		case err != nil && len(a.bad.body) <= 64<<10:
			v.breach(a.bad.name, "%s: %v", a.path, err)
		case err == nil && got.status != 400 && got.status != 413 && got.status != 415: // 401 would mean that it was read
			v.breach(a.bad.name, "%s: %v", a.path, got)
		}
	})
	c.want(t, "CURRENT_USER_OK", g.me()) // no logout got through
	c.want(t, "LOGIN_SUCCESS", post("/auth/login", fmt.Sprintf(`{"email":%q,"password":%q}`, p.Email, p.Password)))
	for _, w := range wireBodies {
		for _, a := range s.raw(t, w.say) {
			if a.status < 400 || a.status >= 500 {
				v.breach(w.name, "%v", a)
			}
		}
	}
	endless(t, v, s)
	if more := s.peak(t) - before; more > 256<<20 {
		v.breach("all of it", "the server's memory grew by %d MiB", more>>20)
	}
}

type badBody struct {
	name    string
	body    string
	headers []string // instead of Content-Type: application/json
}

func badBodies(t *testing.T) (all []badBody) {
	t.Helper()
	// Members of every body, so that only the way it is written is wrong.
	const login = `"email":"ann@example.com","password":"quiet-orbit-42-lantern"`
	for name, body := range map[string]string{
		"duplicate key": `{` + login + `,"email":"bob@example.com"}`, "duplicate key, the same": `{` + login + `,"email":"ann@example.com"}`,
		"duplicate key, escaped": `{` + login + `,"\u0065mail":"bob@example.com"}`, "key in another case": `{"Email":"ann@example.com","PASSWORD":"quiet-orbit-42-lantern"}`,
		"key that folds": `{"email":"ann@example.com","pa\u017fsword":"quiet-orbit-42-lantern"}`, "unknown key": `{` + login + `,"isAdmin":true}`, "prototype": `{"__proto__":{"role":"admin"}}`,
		"trailing data": `{` + login + `} {}`, "trailing garbage": `{` + login + `}x`, "trailing NUL": "{" + login + "}\x00", "two documents": `{}{}`, "trailing comma": `{` + login + `,}`,
		"comment": `{/*x*/` + login + `}`, "comment behind": `{` + login + `}//`, "single quotes": `{'email':'ann@example.com'}`, "unquoted": `{email:"ann@example.com"}`,
		"list": `[` + `{` + login + `}` + `]`, "text": `"x"`, "number": `1`, "null": `null`, "true": `true`, "NaN": `{"email":NaN}`, "Infinity": `{"email":Infinity}`, "-Infinity": `{"email":-Infinity}`,
		"huge number": `{"email":1e400}`, "long number": `{"email":` + strings.Repeat("9", 50000) + `}`, "number for text": `{"email":1,"password":2,"loginId":3,"sessionId":4,"refreshToken":5,"keepCurrent":6}`,
		"null member": `{"email":null}`, "deep lists": strings.Repeat("[", 30000), "deep objects": strings.Repeat(`{"a":`, 10000), "deep, closed": strings.Repeat("[", 30000) + strings.Repeat("]", 30000),
		"deep in a member": `{"email":` + strings.Repeat("[", 30000) + strings.Repeat("]", 30000) + `}`, "100,000 deep": strings.Repeat("[", 100000), "33 deep": `{"email":` + strings.Repeat("[", 33) + strings.Repeat("]", 33) + `}`,
		"cut": `{"email":"ann@exa`, "cut in an escape": `{"email":"\u00`, "lone surrogate": `{"email":"\ud800","password":"x"}`, "not UTF-8": "{\"email\":\"\xff\xfe\"}", "overlong": "{\"email\":\"\xc0\xae\"}",
		"BOM": "\ufeff{" + login + "}", "UTF-16": "\xff\xfe{\x00}\x00", "UTF-16, big end first": "\xfe\xff\x00{\x00}", "UTF-32": "{\x00\x00\x00}\x00\x00\x00", "control character": "{\"email\":\"a\nb\"}",
		"only spaces": strings.Repeat(" ", 1000), "65 KiB": `{"email":"` + strings.Repeat("a", 65<<10) + `"}`, "65 KiB of spaces": `{` + login + `}` + strings.Repeat(" ", 65<<10), "1 MB": strings.Repeat(`{"email":"x",`, 80000),
	} {
		all = append(all, badBody{name: name, body: body})
	}
	const good = "{" + login + "}"
	for _, kind := range []string{
		"", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/xml", "application/json; charset=utf-16", "application/json; charset=utf-7", "application/json, text/plain",
		"application/jsonx", "application/problem+json", "text/json", "application/json; charset", "*/*",
	} {
		all = append(all, badBody{"type " + kind, good, []string{"Content-Type", kind}})
	}
	packed := bomb(t)
	for _, coding := range []string{"gzip", "deflate", "br", "zstd", "gzip, gzip", "identity, gzip", "x-gzip", "compress", "unheard-of"} {
		all = append(all, badBody{"coding " + coding, packed, []string{"Content-Type", "application/json", "Content-Encoding", coding}})
	}
	return append(all, badBody{"two types", good, []string{"Content-Type", "application/json", "Content-Type", "text/plain"}})
}

// bomb is 40 MB of JSON, packed.
func bomb(t *testing.T) string {
	t.Helper()
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	for range 40 {
		if _, err := w.Write(bytes.Repeat([]byte(" "), 1<<20)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return packed.String()[:min(packed.Len(), 60<<10)]
}

// wireBodies are lengths that are not so.
var wireBodies = []struct{ name, say string }{
	{"less than it says", wire("POST /auth/login", "Content-Type: application/json", "Content-Length: 100") + `{"email":"x"`},
	{"negative length", wire("POST /auth/login", "Content-Type: application/json", "Content-Length: -1") + `{}`},
	{"length with a plus", wire("POST /auth/login", "Content-Type: application/json", "Content-Length: +2") + `{}`},
	{"length in hex", wire("POST /auth/login", "Content-Type: application/json", "Content-Length: 0x2") + `{}`},
	{"length beyond 64 bits", wire("POST /auth/login", "Content-Type: application/json", "Content-Length: 99999999999999999999") + `{}`},
	{"100 TB announced", wire("POST /auth/login", "Content-Type: application/json", "Content-Length: 100000000000000") + `{}`},
	{"chunk of 2^64", wire("POST /auth/login", "Content-Type: application/json", "Transfer-Encoding: chunked") + "10000000000000000\r\n{}"},
	{"negative chunk", wire("POST /auth/login", "Content-Type: application/json", "Transfer-Encoding: chunked") + "-2\r\n{}\r\n0\r\n\r\n"},
	{"chunk that is none", wire("POST /auth/login", "Content-Type: application/json", "Transfer-Encoding: chunked") + "zz\r\n{}\r\n0\r\n\r\n"},
	{"chunks that do not end", wire("POST /auth/login", "Content-Type: application/json", "Transfer-Encoding: chunked") + "2\r\n{}\r\n"},
	{"chunk extension without end", wire("POST /auth/login", "Content-Type: application/json", "Transfer-Encoding: chunked") + "2;" + strings.Repeat("x", 1<<20)},
}

// endless sends what never ends until the server hangs up: a body by length, one
// in chunks, one in chunks of a byte.
func endless(t *testing.T, v *verdict, s *server) {
	t.Helper()
	for name, tt := range map[string]struct{ head, piece string }{
		"100 MB":                  {"Content-Length: 104857600", strings.Repeat(" ", 1<<16)},
		"chunks without end":      {"Transfer-Encoding: chunked", "10000\r\n" + strings.Repeat(" ", 1<<16) + "\r\n"},
		"tiny chunks, no end":     {"Transfer-Encoding: chunked", strings.Repeat("1\r\n \r\n", 10000)},
		"trailers without an end": {"Transfer-Encoding: chunked", "0\r\n" + strings.Repeat("X-Y: z\r\n", 10000)},
	} {
		conn := s.dial(t)
		const most = 64 << 20
		sent, err := io.WriteString(conn, wire("POST /auth/login", "Content-Type: application/json", tt.head))
		for err == nil && sent < most {
			var n int
			n, err = io.WriteString(conn, tt.piece)
			sent += n
		}
		if err == nil {
			v.breach(name, "the server took %d MiB of it", sent>>20)
		}
		conn.Close()
	}
}
