package guard

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

func read(text string) (all []event, lines int, err error) {
	s := newStream(iotest.OneByteReader(strings.NewReader(text)), func() { lines++ })
	for {
		e, err := s.next()
		if err != nil {
			return all, lines, err
		}
		all = append(all, e)
	}
}

func TestStream(t *testing.T) {
	for name, c := range map[string]struct {
		text  string
		want  []event
		lines int
	}{
		"one":                   {"event: a\nid: 1\ndata: x\n\n", []event{{"a", "1", "x"}}, 4},
		"two":                   {"data: x\n\ndata: y\n\n", []event{{data: "x"}, {data: "y"}}, 4},
		"CR LF":                 {"event: a\r\ndata: x\r\n\r\n", []event{{name: "a", data: "x"}}, 3},
		"several lines of data": {"data: x\ndata\ndata: y\n\n", []event{{data: "x\n\ny"}}, 4},
		"no space":              {"data:x\n\n", []event{{data: "x"}}, 2},
		"two spaces":            {"data:  x\n\n", []event{{data: " x"}}, 2},
		"a colon inside":        {"data: x: y\n\n", []event{{data: "x: y"}}, 2},
		"comments":              {":\n\n: data: x\n\n", nil, 4},
		"a comment inside":      {"data: x\n:\ndata: y\n\n", []event{{data: "x\ny"}}, 4},
		"no data":               {"event: a\nid: 1\n\ndata: x\n\n", []event{{data: "x"}}, 5},
		"empty data":            {"data:\n\n", []event{{}}, 2},
		"other fields":          {"retry: 1\nfoo: bar\nevent\ndata: x\n\n", []event{{data: "x"}}, 5},
		"a byte order mark":     {"\ufeffdata: x\n\n", []event{{data: "x"}}, 2},
		"NUL in an id":          {"id: 1\x00\ndata: x\n\n", []event{{data: "x"}}, 3},
		"cut off":               {"data: x\n\ndata: y\n", []event{{data: "x"}}, 3},
		"cut off in a line":     {"data: x\n\ndata: y", []event{{data: "x"}}, 2},
		"nothing":               {"", nil, 0},
	} {
		t.Run(name, func(t *testing.T) {
			got, lines, err := read(c.text)
			if !slices.Equal(got, c.want) || lines != c.lines || !errors.Is(err, io.EOF) {
				t.Errorf("got %q, %d lines, %v, want %q, %d lines, EOF", got, lines, err, c.want, c.lines)
			}
		})
	}
}

func TestStreamIsBounded(t *testing.T) {
	for name, text := range map[string]string{
		"a line":     "data: " + strings.Repeat("x", maxEvent),
		"a comment":  ":" + strings.Repeat("x", maxEvent),
		"many lines": strings.Repeat("data: "+strings.Repeat("x", 1023)+"\n", 1024) + "data: x\ndata: x\n\n",
	} {
		s := newStream(strings.NewReader(text), func() {})
		if _, err := s.next(); !errors.Is(err, errStreamLine) {
			t.Errorf("%s: got %v, want it to be too much", name, err)
		}
	}
	s := newStream(strings.NewReader("data: "+strings.Repeat("x", maxEvent-10)+"\n\n"), func() {})
	if e, err := s.next(); err != nil || len(e.data) != maxEvent-10 {
		t.Errorf("got %d bytes, %v", len(e.data), err)
	}
}

// Whatever comes, it is read in the same way in whatever pieces it comes, and written again it reads the same.
func FuzzStream(f *testing.F) {
	for _, text := range []string{"event: a\nid: 1\ndata: x\n\n", ":\n\ndata: x\r\ndata: y\r\n\r\n", "\ufeffdata\n\n", "data: x\n\nid: \x00\ndata: y"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		slow, slowLines, err := read(text)
		if !errors.Is(err, io.EOF) {
			t.Fatalf("got %v", err)
		}
		lines := 0
		s := newStream(strings.NewReader(text), func() { lines++ })
		var again strings.Builder
		for _, want := range slow {
			got, err := s.next()
			if err != nil || got != want {
				t.Fatalf("in one piece: got %q, %v, want %q", got, err, want)
			}
			again.WriteString("event: " + got.name + "\nid: " + got.id + "\ndata: " + strings.ReplaceAll(got.data, "\n", "\ndata: ") + "\n\n")
		}
		if _, err := s.next(); err == nil || lines != slowLines {
			t.Fatalf("got %d lines, %v, want %d and an end", lines, err, slowLines)
		}
		if strings.Contains(again.String(), "\r") {
			return // at the end of a value it would be taken for that of a line
		}
		if got, _, _ := read(again.String()); !slices.Equal(got, slow) {
			t.Fatalf("again: got %q, want %q", got, slow)
		}
	})
}
