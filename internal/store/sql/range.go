package sql

import (
	"strings"
	"unicode/utf8"
)

// top is greater than every text by which a list is ordered: no slug, id or
// search term is as long.
var top = strings.Repeat(string(utf8.MaxRune), 64)

// behind is the least text that is greater than s (no text has a NUL).
func behind(s string) string { return s + "\x01" }

// beyond is the least text that is greater than everything that begins with
// prefix: texts are compared by their code points.
func beyond(prefix string) string {
	for prefix != "" {
		r, size := utf8.DecodeLastRuneInString(prefix)
		prefix = prefix[:len(prefix)-size]
		switch r {
		case utf8.MaxRune:
			continue // nothing is greater: the rune before it goes on by one
		case 0xd7ff:
			r = 0xe000 // what is between them is no text
		default:
			r++
		}
		return prefix + string(r)
	}
	return top
}
