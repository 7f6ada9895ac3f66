package main

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// openListeners opens ten thousand streams and waits until each has heard of one
// logout.
func (b *bench) openListeners(ctx context.Context, key string) error {
	before, err := b.server.settled(ctx)
	if err != nil {
		return err
	}
	var ready, heard sync.WaitGroup
	var last atomic.Int64
	var failed atomic.Pointer[error]
	fail := func(err error) { failed.CompareAndSwap(nil, &err) }
	streams := make([]net.Conn, manyListen)
	defer func() {
		for _, s := range streams {
			if s != nil {
				s.Close()
			}
		}
	}()
	turns := make(chan struct{}, listenAtOne)
	ready.Add(manyListen)
	heard.Add(manyListen)
	for i := range streams {
		turns <- struct{}{}
		go func() {
			var once sync.Once
			done := func() { once.Do(func() { ready.Done(); <-turns }) }
			defer heard.Done()
			defer done()
			c, err := net.DialTimeout("tcp", b.address, patience) //nolint:noctx // bounded by its own time-out
			if err != nil {
				fail(err)
				return
			}
			streams[i] = c
			if _, err := c.Write(get("/auth/revocations", key)); err != nil {
				fail(err)
				return
			}
			lines, caught := bufio.NewReaderSize(c, 512), false
			for {
				line, err := lines.ReadString('\n')
				switch {
				case err != nil:
					fail(err)
					return
				case line == "event: ready\n":
					caught = true
					done()
				case caught && line == "event: session.ended\n":
					last.Store(time.Now().UnixNano())
					return
				}
			}
		}()
	}
	ready.Wait()
	if err := failed.Load(); err != nil {
		return *err
	}
	after, err := b.server.settled(ctx)
	if err != nil {
		return err
	}
	p, err := b.signUp(ctx)
	if err != nil {
		return err
	}
	c, err := dial(b.address, time.Now().Add(manyPatience))
	if err != nil {
		return err
	}
	defer c.close()
	if err := always(post("/auth/logout", p.access, ""), http.StatusOK, codeLoggedOut)(c); err != nil {
		return err
	}
	began := time.Now()
	heard.Wait()
	if err := failed.Load(); err != nil {
		return *err
	}
	b.add(
		memory("memory, 10,000 listeners", after).comment(fmt.Sprintf("%.1f KiB each", (after-before)*1024/manyListen)),
		duration("logout told to 10,000 listeners", manyListen, time.Unix(0, last.Load()).Sub(began)).comment("the last of them; generator and server on the same cores"),
	)
	return nil
}
