//go:build !linux

package main

import "time"

// pacer waits as exactly as Go's timers do.
type pacer struct{}

func newPacer() pacer { return pacer{} }

func (pacer) until(at time.Time) { time.Sleep(time.Until(at)) }

func (pacer) done() {}
