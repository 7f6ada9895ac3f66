package nest

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// idlers, in the environment, makes a process the other end of
// TestTenThousandIdle: the address to dial and how often. It is a process of
// its own so that both ends have files enough and only ours is measured.
const idlers = "NEST_IDLERS"

// Ten thousand connections that were used once and say nothing any more are
// held for little memory each, and are served when they speak again.
func TestTenThousandIdle(t *testing.T) {
	if told := os.Getenv(idlers); told != "" {
		idle(t, told)
		return
	}
	n := 10_000
	var files syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files); err != nil {
		t.Fatal(err)
	}
	if n = min(n, int(min(files.Cur, 1<<20))-200); n < 5_000 {
		t.Fatalf("%d files may be open: raise that to 5,200 at least, best 10,200 (ulimit -n)", files.Cur)
	}
	s, addr := startServer(t, Config{Handler: echo})
	runtime.GC()
	debug.FreeOSMemory()
	before := memory()

	others := exec.Command(os.Args[0], "-test.run=^TestTenThousandIdle$")
	others.Env = append(os.Environ(), fmt.Sprintf("%s=%s %d", idlers, addr, n))
	var said strings.Builder
	others.Stdout = &said
	in, err := others.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := others.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		in.Close()
		if err := others.Wait(); err != nil || t.Failed() {
			t.Errorf("the other end: %v\n%s", err, &said)
		}
	}()
	eventually(t, "all have been served once", func() bool { return s.Stats().Requests == uint64(n) })
	if got := s.Stats(); got.Connections != int64(n) || got.Refused != 0 {
		t.Errorf("got %+v, want %d connections", got, n)
	}
	const bound = 16 << 10
	each := uint64(0)
	eventually(t, fmt.Sprintf("an idle connection holds less than %d bytes", bound), func() bool {
		runtime.GC()
		each = (max(memory(), before) - before) / uint64(n)
		return each < bound
	})
	t.Logf("%d bytes for each of %d idle connections", each, n)
}

// idle is the other end: it has every connection served once, waits until its
// input ends, and has every tenth served again.
func idle(t *testing.T, told string) {
	addr, times, _ := strings.Cut(told, " ")
	n, err := strconv.Atoi(times)
	if err != nil {
		t.Fatal(err)
	}
	peers := make([]*peer, n)
	for i := range peers {
		peers[i] = dialPeer(t, addr)
		peers[i].serves()
	}
	if _, err := io.Copy(io.Discard, os.Stdin); err != nil {
		t.Fatal(err)
	}
	for i := 0; i < n; i += 10 {
		p := peers[i]
		if err := p.SetDeadline(time.Now().Add(patience)); err != nil {
			t.Fatal(err)
		}
		p.serves()
	}
}
