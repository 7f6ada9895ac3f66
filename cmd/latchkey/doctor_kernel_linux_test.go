package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestTheKernelAnswers(t *testing.T) {
	k := thisKernel()
	dir := t.TempDir()
	if s, err := k.room(dir); err != nil || s.total == 0 || s.free > s.total || s.magic == 0 {
		t.Errorf("room: got %+v, %v", s, err)
	}
	if _, err := k.room(filepath.Join(dir, "none")); err == nil {
		t.Error("room of a folder that is not there: got none, want an error")
	}
	if err := k.access(dir); err != nil {
		t.Errorf("access: %v", err)
	}
	if err := k.access(filepath.Join(dir, "none")); err == nil {
		t.Error("access to a folder that is not there: got none, want an error")
	}
	info, err := os.Stat(dir)
	if err != nil {
		t.Fatal(err)
	}
	if got, known := k.owner(info); !known || got != os.Getuid() {
		t.Errorf("owner: got %d, %v, want %d", got, known, os.Getuid())
	}
	if _, err := k.synced(); err != nil {
		t.Errorf("synced: %v", err)
	}
}

func TestJudgeClock(t *testing.T) {
	for _, c := range []struct {
		state  int
		status int64
		off    time.Duration
		want   string
	}{
		{0, 0, time.Millisecond, ""},
		{0, 0x2001, time.Second, ""}, // disciplined, in nanoseconds
		{5, 0x40, 16 * time.Second, "nothing keeps it right"},
		{0, 0x40, 0, "nothing keeps it right"},
		{0, 0, 10 * time.Second, "off by 10s"},
	} {
		if got := judgeClock(c.state, c.status, c.off); !strings.Contains(got, c.want) || (got == "") != (c.want == "") {
			t.Errorf("%+v: got %q", c, got)
		}
	}
}
