package mongo

import (
	"fmt"
	"testing"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

// TestAnAccountStaysSmall: who logs in again and again, and out, from another
// device each time, keeps the newest sessions and devices, and all that live.
func TestAnAccountStaysSmall(t *testing.T) {
	u, seat, _ := newUser("ann")
	a := newAccount(auth.Dossier{User: u, Seats: []auth.Seat{seat}})
	const logins = mostDevices + 200
	for i := range logins {
		v := newSession(u, fmt.Sprintf("s%04d", i))
		v.Device, v.CreatedAt = fmt.Sprint("d", i), epoch.Add(time.Duration(i)*time.Second)
		if _, _, err := a.openSession(auth.Opening{Session: v}); err != nil {
			t.Fatal(err)
		}
		if i >= 10 { // the first ten live on
			a.end(v, auth.Ending{At: v.CreatedAt})
		}
	}
	a.derive()
	if len(a.Devices) != mostDevices || len(a.SessionID) > mostOver+11 {
		t.Errorf("got %d devices and %d sessions", len(a.Devices), len(a.SessionID))
	}
	for i, want := range map[int]bool{0: true, 9: true, 10: false, logins - mostOver - 2: false, logins - mostOver: true, logins - 1: true} {
		if _, got := a.session(fmt.Sprintf("s%04d", i)); got != want {
			t.Errorf("session %d: kept %t, want %t", i, got, want)
		}
	}
	if a.Devices[0].ID != fmt.Sprint("d", logins-mostDevices) {
		t.Errorf("the oldest device is %s", a.Devices[0].ID)
	}
}
