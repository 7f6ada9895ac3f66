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
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid))
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
