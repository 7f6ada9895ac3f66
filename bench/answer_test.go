package main

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
)

// read reads answers until the end of the text or an error.
func read(from io.Reader) (bodies []string, statuses []int, err error) {
	r := newReader(from)
	for {
		a, err := r.next()
		if errors.Is(err, io.EOF) {
			return bodies, statuses, nil
		}
		if err != nil {
			return bodies, statuses, err
		}
		bodies, statuses = append(bodies, string(a.body)), append(statuses, a.status)
	}
}

func TestReader(t *testing.T) {
	long := strings.Repeat("x", 100<<10)
	tests := map[string]struct {
		text     string
		bodies   []string
		statuses []int
	}{
		"one":             {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", []string{"hi"}, []int{200}},
		"empty body":      {"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n", []string{""}, []int{204}},
		"no reason":       {"HTTP/1.1 401 \r\nContent-Length: 1\r\n\r\nx", []string{"x"}, []int{401}},
		"name in case":    {"HTTP/1.1 200 OK\r\nDate: x\r\ncontent-length:3\r\nX: y\r\n\r\nabc", []string{"abc"}, []int{200}},
		"name in a value": {"HTTP/1.1 200 OK\r\nX: Content-Length: 9\r\nContent-Length: 1\r\n\r\na", []string{"a"}, []int{200}},
		"body like a head": {"HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\na\r\n\r\nb\r\nHTTP/1.1 409 C\r\nContent-Length: 1\r\n\r\nc",
			[]string{"a\r\n\r\nb\r\n", "c"}, []int{200, 409}},
		"longer than the buffer": {"HTTP/1.1 200 OK\r\nContent-Length: 102400\r\n\r\n" + long + "HTTP/1.1 500 E\r\nContent-Length: 1\r\n\r\nz",
			[]string{long, "z"}, []int{200, 500}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			for how, from := range map[string]io.Reader{
				"at once": strings.NewReader(tt.text), "byte by byte": iotest.OneByteReader(strings.NewReader(tt.text)),
			} {
				bodies, statuses, err := read(from)
				if err != nil {
					t.Fatalf("%s: %v", how, err)
				}
				if diff := cmp.Diff(bodies, tt.bodies); diff != "" {
					t.Errorf("%s: bodies (-got +want):\n%s", how, diff)
				}
				if diff := cmp.Diff(statuses, tt.statuses); diff != "" {
					t.Errorf("%s: statuses (-got +want):\n%s", how, diff)
				}
			}
		})
	}
}

func TestReaderRefuses(t *testing.T) {
	tests := map[string]string{
		"no length":       "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		"negative length": "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
		"no number":       "HTTP/1.1 200 OK\r\nContent-Length: two\r\n\r\nhi",
		"no status":       "HTTP/1.1 abc OK\r\nContent-Length: 0\r\n\r\n",
		"no HTTP":         "SSH-2.0-OpenSSH_9.6\r\n\r\n",
		"short":           "HTTP/1.1\r\n\r\n",
		"cut head":        "HTTP/1.1 200 OK\r\nContent-Le",
		"cut body":        "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhi",
		"too long":        "HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n",
		"endless head":    "HTTP/1.1 200 OK\r\n" + strings.Repeat("A: b\r\n", answerLimit/6),
	}
	for name, text := range tests {
		t.Run(name, func(t *testing.T) {
			if bodies, _, err := read(strings.NewReader(text)); err == nil {
				t.Errorf("read %d answers and no error", len(bodies))
			}
		})
	}
}

func TestExpect(t *testing.T) {
	a := answer{status: 200, body: []byte(`{"data":{"accessToken":"e30.secret"},"meta":{"code":"LOGIN_SUCCESS"}}`)}
	if err := a.expect(200, codeLogin); err != nil {
		t.Errorf("the right answer: %v", err)
	}
	for name, err := range map[string]error{"code": a.expect(200, codeValid), "status": a.expect(201, codeLogin)} {
		if err == nil {
			t.Errorf("another %s was taken for right", name)
			continue
		}
		if strings.Contains(err.Error(), "secret") {
			t.Errorf("the error shows a token: %v", err)
		}
	}
}

func TestField(t *testing.T) {
	body := []byte(`{"a":"1","ab":"","c":"open`)
	for before, want := range map[string][]byte{`"a":"`: []byte("1"), `"ab":"`: {}, `"c":"`: nil, `"d":"`: nil} {
		if got := field(body, before); !bytes.Equal(got, want) {
			t.Errorf("field %s = %q, want %q", before, got, want)
		}
	}
}
