package redis

import (
	"context"
	"net"
	"sync"
)

// line is the one connection of a Listen. The client connects again by itself
// when a connection is lost, and would pass over in silence what was published
// meanwhile; so there is no second one to be had.
type line struct {
	dialer func(ctx context.Context, network, addr string) (net.Conn, error)

	mu   sync.Mutex
	used bool
	conn net.Conn
	sign bool // something was read since the last beat
	busy bool // a message is being heard
}

// dial connects, once.
func (l *line) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.used {
		return nil, errLost
	}
	l.used = true
	conn, err := l.dialer(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	l.conn = conn
	return conn, nil
}

// cut closes the connection, so that whoever waits for it goes on, and there is
// none any more.
func (l *line) cut() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.used = true
	if l.conn != nil {
		l.conn.Close()
	}
}
