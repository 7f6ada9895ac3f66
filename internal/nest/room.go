package nest

import "sync"

// room is bytes for a moment: of a request while it is served, of answers until
// they are written.
type room struct{ b []byte }

var rooms = sync.Pool{New: func() any { return &room{b: make([]byte, 0, small)} }}

// buffer returns room that is empty. Who has it frees it.
func buffer() *room {
	r := rooms.Get().(*room)
	r.b = r.b[:0]
	return r
}

// free lets others have the room. Large ones are let go.
func (r *room) free() {
	if cap(r.b) <= piece {
		rooms.Put(r)
	}
}
