package nest

import (
	"bytes"
	"encoding/json"
)

// maxDepth bounds how deeply arrays and objects of a body may be nested. It is
// counted, not recursed into: a deep body costs no more than a long one.
const maxDepth = 32

// maxMembers bounds how many members a packet may have. Nest's have five at
// most; keeping account of the hundred thousands that a frame has room for would
// cost forty times its size.
const maxMembers = 32

// member is one member of an object: its name as it stands between the quotes,
// and its value, both as they were written.
type member struct{ name, value []byte }

// few are as many members as most objects have: room for them is on the stack.
const few = 8

// members splits a JSON object into its members, in order, also those that are
// given twice, and appends them to all. One that is nested too deeply is split as
// well, so that it can be answered, but what is in it was not looked at.
func members(all []member, body []byte) (_ []member, deep bool, err error) {
	body = trim(body)
	var place [few]int
	deepest, commas, even := shape(place[:0], body)
	deep = deepest > maxDepth
	if len(body) < 2 || body[0] != '{' || body[len(body)-1] != '}' || !even || len(commas) >= maxMembers || !deep && !json.Valid(body) {
		return nil, deep, errMalformed
	}
	inside := body[1 : len(body)-1]
	if len(trim(inside)) == 0 {
		return nil, deep, nil
	}
	at := 1
	for _, end := range append(commas, len(body)-1) {
		m, ok := split(trim(body[at:end]))
		if !ok {
			return nil, deep, errMalformed
		}
		all, at = append(all, m), end+1
	}
	return all, deep, nil
}

// shape says how deeply a text is nested and, if it is an object, where the
// commas between its members are, which it appends; even: what opens in it first
// closes last.
func shape(commas []int, body []byte) (deepest int, _ []int, even bool) {
	depth, quoted, closed := 0, false, 0
	for i := 0; i < len(body); i++ {
		switch c := body[i]; {
		case c == '"':
			quoted = !quoted
		case quoted && c == '\\':
			i++
		case quoted:
		case c == '{' || c == '[':
			depth++
			deepest = max(deepest, depth)
		case c == '}' || c == ']':
			if depth--; depth <= 0 {
				closed++
			}
		case c == ',' && depth == 1 && len(commas) < maxMembers:
			commas = append(commas, i)
		}
	}
	return deepest, commas, depth == 0 && closed == 1 && !quoted
}

// split parts a member of an object at its colon. A name with escapes is
// refused: two readers could understand two things.
func split(m []byte) (member, bool) {
	if len(m) == 0 || m[0] != '"' {
		return member{}, false
	}
	end := bytes.IndexByte(m[1:], '"')
	if end < 0 || bytes.IndexByte(m[1:1+end], '\\') >= 0 {
		return member{}, false
	}
	rest := trim(m[end+2:])
	if len(rest) < 2 || rest[0] != ':' {
		return member{}, false
	}
	return member{name: m[1 : 1+end], value: trim(rest[1:])}, true
}

// trim takes JSON's white space off both ends (RFC 8259 §2).
func trim(b []byte) []byte { return bytes.Trim(b, " \t\r\n") }
