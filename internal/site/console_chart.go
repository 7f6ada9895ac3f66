package site

import (
	"slices"
	"strconv"
	"time"
)

// chart is numbers over time, drawn on the server. Across it is measured in
// percent, so that it is as wide as the page lets it be, and down in pixels: what
// is written in it keeps its size.
type chart struct {
	Name   string // its title is the text "chart.name"
	Level  bool   // how many there are at a time, else how many came in it
	Starts []time.Time
	Values []int // in each span from a start to the next
	Step   time.Duration
}

// Height of the part of a chart that is drawn in, in pixels; what is written
// below it takes axisHeight more.
const (
	chartHeight = 140
	axisHeight  = 24
)

// Height is that of the whole picture.
func (c chart) Height() int { return chartHeight + axisHeight }

// Base is where nothing is, Middle half of Top.
func (c chart) Base() int   { return chartHeight }
func (c chart) Middle() int { return chartHeight / 2 }

// Most is the highest number.
func (c chart) Most() int {
	if len(c.Values) == 0 {
		return 0
	}
	return slices.Max(c.Values)
}

// At is when the highest number was first reached.
func (c chart) At() time.Time {
	if len(c.Values) == 0 {
		return time.Time{}
	}
	return c.Starts[slices.Index(c.Values, c.Most())]
}

// Sum is how many came in all.
func (c chart) Sum() (n int) {
	for _, v := range c.Values {
		n += v
	}
	return n
}

// Last is how many there are now.
func (c chart) Last() int {
	if len(c.Values) == 0 {
		return 0
	}
	return c.Values[len(c.Values)-1]
}

// Top is the number at the upper edge: a round one, whose half is whole.
func (c chart) Top() int {
	for ten := 1; ; ten *= 10 {
		for _, n := range []int{2, 4, 6, 10} {
			if n*ten >= c.Most() {
				return n * ten
			}
		}
	}
}

// Half stands at the line in the middle.
func (c chart) Half() int { return c.Top() / 2 }

// bar is one span of time in the picture: X and Width in percent, Y and Height
// in pixels. Before is where the level stood until then.
type bar struct {
	X, Right, Width string
	Y, Height       string
	Before          string
	Start           time.Time
	Value           int
}

// Bars are the spans, with a gap between them unless the chart shows a level.
func (c chart) Bars() []bar {
	out := make([]bar, 0, len(c.Values))
	wide := 100 / float64(len(c.Values))
	gap := 0.0
	if !c.Level {
		gap = wide / 4
	}
	before := ""
	for i, n := range c.Values {
		high := float64(n) / float64(c.Top()) * chartHeight
		if n > 0 {
			high = max(high, 1.5) // that there was something is to be seen
		}
		x := float64(i) * wide
		b := bar{
			X: percent(x + gap/2), Right: percent(x + wide), Width: percent(wide - gap), Y: decimal(chartHeight - high), Height: decimal(high),
			Before: before, Start: c.Starts[i], Value: n,
		}
		out, before = append(out, b), b.Y
	}
	return out
}

// mark is a time that is written below a chart.
type mark struct {
	X      string // in percent
	Anchor string // of the text, such that it stays inside
	At     time.Time
	Day    bool // a day begins
}

// Marks are the times that are written: each sixth hour of a day, each day of
// a week.
func (c chart) Marks() (out []mark) {
	every := 6 * time.Hour
	if len(c.Starts) == 0 {
		return nil
	}
	first := c.Starts[0].UTC()
	whole := time.Duration(len(c.Starts)) * c.Step
	if whole > 48*time.Hour {
		every = 24 * time.Hour
	}
	at := first.Truncate(every)
	if at.Before(first) {
		at = at.Add(every)
	}
	for ; at.Before(first.Add(whole)); at = at.Add(every) {
		part := float64(at.Sub(first)) / float64(whole) * 100
		m := mark{X: percent(part), Anchor: "middle", At: at, Day: every == 24*time.Hour}
		switch {
		case part < 2.5:
			m.Anchor = "start"
		case part > 97.5:
			m.Anchor = "end"
		}
		out = append(out, m)
	}
	return out
}

func percent(n float64) string { return decimal(n) + "%" }

func decimal(n float64) string { return strconv.FormatFloat(n, 'f', 2, 64) }

// Grouped is a number as people read it: 12,000.
func (v *visit) Grouped(n int) string {
	text := strconv.Itoa(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

// Weekday and Hour are times below a chart, of UTC.
func (v *visit) Weekday(t time.Time) string { return v.T("weekday." + t.UTC().Format("Mon")) }
func (v *visit) Hour(t time.Time) string    { return t.UTC().Format("15:04") }
