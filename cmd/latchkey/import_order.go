package main

import (
	"context"
	"iter"
	"maps"
)

// underWay is the work on a row, until ready what comes of it is not known.
type underWay[R any] struct {
	done  R
	ready chan struct{}
}

// inOrder works on many rows at once, so that the store writes them together,
// and hands on what came of them in their order. Of rows that have a key in
// common the first is done first, so that it is the same one each time that
// gets a name which two want. It stops at the first error; what was begun is
// ended and handed on all the same.
func inOrder[T, R any](ctx context.Context, rows iter.Seq2[T, error], keys func(T) []string, do func(context.Context, T) R, each func(R) error) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	queue := make(chan *underWay[R], inFlight)
	var unread error
	go func() {
		defer close(queue)
		unread = begin(ctx, rows, keys, do, queue)
	}()
	var failed error
	for r := range queue {
		<-r.ready
		if err := each(r.done); err != nil && failed == nil {
			failed = err
			stop()
		}
	}
	if failed == nil {
		failed = unread
	}
	return failed
}

// begin reads rows and sets them going. The queue's length is their number.
func begin[T, R any](ctx context.Context, rows iter.Seq2[T, error], keys func(T) []string, do func(context.Context, T) R, queue chan<- *underWay[R]) error {
	last := map[string]chan struct{}{} // by key
	for row, err := range rows {
		if err != nil {
			return err
		}
		r := &underWay[R]{ready: make(chan struct{})}
		select {
		case queue <- r:
		case <-ctx.Done():
			return ctx.Err()
		}
		if len(last) > 12*inFlight { // most of them are long done
			maps.DeleteFunc(last, func(_ string, c chan struct{}) bool {
				select {
				case <-c:
					return true
				default:
					return false
				}
			})
		}
		var before []chan struct{}
		for _, key := range keys(row) {
			if c, ok := last[key]; ok {
				before = append(before, c)
			}
			last[key] = r.ready
		}
		go func() {
			defer close(r.ready)
			for _, c := range before {
				<-c
			}
			r.done = do(ctx, row)
		}()
	}
	return nil
}
