package nest

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
)

// FuzzPackets reads any body, and compares what was read with what the
// standard library reads: what is taken for a packet is one, and its parts are
// what they would be there.
func FuzzPackets(f *testing.F) {
	for _, frame := range captured {
		f.Add([]byte(bodyOf(frame)))
	}
	for _, body := range []string{
		`{}`, ` {"id" : {"a":[1,"}"]} , "pattern":"p\\","data":"\"," }`, `{"id":1,"id":2}`, `{"p\u0061ttern":1}`, `{"":{}}`, `{"a":1,}`, `{,}`, `{"a"}`, `{"a":}`, `{:}`, `{"}`, `{"\`,
		`{"data":` + brackets(maxDepth) + `,"id":"x"}`, `{"pattern":` + brackets(100) + `}`, `{"data":` + strings.Repeat("[", 100) + `,"id":"x"}`, strings.Repeat(`{"a":`, 40) + `}`, `{` + brackets(40) + `:"}`,
	} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		before := bytes.Clone(body)
		p, deep, err := readPacket(body)
		if !bytes.Equal(before, body) {
			t.Fatal("the body was changed")
		}
		command(p.pattern)
		valid := json.Valid(body)
		if deep || !valid {
			if err == nil && !deep {
				t.Fatalf("%q is no JSON and was read", body)
			}
			if err == nil && p.id != nil && !json.Valid(p.id) {
				t.Fatalf("the id %q of %q cannot be echoed", p.id, body)
			}
			return
		}
		var object map[string]json.RawMessage
		if json.Unmarshal(body, &object) != nil || object == nil {
			if err == nil {
				t.Fatalf("%q is no object and was read", body)
			}
			return
		}
		if err != nil {
			return // may be refused for an escape, a double, a long id
		}
		want := map[string]string{"data": "null"}
		for _, name := range []string{"pattern", "data", "id", "response", "err"} {
			if v, ok := object[name]; ok {
				want[name] = string(v)
			}
		}
		got := map[string]string{}
		for name, v := range map[string][]byte{"pattern": p.pattern, "data": p.data, "id": p.id, "response": p.response, "err": p.err} {
			if v != nil {
				got[name] = string(v)
			}
		}
		if !maps.Equal(got, want) {
			t.Fatalf("%q: got %q, want %q (%q)", body, got, want, slices.Sorted(maps.Keys(object)))
		}
	})
}
