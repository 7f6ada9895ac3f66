package main

import (
	"testing"
	"time"
)

func TestParseMemory(t *testing.T) {
	status := "Name:\tlatchkey\nVmPeak:\t 1240000 kB\nVmHWM:\t   32768 kB\nVmRSS:\t   24576 kB\nRssAnon:\t 1 kB\n"
	for name, want := range map[string]float64{"VmRSS": 24, "VmHWM": 32} {
		if got, err := parseMemory(status, name); err != nil || got != want {
			t.Errorf("%s is %v MiB, %v; want %v", name, got, err, want)
		}
	}
	for _, bad := range []string{"", "VmPeak: 1 kB\n", "VmRSS: 1 MB\n", "VmRSS: x kB\n", "VmRSS:\n"} {
		if got, err := parseMemory(bad, "VmRSS"); err == nil {
			t.Errorf("%q is %v MiB", bad, got)
		}
	}
}

func TestParseCPU(t *testing.T) {
	stat := "42 (a) S 1) S 1 42 42 0 -1 4194560 5000 0 3 0 120 34 7 9 20 0 8 0 1000 1 2 3"
	if got, want := parseCPU(stat), 1540*time.Millisecond; got != want {
		t.Errorf("got %v, want %v", got, want)
	}
	for _, bad := range []string{"", "42 (a", "42 (a) S 1 1 1", "42 (a) S 1 42 42 0 -1 4194560 5000 0 3 0 x 34 7"} {
		if got := parseCPU(bad); got != 0 {
			t.Errorf("%q: got %v, want nothing", bad, got)
		}
	}
}
