package main

import (
	"net"
	"time"
)

// conn is one kept-alive connection that asks one thing at a time.
type conn struct {
	net    net.Conn
	reader *reader
}

// dial opens a connection that is cut off at the latest at until.
func dial(address string, until time.Time) (*conn, error) {
	n, err := net.DialTimeout("tcp", address, patience) //nolint:noctx,gosec // bounded by its deadline; a server that we started
	if err != nil {
		return nil, err
	}
	if err := n.SetDeadline(until); err != nil {
		n.Close()
		return nil, err
	}
	return &conn{net: n, reader: newReader(n)}, nil
}

// do sends a request, whole as it stands, and reads the answer.
func (c *conn) do(request []byte) (answer, error) {
	if _, err := c.net.Write(request); err != nil {
		return answer{}, err
	}
	return c.reader.next()
}

func (c *conn) close() { c.net.Close() }
