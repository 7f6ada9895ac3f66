package guard

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"
)

const maxEvent = 1 << 20 // bytes, of a line and of an event's data

var errStreamLine = errors.New("the stream has a line or an event of more than 1 MiB")

// event is one of a stream of server-sent events (WHATWG HTML §9.2).
type event struct {
	name, id, data string
}

// stream reads server-sent events.
type stream struct {
	r     *bufio.Reader
	heard func() // called for every line, a comment too
	begun bool
	line  []byte
}

func newStream(r io.Reader, heard func()) *stream {
	return &stream{r: bufio.NewReader(r), heard: heard}
}

// next returns the next event that has data, or the error that ended the stream. An event that is cut off by the end
// is none.
func (s *stream) next() (event, error) {
	var e event
	var data []byte
	some := false
	for {
		line, err := s.read()
		if err != nil {
			return event{}, err
		}
		s.heard()
		if len(line) == 0 {
			if some {
				e.data = string(data)
				return e, nil
			}
			e = event{}
			continue
		}
		name, value, _ := bytes.Cut(line, []byte(":"))
		value = bytes.TrimPrefix(value, []byte(" "))
		switch string(name) {
		case "event":
			e.name = string(value)
		case "id":
			if bytes.IndexByte(value, 0) < 0 {
				e.id = string(value)
			}
		case "data":
			if some {
				data = append(data, '\n')
			}
			if some = true; len(data)+len(value) > maxEvent {
				return event{}, errStreamLine
			}
			data = append(data, value...)
		}
	}
}

// read returns one line without its end, which is LF or CR LF. It is good until the next call.
func (s *stream) read() ([]byte, error) {
	s.line = s.line[:0]
	for {
		part, err := s.r.ReadSlice('\n')
		if len(s.line)+len(part) > maxEvent {
			return nil, errStreamLine
		}
		s.line = append(s.line, part...)
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if err != nil {
			return nil, err
		}
		line := bytes.TrimSuffix(s.line[:len(s.line)-1], []byte("\r"))
		if !s.begun {
			s.begun = true
			line = bytes.TrimPrefix(line, []byte("\ufeff"))
		}
		return line, nil
	}
}

// eventStream tells whether an answer is a stream of events.
func eventStream(contentType string) bool {
	kind, _, _ := strings.Cut(contentType, ";")
	return strings.EqualFold(strings.TrimSpace(kind), "text/event-stream")
}
