package nest

import (
	"errors"
	"sync/atomic"
)

// small bodies are bounded by how many connections and requests there may be;
// larger ones are taken from a budget that all connections share.
const small = 4 << 10

// errFull ends a connection that would have more in memory than there may be.
var errFull = errors.New("large requests of all connections fill the memory that they may have")

// budget bounds how many bytes of large bodies are in memory; a nil one bounds
// nothing.
type budget struct {
	most int64
	held atomic.Int64
}

// take takes bytes, or none where there are not so many left.
func (b *budget) take(n int) bool {
	if b == nil || b.held.Add(int64(n)) <= b.most {
		return true
	}
	b.held.Add(int64(-n))
	return false
}

// give gives bytes back.
func (b *budget) give(n int) {
	if b != nil {
		b.held.Add(int64(-n))
	}
}
