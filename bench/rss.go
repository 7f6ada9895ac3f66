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
func (p *process) memory() (float64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid)) //nolint:gosec // a number
	if errors.Is(err, os.ErrNotExist) {
		return 0, errors.New("memory is read from /proc, as Linux has it; leave the measure out with -only")
	}
	if err != nil {
		return 0, err
	}
	return parseRSS(string(text))
}

// parseRSS finds the line VmRSS of /proc/PID/status (proc_pid_status(5)).
func parseRSS(status string) (float64, error) {
	for line := range strings.Lines(status) {
		rest, found := strings.CutPrefix(line, "VmRSS:")
		if !found {
			continue
		}
		fields := strings.Fields(rest)
		if len(fields) != 2 || fields[1] != "kB" {
			return 0, fmt.Errorf("VmRSS is %q, not a number of kB", strings.TrimSpace(rest))
		}
		kb, err := strconv.ParseFloat(fields[0], 64)
		return kb / 1024, err
	}
	return 0, errors.New("no VmRSS in the status of the process")
}
