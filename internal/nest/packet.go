package nest

import (
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
	all, deep, err := members(body)
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
	case pattern[0] != '"':
		return ""
	}
	var text string
	if json.Unmarshal(pattern, &text) != nil {
		return ""
	}
	if inner := strings.Trim(text, " \t\r\n"); strings.HasPrefix(inner, "{") {
		return cmd([]byte(inner))
	}
	return text
}

// cmd returns the one member of a pattern that is an object.
func cmd(object []byte) string {
	all, deep, err := members(object)
	if err != nil || deep || len(all) != 1 || string(all[0].name) != "cmd" {
		return ""
	}
	var name string
	if json.Unmarshal(all[0].value, &name) != nil {
		return ""
	}
	return name
}

// appendAnswer appends the frame that answers the request with that id.
func appendAnswer(dst, id, response []byte, err error) []byte {
	var failed *Error
	body := make([]byte, 0, len(response)+len(id)+48)
	switch {
	case errors.Is(err, ErrUnknown):
		body = append(append(append(append(body, `{"id":`...), id...), `,"status":"error","err":`...), noHandler...)
		return appendFrame(dst, append(body, '}'))
	case errors.As(err, &failed) && failed != nil && len(failed.Value) > 0:
		body = append(append(body, `{"err":`...), failed.Value...)
	case err != nil:
		body = append(append(body, `{"err":`...), ourFault...)
	case len(response) == 0:
		body = append(body, `{"isDisposed":true,"id":`...)
		return appendFrame(dst, append(append(body, id...), '}'))
	default:
		body = append(append(body, `{"response":`...), response...)
	}
	body = append(append(append(body, `,"isDisposed":true,"id":`...), id...), '}')
	return appendFrame(dst, body)
}

// appendCommand appends the pattern that names a command.
func appendCommand(dst []byte, command string) []byte {
	name, err := json.Marshal(command)
	if err != nil { // a string can always be written
		name = []byte(`""`)
	}
	return append(append(append(dst, `{"cmd":`...), name...), '}')
}
