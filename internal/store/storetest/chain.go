package storetest

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"

	"github.com/latchkey/latchkey/internal/auth"
)

// Chain is the [auth.Chain] that the suite wants of the stores which it tests: a
// plain hash of the link before, the number, and every field of the event as it
// is, so that an event which is kept otherwise than it was chained is noticed.
func Chain(before []byte, number int64, e auth.Event) []byte {
	text, err := json.Marshal(e)
	if err != nil {
		panic("the suite chains an event that JSON cannot tell: " + err.Error())
	}
	data := binary.BigEndian.AppendUint64(nil, uint64(len(before)))
	data = append(data, before...)
	data = binary.BigEndian.AppendUint64(data, uint64(number))
	sum := sha256.Sum256(append(data, text...))
	return sum[:]
}

// trail returns a directory's record, after a look that it is one: numbers that
// follow each other, each hash made from the one before, and the end where it
// ends. Of a record that was swept the first hash is taken as it is.
func trail(t T, s auth.Store, directory string) []auth.Link {
	t.Helper()
	links := read(t, s, directory)
	linked(t, links)
	var last auth.Link
	if len(links) > 0 {
		last = links[len(links)-1]
	}
	number, hash, err := s.TrailEnd(bg, directory)
	must(t, err, "TrailEnd")
	same(t, "number of the trail's end", number, last.Number)
	same(t, "hash of the trail's end", hash, last.Hash)
	return links
}

// read reads a directory's record in small pages.
func read(t T, s auth.Store, directory string) []auth.Link {
	t.Helper()
	const most = 7
	var links []auth.Link
	after := int64(0)
	for {
		page, err := s.Trail(bg, directory, after, most)
		if err != nil || len(page) > most {
			t.Errorf("Trail: got %d links and error %v, want %d at most", len(page), err, most)
			return links
		}
		if len(page) == 0 {
			return links
		}
		links = append(links, page...)
		if last := page[len(page)-1].Number; last > after {
			after = last
			continue
		}
		t.Errorf("Trail after number %d comes back to %d", after, page[len(page)-1].Number)
		return links
	}
}

// linked wants links to hang together.
func linked(t T, links []auth.Link) {
	t.Helper()
	var before auth.Link
	for i, l := range links {
		if i == 0 && l.Number > 1 {
			before = l
			continue
		}
		if l.Number != before.Number+1 {
			t.Errorf("after number %d of the trail: got %d, want %d", before.Number, l.Number, before.Number+1)
			return
		}
		if want := Chain(before.Hash, l.Number, l.Event); !bytes.Equal(l.Hash, want) {
			t.Errorf("hash of link %d: got %x, want %x for %+v", l.Number, l.Hash, want, l.Event)
			return
		}
		before = l
	}
}
