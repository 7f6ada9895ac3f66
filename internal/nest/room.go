package nest

import "sync"

// room is bytes for a moment: of a request while it is served, of answers until
// they are written.
type room struct {
	b  []byte
	of *sync.Pool // nil: nobody else gets it
}

// Thousands of requests may wait at a time, so that each has no more than most
// need. Answers are collected in larger rooms, of which there are few.
const (
	requestRoom = 1 << 10
	answerRoom  = 4 << 10
)

var (
	requests = sync.Pool{New: func() any { return &room{b: make([]byte, 0, requestRoom)} }}
	answers  = sync.Pool{New: func() any { return &room{b: make([]byte, 0, answerRoom)} }}
)

// hold copies the two parts of a request to where they stay until it is freed.
func hold(id, data []byte) (r *room, ofID, ofData []byte) {
	if n := len(id) + len(data); n > requestRoom {
		r = &room{b: make([]byte, 0, n)}
	} else {
		r = requests.Get().(*room)
		r.b, r.of = r.b[:0], &requests
	}
	r.b = append(append(r.b, id...), data...)
	if id != nil {
		ofID = r.b[:len(id):len(id)]
	}
	return r, ofID, r.b[len(id):]
}

// collect returns room for answers, which is empty.
func collect() *room {
	r := answers.Get().(*room)
	r.b, r.of = r.b[:0], &answers
	return r
}

// free lets others have the room. What has grown large is let go.
func (r *room) free() {
	if r.of != nil && cap(r.b) <= piece {
		r.of.Put(r)
	}
}
