package e2e

import (
	"fmt"
	"math/rand/v2"
	"net"
	"sync"
	"syscall"
	"testing"
)

// ports hands out each port once. They lie below those that the system gives
// to outgoing connections.
var ports = struct {
	sync.Mutex
	next int
}{next: 20000 + rand.IntN(10000)}

// freePort finds a port that nobody listens on: the settings refuse port 0.
func freePort(t *testing.T) int {
	t.Helper()
	ports.Lock()
	defer ports.Unlock()
	// A process that is started meanwhile would hold the port until it runs.
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	for range 2000 {
		ports.next = 20000 + (ports.next-20000+1)%12000
		if l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", ports.next)); err == nil {
			if err := l.Close(); err != nil {
				t.Fatal(err)
			}
			return ports.next
		}
	}
	t.Fatal("no port is free")
	return 0
}
