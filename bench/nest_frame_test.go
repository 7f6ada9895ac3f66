package main

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// tokenForTest is a token of whom the frames ask about.
func tokenForTest(t *testing.T) string {
	t.Helper()
	claims, err := json.Marshal(map[string]string{"sub": "user-1", "sid": "session-1", "tenantId": "acme", "username": "ann", "role": "admin"})
	if err != nil {
		t.Fatal(err)
	}
	return "e30." + base64.RawURLEncoding.EncodeToString(claims) + ".c2ln"
}

func askForTest(t *testing.T) nestAsk {
	t.Helper()
	ask, err := newNestAsk(tokenForTest(t))
	if err != nil {
		t.Fatal(err)
	}
	return ask
}

func TestNestAskIsAFrame(t *testing.T) {
	frame := askForTest(t).numbered(7).numbered(41_003)
	length, body, found := strings.Cut(string(frame), "#")
	if n, err := strconv.Atoi(length); !found || err != nil || n != len(body) {
		t.Fatalf("%q is no frame of %d bytes", length, len(body))
	}
	var got struct {
		Pattern map[string]string `json:"pattern"`
		Data    map[string]string `json:"data"`
		ID      string            `json:"id"`
	}
	if err := json.Unmarshal([]byte(body), &got); err != nil {
		t.Fatal(err)
	}
	want := got
	want.Pattern = map[string]string{"cmd": "auth.session.validate"}
	want.Data = map[string]string{"token": tokenForTest(t), "tenantId": "acme", "userId": "user-1", "sid": "session-1"}
	want.ID = "000041003"
	if diff := cmp.Diff(got, want); diff != "" {
		t.Errorf("(-got +want):\n%s", diff)
	}
}

func TestNestAskWantsAToken(t *testing.T) {
	for _, token := range []string{"", "a.b", "a.!.c", "a.e.c", "a.W10.c.d"} {
		if _, err := newNestAsk(token); err == nil {
			t.Errorf("%q: no error", token)
		}
	}
}

func TestNumberOf(t *testing.T) {
	for body, want := range map[string]int{`{"id":"000000000"}`: 0, `{"id":"000041003"}`: 41_003, `{"id":"999999999"}`: 999_999_999} {
		if got, err := numberOf([]byte(body)); err != nil || got != want {
			t.Errorf("%s: got %d, %v; want %d", body, got, err, want)
		}
	}
	for _, body := range []string{"", `"}`, `{"id":"00000000x"}`, `{"id":"000000001","isDisposed":true}`, `{"id": 000000001 }`} {
		if got, err := numberOf([]byte(body)); err == nil {
			t.Errorf("%s: got %d, want an error", body, got)
		}
	}
}

func TestReadFrame(t *testing.T) {
	r := bufio.NewReader(strings.NewReader(`5#first0#12#and a second`))
	var body []byte
	for _, want := range []string{"first", "", "and a second"} {
		var err error
		if body, err = readFrame(r, body); err != nil || string(body) != want {
			t.Fatalf("got %q, %v; want %q", body, err, want)
		}
	}
	if _, err := readFrame(r, body); !errors.Is(err, io.EOF) {
		t.Errorf("after the last: %v, want EOF", err)
	}
}

func TestReadFrameRefusesWhatIsNone(t *testing.T) {
	for text, want := range map[string]error{
		"#{}": errNoFrame, "-2#{}": errNoFrame, " 2#{}": errNoFrame, `{"id":1}`: errNoFrame, "99999999999999999999#": errNoFrame,
		"9#{}": io.ErrUnexpectedEOF,
	} {
		if got, err := readFrame(bufio.NewReader(strings.NewReader(text)), nil); !errors.Is(err, want) {
			t.Errorf("%s: got %q, %v; want %v", text, got, err, want)
		}
	}
}
