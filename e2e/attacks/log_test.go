package attacks

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strings"
	"sync"
)

// secrets are what the suites of this run used and no log may hold.
var secrets struct {
	sync.Mutex
	all []string
}

// secret notes that a text must not be logged. Codes of six digits are not
// noted: they stand in times and ids by chance; A-34 looks for those.
func secret(texts ...string) {
	secrets.Lock()
	defer secrets.Unlock()
	for _, text := range texts {
		if len(text) < 10 {
			continue
		}
		if parts := strings.Split(text, "."); len(parts) == 3 { // a JWT: the part that makes it one
			text = parts[2]
		}
		secrets.all = append(secrets.all, text)
	}
}

// greeting is what a dev server tells people; all else that it writes is JSON.
var greeting = regexp.MustCompile(`^(|  \S.*|    \S+ +\S.*)$`)

// events returns the lines of a log and those that are none.
func events(log string) (lines []map[string]any, broken []string) {
	for line := range strings.SplitSeq(strings.TrimSuffix(log, "\n"), "\n") {
		var fields map[string]any
		switch {
		case json.Unmarshal([]byte(line), &fields) == nil:
			lines = append(lines, fields)
		case !greeting.MatchString(line):
			broken = append(broken, line)
		}
	}
	return lines, broken
}

// checkLog looks at what a server wrote when it has ended: whatever a suite is
// about, every line is an event, none is a panic or a fault, and none holds a
// secret.
func (s *server) checkLog(log string) {
	s.t.Helper()
	lines, broken := events(log)
	if s.env["LOG_FORMAT"] == "text" {
		broken = nil // A-28 reads it
	}
	for _, line := range broken {
		s.t.Errorf("the log has a line that is no event: %.400q", line)
	}
	for _, fields := range lines {
		status, _ := fields["status"].(float64)
		if fields["code"] == "NOT_READY" { // who waits for the start may ask too early
			status = 0
		}
		if fields["msg"] == "panic" || status >= 500 && !s.faulty {
			s.t.Errorf("the log tells of a fault: %v", fields)
		}
	}
	secrets.Lock()
	defer secrets.Unlock()
	for i, text := range secrets.all {
		if strings.Contains(log, text) {
			s.t.Errorf("the log holds a secret, number %d, that begins with %.6q", i, text)
		}
	}
	if s.t.Failed() && len(broken) == 0 {
		s.t.Logf("the end of the log:\n%s", tail(log))
	}
}

func tail(text string) string {
	const most = 3000
	if len(text) > most {
		return "…" + text[len(text)-most:]
	}
	return text
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
