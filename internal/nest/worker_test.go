package nest

import (
	"context"
	"errors"
	"testing"
	"time"
)

func TestRequestTime(t *testing.T) {
	parent, stop := context.WithCancel(t.Context())
	now := time.Now()
	for name, test := range map[string]struct {
		d    *deadline
		do   func(*deadline)
		want error
	}{
		"under way":              {&deadline{Context: parent, at: now.Add(time.Hour)}, func(*deadline) {}, nil},
		"asked for, under way":   {&deadline{Context: parent, at: now.Add(time.Hour)}, func(d *deadline) { d.Done() }, nil},
		"its time is over":       {&deadline{Context: parent, at: now.Add(-1)}, func(*deadline) {}, context.DeadlineExceeded},
		"asked for, out of time": {&deadline{Context: parent, at: now.Add(-1)}, func(d *deadline) { <-d.Done() }, context.DeadlineExceeded},
		"it is over":             {&deadline{Context: parent, at: now.Add(time.Hour)}, func(d *deadline) { d.end() }, context.Canceled},
		"asked for, then over":   {&deadline{Context: parent, at: now.Add(time.Hour)}, func(d *deadline) { d.Done(); d.end(); <-d.Done() }, context.Canceled},
		"over, then asked for":   {&deadline{Context: parent, at: now.Add(time.Hour)}, func(d *deadline) { d.end(); <-d.Done() }, context.Canceled},
	} {
		if test.do(test.d); !errors.Is(test.d.Err(), test.want) {
			t.Errorf("%s: got %v, want %v", name, test.d.Err(), test.want)
		}
		if at, ok := test.d.Deadline(); !ok || at != test.d.at {
			t.Errorf("%s: its end is %v, %v", name, at, ok)
		}
	}
	quiet, asked := &deadline{Context: parent, at: now.Add(time.Hour)}, &deadline{Context: parent, at: now.Add(time.Hour)}
	derived, cancel := context.WithCancel(asked) // as a database driver does
	defer cancel()
	stop()
	<-derived.Done()
	for name, d := range map[string]*deadline{"quiet": quiet, "asked for": asked} {
		if !errors.Is(d.Err(), context.Canceled) {
			t.Errorf("%s, its parent over: %v", name, d.Err())
		}
	}
}
