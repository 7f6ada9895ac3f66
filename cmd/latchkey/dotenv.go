package main

import (
	"bytes"
	"errors"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// An envLine is one variable of a .env file. Lines count from 1.
type envLine struct {
	Name, Text string
	Line       int
}

// An envFault is a line that cannot be read. Its text never repeats what the
// line holds, which may be a secret.
type envFault struct {
	Line int
	Err  error
}

// envName is what a name may look like: what docker, node and shells write.
var envName = regexp.MustCompile(`^[A-Za-z0-9_.-]+$`)

// parseDotenv reads KEY=VALUE lines, in order. It is strict, because a line that is read
// differently here than by the service beside us is worse than one that is
// refused. It takes: blank lines, # comments, `export `, single quotes (as is),
// double quotes (with \n, \" and \\), an unquoted value up to a # that follows
// a space, CRLF and a byte order mark. Nothing is expanded, and a quoted value
// ends on its line.
func parseDotenv(file []byte) ([]envLine, []envFault) {
	file = bytes.TrimPrefix(file, []byte("\ufeff"))
	if !utf8.Valid(file) || bytes.IndexByte(file, 0) >= 0 {
		return nil, []envFault{{1, errors.New("the file is not UTF-8 text; save it as UTF-8")}}
	}
	var (
		lines  []envLine
		faults []envFault
	)
	for i, text := range strings.Split(string(file), "\n") {
		text = strings.TrimSpace(strings.TrimSuffix(text, "\r"))
		if text == "" || text[0] == '#' {
			continue
		}
		line, err := parseEnvLine(text)
		if err != nil {
			faults = append(faults, envFault{i + 1, err})
			continue
		}
		line.Line = i + 1
		lines = append(lines, line)
	}
	return lines, faults
}

// parseEnvLine reads one line that is neither blank nor a comment.
func parseEnvLine(text string) (envLine, error) {
	if after, ok := strings.CutPrefix(text, "export"); ok && strings.TrimLeft(after, " \t") != after {
		text = strings.TrimLeft(after, " \t")
	}
	name, text, ok := strings.Cut(text, "=")
	if !ok {
		return envLine{}, errors.New("there is no =; write NAME=value, or # before a comment")
	}
	name = strings.TrimRight(name, " \t")
	if !envName.MatchString(name) {
		return envLine{}, errors.New("the name before = is not one; write NAME=value with letters, digits and _")
	}
	value, err := envValue(text)
	return envLine{Name: name, Text: value}, err
}

// envValue reads what stands after the equals sign.
func envValue(text string) (string, error) {
	trimmed := strings.TrimLeft(text, " \t")
	if trimmed == "" {
		return "", nil
	}
	switch trimmed[0] {
	case '\'':
		value, after, closed := strings.Cut(trimmed[1:], "'")
		if !closed {
			return "", errOpenQuote
		}
		return value, nothingAfter(after)
	case '"':
		return doubleQuoted(trimmed[1:])
	}
	if strings.IndexFunc(text, func(r rune) bool { return r != '\t' && unicode.IsControl(r) }) >= 0 {
		return "", errors.New(`the value holds a control character; put it in double quotes and write a line break as \n`)
	}
	for i := 1; i < len(text); i++ {
		if text[i] == '#' && (text[i-1] == ' ' || text[i-1] == '\t') {
			text = text[:i]
			break
		}
	}
	return strings.TrimSpace(text), nil
}

var errOpenQuote = errors.New(`the quote is not closed on its line; close it, and write a line break inside "…" as \n`)

// doubleQuoted reads up to the closing quote. A backslash before any other
// letter stands for itself, as in a shell.
func doubleQuoted(text string) (string, error) {
	var value strings.Builder
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"':
			return value.String(), nothingAfter(text[i+1:])
		case c == '\\' && i+1 < len(text) && strings.IndexByte(`n"\`, text[i+1]) >= 0:
			i++
			if text[i] == 'n' {
				value.WriteByte('\n')
			} else {
				value.WriteByte(text[i])
			}
		default:
			value.WriteByte(c)
		}
	}
	return "", errOpenQuote
}

// nothingAfter refuses anything but a comment behind a closing quote.
func nothingAfter(text string) error {
	trimmed := strings.TrimSpace(text)
	if trimmed == "" || trimmed[0] == '#' && trimmed != strings.TrimRight(text, " \t") {
		return nil
	}
	return errors.New("something follows the closing quote; quote the whole value, and put a space before a # comment")
}
