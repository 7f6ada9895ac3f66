package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"

	"github.com/latchkey/latchkey/internal/auth"
)

// csvRecords reads a user from each record of a CSV file (RFC 4180) whose
// header names the columns as JSON does. An empty field is one that is left
// out.
type csvRecords struct {
	*lines
	columns []string
	flags   map[string]bool // columns that are true or false
	put     []rawLine       // lines that were read ahead
}

type rawLine struct {
	n    int
	text []byte
	err  error // errLongLine
}

// columnsOf are the names of the fields of a user, and which are true or false.
func columnsOf() (names []string, flags map[string]bool) {
	t := reflect.TypeFor[auth.ImportedUser]()
	flags = map[string]bool{}
	for i := range t.NumField() {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		names = append(names, name)
		flags[name] = t.Field(i).Type.Kind() == reflect.Bool
	}
	return names, flags
}

// newCSV reads the header.
func newCSV(l *lines) (*csvRecords, error) {
	known, flags := columnsOf()
	c := &csvRecords{lines: l, flags: flags}
	_, columns, err := c.read()
	if errors.Is(err, io.EOF) {
		return nil, errors.New("the file is empty; its first line must name the columns: " + strings.Join(known, ","))
	}
	if err != nil {
		return nil, fmt.Errorf("the header %w", err)
	}
	for i, name := range columns {
		switch {
		case !slices.Contains(known, name):
			return nil, fmt.Errorf("the header has %s, which is no column; there are %s", quote(plain(name)), strings.Join(known, ","))
		case slices.Contains(columns[:i], name):
			return nil, fmt.Errorf("the header has %s twice", name)
		}
	}
	for _, name := range []string{"name", "email"} {
		if !slices.Contains(columns, name) {
			return nil, fmt.Errorf("the header has no column %s", name)
		}
	}
	c.columns = columns
	return c, nil
}

// next returns the next record; io.EOF when there is none.
func (c *csvRecords) next() (record, error) {
	at, fields, err := c.read()
	var wrong *badRecord
	if errors.As(err, &wrong) {
		return record{line: at, err: wrong}, nil
	}
	if err != nil {
		return record{}, err
	}
	u, err := c.user(fields)
	return record{line: at, user: u, err: err}, nil
}

func (c *csvRecords) user(fields []string) (auth.ImportedUser, error) {
	if len(fields) != len(c.columns) {
		return auth.ImportedUser{}, fmt.Errorf("has %d columns, and the header %d", len(fields), len(c.columns))
	}
	object := map[string]any{}
	for i, name := range c.columns {
		switch text := fields[i]; {
		case text == "":
		case c.flags[name] && (text == "true" || text == "false"):
			object[name] = text == "true"
		default: // of the wrong kind, where it is
			object[name] = text
		}
	}
	text, err := json.Marshal(object)
	if err != nil {
		return auth.ImportedUser{}, errors.New("cannot be read")
	}
	return decodeUser(text)
}

// badRecord is a record that cannot be read; what follows it can.
type badRecord struct{ why string }

func (b *badRecord) Error() string { return b.why }

var (
	errUnclosed = &badRecord{"has a quote that is not closed"}
	errQuotes   = &badRecord{"has a quote in the wrong place; double the quotes within a field and put quotes around it"}
	errLong     = &badRecord{errLongLine.Error()}
)

// read returns the next record that is not empty, and the line that it begins
// on. A record may have many lines, where quotes hold them together. When one
// of many lines makes no sense, only the first is given up, so that a lost quote
// does not cost what comes after it.
func (c *csvRecords) read() (at int, fields []string, err error) {
	first, err := c.line()
	for ; err == nil && first.err == nil && len(bytes.TrimSpace(first.text)) == 0; first, err = c.line() {
	}
	if err != nil {
		return 0, nil, err
	}
	if first.err != nil {
		return first.n, nil, errLong
	}
	text, taken := slices.Clone(first.text), []rawLine(nil)
	for bytes.Count(text, []byte{'"'})%2 == 1 {
		more, err := c.line()
		if err != nil && !errors.Is(err, io.EOF) {
			return 0, nil, err
		}
		if err == nil {
			taken = append(taken, more)
		}
		if err != nil || more.err != nil || len(text)+len(more.text) >= lineLimit {
			c.put = append(taken, c.put...)
			return first.n, nil, errUnclosed
		}
		text = append(append(text, '\n'), more.text...)
	}
	r := csv.NewReader(bytes.NewReader(text))
	fields, err = r.Read()
	if err == nil && c.columns != nil && len(taken) > 0 && len(fields) != len(c.columns) {
		err = csv.ErrFieldCount
	}
	if err != nil {
		c.put = append(taken, c.put...)
		return first.n, nil, errQuotes
	}
	return first.n, fields, nil
}

// line returns the next line, of those that were put back first.
func (c *csvRecords) line() (rawLine, error) {
	if len(c.put) > 0 {
		l := c.put[0]
		c.put = c.put[1:]
		return l, nil
	}
	text, err := c.lines.next()
	if err != nil && !errors.Is(err, errLongLine) {
		return rawLine{}, err
	}
	return rawLine{n: c.n, text: slices.Clone(text), err: err}, nil
}
