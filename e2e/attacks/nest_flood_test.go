package attacks

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// TestA30NestFloods: who sends too much, half of something, or reads nothing
// costs the server memory within a bound and keeps nobody waiting: HTTP and other
// gateways are answered meanwhile, and afterwards the memory is free again.
func TestA30NestFloods(t *testing.T) {
	t.Parallel()
	for _, f := range []struct {
		name  string
		flood func(*testing.T, *verdict, *nest) []net.Conn
		grows int // by how much the server may grow, MiB
	}{
		{"half frames", halfFrames, 512},
		{"tiny frames", tinyFrames, 96},
		{"lengths of 4 GB", hugeLengths, 96},
		{"deep bodies", deepBodies, 448},
		{"long bodies", longBodies, 640},
		{"peers that read nothing", silentPeers, 640},
		{"ten thousand connections", manyConnections, 640},
	} {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			n := startNest(t, open().with(env{"LOG_LEVEL": "warn"}))
			v, c, p := judge(t), n.client(), n.peer(t)
			_, g := c.join(t)
			served, before := n.attend(v, c, p, g), n.peak(t)
			open := f.flood(t, v, n)
			at := served.Load()
			eventually(t, "others are served meanwhile", func() bool { return served.Load() > at+30 || t.Failed() })
			if *raced { // its shadow is counted, too
				f.grows *= 10
			}
			grown := (n.peak(t) - before) >> 20
			if t.Logf("%s: the server grew by %d MiB", f.name, grown); grown > f.grows {
				v.breach(f.name, "the server grew by %d MiB, want %d at most", grown, f.grows)
			}
			for _, conn := range open {
				conn.Close()
			}
			n.sane(v)
		})
	}
}

// attend asks over HTTP, over a connection of its own and over new ones until the
// test ends, and counts what was answered well.
func (n *nest) attend(v *verdict, c *client, p *peer, g grant) *atomic.Int64 {
	var served atomic.Int64
	over := make(chan struct{})
	var all sync.WaitGroup
	loop := func(ask func() error) {
		all.Go(func() {
			for {
				select {
				case <-over:
					return
				case <-time.After(5 * time.Millisecond):
				}
				if err := ask(); err != nil {
					v.breach("a good client", "%v", err)
					return
				}
				served.Add(1)
			}
		})
	}
	good := func(a answer, err error, code string) error {
		if err == nil && a.Meta.Code != code {
			err = errors.New(a.String())
		}
		return err
	}
	loop(func() error {
		a, err := c.do(g.me())
		return good(answer{reply: a}, err, "CURRENT_USER_OK")
	})
	loop(func() error {
		a, err := p.ask("auth.session.validate", spread(fields{"token": g.AccessToken}, "default", nil))
		return good(a, err, "ACCESS_TOKEN_VALID")
	})
	loop(func() error {
		bodies, err := n.says(v.t, frame(packet("tenant.validate", "default", "good")))
		if err == nil && (len(bodies) != 1 || !strings.Contains(string(bodies[0]), "TENANT_VALID")) {
			err = fmt.Errorf("%.200q", bodies)
		}
		return err
	})
	v.t.Cleanup(func() { close(over); all.Wait() })
	return &served
}

// tinyFrames sends a million: events of nothing, events nobody listens to,
// requests of nobody's commands; the last are answered every one.
func tinyFrames(t *testing.T, v *verdict, n *nest) []net.Conn {
	for _, tt := range []struct {
		body        string
		conns, each int
		answered    bool
	}{
		{"{}", 8, 100_000, false}, {`{"pattern":"x"}`, 4, 25_000, false}, {`{"id":1}`, 4, 25_000, true},
	} {
		many := strings.Repeat(frame(tt.body), tt.each)
		eachOf(tt.conns, make([]struct{}, tt.conns), func(struct{}) {
			conn := n.enter(t)
			defer conn.Close()
			go io.WriteString(conn, many+frame(packet("tenant.validate", "default", "last"))) //nolint:errcheck // what comes back tells
			from, answers := bufio.NewReaderSize(conn, 1<<16), 0
			for last := false; !last || tt.answered && answers < tt.each; {
				body, err := readFrame(from)
				switch {
				case err != nil:
					v.breach("a million frames of "+tt.body, "after %d answers: %v", answers, err)
					return
				case strings.Contains(string(body), `"id":"last"`):
					last = true
				case !tt.answered:
					v.breach("a million frames of "+tt.body, "an answer: %.200q", body)
					return
				default:
					answers++
				}
			}
		})
	}
	return nil
}

// hugeLengths announces 4 GB, and as much as nine digits can: hung up on before
// the body comes.
func hugeLengths(t *testing.T, v *verdict, n *nest) []net.Conn {
	eachOf(100, make([]struct{}, 100), func(struct{}) {
		for _, length := range []string{"4294967295#", "4294967296#", "999999999#", "262145#"} {
			conn := n.enter(t)
			piece, sent := []byte(length+strings.Repeat(" ", 1<<16)), 0
			for err := error(nil); err == nil && sent < 16<<20; {
				var k int
				k, err = conn.Write(piece)
				sent += k
				piece = piece[len(piece)-1<<16:]
			}
			if sent >= 16<<20 {
				v.breach("length "+length, "the server took %d MiB of it", sent>>20)
			}
			conn.Close()
		}
	})
	return nil
}

// halfFrames opens connections whose frames do not come to their end: most are
// announced as large as may be and hardly begun, some are all but whole. What the
// server holds of them is what it was sent, whatever was announced, and for no
// longer than it waits for a frame.
func halfFrames(t *testing.T, v *verdict, n *nest) (held []net.Conn) {
	for _, half := range []struct {
		count int
		say   string
	}{
		{100, "2"}, {1500, "262144#{"}, {40, "262144#" + strings.Repeat(" ", 262_143)}, {40, "262144#" + strings.Repeat("\uac00", 262_143)},
	} {
		for range half.count {
			conn := n.enter(t)
			if _, err := io.WriteString(conn, half.say); err != nil {
				v.breach("half a frame", "%.10q: %v", half.say, err)
			}
			held = append(held, conn)
		}
	}
	eachOf(100, held, func(conn net.Conn) {
		if err := hangsUp(conn); err != nil {
			v.breach("half a frame", "the server waits for ever: %v", err)
		}
	})
	return held
}

// deepBodies sends bodies that are nested a hundred thousand deep, many at a time.
func deepBodies(t *testing.T, v *verdict, n *nest) []net.Conn {
	deep := strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000)
	eachOf(4, []string{
		`{"pattern":` + deep + `,"id":1}`, `{"pattern":{"cmd":"auth.login"},"data":` + deep + `,"id":1}`, `{"pattern":{"cmd":"auth.login"},"data":{"email":` + deep + `},"id":1}`, `{"pattern":` + string(quoted(deep)) + `,"id":1}`,
	}, func(body string) {
		say := strings.Repeat(frame(body), 50)
		eachOf(4, make([]struct{}, 4), func(struct{}) {
			if bodies, err := n.says(t, say); err != nil || len(bodies) != 50 {
				v.breach("a deep body", "%d answers of 50, %v", len(bodies), err)
			}
		})
	})
	return nil
}

// longBodies has as many requests in flight as a connection may, each as long as
// a frame may be, whose answers take a while.
func longBodies(t *testing.T, _ *verdict, n *nest) (open []net.Conn) {
	say := strings.Repeat(frame(packet("auth.login", spread(fields{"email": "nobody@example.com", "password": "not-the-password-1", "x": strings.Repeat("a", 255_000)}, "default", nil), "long")), 64)
	for range atOnce() / 8 {
		conn := n.enter(t)
		if _, err := io.WriteString(conn, say); err != nil {
			t.Error(err)
		}
		open = append(open, conn)
	}
	return open
}

// silentPeers ask for long answers and read none of them: the server holds no
// more of them than of the requests that it has read, and reads no more.
func silentPeers(t *testing.T, v *verdict, n *nest) []net.Conn {
	ask := strings.Repeat(frame(packet("tenant.findAll", fields{"page": -1}, "silent")), 200)
	p := n.peer(t)
	for i := range 60 { // for answers that are long
		p.want("TENANT_CREATED", "tenant.create", fields{"name": fmt.Sprintf("t%d", i), "displayName": strings.Repeat("House ", 15)})
	}
	conns := make([]net.Conn, atOnce()/8)
	for i := range conns {
		conns[i] = n.enter(t)
		if err := conns[i].(*net.TCPConn).SetReadBuffer(4 << 10); err != nil {
			t.Error(err)
		}
	}
	eachOf(len(conns), conns, func(conn net.Conn) {
		// Until the server takes no more, or hangs up on who does not take.
		if err := conn.SetWriteDeadline(time.Now().Add(2 * time.Second)); err != nil {
			t.Error(err)
		}
		sent := 0
		for err := error(nil); err == nil && sent < 64<<20; {
			var k int
			k, err = io.WriteString(conn, ask)
			sent += k
		}
		if sent >= 64<<20 {
			v.breach("a peer that reads nothing", "the server took %d MiB of requests from it", sent>>20)
		}
	})
	return conns
}

// manyConnections opens ten thousand, or as many as the descriptors of a process
// allow, each of which asks once and then is idle.
func manyConnections(t *testing.T, v *verdict, n *nest) []net.Conn {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	many := min(10_000, max(100, int(limit.Cur)-6_000)) // other suites have their own
	if *raced {                                         // which takes 8,128 goroutines at most
		many = min(many, 3_000)
	}
	t.Logf("%d descriptors: %d connections", limit.Cur, many)
	conns, say := make([]net.Conn, many), frame(packet("tenant.validate", "default", "one"))
	numbers := make([]int, many)
	for i := range numbers {
		numbers[i] = i
	}
	t.Cleanup(func() {
		for _, conn := range conns {
			conn.Close()
		}
	})
	ask := func(i int) {
		_, err := io.WriteString(conns[i], say)
		if err == nil {
			_, err = readFrame(bufio.NewReaderSize(conns[i], 1<<10))
		}
		if err != nil {
			v.breach("one of many connections", "connection %d: %v", i, err)
		}
	}
	eachOf(32, numbers, func(i int) {
		var err error
		if conns[i], err = n.connect(); err != nil {
			v.breach("one of many connections", "connection %d: %v", i, err)
			conns[i], _ = net.Pipe() // closed with the others
			return
		}
		ask(i)
	})
	eachOf(32, numbers[:2000], ask) // after a while, too
	return conns
}
