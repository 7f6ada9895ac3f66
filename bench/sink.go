package main

import (
	"net"
	"net/textproto"
	"strings"
	"time"
)

// sink is a mail server on loopback that takes every mail and keeps none
// (RFC 5321, as much of it as one trusted client speaks).
type sink struct{ net.Listener }

func newSink() (*sink, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // closed with the bench
	if err != nil {
		return nil, err
	}
	s := &sink{l}
	go s.serve()
	return s, nil
}

func (s *sink) port() int { return s.Addr().(*net.TCPAddr).Port }

func (s *sink) serve() {
	for {
		c, err := s.Accept()
		if err != nil {
			return // closed
		}
		go receive(c)
	}
}

// receive holds one conversation. A client that goes away ends it.
func receive(c net.Conn) {
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		return
	}
	t := textproto.NewConn(c)
	answer := "220 sink"
	for {
		if err := t.PrintfLine("%s", answer); err != nil {
			return
		}
		line, err := t.ReadLine()
		if err != nil {
			return
		}
		answer = "250 OK"
		switch verb, _, _ := strings.Cut(strings.ToUpper(line), " "); verb {
		case "QUIT":
			answer = "221 Bye"
		case "DATA":
			if err := t.PrintfLine("354 Go on"); err != nil {
				return
			}
			if _, err := t.ReadDotBytes(); err != nil {
				return
			}
		}
	}
}
