package main

import (
	"fmt"
	"io"
	"strings"
	"unicode"
)

// A status says how bad a finding is.
type status string

// How bad: all is well; it works, and something should be done; it does not
// work, or is not safe.
const (
	fine    status = "ok"
	warning status = "warn"
	failing status = "fail"
)

// A finding is one thing that a check has to say, and what to do about it.
type finding struct {
	Check   string `json:"check"`
	Status  status `json:"status"`
	Finding string `json:"finding"`
	Mend    string `json:"mend"` // "" when all is well
}

func ok(format string, args ...any) finding {
	return finding{Status: fine, Finding: fmt.Sprintf(format, args...)}
}

func warn(what, mend string) finding {
	return finding{Status: warning, Finding: what, Mend: mend}
}

func fail(what, mend string) finding {
	return finding{Status: failing, Finding: what, Mend: mend}
}

// report prints a line for each finding, with its mend on the next, and a
// summary; or all of them as a JSON array.
func report(w io.Writer, found []finding, asJSON bool) error {
	if asJSON {
		return printJSON(w, found)
	}
	var text strings.Builder
	for _, f := range found {
		fmt.Fprintf(&text, "%-5s %-9s %s\n", f.Status, f.Check, f.Finding)
		if f.Mend != "" {
			fmt.Fprintf(&text, "      mend      %s\n", f.Mend)
		}
	}
	fmt.Fprintf(&text, "\n%d ok, %d to look at, %d to mend\n", count(found, fine), count(found, warning), count(found, failing))
	_, err := io.WriteString(w, text.String())
	return err
}

func count(found []finding, s status) (n int) {
	for _, f := range found {
		if f.Status == s {
			n++
		}
	}
	return n
}

// plain makes one line of a text that may hold what a server answered.
func plain(text string) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return ' '
	}, strings.ToValidUTF8(text, "?"))
	const most = 400
	if runes := []rune(text); len(runes) > most {
		text = string(runes[:most]) + "…"
	}
	return strings.TrimSpace(text)
}

// cutMend divides a message of ours, which ends with the mend after a
// semicolon.
func cutMend(text string) (what, mend string) {
	if i := strings.LastIndex(text, "; "); i >= 0 {
		return text[:i], text[i+2:]
	}
	return text, "correct the value; latchkey serve --help says what it takes"
}
