package main

import (
	"os"
	"path/filepath"
	"testing"
)

func TestDoctorDisk(t *testing.T) {
	const gib = 1024 * mib
	room := func(s space) func(*patient) {
		return func(p *patient) { p.kernel.room = func(string) (space, error) { return s, nil } }
	}
	plenty := space{free: 50 * gib, total: 100 * gib, freeInodes: 5e6, allInodes: 1e7}
	with := func(change func(*space)) func(*patient) {
		s := plenty
		change(&s)
		return room(s)
	}
	file := func(mode os.FileMode, size int64, name string) func(*testing.T, string) []string {
		return func(t *testing.T, dir string) []string {
			path := filepath.Join(dir, "data", name)
			f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			if size > 0 {
				if err := f.Truncate(size); err != nil {
					t.Fatal(err)
				}
			}
			if err := os.Chmod(path, mode); err != nil {
				t.Fatal(err)
			}
			return nil
		}
	}
	diagnose(t, checkDisk, []illness{
		{name: "all well", change: room(plenty), want: ok("51200 MiB of 102400 MiB are free")},
		{name: "before there is a folder", bare: true, change: room(plenty), want: ok("are free")},
		{name: "full", change: with(func(s *space) { s.free = 199 * mib }), want: fail("199 MiB of", "make room")},
		{name: "nearly full", change: with(func(s *space) { s.free, s.total = 1000*mib, 2*gib }), want: warn("1000 MiB of", "make room")},
		{name: "a tenth of much", change: with(func(s *space) { s.free = 9 * gib }), want: warn("9216 MiB of", "make room")},
		{name: "less than a tenth of very much", change: with(func(s *space) { s.free, s.total = 10*gib, 252*gib }), want: ok("10240 MiB of")},
		{name: "no more files", change: with(func(s *space) { s.freeInodes = 10 }), want: fail("10 more files", "df -i")},
		{name: "few more files", change: with(func(s *space) { s.freeInodes = 1e5 }), want: warn("100000 more files", "df -i")},
		{name: "files are not counted", change: with(func(s *space) { s.freeInodes, s.allInodes = 0, 0 }), want: ok("are free")},
		{name: "NFS", change: with(func(s *space) { s.magic = 0x6969 }), want: fail("(NFS)", "a disk of this machine")},
		{name: "CIFS", change: with(func(s *space) { s.magic = 0xff534d42 }), want: fail("(CIFS)", "a disk of this machine")},
		{name: "a system that does not say", change: func(p *patient) { p.kernel.room = func(string) (space, error) { return space{}, errUnknown } }, want: ok("cannot be seen")},
		{name: "readable for all", change: room(plenty), prepare: file(0o644, 0, "latchkey.db"), want: fail("mode 0644", "chmod 600")},
		{name: "readable for a group", change: room(plenty), prepare: file(0o640, 0, "latchkey.db"), want: warn("mode 0640", "chmod 600")},
		{name: "a log for all to read", change: room(plenty), prepare: file(0o604, 32, "latchkey.db-wal"), want: fail("latchkey.db-wal has mode 0604", "chmod 600")},
		{name: "a log without end", change: room(plenty), prepare: file(0o600, 300*mib, "latchkey.db-wal"), want: warn("300 MiB", "restart the service")},
	})
}
