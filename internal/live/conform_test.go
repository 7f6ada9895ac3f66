package live_test

import (
	"testing"

	"github.com/latchkey/latchkey/internal/live"
	"github.com/latchkey/latchkey/internal/live/livetest"
)

// What the tests of this package take for a bus is one.
func TestTheWireIsABus(t *testing.T) {
	wire := live.NewWire()
	livetest.Bus{
		Open: func(*testing.T) live.Bus { return wire.Station() },
		Cut:  func(*testing.T) { wire.Cut(nil) },
	}.Run(t)
}
