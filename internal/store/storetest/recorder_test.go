package storetest

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"

	"github.com/latchkey/latchkey/internal/auth"
)

// Promises returns the names of all promises of the suite, as
// chapter/promise.
func Promises() []string {
	var names []string
	for _, c := range chapters() {
		for _, p := range c.promises {
			names = append(names, c.name+"/"+p.name)
		}
	}
	for _, p := range ticketPromises() {
		names = append(names, "Tickets/"+p.name)
	}
	for _, p := range rowPromises() {
		names = append(names, "Copies/"+p.name)
	}
	return names
}

// Breaks reports whether a store breaks the promise of that name, and what the
// promise said.
func Breaks(name string, s auth.Store) (broken bool, said string) {
	r := &recorder{name: name}
	done := make(chan struct{})
	go func() { // of its own: Fatalf ends it
		defer close(done)
		defer func() {
			if p := recover(); p != nil {
				r.Errorf("panic: %v\n%s", p, debug.Stack())
			}
		}()
		keep(name)(r, s)
	}()
	<-done
	return r.Failed(), r.said.String()
}

func keep(name string) func(T, auth.Store) {
	for _, c := range chapters() {
		for _, p := range c.promises {
			if name == c.name+"/"+p.name {
				return p.keep
			}
		}
	}
	for _, p := range rowPromises() {
		if name == "Copies/"+p.name {
			return p.keep
		}
	}
	for _, p := range ticketPromises() {
		if name == "Tickets/"+p.name {
			return func(t T, s auth.Store) { p.keep(t, s) }
		}
	}
	return func(t T, _ auth.Store) { panic("the suite has no promise " + name) }
}

// recorder is a T that writes failures down instead of failing a test.
type recorder struct {
	name   string
	mu     sync.Mutex
	failed bool
	said   strings.Builder
}

func (r *recorder) Helper()      {}
func (r *recorder) Name() string { return r.name }

func (r *recorder) Log(args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	fmt.Fprintln(&r.said, args...)
}
func (r *recorder) Logf(format string, args ...any) { r.Log(fmt.Sprintf(format, args...)) }

func (r *recorder) Fail() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.failed = true
}

func (r *recorder) Failed() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.failed
}

func (r *recorder) FailNow() {
	r.Fail()
	runtime.Goexit()
}

func (r *recorder) Error(args ...any) { r.Log(args...); r.Fail() }
func (r *recorder) Fatal(args ...any) { r.Log(args...); r.FailNow() }

func (r *recorder) Errorf(format string, args ...any) { r.Error(fmt.Sprintf(format, args...)) }
func (r *recorder) Fatalf(format string, args ...any) { r.Fatal(fmt.Sprintf(format, args...)) }

// A promise is never skipped: it counts as broken.
func (r *recorder) SkipNow()                         { r.FailNow() }
func (r *recorder) Skip(args ...any)                 { r.Fatal(args...) }
func (r *recorder) Skipf(format string, args ...any) { r.Fatalf(format, args...) }
