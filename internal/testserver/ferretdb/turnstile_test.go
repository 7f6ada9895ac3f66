package main

import (
	"context"
	"encoding/binary"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// listen serves connections with handle until the test ends.
func listen(t *testing.T, handle func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go handle(conn)
		}
	}()
	return l.Addr().String()
}

// command is a message of the protocol with some text in it.
func command(text string) []byte {
	m := make([]byte, head, head+len(text))
	binary.LittleEndian.PutUint32(m, uint32(head+len(text)))
	return append(m, text...)
}

// TestOneCommandAtATime: while the server is at one, it is sent no other.
func TestOneCommandAtATime(t *testing.T) {
	var inside, most atomic.Int32
	server := listen(t, func(conn net.Conn) {
		defer conn.Close()
		for {
			m, err := message(conn)
			if err != nil {
				return
			}
			if n := inside.Add(1); n > most.Load() {
				most.Store(n)
			}
			for range 100 { // let the others come
				time.Sleep(time.Microsecond)
			}
			inside.Add(-1)
			if _, err := conn.Write(m); err != nil {
				return
			}
		}
	})
	gate := &turnstile{server: server}
	address := listen(t, func(conn net.Conn) { gate.pass(context.Background(), conn) })
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			conn, err := net.Dial("tcp", address)
			if err != nil {
				t.Error(err)
				return
			}
			defer conn.Close()
			for _, text := range []string{"", "a", "a longer one"} {
				if _, err := conn.Write(command(text)); err != nil {
					t.Error(err)
				}
				if m, err := message(conn); err != nil || string(m[head:]) != text {
					t.Errorf("got %q, %v; want %q", m, err, text)
				}
			}
		})
	}
	wg.Wait()
	if got := most.Load(); got != 1 {
		t.Errorf("the server was at %d commands at once, want 1", got)
	}
}

func TestALengthThatIsNoneEndsTheConnection(t *testing.T) {
	for _, n := range []uint32{0, head - 1, most + 1, 1<<32 - 1} {
		client, server := net.Pipe()
		go func() {
			defer client.Close()
			if _, err := client.Write(binary.LittleEndian.AppendUint32(nil, n)); err != nil {
				t.Error(err)
			}
		}()
		if m, err := message(server); err == nil {
			t.Errorf("a length of %d: got %d bytes", n, len(m))
		}
	}
}

// TestServe: the server starts, answers, and ends with its context.
func TestServe(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ended := make(chan error, 1)
	at := make(chan string, 1)
	folder := t.TempDir()
	go func() { ended <- serve(ctx, folder, "127.0.0.1:0", func(address string) { at <- address }) }()
	select {
	case err := <-ended:
		t.Fatal(err)
	case address := <-at:
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if _, err := conn.Write(ping()); err != nil {
			t.Fatal(err)
		}
		if m, err := message(conn); err != nil || len(m) <= head {
			t.Errorf("ping: got %d bytes, %v", len(m), err)
		}
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// ping is OP_MSG with {ping: 1, $db: "admin"}.
func ping() []byte {
	doc := []byte("\x00\x00\x00\x00\x10ping\x00\x01\x00\x00\x00\x02$db\x00\x06\x00\x00\x00admin\x00\x00")
	binary.LittleEndian.PutUint32(doc, uint32(len(doc)))
	m := append(command(""), 0, 0, 0, 0, 0)
	m = append(m, doc...)
	binary.LittleEndian.PutUint32(m, uint32(len(m)))
	binary.LittleEndian.PutUint32(m[12:], 2013)
	return m
}
