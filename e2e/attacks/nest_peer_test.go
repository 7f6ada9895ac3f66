package attacks

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"sync"
	"testing"
)

// A peer is a gateway: one connection, over which many ask at a time.
type peer struct {
	t       *testing.T
	conn    net.Conn
	mu      sync.Mutex
	n       int
	waiting map[string]chan answer // by id
	ended   error
}

// peer opens a connection that is read until it ends.
func (n *nest) peer(t *testing.T) *peer {
	t.Helper()
	p := &peer{t: t, conn: n.enter(t), waiting: map[string]chan answer{}}
	go p.listen()
	return p
}

func (p *peer) listen() {
	from := bufio.NewReader(p.conn)
	for {
		body, err := readFrame(from)
		var a answer
		if err == nil {
			a, err = readAnswer(body)
		}
		p.mu.Lock()
		if err != nil {
			p.ended = err
			for _, to := range p.waiting {
				close(to)
			}
			p.waiting = nil
			p.mu.Unlock()
			return
		}
		to := p.waiting[string(a.id)]
		delete(p.waiting, string(a.id))
		p.mu.Unlock()
		if to == nil {
			p.t.Errorf("an answer that nobody waits for: %.200q", body)
			continue
		}
		to <- a
	}
}

// send sends a command and returns where its answer comes.
func (p *peer) send(command string, data any) (<-chan answer, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.waiting == nil {
		return nil, p.ended
	}
	p.n++
	id, to := fmt.Sprintf("%x", p.n), make(chan answer, 1)
	p.waiting[string(quoted(id))] = to
	_, err := io.WriteString(p.conn, frame(packet(command, data, id)))
	return to, err
}

// ask sends a command and returns its answer.
func (p *peer) ask(command string, data any) (answer, error) {
	to, err := p.send(command, data)
	if err != nil {
		return answer{}, err
	}
	if a, came := <-to; came {
		return a, nil
	}
	return answer{}, fmt.Errorf("the connection ended: %w", p.ended)
}

// must sends a command that has to be answered.
func (p *peer) must(command string, data any) answer {
	p.t.Helper()
	a, err := p.ask(command, data)
	if err != nil {
		p.t.Errorf("%s: %v", command, err)
	}
	return a
}

// want sends a command that has to be answered with the code.
func (p *peer) want(code, command string, data any) answer {
	p.t.Helper()
	a, err := p.ask(command, data)
	if err != nil || a.Meta.Code != code {
		p.t.Fatalf("%s: got %v, %v, want %s", command, a, err, code)
	}
	return a
}

// user is req.user of a gateway that has checked the grant's token.
func (g grant) user(id, tenant string) fields {
	return fields{"sub": id, "sid": g.SessionID, "tenantId": tenant}
}

// spread is what a gateway makes of a body: the body's members, and its own
// over them (SEED-SYSTEMS.md §2.4).
func spread(body fields, tenant string, user any) fields {
	req := fields{"headers": fields{"user-agent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/130.0", "host": "10.1.2.3"}}
	if user != nil {
		req["user"] = user
	}
	all := fields{"req": req}
	for name, value := range body {
		all[name] = value
	}
	all["req"] = req
	if tenant != "" {
		all["tenantId"] = tenant
	}
	return all
}
