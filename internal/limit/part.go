package limit

import (
	"sync"
	"time"
)

// width is how many slots a key may stand in.
const width = 8

// part is one part of what is held, with a lock of its own. It has room for a
// fixed number of keys and no list of them: a key stands in one of the eight
// slots of the row that its hash points to.
//
// A slot whose time has come is as good as empty, and the next newcomer takes
// it: nothing has to be swept. When all eight are in use, the newcomer takes the
// place of the one that has used up the smallest share of its burst. What is
// forgotten is therefore always the least there is to forget, and
//
//   - memory never grows, however many addresses an attacker has;
//   - he does not wash his own limit away with them. A limit that is used up
//     goes last of all: each of the seven others of its row has to be used up as
//     far, by as many requests of other keys, and as he cannot tell which rows
//     they fall into, so has every slot of the table. Whoever has that many keys
//     with fresh limits has no use for the one that he would win back;
//   - who is forgotten while a flood lasts is somebody who had hardly begun, and
//     gets back what little he had used. Nobody is ever refused for want of room.
type part struct {
	mu   sync.Mutex
	rows []row // their number is a power of two
	last time.Duration
	lost time.Duration
	_    [16]byte // a cache line of its own: locks of neighbours do not meet in one
}

type row [width]slot

// slot is one key's place. The zero slot is free.
type slot struct {
	id   uint64
	full time.Duration // when everything is allowed again
	span time.Duration // of the rate
}

// time makes the time of the part out of that of the clock: it never goes back.
// By what the clock went back all later times are put forward, so that limits
// keep coming back at their rate, and no key waits for the clock to catch up.
// The caller holds the lock, and read the clock while it did: else two that
// overtake each other would look like a clock that goes back.
func (p *part) time(now time.Duration) time.Duration {
	if now < p.last {
		p.lost += p.last - now
	}
	p.last = now
	return now + p.lost
}

func (p *part) row(id uint64) *row {
	// The lowest bits chose the part, and are the same for all that is in it.
	return &p.rows[(id>>32)&uint64(len(p.rows)-1)]
}

// full returns when a key may do everything again; long ago for one not held.
func (p *part) full(id uint64) time.Duration {
	for i, row := 0, p.row(id); i < width; i++ {
		if row[i].id == id {
			return row[i].full
		}
	}
	return 0
}

// put holds a key: in its own slot, else in that which loses least.
func (p *part) put(id uint64, full, span, now time.Duration) {
	row := p.row(id)
	for i := range row {
		if row[i].id == id {
			row[i].full, row[i].span = full, span
			return
		}
	}
	least, share := 0, 2.0
	for i := range row {
		if used := row[i].used(now); used < share {
			least, share = i, used
		}
	}
	row[least] = slot{id: id, full: full, span: span}
}

// used is the share of the burst that the key has used up, 0 to 1.
func (s *slot) used(now time.Duration) float64 {
	if s.full <= now {
		return 0
	}
	return float64(s.full-now) / float64(s.span)
}
