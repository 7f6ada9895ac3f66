package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// space is what a file system has.
type space struct {
	free, total           uint64 // bytes, of which this user may have the free ones
	freeInodes, allInodes uint64 // 0 of 0: it does not count them
	magic                 uint32 // of the kind of file system (statfs(2))
}

// checkDisk looks at where the database lies.
func checkDisk(_ context.Context, p *patient) []finding {
	if p.served() {
		return []finding{ok("the data is on a server: nothing is kept on this machine's disk; watch that of the server")}
	}
	room, err := p.kernel.room(p.folder())
	if errors.Is(err, errUnknown) {
		return append([]finding{ok("how much room there is cannot be seen: %v", err)}, checkFiles(p)...)
	}
	if err != nil {
		return []finding{fail("the disk cannot be looked at: "+err.Error(), "choose another folder with DATABASE_URL")}
	}
	found := append(checkRoom(room), checkFileSystem(room.magic)...)
	return append(found, checkFiles(p)...)
}

const mib = 1 << 20

// checkRoom judges what is left: a full disk refuses every login. A tenth of a
// disk is little, but not of one so large that it is 10 GiB.
func checkRoom(s space) []finding {
	const mend = "make room on the disk of DATABASE_URL, or move the database to another with the server stopped"
	left := fmt.Sprintf("%d MiB of %d MiB are free where the database is", s.free/mib, s.total/mib)
	var found []finding
	switch {
	case s.free < 200*mib:
		found = append(found, fail(left, mend))
	case s.free < 1024*mib || s.free < min(s.total/10, 10*1024*mib):
		found = append(found, warn(left, mend))
	default:
		found = append(found, ok("%s", left))
	}
	if s.allInodes > 0 && s.freeInodes < 100 {
		return append(found, fail(fmt.Sprintf("%d more files can be made where the database is", s.freeInodes), "delete small files there (df -i counts them)"))
	}
	if s.allInodes > 0 && s.freeInodes < s.allInodes/10 {
		return append(found, warn(fmt.Sprintf("%d more files can be made where the database is, of %d", s.freeInodes, s.allInodes), "delete small files there (df -i counts them)"))
	}
	return found
}

// remote are file systems whose locks and shared memory SQLite's log cannot
// rely on (sqlite.org/wal.html), by the magic numbers of statfs(2).
var remote = map[uint32]string{
	0x6969: "NFS", 0x517b: "SMB", 0xff534d42: "CIFS", 0xfe534d42: "SMB 2", 0x5346414f: "AFS", 0x73757245: "Coda", 0x00c36400: "Ceph",
}

func checkFileSystem(magic uint32) []finding {
	name, isRemote := remote[magic]
	if !isRemote {
		return nil
	}
	return []finding{fail("the database is on a network file system ("+name+"), where two servers can damage it", "move it to a disk of this machine and name that with DATABASE_URL")}
}

// checkFiles looks at the database's files: who can read them, and whether the
// log has outgrown its bound.
func checkFiles(p *patient) (found []finding) {
	path := p.settings.DatabasePath
	for _, name := range []string{path, path + "-wal", path + "-shm"} {
		info, err := os.Stat(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			found = append(found, fail(err.Error(), "let this user read the folder, or run doctor as the user that serves"))
			continue
		}
		switch mode := info.Mode().Perm(); {
		case mode&0o007 != 0:
			found = append(found, fail(fmt.Sprintf("%s has mode %#o: everybody on this machine can read or change it", name, mode), "chmod 600 "+name))
		case mode&0o070 != 0:
			found = append(found, warn(fmt.Sprintf("%s has mode %#o: its group can read or change it", name, mode), "chmod 600 "+name))
		}
	}
	// A server writes the log into the database every 16 MiB and cuts it to 64.
	const most = 256 * mib
	if info, err := os.Stat(path + "-wal"); err == nil && info.Size() > most {
		found = append(found, warn(fmt.Sprintf("the write-ahead log has %d MiB: somebody has been reading for so long that it cannot be emptied", info.Size()/mib), "end the backup tool or shell that has the database open (fuser, lsof), or restart the service"))
	}
	return found
}
