package nest

import (
	"errors"
	"strings"
	"testing"
)

func TestCommands(t *testing.T) {
	for pattern, want := range map[string]string{
		`{"cmd":"auth.login"}`:              "auth.login",
		`{ "cmd" : "auth.login" }`:          "auth.login",
		`"{\"cmd\":\"user.created\"}"`:      "user.created",
		`"{ \"cmd\" : \"user.created\" } "`: "user.created",
		`"plain.string"`:                    "plain.string",
		`""`:                                "",
		`{}`:                                "",
		`{"cmd":7}`:                         "",
		`{"cmd":{"cmd":"a"}}`:               "",
		`{"cmd":"a","b":1}`:                 "",
		`{"cmd":"a","cmd":"b"}`:             "",
		`{"CMD":"a"}`:                       "",
		`{"c\u006dd":"a"}`:                  "",
		`"{\"cmd\":\"a\",\"b\":1}"`:         "",
		`["cmd","a"]`:                       "",
		`null`:                              "",
		`7`:                                 "",
		`"{broken"`:                         "",
	} {
		if got := command([]byte(pattern)); got != want {
			t.Errorf("%s: got %q, want %q", pattern, got, want)
		}
	}
}

func TestPackets(t *testing.T) {
	for name, test := range map[string]struct{ in, pattern, data, id string }{
		"request":            {`{"pattern":{"cmd":"a"},"data":{"b":[1,{"c":"}"}]},"id":"x"}`, `{"cmd":"a"}`, `{"b":[1,{"c":"}"}]}`, `"x"`},
		"order, space":       {` { "id" : 7 , "data" : "a,b\"}" , "pattern" : "p" } `, `"p"`, `"a,b\"}"`, `7`},
		"id null":            {`{"pattern":"p","data":1,"id":null}`, `"p"`, `1`, `null`},
		"id an object":       {`{"pattern":"p","data":1,"id":{"a":1}}`, `"p"`, `1`, `{"a":1}`},
		"event":              {`{"pattern":"p","data":1}`, `"p"`, `1`, ``},
		"no data":            {`{"pattern":"p","id":"x"}`, `"p"`, `null`, `"x"`},
		"nothing":            {`{}`, ``, `null`, ``},
		"unknown member":     {`{"pattern":"p","id":"x","other":[1,2],"other":3}`, `"p"`, `null`, `"x"`},
		"other case":         {`{"Pattern":"p","ID":"x","DATA":1}`, ``, `null`, ``},
		"names inside":       {`{"data":{"id":"y","pattern":"q"},"pattern":"p","id":"x"}`, `"p"`, `{"id":"y","pattern":"q"}`, `"x"`},
		"as many as may be":  {`{"id":"x"` + strings.Repeat(`,"":0`, maxMembers-1) + `}`, ``, `null`, `"x"`},
		"a backslash at end": {`{"pattern":"p\\","id":"x\\"}`, `"p\\"`, `null`, `"x\\"`},
	} {
		t.Run(name, func(t *testing.T) {
			p, deep, err := readPacket([]byte(test.in))
			if err != nil || deep {
				t.Fatal(err, deep)
			}
			if string(p.pattern) != test.pattern || string(p.data) != test.data || string(p.id) != test.id {
				t.Errorf("got pattern %s, data %s, id %s", p.pattern, p.data, p.id)
			}
		})
	}
}

func TestMalformedPackets(t *testing.T) {
	for name, in := range map[string]string{
		"no JSON":          `{"pattern":`,
		"trailing data":    `{} {}`,
		"trailing text":    `{}x`,
		"a list":           `[1]`,
		"a string":         `"{}"`,
		"a number":         `7`,
		"null":             `null`,
		"id twice":         `{"id":1,"id":2}`,
		"pattern twice":    `{"pattern":"a","pattern":"b"}`,
		"data twice":       `{"data":1,"data":1}`,
		"an escaped name":  `{"pattern":"a","p\u0061ttern":"b"}`,
		"a long id":        `{"pattern":"a","id":"` + strings.Repeat("x", maxID) + `"}`,
		"a lone comma":     `{,}`,
		"single quotes":    `{'a':1}`,
		"a comment":        `{/**/}`,
		"many members":     `{"id":1` + strings.Repeat(`,"":0`, maxMembers) + `}`,
		"deep and broken":  strings.Repeat("[", 100),
		"deep, no object":  strings.Repeat("[", 100) + strings.Repeat("]", 100),
		"deep, not closed": `{"data":` + strings.Repeat("[", 100) + `,"id":"x"}`,
		"deep, two":        `{"data":` + strings.Repeat("[", 100) + strings.Repeat("]", 100) + `},{"id":"x"}`,
		"deep, id broken":  `{"data":` + strings.Repeat("[", 100) + strings.Repeat("]", 100) + `,"id":x}`,
	} {
		t.Run(name, func(t *testing.T) {
			if p, _, err := readPacket([]byte(in)); !errors.Is(err, errMalformed) {
				t.Errorf("got %+v, %v; want it to be malformed", p, err)
			}
		})
	}
}

// What is nested too deeply can be answered, at any depth that a frame has room
// for, and at the cost of its length.
func TestDeepPackets(t *testing.T) {
	nest := func(n int) string { return strings.Repeat(`[`, n) + strings.Repeat(`]`, n) }
	for name, test := range map[string]struct {
		in   string
		deep bool
	}{
		"as deep as may be":   {`{"pattern":"p","data":` + nest(maxDepth-1) + `,"id":"x"}`, false},
		"deeper":              {`{"pattern":"p","data":` + nest(maxDepth) + `,"id":"x"}`, true},
		"what kills Nest":     {`{"pattern":` + strings.Repeat(`{"a":`, 3000) + `1` + strings.Repeat(`}`, 3000) + `,"id":"x"}`, true},
		"a frame of brackets": {`{"pattern":"p","data":` + nest(100_000) + `,"id":"x"}`, true},
	} {
		t.Run(name, func(t *testing.T) {
			p, deep, err := readPacket([]byte(test.in))
			if err != nil || deep != test.deep || string(p.id) != `"x"` {
				t.Errorf("got deep %v, id %s, %v", deep, p.id, err)
			}
		})
	}
}

func TestAnswers(t *testing.T) {
	for _, test := range []struct {
		response string
		err      error
		want     string
	}{
		{response: `{"a":1}`, want: `{"response":{"a":1},"isDisposed":true,"id":"x"}`},
		{want: `{"isDisposed":true,"id":"x"}`},
		{err: &Error{Value: []byte(`{"statusCode":404}`)}, want: `{"err":{"statusCode":404},"isDisposed":true,"id":"x"}`},
		{err: errors.New("a secret"), want: `{"err":{"status":"error","message":"Internal server error"},"isDisposed":true,"id":"x"}`},
		{err: ErrUnknown, want: `{"id":"x","status":"error","err":"There is no matching message handler defined in the remote service."}`},
	} {
		got := bodyOf(string(appendAnswer(nil, []byte(`"x"`), []byte(test.response), test.err)))
		if got != test.want {
			t.Errorf("got %s, want %s", got, test.want)
		}
	}
}
