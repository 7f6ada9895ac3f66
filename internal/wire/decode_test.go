package wire_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"

	"github.com/latchkey/latchkey/internal/auth"
	"github.com/latchkey/latchkey/internal/wire"
)

// input has a field of every sort that rules have.
type input struct {
	Name   string      `json:"name"`
	Secret auth.Secret `json:"secret"`
	Count  int         `json:"count"`
	Life   auth.Span   `json:"life"`
	List   []string    `json:"list"`
	Yes    bool        `json:"yes"`
	In     struct {
		Deep string `json:"deep"`
	} `json:"in"`
}

// problems are the fields that an answer finds fault with, and how.
func problems(t testing.TB, err error) map[string]string {
	t.Helper()
	var e *auth.Error
	if !errors.As(err, &e) || !errors.Is(err, auth.ErrValidation) {
		t.Fatalf("got %v, want VALIDATION_FAILED", err)
	}
	all := map[string]string{}
	for _, f := range e.Meta.Fields {
		all[f.Field] = f.Problem
	}
	return all
}

// nested is an object that is so many deep.
func nested(depth int) string {
	return strings.Repeat(`{"x":`, depth-1) + `{}` + strings.Repeat(`}`, depth-1)
}

const canary = "c4n4ry"

// TestDecode says of every wrong body which field it is and what is wrong, and
// never what was sent. known is the same for [wire.DecodeKnown]; "": it reads it.
func TestDecode(t *testing.T) {
	const object, text = "must be a JSON object", "is not valid JSON in UTF-8"
	for _, tt := range []struct {
		name, body, field, strict, known string
	}{
		{"nothing", ``, "body", object, object},
		{"white space", " \r\n\t", "body", object, object},
		{"null", `null`, "body", object, object},
		{"a list", `[{"name":"c4n4ry"}]`, "body", object, object},
		{"a text", `"c4n4ry"`, "body", object, object},
		{"a mark before it", "\ufeff{}", "body", object, object},
		{"cut off", `{"name":"c4n4ry`, "body", text, text},
		{"more after it", `{"name":"c4n4ry"} {}`, "body", text, text},
		{"a comma too many", `{"name":"c4n4ry",}`, "body", text, text},
		{"a comment", `{/*c4n4ry*/}`, "body", text, text},
		{"no UTF-8", "{\"name\":\"c4n4ry\xff\"}", "body", text, text},
		{"half a character", `{"name":"c4n4ry\ud83d"}`, "body", text, text},
		{"twice", `{"name":"c4n4ry","name":"x"}`, "name", "is given twice", "is given twice"},
		{"twice, spelled otherwise", `{"name":"c4n4ry","n\u0061me":"x"}`, "name", "is given twice", "is given twice"},
		{"unknown", `{"role":"c4n4ry"}`, "role", "is not a known field", ""},
		{"unknown, twice", `{"role":1,"role":2}`, "role", "is not a known field", "is given twice"},
		{"unknown, deeper", `{"in":{"role":1}}`, "in.role", "is not a known field", ""},
		{"another case of letters", `{"Name":"c4n4ry"}`, "Name", "is not a known field", ""},
		{"null in it", `{"name":null}`, "name", "must not be null; leave it out", ""},
		{"null in a list", `{"list":["c4n4ry",null]}`, "list.1", "must not be null; leave it out", ""},
		{"null deeper", `{"in":{"deep":null}}`, "in.deep", "must not be null; leave it out", ""},
		{"a number for a text", `{"name":7}`, "name", "must be a string", "must be a string"},
		{"a number for a secret", `{"secret":7}`, "secret", "must be a string", "must be a string"},
		{"a text for a number", `{"count":"c4n4ry"}`, "count", "must be a number", "must be a number"},
		{"a fraction", `{"count":1.5}`, "count", "must be a number", "must be a number"},
		{"too large a number", `{"count":1e99}`, "count", "must be a number", "must be a number"},
		{"no time", `{"life":"c4n4ry"}`, "life", `must be a text such as "15m"`, `must be a text such as "15m"`},
		{"a text for a list", `{"list":"c4n4ry"}`, "list", "must be a list", "must be a list"},
		{"a number in a list", `{"list":["a",7]}`, "list.1", "must be a string", "must be a string"},
		{"a text for yes or no", `{"yes":"c4n4ry"}`, "yes", "must be true or false", "must be true or false"},
		{"a text for an object", `{"in":"c4n4ry"}`, "in", "must be an object", "must be an object"},
		{"too deep", `{"in":` + nested(32) + `}`, "body", "is nested too deeply", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, decoded := range []struct {
				name, problem string
				decode        func([]byte, any) error
			}{{"Decode", tt.strict, wire.Decode}, {"DecodeKnown", tt.known, wire.DecodeKnown}} {
				var in input
				err := decoded.decode([]byte(tt.body), &in)
				if decoded.problem == "" {
					if err != nil {
						t.Errorf("%s: got %v", decoded.name, err)
					}
					continue
				}
				got := problems(t, err)
				if diff := cmp.Diff(map[string]string{tt.field: decoded.problem}, got); diff != "" {
					t.Errorf("%s: want (-), got (+):\n%s", decoded.name, diff)
				}
				for _, said := range got {
					if strings.Contains(said, canary) {
						t.Errorf("%s repeats what was sent: %s", decoded.name, said)
					}
				}
			}
		})
	}
}

// TestDecodeReads what is right, and leaves what is not given as it was.
func TestDecodeReads(t *testing.T) {
	const body = " {\"name\":\"Änn 🔑\",\"secret\":\"s\",\"count\":7,\"life\":\"15m\",\"list\":[\"a\"],\"yes\":true,\"in\":{\"deep\":\"null\"}}\n"
	for name, decode := range map[string]func([]byte, any) error{"Decode": wire.Decode, "DecodeKnown": wire.DecodeKnown} {
		var got input
		if err := decode([]byte(body), &got); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if got.Name != "Änn 🔑" || got.Secret.Reveal() != "s" || got.Count != 7 || len(got.List) != 1 || !got.Yes || got.In.Deep != "null" || got.Life == 0 {
			t.Errorf("%s: got %+v", name, got)
		}
		if err := decode([]byte(`{"count":8}`), &got); err != nil || got.Name != "Änn 🔑" || got.Count != 8 {
			t.Errorf("%s: got %+v, %v", name, got, err)
		}
	}
	// 32 deep are allowed, where the text says so many brackets and where it does not.
	for _, deep := range []string{nested(32), `{"x":"` + strings.Repeat("{", 100) + `"}`} {
		if got := problems(t, wire.Decode([]byte(deep), new(struct{ X struct{} }))); got["body"] == "is nested too deeply" {
			t.Errorf("got %v of %s", got, deep)
		}
	}
}

// TestField names what is safe to show: a client may have made the name up.
func TestField(t *testing.T) {
	for pointer, want := range map[string]string{
		"":                                 "body",
		"/name":                            "name",
		"/policy/allowedOrigins/0":         "policy.allowedOrigins.0",
		"/user-agent":                      "user-agent",
		"/<script>":                        "?script?",
		"/a\nb\x00\u202e":                  "a?b??",
		"/a~1b":                            "a?1b",
		"/" + strings.Repeat("a", 100):     strings.Repeat("a", 64),
		"/" + strings.Repeat("\u00e4", 70): strings.Repeat("?", 64),
	} {
		if got := wire.Field(jsontext.Pointer(pointer)); got != want {
			t.Errorf("%q: got %q, want %q", pointer, got, want)
		}
	}
}

// TestExplainWhatIsNotTheDecoders: an error that nobody expected is no more than
// that the body is wrong.
func TestExplainWhatIsNotTheDecoders(t *testing.T) {
	if got := problems(t, wire.Explain(errors.New(canary))); got["body"] != "is not valid JSON in UTF-8" {
		t.Errorf("got %v", got)
	}
}
