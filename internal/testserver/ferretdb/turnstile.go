package main

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"sync"
)

// A turnstile passes one command at a time to a server, whatever the number of
// connections. MongoDB changes a document in one step; FerretDB v1 reads it, and
// writes it back later, so that of two such commands at once one gets lost. One
// after the other they are what MongoDB promises.
type turnstile struct {
	server string
	mu     sync.Mutex // held from a command to its answer
}

// pass serves a connection until one side closes it.
func (t *turnstile) pass(ctx context.Context, client net.Conn) {
	defer client.Close()
	server, err := (&net.Dialer{}).DialContext(ctx, "tcp", t.server)
	if err != nil {
		return
	}
	defer server.Close()
	for {
		command, err := message(client)
		if err != nil {
			return
		}
		answer, err := t.ask(server, command)
		if err != nil {
			return
		}
		if _, err := client.Write(answer); err != nil {
			return
		}
	}
}

// ask sends a command and waits for its answer, while nobody else does.
func (t *turnstile) ask(server net.Conn, command []byte) ([]byte, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, err := server.Write(command); err != nil {
		return nil, err
	}
	return message(server)
}

// Bounds of a message of the protocol, in bytes.
const (
	head = 16
	most = 48_000_000
)

// message reads one message: its length, little-endian, is how it begins.
func message(from io.Reader) ([]byte, error) {
	var length [4]byte
	if _, err := io.ReadFull(from, length[:]); err != nil {
		return nil, err
	}
	n := binary.LittleEndian.Uint32(length[:])
	if n < head || n > most {
		return nil, fmt.Errorf("a message of %d bytes", n)
	}
	all := make([]byte, n)
	copy(all, length[:])
	_, err := io.ReadFull(from, all[len(length):])
	return all, err
}
