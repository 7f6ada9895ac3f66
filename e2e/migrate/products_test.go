package migrate

import (
	"bufio"
	"encoding/json"
	"net"
	"sync"
)

// products is the tutorial's product-service: it answers a command with what it
// was told.
type products struct {
	mu   sync.Mutex
	told []packet
}

// openProducts serves on the port of the page until the page is read.
func (r *reader) openProducts() {
	r.t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:"+r.ports["4505"])
	must(r.t, err)
	p := new(products)
	r.products = p
	var open sync.WaitGroup
	open.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			r.all.Cleanup(func() { conn.Close() })
			open.Go(func() { p.answer(conn) })
		}
	})
	r.all.Cleanup(func() { l.Close() })
}

func (p *products) answer(conn net.Conn) {
	for in := bufio.NewReader(conn); ; {
		q, err := readFrame(in)
		if err != nil {
			return
		}
		p.mu.Lock()
		p.told = append(p.told, q)
		p.mu.Unlock()
		a := packet{ID: q.ID, Disposed: true, Response: json.RawMessage(`{"message":"Products","data":[{"name":"lamp"}]}`)}
		if writeFrame(conn, a) != nil {
			return
		}
	}
}

// last is the newest question.
func (p *products) last() packet {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.told) == 0 {
		return packet{}
	}
	return p.told[len(p.told)-1]
}
