package site

import (
	"fmt"
	"math"
	"net/http"
	"slices"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

// system is what the page about the deployment shows.
type system struct{ auth.System }

func showSystem(v *visit) {
	a := v.ask(http.MethodGet, "/system", nil)
	if !a.ok() {
		v.failed(a)
		return
	}
	var s system
	if err := a.read(&s.System); err != nil {
		v.failed(v.broken("the state could not be read", err))
		return
	}
	v.render(http.StatusOK, page{name: "system", data: s})
}

// Wrong names what is not as it should be.
func (s system) Wrong() (names []string) {
	for name, ok := range map[string]bool{
		"database": s.Database.OK, "bus": s.Bus.OK, "mail": s.Mail.OK, "dead": s.Mail.Dead == 0,
	} {
		if !ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// Since is for how long the instance has been there.
func (s system) Since() time.Duration { return s.Now.Sub(s.StartedAt) }

// Span is a length of time for people.
func (v *visit) Span(d time.Duration) string { return v.span(d) }

// Took is a number of milliseconds for people.
func (v *visit) Took(ms float64) string {
	if ms >= 10 {
		return fmt.Sprintf("%.0f ms", ms)
	}
	return fmt.Sprintf("%.2g ms", math.Max(ms, 0.01))
}

// Size is a number of bytes for people.
func (v *visit) Size(bytes uint64) string {
	return fmt.Sprintf("%.0f MiB", math.Ceil(float64(bytes)/(1<<20)))
}
