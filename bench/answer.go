package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
)

// answerLimit bounds an answer, head and body together.
const answerLimit = 256 << 10

// answer is one HTTP answer. Its body is good until the next one is read.
type answer struct {
	status int
	body   []byte
}

// expect returns an error unless the answer has that status and, where code is
// not empty, that meta.code. The error holds nothing of the body but its code:
// there may be a token in it.
func (a answer) expect(status int, code string) error {
	if a.status == status && (code == "" || bytes.Contains(a.body, []byte(code))) {
		return nil
	}
	return fmt.Errorf("answered %d %s, not %d %s", a.status, field(a.body, codeField), status, code)
}

// field returns the value of a JSON string field that needs no unescaping, by
// the text before it: `"name":"`. It is nil when there is none.
func field(body []byte, before string) []byte {
	_, rest, found := bytes.Cut(body, []byte(before))
	value, _, ended := bytes.Cut(rest, []byte(`"`))
	if !found || !ended {
		return nil
	}
	return value
}

const codeField = `"code":"`

// reader reads answers off a connection: status and Content-Length, nothing
// else, so that the generator costs the machine little. An answer without a
// Content-Length is an error, not a guess.
type reader struct {
	from       io.Reader
	buf        []byte
	start, end int // what was read and not yet taken
}

func newReader(from io.Reader) *reader { return &reader{from: from, buf: make([]byte, 8<<10)} }

// next reads one answer.
func (r *reader) next() (answer, error) {
	head, err := r.head()
	if err != nil {
		return answer{}, err
	}
	a, length, err := parseHead(r.buf[r.start : r.start+head])
	if err != nil {
		return answer{}, err
	}
	for r.end-r.start < head+length {
		if err := r.more(head + length); err != nil {
			return answer{}, err
		}
	}
	a.body = r.buf[r.start+head : r.start+head+length]
	r.start += head + length
	return a, nil
}

var headEnd = []byte("\r\n\r\n")

// head reads until the end of a head and returns its length.
func (r *reader) head() (int, error) {
	if r.start == r.end {
		r.start, r.end = 0, 0
	}
	for seen := 0; ; {
		if i := bytes.Index(r.buf[r.start+seen:r.end], headEnd); i >= 0 {
			return seen + i + len(headEnd), nil
		}
		seen = max(0, r.end-r.start-len(headEnd)+1)
		if err := r.more(r.end - r.start + 1); err != nil {
			return 0, err
		}
	}
}

// more reads once, having made room for an answer of at least that many bytes.
func (r *reader) more(need int) error {
	if need > answerLimit {
		return fmt.Errorf("an answer of more than %d bytes", answerLimit)
	}
	if r.start+need > len(r.buf) {
		old := r.buf[r.start:r.end]
		if need > len(r.buf) {
			r.buf = make([]byte, 2*need)
		}
		r.start, r.end = 0, copy(r.buf, old)
	}
	n, err := r.from.Read(r.buf[r.end:])
	r.end += n
	if n > 0 {
		return nil
	}
	if errors.Is(err, io.EOF) && r.end > r.start {
		return io.ErrUnexpectedEOF
	}
	return err
}

// parseHead reads the status line and Content-Length (RFC 9112 §4, §6.2).
func parseHead(head []byte) (a answer, length int, err error) {
	line, rest, _ := bytes.Cut(head, []byte("\r\n"))
	if len(line) < len("HTTP/1.1 200") || !bytes.HasPrefix(line, []byte("HTTP/1.1 ")) {
		return a, 0, fmt.Errorf("no HTTP/1.1 answer: %q", line)
	}
	if a.status, err = strconv.Atoi(string(line[9:12])); err != nil {
		return a, 0, fmt.Errorf("no status: %q", line)
	}
	const name = "Content-Length:"
	for len(rest) > 0 {
		line, rest, _ = bytes.Cut(rest, []byte("\r\n"))
		if len(line) <= len(name) || !bytes.EqualFold(line[:len(name)], []byte(name)) {
			continue
		}
		length, err = strconv.Atoi(string(bytes.TrimSpace(line[len(name):])))
		if err != nil || length < 0 {
			return a, 0, fmt.Errorf("no length: %q", line)
		}
		return a, length, nil
	}
	return a, 0, errors.New("an answer without Content-Length")
}
