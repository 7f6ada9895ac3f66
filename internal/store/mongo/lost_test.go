package mongo

import (
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/url"
	"sync/atomic"
	"testing"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

// cutter stands before a server and, when it is told to, swallows the answer of
// one command that writes, and closes the connection.
type cutter struct {
	server string
	wrote  atomic.Int64 // commands that write
	every  atomic.Int64 // every so many of them the answer is lost; 0: never
}

// before returns the URI of a cutter before the server of a URI.
func (c *cutter) before(t *testing.T, uri string) string {
	t.Helper()
	u, err := url.Parse(uri)
	if err != nil {
		t.Fatal(err)
	}
	c.server = u.Host
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
			go c.serve(conn)
		}
	}()
	u.Host = l.Addr().String()
	return u.String()
}

func (c *cutter) serve(client net.Conn) {
	defer client.Close()
	server, err := net.Dial("tcp", c.server)
	if err != nil {
		return
	}
	defer server.Close()
	for {
		ask, err := message(client)
		if err != nil {
			return
		}
		if _, err := server.Write(ask); err != nil {
			return
		}
		answer, err := message(server)
		if err != nil {
			return
		}
		if c.cuts(ask) {
			return
		}
		if _, err := client.Write(answer); err != nil {
			return
		}
	}
}

func (c *cutter) cuts(ask []byte) bool {
	const name = 16 + 4 + 1 + 4 + 1 // header, flags, kind, length, type: then the name of the command
	if len(ask) < name+6 {
		return false
	}
	switch string(ask[name : name+6]) {
	case "insert", "update", "delete":
		every := c.every.Load()
		return every > 0 && c.wrote.Add(1)%every == 0
	}
	return false
}

func message(from io.Reader) ([]byte, error) {
	var length [4]byte
	if _, err := io.ReadFull(from, length[:]); err != nil {
		return nil, err
	}
	all := make([]byte, binary.LittleEndian.Uint32(length[:]))
	copy(all, length[:])
	_, err := io.ReadFull(from, all[4:])
	return all, err
}

// TestALostAnswerIsFoundAgain: a write whose answer is lost is written once, and
// so is its note; the caller hears that it was written, or that nobody knows.
func TestALostAnswerIsFoundAgain(t *testing.T) {
	c := fresh(t)
	var cut cutter
	c.URI = cut.before(t, c.URI)
	s := open(t, c)
	ctx := t.Context()
	u, seat, note := newUser("ann")
	if err := s.CreateUser(ctx, u, seat, note); err != nil {
		t.Fatal(err)
	}
	done, counted := 0, 0
	unknown := 0
	for every := range 3 {
		cut.every.Store(int64(every) + 2)
		for range 3 {
			_, err := s.UpdateUser(ctx, dir, u.ID, func(u *auth.User) error { u.Nickname += "x"; return nil }, auth.Note{
				Events: []auth.Event{{ID: newRev(), Directory: dir, Tenant: "tenant", At: epoch, Action: "x"}},
			})
			switch {
			case err == nil:
				done++
			case errors.Is(err, auth.ErrUnavailable):
				unknown++
			default:
				t.Fatal(err)
			}
			counts := []auth.Count{{Directory: dir, Key: "a", Add: 1, Window: time.Hour, Now: epoch}, {Directory: dir, Key: "b", Add: 1, Window: time.Hour, Now: epoch}}
			if _, err = s.Count(ctx, counts[:1+every%2]...); err == nil {
				counted++
			}
		}
	}
	cut.every.Store(0)
	got, err := s.User(ctx, dir, u.ID)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(got.Nickname); n < done || n > done+unknown {
		t.Errorf("%d changes were acknowledged and %d unknown, and %d are there", done, unknown, n)
	}
	links, err := s.Trail(ctx, dir, 0, 1000)
	if err != nil || len(links) != 1+len(got.Nickname) {
		t.Errorf("%d changes: got %d links, %v", len(got.Nickname), len(links)-1, err)
	}
	tally, err := s.Count(ctx, auth.Count{Directory: dir, Key: "a", Window: time.Hour, Now: epoch})
	if err != nil || tally[0].N < counted || tally[0].N > 9 {
		t.Errorf("%d counts were acknowledged of 9: got %+v, %v", counted, tally, err)
	}
	if done < 7 {
		t.Errorf("%d of 9 changes were acknowledged: answers are not found again", done)
	}
}
