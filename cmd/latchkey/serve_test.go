package main

import (
	"log/slog"
	"net/http"
	"testing"
	"time"
)

// TestTheServersPatience holds the numbers of SECURITY.md §1; that the read
// and idle ones really hang up is seen in e2e.
func TestTheServersPatience(t *testing.T) {
	s := newServer(http.NotFoundHandler(), slog.New(slog.DiscardHandler))
	for name, c := range map[string]struct{ got, want time.Duration }{
		"header": {s.ReadHeaderTimeout, 5 * time.Second}, "read": {s.ReadTimeout, 10 * time.Second},
		"write": {s.WriteTimeout, 15 * time.Second}, "idle": {s.IdleTimeout, 60 * time.Second},
	} {
		if c.got != c.want {
			t.Errorf("%s: %s, want %s", name, c.got, c.want)
		}
	}
	if got := s.MaxHeaderBytes + 4<<10; got != 16<<10 { // what net/http allows in fact
		t.Errorf("headers of %d bytes, want 16 KiB", got)
	}
}
