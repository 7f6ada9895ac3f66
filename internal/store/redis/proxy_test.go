package redis

import (
	"io"
	"net"
	"net/url"
	"sync"
	"testing"

	"github.com/google/uuid"

	"github.com/latchkey/latchkey/internal/testserver"
)

// proxy stands between a store and the server.
type proxy struct {
	listener net.Listener
	server   string

	mu    sync.Mutex
	mute  bool // nothing comes through any more, and nobody is told
	conns []net.Conn
	made  int
}

// through opens a store behind a proxy.
func through(t *testing.T) (*Store, *proxy) {
	t.Helper()
	u, err := url.Parse(testserver.Redis(t))
	if err != nil {
		t.Fatal(err)
	}
	l, err := (&net.ListenConfig{}).Listen(bg, "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{listener: l, server: u.Host}
	u.Host = l.Addr().String()
	u.RawQuery = "read_timeout=1h" // not what a test waits for
	go p.serve()
	t.Cleanup(p.cut)
	return openAt(t, Config{URL: u.String(), Prefix: "test " + uuid.NewString() + ":"}), p
}

func (p *proxy) serve() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		server, err := (&net.Dialer{}).DialContext(bg, "tcp", p.server)
		if err != nil {
			client.Close()
			continue
		}
		p.mu.Lock()
		p.made++
		p.conns = append(p.conns, client, server)
		p.mu.Unlock()
		go p.pass(client, server)
		go p.pass(server, client)
	}
}

func (p *proxy) pass(to io.Writer, from io.Reader) {
	chunk := make([]byte, 4096)
	for {
		n, err := from.Read(chunk)
		p.mu.Lock()
		mute := p.mute
		p.mu.Unlock()
		if !mute && n > 0 {
			if _, err := to.Write(chunk[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// silence lets nothing through any more, on connections that stay open.
func (p *proxy) silence() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.mute = true
}

// connections is how many have been made.
func (p *proxy) connections() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.made
}

// drop closes the connections there are.
func (p *proxy) drop() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.conns {
		c.Close()
	}
	p.conns = nil
}

// cut is the end of the proxy.
func (p *proxy) cut() {
	p.listener.Close()
	p.drop()
}
