package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// settled waits until the process has done what it does after its start, and
// returns the memory it holds then, in MiB.
func (p *process) settled(ctx context.Context) (float64, error) {
	select {
	case <-ctx.Done():
		return 0, ctx.Err()
	case <-time.After(time.Second):
		return p.memory()
	}
}

// memory is the resident memory of the process in MiB, as Linux tells it.
func (p *process) memory() (float64, error) { return p.status("VmRSS") }

// peak is the most that memory has been since the start, or forgetPeak.
func (p *process) peak() (float64, error) { return p.status("VmHWM") }

// forgetPeak makes peak begin anew (proc_pid_clear_refs(5), value 5).
func (p *process) forgetPeak() error {
	return os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", p.cmd.Process.Pid), []byte("5"), 0) //nolint:gosec // of a process that we started
}

// status reads an amount of memory off /proc/PID/status, in MiB.
func (p *process) status(name string) (float64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid)) //nolint:gosec // a number
	if errors.Is(err, os.ErrNotExist) {
		return 0, errors.New("memory is read from /proc, as Linux has it; leave the measure out with -only")
	}
	if err != nil {
		return 0, err
	}
	return parseMemory(string(text), name)
}

// parseMemory finds the line of that name in /proc/PID/status
// (proc_pid_status(5)).
func parseMemory(status, name string) (float64, error) {
	for line := range strings.Lines(status) {
		rest, found := strings.CutPrefix(line, name+":")
		if !found {
			continue
		}
		fields := strings.Fields(rest)
		if len(fields) != 2 || fields[1] != "kB" {
			return 0, fmt.Errorf("%s is %q, not a number of kB", name, strings.TrimSpace(rest))
		}
		kb, err := strconv.ParseFloat(fields[0], 64)
		return kb / 1024, err
	}
	return 0, fmt.Errorf("no %s in the status of the process", name)
}
