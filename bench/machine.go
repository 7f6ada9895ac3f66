package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// describe says where and how a run was made. What this system does not tell is
// left out.
func describe(ctx context.Context, o options) string {
	lines := []string{
		"Latchkey, measured " + time.Now().UTC().Format(time.DateTime) + " UTC",
		fmt.Sprintf("%d cores of %s; %s of memory", runtime.NumCPU(), orUnknown(value("/proc/cpuinfo", "model name")), orUnknown(value("/proc/meminfo", "MemTotal"))),
		fmt.Sprintf("%s/%s %s; %s", runtime.GOOS, runtime.GOARCH, line("/proc/sys/kernel/osrelease"), runtime.Version()),
		"database on " + orUnknown(fileSystem(o.dir)) + "; load average before the run " + orUnknown(line("/proc/loadavg")),
		fmt.Sprintf("%s a measurement after %s of warm-up; generator and servers share the cores", o.span, o.warm),
	}
	if len(o.set) > 0 {
		lines = append(lines, "settings changed: "+settingNames(o.set))
	}
	if commit, err := exec.CommandContext(ctx, "git", "describe", "--always", "--dirty").Output(); err == nil {
		lines = append(lines, "commit "+strings.TrimSpace(string(commit)))
	}
	return strings.Join(lines, "\n") + "\n"
}

// settingNames shows values too, but for those that are secrets.
func settingNames(set []string) string {
	var shown []string
	for _, s := range set {
		name, _, _ := strings.Cut(s, "=")
		if strings.Contains(name, "SECRET") || strings.Contains(name, "PASS") {
			s = name + "=…"
		}
		shown = append(shown, s)
	}
	return strings.Join(shown, " ")
}

func orUnknown(s string) string {
	if s == "" {
		return "unknown"
	}
	return s
}

func line(path string) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(text))
}

// value returns what follows the first "name   : " of a file.
func value(path, name string) string {
	for l := range strings.Lines(line(path)) {
		if rest, found := strings.CutPrefix(l, name); found {
			return strings.TrimSpace(strings.TrimLeft(rest, " \t:"))
		}
	}
	return ""
}

// fileSystem is the kind of the one that holds the databases: the mount with the
// longest path above them.
func fileSystem(dir string) string {
	if dir == "" {
		dir = os.TempDir()
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return ""
	}
	kind, longest := "", -1
	for l := range strings.Lines(line("/proc/self/mounts")) {
		f := strings.Fields(l)
		if len(f) > 2 && len(f[1]) > longest && strings.HasPrefix(dir+"/", strings.TrimSuffix(f[1], "/")+"/") {
			kind, longest = f[2], len(f[1])
		}
	}
	return kind
}
