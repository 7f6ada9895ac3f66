package rpcd_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"
)

// canary is part of every password of these tests, so that one look finds any.
const canary = "c4n4ry"

// logged is everything that any door of these tests has logged, and secrets is
// all that must not be in it.
var (
	logged  sink
	secrets vocabulary
)

// sink is the log of the whole run.
type sink struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (s *sink) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(b)
}

func (s *sink) all() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// vocabulary is a set of words.
type vocabulary struct {
	mu    sync.Mutex
	words map[string]bool
}

func (v *vocabulary) add(words ...string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.words == nil {
		v.words = map[string]bool{}
	}
	for _, w := range words {
		if w != "" {
			v.words[w] = true
		}
	}
}

// TestMain looks, after all tests, for secrets in what their doors have logged.
func TestMain(m *testing.M) {
	code := m.Run()
	complaints := checkLog(logged.all(), secrets.words)
	for _, c := range complaints {
		fmt.Fprintln(os.Stderr, "log of the run:", c)
	}
	if len(complaints) > 0 {
		code = 1
	}
	os.Exit(code)
}

// number finds words that may be a mailed code; digits of times, durations and
// ids stand next to something else.
var number = regexp.MustCompile(`(?:^|[^0-9A-Za-z.:_-])([0-9]{6})(?:$|[^0-9A-Za-z.:_-])`)

// checkLog reads a log: one JSON object a line, and none with a secret.
func checkLog(text string, secrets map[string]bool) (complaints []string) {
	for line := range strings.Lines(text) {
		var event struct{ Time, Level, Msg string }
		if json.Unmarshal([]byte(line), &event) != nil || event.Msg == "" || event.Time == "" || event.Level == "" {
			complaints = append(complaints, fmt.Sprintf("not an event: %q", line))
		}
		for _, found := range number.FindAllStringSubmatch(line, -1) {
			if secrets[found[1]] {
				complaints = append(complaints, "a mailed code: "+line)
			}
		}
	}
	for _, word := range []string{canary, "eyJ", "$argon2id$"} {
		if strings.Contains(text, word) {
			complaints = append(complaints, fmt.Sprintf("%q is in it", word))
		}
	}
	for word := range secrets {
		if len(word) > 6 && strings.Contains(text, word) {
			complaints = append(complaints, "a token is in it: "+word[:8]+"…")
		}
	}
	return complaints
}

func TestTheLogCheckComplains(t *testing.T) {
	known := map[string]bool{"042137": true, "AQGaL2t8Hn1TmwpfLYxOah": true}
	for _, tt := range []struct {
		name, line string
		want       int
	}{
		{"an event", `{"time":"t","level":"INFO","msg":"command","ms":0.042137,"n":123456}` + "\n", 0},
		{"two lines", `{"time":"t","level":"INFO","msg":"a` + "\n" + `b"}` + "\n", 2},
		{"a code", `{"time":"t","level":"INFO","msg":"code 042137 sent"}` + "\n", 1},
		{"a token", `{"time":"t","level":"INFO","msg":"AQGaL2t8Hn1TmwpfLYxOah"}` + "\n", 1},
		{"a password", `{"time":"t","level":"INFO","msg":"wrong: c4n4ry"}` + "\n", 1},
		{"an access token", `{"time":"t","level":"INFO","msg":"eyJhbGci"}` + "\n", 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := checkLog(tt.line, known); len(got) != tt.want {
				t.Errorf("got %q, want %d complaints", got, tt.want)
			}
		})
	}
}
