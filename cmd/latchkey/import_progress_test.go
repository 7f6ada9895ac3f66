package main

import (
	"bytes"
	"testing"
	"testing/synctest"
	"time"
)

// TestALogIsToldNowAndThen: every ten seconds, and no more once it is over.
func TestALogIsToldNowAndThen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		stop := showProgress(t.Context(), &inTurn{Writer: &out}, func() int64 { return 4000 })
		time.Sleep(25 * time.Second) // of the bubble
		stop()
		if got, want := out.String(), "4000 users, 400 a second\n4000 users, 200 a second\n"; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}
