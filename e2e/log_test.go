package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"testing"
)

// theLog has what every server of the run wrote to standard error, and every
// secret that a test used. They must have nothing in common.
var theLog journal

// A journal is a log and what must not be in it.
type journal struct {
	mu      sync.Mutex
	lines   []string
	secrets map[string][]string // by their first letters
	codes   map[string]bool     // of six digits: looked for as whole words
}

// prefix is how many letters of a secret it is found by; a shorter one would
// be found by chance.
const prefix = 10

// secret notes that a text must not be logged.
func secret(texts ...string) {
	for _, text := range texts {
		if text != "" {
			theLog.hide(text)
		}
	}
}

func (j *journal) hide(text string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.secrets == nil {
		j.secrets, j.codes = map[string][]string{}, map[string]bool{}
	}
	if digits6.MatchString(text) {
		j.codes[text] = true
	} else if len(text) < prefix {
		panic(fmt.Sprintf("a secret of %d letters is found by chance: tests use longer ones", len(text)))
	} else {
		j.secrets[text[:prefix]] = append(j.secrets[text[:prefix]], text)
	}
	if parts := strings.Split(text, "."); len(parts) == 3 && len(parts[2]) >= 40 { // a JWT: the part that makes it one
		j.secrets[parts[2][:prefix]] = append(j.secrets[parts[2][:prefix]], parts[2])
	}
}

// add adds what one server wrote. Its greeting is for people; all else is JSON.
func (j *journal) add(text string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.lines = append(j.lines, strings.Split(strings.TrimSuffix(text, "\n"), "\n")...)
}

var (
	digits6  = regexp.MustCompile(`^[0-9]{6}$`)
	word     = regexp.MustCompile(`[0-9A-Za-z]+`)
	greeting = regexp.MustCompile(`^(|  Latchkey is running, for development only\.|    start      \S+             sign up, and see where it leads|    API        \S+|    docs       \S+|    mailbox    \S+     every mail lands here|    database   \S+|  The README's tour starts here:  curl \S+|  Limits are on, as in production \(five login codes an hour for an account\);|  RATE_LIMITS=off lifts them\.|  Stop with Ctrl-C\.)$`)
)

// complaints returns what is wrong with the log: lines that are no JSON, and
// lines that hold a secret. The secret itself is not repeated.
func (j *journal) complaints() []string {
	j.mu.Lock()
	defer j.mu.Unlock()
	var found []string
	for _, line := range j.lines {
		if greeting.MatchString(line) {
			continue
		}
		var fields map[string]any
		if err := json.Unmarshal([]byte(line), &fields); err != nil {
			found = append(found, "not a JSON line: "+line)
		}
		if j.holdsSecret(line) || j.holdsCode(fields) {
			found = append(found, "a secret is in the line: "+line)
		}
	}
	return found
}

func (j *journal) holdsSecret(line string) bool {
	for i := 0; i+prefix <= len(line); i++ {
		for _, text := range j.secrets[line[i:i+prefix]] {
			if strings.HasPrefix(line[i:], text) {
				return true
			}
		}
	}
	return false
}

// holdsCode looks for codes where they cannot be digits of a time.
func (j *journal) holdsCode(fields map[string]any) bool {
	delete(fields, "time")
	delete(fields, "ms")
	delete(fields, "requestId")
	rest, err := json.Marshal(fields)
	if err != nil {
		return true
	}
	for _, w := range word.FindAll(rest, -1) {
		if j.codes[string(w)] {
			return true
		}
	}
	return false
}

func TestTheLogIsSearched(t *testing.T) {
	for _, tt := range []struct {
		name, line string
		bad        bool
	}{
		{"nothing", `{"time":"2026-01-01T10:00:00.123456Z","ms":123456,"route":"/auth/login","n":1234567}`, false},
		{"the greeting", "    docs       http://localhost:3502/docs", false},
		{"no JSON", "panic: oh", true},
		{"a password", `{"msg":"x quiet-orbit-42 y"}`, true},
		{"a code", `{"msg":"the code 123456 came"}`, true},
		{"a code as a number", `{"code":123456}`, true},
		{"the signature of a token", `{"error":"` + strings.Repeat("s", 43) + `"}`, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var j journal
			for _, text := range []string{"quiet-orbit-42", "123456", "header1.payload." + strings.Repeat("s", 43)} {
				j.hide(text)
			}
			j.add(tt.line + "\n")
			if got := j.complaints(); (len(got) > 0) != tt.bad {
				t.Errorf("complaints %q", got)
			}
		})
	}
}

// A lineBuffer is standard error: written by a process, read by tests.
type lineBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write implements io.Writer.
func (b *lineBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *lineBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}
