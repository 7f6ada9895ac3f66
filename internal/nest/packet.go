package nest

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
)

// maxID bounds the id of a request, in bytes of its JSON.
const maxID = 128

// Error is an answer that travels as `err`: a command failed, and says so in
// this form to whoever called.
type Error struct{ Value []byte } // JSON

// Error returns what was said, as JSON.
func (e *Error) Error() string { return "the command failed: " + string(e.Value) }

// ErrUnknown says that there is no such command.
var ErrUnknown = errors.New("there is no such command")

// What Nest says in these cases, word for word.
const (
	noHandler = `"There is no matching message handler defined in the remote service."`
	ourFault  = `{"status":"error","message":"Internal server error"}`
)

// packet is the body of a frame that came: a request, an event without id, or,
// at a client, an answer.
type packet struct {
	pattern []byte // JSON; nil: none
	data    []byte // JSON; "null" when there is none
	id      []byte // JSON; nil: it is an event

	response, err []byte // of an answer; nil: none
}

// readPacket reads the body of a frame; what it returns stands in body. A
// packet whose members are given twice is refused: two readers could
// understand two things. deep says that it is nested too deeply to be served.
func readPacket(body []byte) (p packet, deep bool, err error) {
	var place [few]member
	all, deep, err := members(place[:0], body)
	if err != nil {
		return p, deep, err
	}
	for _, m := range all {
		to := p.member(string(m.name))
		if to == nil {
			continue
		}
		if *to != nil {
			return p, deep, errMalformed
		}
		*to = m.value
	}
	if len(p.id) > maxID || deep && p.id != nil && !json.Valid(p.id) {
		return p, deep, errMalformed
	}
	if p.data == nil {
		p.data = []byte("null")
	}
	return p, deep, nil
}

// member returns where the value of a member goes; nil: nowhere.
func (p *packet) member(name string) *[]byte {
	switch name {
	case "pattern":
		return &p.pattern
	case "data":
		return &p.data
	case "id":
		return &p.id
	case "response":
		return &p.response
	case "err":
		return &p.err
	}
	return nil
}

// command returns the command that a pattern names: an object whose one member
// is cmd, a string that holds such an object's JSON, or a plain string. "" for
// anything else.
func command(pattern []byte) string {
	switch {
	case len(pattern) == 0:
		return ""
	case pattern[0] == '{':
		return cmd(pattern)
	}
	name := text(pattern)
	if inner := strings.Trim(name, " \t\r\n"); strings.HasPrefix(inner, "{") {
		return cmd([]byte(inner))
	}
	return name
}

// cmd returns the one member of a pattern that is an object.
func cmd(object []byte) string {
	var place [few]member
	all, deep, err := members(place[:0], object)
	if err != nil || deep || len(all) != 1 || string(all[0].name) != "cmd" {
		return ""
	}
	return text(all[0].value)
}

// text returns what a JSON text says, "" if the value is none. Most have no
// escape in them and stand there as they are.
func text(value []byte) string {
	if len(value) < 2 || value[0] != '"' {
		return ""
	}
	if bytes.IndexByte(value, '\\') < 0 {
		return string(value[1 : len(value)-1])
	}
	var s string
	if json.Unmarshal(value, &s) != nil {
		return ""
	}
	return s
}

// appendAnswer appends the frame that answers the request with that id.
func appendAnswer(dst, id, response []byte, err error) []byte {
	body := collect()
	defer body.free()
	body.b = answerBody(body.b, id, response, err)
	return appendFrame(dst, body.b)
}

func answerBody(dst, id, response []byte, err error) []byte {
	var failed *Error
	switch {
	case errors.Is(err, ErrUnknown):
		dst = append(append(append(append(dst, `{"id":`...), id...), `,"status":"error","err":`...), noHandler...)
		return append(dst, '}')
	case errors.As(err, &failed) && failed != nil && len(failed.Value) > 0:
		dst = append(append(dst, `{"err":`...), failed.Value...)
	case err != nil:
		dst = append(append(dst, `{"err":`...), ourFault...)
	case len(response) == 0:
		return append(append(append(dst, `{"isDisposed":true,"id":`...), id...), '}')
	default:
		dst = append(append(dst, `{"response":`...), response...)
	}
	return append(append(append(dst, `,"isDisposed":true,"id":`...), id...), '}')
}

// appendCommand appends the pattern that names a command.
func appendCommand(dst []byte, command string) []byte {
	name, err := json.Marshal(command)
	if err != nil { // a string can always be written
		name = []byte(`""`)
	}
	return append(append(append(dst, `{"cmd":`...), name...), '}')
}
