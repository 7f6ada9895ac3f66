package main

import (
	"fmt"
	"io/fs"
	"syscall"
	"time"
)

// thisKernel asks Linux.
func thisKernel() kernel {
	return kernel{synced: clockState, room: roomOf, access: mayWrite, owner: ownerOf}
}

// clockState reads the kernel's clock discipline (adjtimex(2)) and changes
// nothing of it.
func clockState() (string, error) {
	var t syscall.Timex
	state, err := syscall.Adjtimex(&t)
	if err != nil {
		return "", fmt.Errorf("adjtimex: %w", err)
	}
	return judgeClock(state, int64(t.Status), time.Duration(t.Maxerror)*time.Microsecond), nil
}

// What adjtimex(2) calls a clock that nobody disciplines.
const (
	timeError   = 5
	statusUnset = 0x40
)

// judgeClock says what is wrong with a clock; "" when nothing is.
func judgeClock(state int, status int64, off time.Duration) string {
	const most = 5 * time.Second
	switch {
	case state == timeError || status&statusUnset != 0:
		return "nothing keeps it right, says the kernel"
	case off > most:
		return fmt.Sprintf("it may be off by %s, says the kernel", off.Round(time.Second))
	}
	return ""
}

func roomOf(folder string) (space, error) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(folder, &s); err != nil {
		return space{}, &fs.PathError{Op: "statfs", Path: folder, Err: err}
	}
	size := uint64(s.Bsize) // #nosec G115 -- a block's size is positive
	return space{
		free: s.Bavail * size, total: s.Blocks * size, freeInodes: s.Ffree, allInodes: s.Files,
		magic: uint32(s.Type), // #nosec G115 -- magic numbers have 32 bits; some systems extend the sign
	}, nil
}

func mayWrite(path string) error {
	const write, enter = 2, 1
	return syscall.Access(path, write|enter)
}

func ownerOf(info fs.FileInfo) (int, bool) {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, false
	}
	return int(stat.Uid), true
}
