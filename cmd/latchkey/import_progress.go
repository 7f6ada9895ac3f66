package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"sync"
	"time"
)

// How often an import says how far it is: to somebody who watches, and to a log.
const (
	progressShown  = 500 * time.Millisecond
	progressLogged = 10 * time.Second
)

// clearLine takes what is on a terminal's line away.
const clearLine = "\r\x1b[K"

// showProgress says how far an import is until stop is called. On a terminal it
// is one line that changes.
func showProgress(ctx context.Context, out io.Writer, done func() int64) (stop func()) {
	every, end := progressLogged, "\n"
	live := watched(out)
	if live {
		every, end = progressShown, ""
	}
	ctx, cancel := context.WithCancel(ctx)
	var all sync.WaitGroup
	all.Go(func() {
		began, tick := time.Now(), time.NewTicker(every)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				if live {
					fmt.Fprint(out, clearLine)
				}
				return
			case <-tick.C:
			}
			if live {
				fmt.Fprint(out, clearLine)
			}
			n := done()
			fmt.Fprintf(out, "%d users, %.0f a second%s", n, float64(n)/time.Since(began).Seconds(), end)
		}
	})
	return func() { cancel(); all.Wait() }
}

// watched reports whether somebody looks at what is written.
func watched(out io.Writer) bool {
	if turn, ok := out.(*inTurn); ok {
		out = turn.Writer
	}
	file, ok := out.(*os.File)
	return ok && isTerminal(file)
}

// inTurn is a writer that many may use at once.
type inTurn struct {
	io.Writer
	mu sync.Mutex
}

// Write writes it all at once.
func (w *inTurn) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.Writer.Write(p)
}
