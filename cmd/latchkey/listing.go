package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/latchkey/latchkey/internal/auth"
)

// listing prints a list while it is read: a table for people, a JSON array for
// programs. Close it.
type listing[T any] struct {
	out    io.Writer
	asJSON bool
	row    func(T) []string
	table  *tabwriter.Writer
	n      int
}

// tableBlock is how many rows are aligned with each other.
const tableBlock = 1000

func newListing[T any](out io.Writer, asJSON bool, head string, row func(T) []string) (*listing[T], error) {
	l := &listing[T]{out: out, asJSON: asJSON, row: row}
	if asJSON {
		return l, nil
	}
	l.table = tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	_, err := fmt.Fprintln(l.table, strings.ReplaceAll(head, ", ", "\t"))
	return l, err
}

// add prints one more.
func (l *listing[T]) add(v T) error {
	l.n++
	if l.asJSON {
		return l.addJSON(v)
	}
	cells := l.row(v)
	for i, c := range cells {
		if c = plain(c); c == "" {
			c = "-"
		}
		cells[i] = c
	}
	if _, err := fmt.Fprintln(l.table, strings.Join(cells, "\t")); err != nil || l.n%tableBlock != 0 {
		return err
	}
	return l.table.Flush()
}

func (l *listing[T]) addJSON(v T) error {
	before := ",\n  "
	if l.n == 1 {
		before = "[\n  "
	}
	var text strings.Builder
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("  ", "  ")
	if err := encoder.Encode(v); err != nil {
		return err
	}
	_, err := io.WriteString(l.out, before+strings.TrimSuffix(text.String(), "\n"))
	return err
}

// close prints what is left.
func (l *listing[T]) close() error {
	if !l.asJSON {
		return l.table.Flush()
	}
	end := "\n]\n"
	if l.n == 0 {
		end = "[]\n"
	}
	_, err := io.WriteString(l.out, end)
	return err
}

// printAll prints a list that is there as a whole.
func printAll[T any](out io.Writer, asJSON bool, head string, row func(T) []string, all []T) error {
	l, err := newListing(out, asJSON, head, row)
	if err != nil {
		return err
	}
	for _, v := range all {
		if err := l.add(v); err != nil {
			return err
		}
	}
	return l.close()
}

// printPages prints a list that the rules give out in pages, at most that many
// of it; 0: all. It says whether there are more.
func printPages[T any](out io.Writer, asJSON bool, head string, row func(T) []string, most int, page func(auth.PageInput) (auth.Page[T], error)) (more bool, err error) {
	l, err := newListing(out, asJSON, head, row)
	if err != nil {
		return false, err
	}
	const pageSize = 100
	for in := (auth.PageInput{}); ; {
		in.Limit = fmt.Sprint(pageSize)
		if most > 0 {
			in.Limit = fmt.Sprint(min(pageSize, most-l.n))
		}
		p, err := page(in)
		if err != nil {
			return false, err
		}
		for _, v := range p.Items {
			if err := l.add(v); err != nil {
				return false, err
			}
		}
		if in.Cursor = p.Next; p.Next == "" || most > 0 && l.n >= most {
			return p.Next != "", l.close()
		}
	}
}
