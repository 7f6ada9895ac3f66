package feed

import (
	"encoding/hex"
	"fmt"
	"strings"
	"time"
)

// after returns the least UUIDv7 of a time (RFC 9562 §5.7): whatever was made
// then or later has a greater one.
func after(t time.Time) string {
	ms := uint64(max(t.UnixMilli(), 0))
	text := fmt.Sprintf("%012x", ms&(1<<48-1))
	return text[:8] + "-" + text[8:] + "-7000-8000-000000000000"
}

// made returns when a UUIDv7 was made; ok is false when it is none.
func made(id string) (t time.Time, ok bool) {
	if len(id) != 36 || id[8] != '-' || id[14] != '7' {
		return time.Time{}, false
	}
	b, err := hex.DecodeString(strings.Replace(id[:13], "-", "", 1))
	if err != nil {
		return time.Time{}, false
	}
	var ms int64
	for _, c := range b {
		ms = ms<<8 | int64(c)
	}
	return time.UnixMilli(ms), true
}
