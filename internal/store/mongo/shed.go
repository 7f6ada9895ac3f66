package mongo

import (
	"cmp"
	"slices"
	"time"
)

// Bounds of what an account's document keeps of the past, so that a program that
// logs in all day long does not fill it before the next sweep.
const (
	mostOver    = 500
	mostDevices = 1000
)

// shed lets go of what is too much at now: of the sessions that are over those
// that were over first, of the devices those that were not seen for longest. It is
// a sweep before its time.
func (a *accountDoc) shed(now time.Time) {
	var over []sessionDoc
	for id, v := range a.Sessions {
		if s, _ := a.session(id); !s.Lives(now) {
			over = append(over, v)
		}
	}
	if len(over) > mostOver {
		slices.SortFunc(over, func(a, b sessionDoc) int { return cmp.Or(overAt(a).Compare(overAt(b)), cmp.Compare(a.ID, b.ID)) })
		for _, v := range over[:len(over)-mostOver] {
			delete(a.Sessions, v.ID)
		}
	}
	if n := len(a.Devices) - mostDevices; n > 0 {
		slices.SortStableFunc(a.Devices, func(a, b deviceDoc) int { return a.SeenAt.Compare(b.SeenAt) })
		a.Devices = slices.Delete(a.Devices, 0, n)
	}
}
