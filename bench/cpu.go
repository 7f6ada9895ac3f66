package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// tick is the unit in which Linux tells CPU time to programs (USER_HZ).
const tick = 10 * time.Millisecond

// cpu is the CPU time that the process has used, 0 where this is not known.
// Beside other work on the machine it is steadier than any rate.
func (p *process) cpu() time.Duration {
	if p == nil {
		return 0
	}
	return cpuOf(p.cmd.Process.Pid)
}

// ownCPU is the same of the generator.
func ownCPU() time.Duration { return cpuOf(os.Getpid()) }

func cpuOf(pid int) time.Duration {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	return parseCPU(string(text))
}

// parseCPU adds utime and stime of /proc/PID/stat (proc_pid_stat(5), fields 14
// and 15). The second field is a name in parentheses that may hold anything.
func parseCPU(stat string) time.Duration {
	fields := strings.Fields(stat[strings.LastIndexByte(stat, ')')+1:])
	const utime, stime = 14 - 3, 15 - 3
	if len(fields) <= stime {
		return 0
	}
	user, err := strconv.ParseInt(fields[utime], 10, 64)
	if err != nil {
		return 0
	}
	system, err := strconv.ParseInt(fields[stime], 10, 64)
	if err != nil {
		return 0
	}
	return time.Duration(user+system) * tick
}

// cores is how many cores so much CPU time kept busy since then.
func cores(spent time.Duration, since time.Time) float64 {
	return spent.Seconds() / time.Since(since).Seconds()
}
