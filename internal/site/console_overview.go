package site

import (
	"net/http"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

// ranges are how far back an overview looks, by the names in its address.
var ranges = []struct{ name, hours string }{{"24h", "24"}, {"7d", "168"}}

// overview is what goes on in a tenant, drawn.
type overview struct {
	Range   string
	Ranges  []string
	Figures []figure
	Charts  []chart
	Rows    []moment // the same as numbers, newest first
}

// figure is a number that stands by itself.
type figure struct {
	Name  string // its label is the text "overview.now.name"
	Value int
}

// moment is what every chart shows of one step.
type moment struct {
	At     time.Time
	Values []int
}

func showOverview(v *visit) {
	o, hours := overview{Range: ranges[0].name}, ranges[0].hours
	for _, r := range ranges {
		o.Ranges = append(o.Ranges, r.name)
		if r.name == v.param("range") {
			o.Range, hours = r.name, r.hours
		}
	}
	a := v.ask(http.MethodGet, "/overview?hours="+hours, nil)
	if !a.ok() {
		v.failed(a)
		return
	}
	var found auth.Overview
	if err := a.read(&found); err != nil {
		v.failed(v.broken("the overview could not be read", err))
		return
	}
	o.draw(found)
	v.render(http.StatusOK, page{name: "overview", data: o})
}

// draw makes charts and table of the numbers.
func (o *overview) draw(found auth.Overview) {
	step := time.Duration(found.Step) * time.Second
	var starts []time.Time
	for i := range found.SignIns {
		starts = append(starts, found.From.Add(time.Duration(i)*step))
	}
	o.Charts = []chart{
		{Name: "sessions", Level: true, Starts: starts, Values: found.ActiveSessions, Step: step},
		{Name: "logins", Starts: starts, Values: found.SignIns, Step: step},
		{Name: "failures", Starts: starts, Values: found.Failures, Step: step},
		{Name: "locks", Starts: starts, Values: found.Locks, Step: step},
	}
	made := chart{Values: found.SignUps}
	o.Figures = []figure{{"sessions", found.ActiveNow}, {"logins", o.Charts[1].Sum()}, {"accounts", made.Sum()}}
	for i := len(starts) - 1; i >= 0; i-- {
		m := moment{At: starts[i]}
		for _, c := range o.Charts {
			m.Values = append(m.Values, c.Values[i])
		}
		o.Rows = append(o.Rows, m)
	}
}
