package main

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

// lineLimit bounds a line of an import, and a record of a CSV file, in bytes.
const lineLimit = 64 << 10

// lines reads a file line by line, however long they are, in bounded memory.
type lines struct {
	from *bufio.Reader
	n    int // number of the line read last
}

func newLines(r io.Reader) *lines { return &lines{from: bufio.NewReaderSize(r, lineLimit+2)} }

// errLongLine: the line was passed over.
var errLongLine = errors.New("is longer than 64 KiB")

// next returns the next line without its end; it is good until the next call.
// io.EOF when there is none, errLongLine for one that is too long.
func (l *lines) next() ([]byte, error) {
	text, err := l.from.ReadSlice('\n')
	if len(text) == 0 && err != nil {
		return nil, err
	}
	l.n++
	for errors.Is(err, bufio.ErrBufferFull) {
		text = nil
		_, err = l.from.ReadSlice('\n')
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if l.n == 1 {
		text = bytes.TrimPrefix(text, []byte("\xef\xbb\xbf")) // a byte order mark
	}
	text = bytes.TrimSuffix(bytes.TrimSuffix(text, []byte("\n")), []byte("\r"))
	if text == nil || len(text) > lineLimit {
		return nil, errLongLine
	}
	return text, nil
}
