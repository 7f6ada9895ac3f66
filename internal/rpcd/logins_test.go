package rpcd_test

import (
	"encoding/json"
	"errors"
	"net/netip"
	"sync"
	"testing"

	"github.com/latchkey/latchkey/internal/auth"
	"github.com/latchkey/latchkey/internal/nest"
	"github.com/latchkey/latchkey/internal/rpcd"
)

// TestLoginsLeaveRoom: of one connection three quarters of what may be in flight are
// logins, however many come; everything else over it, and logins over others, go
// on.
func TestLoginsLeaveRoom(t *testing.T) {
	waiting, release := make(chan struct{}, 200), make(chan struct{})
	w := newWorld(t, limited, func(c *rpcd.Config) {
		name := c.DeviceName
		c.DeviceName = func(agent string) string { // every step of a login asks for it
			waiting <- struct{}{}
			<-release
			return name(agent)
		}
	})
	login, err := json.Marshal(stranger(other).signIn())
	must(t, err)
	from := func(port uint16) netip.AddrPort { return netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), port) }
	ask := func(peer netip.AddrPort) string {
		body, err := w.door.Serve(t.Context(), nest.Request{Command: "auth.login", Data: login, Peer: peer})
		var e answer
		if err := errors.Join(err, json.Unmarshal(body, &e)); err != nil {
			t.Error(err)
		}
		return e.code()
	}
	var all sync.WaitGroup
	for range 48 {
		all.Go(func() { ask(from(1)) })
	}
	for range 48 {
		<-waiting
	}
	if got := ask(from(1)); got != auth.ErrOverloaded.Code {
		t.Errorf("a login beyond them: %s", got)
	}
	all.Go(func() { ask(from(2)) })
	<-waiting // of another connection
	w.call(t, "auth.session.validate", object{"tenantId": other}).want(t, "ACCESS_TOKEN_MISSING")
	close(release)
	all.Wait()
	if got := ask(from(1)); got == auth.ErrOverloaded.Code {
		t.Error("they are over, and another is refused")
	}
}
