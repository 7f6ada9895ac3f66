package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
)

// bareNestCommand makes this program the server that only answers to frames, in
// a process of its own: what the protocol costs without anything behind it.
const bareNestCommand = "bare-nest-server"

// startBareNest starts it, with an answer as long as ours.
func startBareNest(ctx context.Context) (*bareServer, error) {
	c := sampleClaims()
	data, err := json.Marshal(map[string]any{
		"id": c["sub"], "username": c["username"], "name": "Person 1", "email": "person1@bench.example", "mobile": "", "role": c["role"],
		"sessionId": c["sid"], "createdAt": "2026-01-31T09:26:45.867Z", "updatedAt": "2026-01-31T09:26:45.867Z",
	})
	if err != nil {
		return nil, err
	}
	return startBareAs(ctx, bareNestCommand, fmt.Appendf(nil, `{"message":"The access token is valid.","data":%s,"meta":{"status":"success","code":"ACCESS_TOKEN_VALID"},"ts":"2026-01-31T09:26:45.867Z"}`, data))
}

// serveBareNest answers on a free port of loopback until stdin ends, and prints
// the address first.
func serveBareNest(in io.Reader, out io.Writer, answer string) error {
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // closed with the process
	if err != nil {
		return err
	}
	go func() {
		// That our parent went away ends us, however it went.
		_, _ = io.Copy(io.Discard, in)
		os.Exit(0)
	}()
	if _, err := fmt.Fprintln(out, l.Addr()); err != nil {
		return err
	}
	return answerAll(l, answer)
}

// answerAll answers every connection until the listener is closed.
func answerAll(l net.Listener, answer string) error {
	for {
		nc, err := l.Accept()
		if err != nil {
			return err
		}
		go func() {
			defer nc.Close()
			_ = answerFrames(nc, nc, answer) // until the other end hangs up
		}()
	}
}

// answerFrames answers each frame the same, in order.
func answerFrames(in io.Reader, out io.Writer, answer string) error {
	r, w := bufio.NewReaderSize(in, 64<<10), bufio.NewWriterSize(out, 64<<10)
	before := `{"response":` + answer + `,"isDisposed":true,"id":"`
	before = strconv.Itoa(len(before)+idSize+len(idEnd)) + "#" + before
	var body []byte
	for waiting := 0; ; {
		var err error
		if body, err = readFrame(r, body); err != nil {
			return err
		}
		if _, err := numberOf(body); err != nil {
			return err
		}
		// What cannot be written is told by Flush.
		_, _ = w.WriteString(before)
		_, _ = w.Write(body[len(body)-idSize-len(idEnd):])
		if waiting++; waiting < frameBatch && r.Buffered() > 0 {
			continue
		}
		waiting = 0
		if err := w.Flush(); err != nil {
			return err
		}
	}
}
