package httpd_test

import (
	"bytes"
	"fmt"
	"net"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/latchkey/latchkey/internal/auth"
)

// guards is how many connections are open at a time; both their ends are here.
const guards = 2000

// BenchmarkRevocations: from the end of a session until every one of two thousand
// guards, each on a connection of its own, has been told; and what one of those
// costs that only listens.
func BenchmarkRevocations(b *testing.B) {
	w := newStreaming(b)
	key := w.serviceKey(b, "", 0, auth.ScopeRevocations)
	p := w.join(b, "")
	head := fmt.Sprintf("GET /auth/revocations HTTP/1.1\r\nHost: auth.example.com\r\nAuthorization: Bearer %s\r\n\r\n", string(key.Key))
	ends := make([]net.Conn, guards)
	var before, held runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for i := range ends {
		c, err := new(net.Dialer).DialContext(b.Context(), "tcp", strings.TrimPrefix(w.url, "http://"))
		must(b, err)
		b.Cleanup(func() { must(b, c.Close()) })
		_, err = c.Write([]byte(head))
		must(b, err)
		must(b, readTo(c, "event: ready"))
		ends[i] = c
	}
	runtime.GC()
	runtime.ReadMemStats(&held)
	for b.Loop() {
		var all sync.WaitGroup
		q := w.login(b, p)
		for _, c := range ends {
			all.Go(func() {
				if err := readTo(c, q.SessionID); err != nil {
					b.Error(err)
				}
			})
		}
		w.do(b, "POST /auth/logout", nil, q.bearer()...).want(b, 200, "LOGGED_OUT")
		all.Wait()
	}
	b.ReportMetric(float64(held.HeapAlloc+held.StackInuse-before.HeapAlloc-before.StackInuse)/guards, "B/connection")
	w.door.Drain()
}

// readTo reads a connection until something stands in what came.
func readTo(c net.Conn, what string) error {
	var came []byte
	for part := make([]byte, 1024); !bytes.Contains(came, []byte(what)); {
		n, err := c.Read(part)
		if err != nil {
			return err
		}
		came = append(came, part[:n]...)
	}
	return nil
}
