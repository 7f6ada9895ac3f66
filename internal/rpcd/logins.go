package rpcd

import (
	"net/netip"
	"sync"
)

// mostLogins bounds how many steps of logins of one connection are under way at
// a time: three quarters of what it may have in flight. They take their time by design, and
// what a guard asks over the same connection is not to wait for those of
// strangers.
const mostLogins = 48

// logins counts the steps of logins that are under way, by connection.
type logins struct {
	mu sync.Mutex
	of map[netip.AddrPort]int
}

// begin counts one more, unless there are as many as may be.
func (l *logins) begin(peer netip.AddrPort) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.of[peer] >= mostLogins {
		return false
	}
	l.of[peer]++
	return true
}

func (l *logins) end(peer netip.AddrPort) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.of[peer]--; l.of[peer] == 0 {
		delete(l.of, peer)
	}
}
