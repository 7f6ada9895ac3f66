package nest

import (
	"bufio"
	"errors"
	"io"
	"strconv"
	"sync"
	"time"
	"unicode/utf8"
)

// maxUnits bounds a frame's body, in UTF-16 code units: of three bytes at most,
// so that it bounds the bytes too.
const maxUnits = 256 << 10

// Pieces in which a body is read: a length is not believed until so much came.
const piece = 32 << 10

// What an idle connection may keep of its last body, in bytes: a small one is
// mostly followed by small ones.
const little = 1 << 10

// errMalformed is what ends a connection: after it nobody knows where the next
// frame begins.
var errMalformed = errors.New("malformed frame")

// errOver ends the reading of a connection whose server is shutting down.
var errOver = errors.New("shutting down")

// frameReader reads frames: <length>#<body>, the length in UTF-16 code units.
// While it waits for the first byte of one it holds next to nothing, since most
// connections are idle at most times.
type frameReader struct {
	src   source
	r     *bufio.Reader // nil while idle
	first [1]byte
	body  []byte
	most  int     // units of a body
	share *budget // of all connections; nil: no bound
	taken int     // bytes that body has taken of it
}

// source is a connection that is given up when it stalls inside a frame.
type source struct {
	io.Reader
	patience time.Duration // 0: without end
	over     func() bool   // whether nothing more is to be read; nil: never
	wait     func()        // is called before anything is waited for; nil: nothing to do
	begun    bool          // inside a frame
	armed    bool
}

// readers are for those who are reading.
var readers = sync.Pool{New: func() any { return bufio.NewReaderSize(nil, 16<<10) }}

func newFrameReader(r io.Reader) *frameReader {
	return &frameReader{src: source{Reader: r}, most: maxUnits}
}

// Read reads from the connection. The first time that a frame has to wait for
// the network its time begins; frames that came whole need no clock.
func (s *source) Read(b []byte) (int, error) {
	if s.wait != nil {
		s.wait()
	}
	if s.begun && !s.armed && s.patience > 0 {
		if c, ok := s.Reader.(interface{ SetReadDeadline(time.Time) error }); ok {
			s.armed = true
			if err := c.SetReadDeadline(time.Now().Add(s.patience)); err != nil {
				return 0, err
			}
		}
	}
	if s.over != nil && s.over() { // after the deadline was set, which may have undone who woke us
		return 0, errOver
	}
	return s.Reader.Read(b)
}

// done ends a frame, and with it its time.
func (s *source) done() error {
	s.begun = false
	if !s.armed {
		return nil
	}
	s.armed = false
	return s.Reader.(interface{ SetReadDeadline(time.Time) error }).SetReadDeadline(time.Time{})
}

// next returns the body of the next frame, which is UTF-8 and holds until the
// next call. io.EOF says that the peer ended between two frames.
func (f *frameReader) next() ([]byte, error) {
	first, err := f.wait()
	if err != nil {
		return nil, err
	}
	f.src.begun = true
	units, err := f.length(first)
	if err == nil {
		err = f.read(units)
	}
	if err == nil {
		err = f.src.done()
	}
	if err != nil {
		return nil, err
	}
	if f.r.Buffered() == 0 {
		f.release()
	}
	return f.body, nil
}

// wait returns the first byte of a frame, however long that takes.
func (f *frameReader) wait() (byte, error) {
	switch {
	case f.src.over != nil && f.src.over():
		return 0, errOver
	case f.r != nil:
		return f.r.ReadByte()
	case cap(f.body) > little:
		f.drop()
	}
	if _, err := io.ReadFull(&f.src, f.first[:]); err != nil {
		return 0, err
	}
	f.r = readers.Get().(*bufio.Reader)
	f.r.Reset(&f.src)
	return f.first[0], nil
}

// release gives the buffer back.
func (f *frameReader) release() {
	if f.r != nil {
		f.r.Reset(nil)
		readers.Put(f.r)
		f.r = nil
	}
}

// length reads digits and the #.
func (f *frameReader) length(c byte) (n int, err error) {
	const most = 9 // digits
	for digits := 0; ; digits++ {
		switch {
		case c == '#' && n > 0 && n <= f.most:
			return n, nil
		case c < '0' || c > '9' || digits == most:
			return 0, errMalformed
		}
		n = n*10 + int(c-'0')
		if c, err = f.r.ReadByte(); err != nil {
			return 0, midway(err)
		}
	}
}

// read reads a body of so many units.
func (f *frameReader) read(units int) error {
	if cap(f.body) > piece { // of a large one before
		f.drop()
	}
	f.body = f.body[:0]
	for known := 0; units > 0; {
		// Every unit is a byte at least, so that this takes nothing of the next frame.
		if err := f.fill(min(units, piece)); err != nil {
			return err
		}
		for known < len(f.body) {
			n, size, ok := count(f.body[known:])
			known, units = known+size, units-n
			if !ok || units < 0 { // no UTF-8, or the length splits a surrogate pair
				return errMalformed
			}
			if known == len(f.body) {
				break
			}
			if err := f.fill(1); err != nil { // of a character that has begun
				return err
			}
		}
	}
	return nil
}

// drop lets go of the body.
func (f *frameReader) drop() {
	f.share.give(f.taken)
	f.body, f.taken = nil, 0
}

// grow makes room for n more bytes of the body.
func (f *frameReader) grow(n int) error {
	room := max(len(f.body)+n, 2*cap(f.body))
	if room > small {
		if !f.share.take(room - f.taken) {
			return errFull
		}
		f.taken = room
	}
	f.body = append(make([]byte, 0, room), f.body...)
	return nil
}

// fill appends n bytes to the body.
func (f *frameReader) fill(n int) error {
	at := len(f.body)
	if at+n > cap(f.body) {
		if err := f.grow(n); err != nil {
			return err
		}
	}
	f.body = f.body[:at+n]
	_, err := io.ReadFull(f.r, f.body[at:])
	return midway(err)
}

// midway is what an end inside a frame means.
func midway(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// count returns how many UTF-16 code units the whole characters of b are, and
// how many bytes those take; not ok: what follows them is no UTF-8.
func count(b []byte) (units, size int, ok bool) {
	for size < len(b) {
		if b[size] < utf8.RuneSelf {
			units, size = units+1, size+1
			continue
		}
		if !utf8.FullRune(b[size:]) {
			return units, size, true
		}
		r, n := utf8.DecodeRune(b[size:])
		if r == utf8.RuneError && n == 1 {
			return units, size, false
		}
		if size += n; r > 0xFFFF {
			units++
		}
		units++
	}
	return units, size, true
}

// appendFrame appends a frame to dst. Every character beyond ASCII is written
// as \uXXXX, which body being JSON may have only in strings, so that bytes and
// units are the same number.
func appendFrame(dst, body []byte) []byte {
	n := len(body)
	for i := 0; i < len(body); {
		if body[i] < utf8.RuneSelf {
			i++
			continue
		}
		r, size := utf8.DecodeRune(body[i:])
		i += size
		if n += 6 - size; r > 0xFFFF {
			n += 6
		}
	}
	dst = append(strconv.AppendInt(dst, int64(n), 10), '#')
	if n == len(body) && ascii(body) {
		return append(dst, body...)
	}
	for i := 0; i < len(body); {
		if body[i] < utf8.RuneSelf {
			dst = append(dst, body[i])
			i++
			continue
		}
		r, size := utf8.DecodeRune(body[i:])
		i += size
		if r > 0xFFFF {
			r -= 0x10000
			dst = appendUnit(appendUnit(dst, 0xD800+r>>10), 0xDC00+r&0x3FF)
			continue
		}
		dst = appendUnit(dst, r)
	}
	return dst
}

func ascii(b []byte) bool {
	for _, c := range b {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// appendUnit appends one UTF-16 code unit as an escape.
func appendUnit(dst []byte, u rune) []byte {
	const hex = "0123456789abcdef"
	return append(dst, '\\', 'u', hex[u>>12&15], hex[u>>8&15], hex[u>>4&15], hex[u&15])
}
