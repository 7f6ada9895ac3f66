package main

import (
	"runtime"
	"time"

	"golang.org/x/sys/unix"
)

// pacer waits for moments that are closer together than Go's timers are exact
// on a machine that idles (1 ms): a load that comes in bursts would measure its
// own bursts. It belongs to one goroutine.
type pacer struct{}

func newPacer() pacer {
	runtime.LockOSThread()
	// Else Linux adds up to 50 µs. If it does so all the same, the load is a
	// little less even.
	_ = unix.Prctl(unix.PR_SET_TIMERSLACK, 1, 0, 0, 0)
	return pacer{}
}

// until waits for a moment. It may wake up early, when a signal came.
func (pacer) until(at time.Time) {
	if left := time.Until(at); left > 0 {
		wait := unix.NsecToTimespec(left.Nanoseconds())
		_ = unix.Nanosleep(&wait, nil)
	}
}

// done gives the thread back, as a thread that waits as others do.
func (pacer) done() {
	_ = unix.Prctl(unix.PR_SET_TIMERSLACK, 0, 0, 0, 0)
	runtime.UnlockOSThread()
}
