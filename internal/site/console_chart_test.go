package site

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// noon is when the charts of the tests begin.
var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// over makes a chart of numbers that come each step.
func over(step time.Duration, values ...int) chart {
	c := chart{Name: "logins", Step: step, Values: values}
	for i := range values {
		c.Starts = append(c.Starts, noon.Add(time.Duration(i)*step))
	}
	return c
}

func TestTheTopOfAChartIsRoundAndItsHalfWhole(t *testing.T) {
	for most, want := range map[int]int{0: 2, 1: 2, 2: 2, 3: 4, 5: 6, 7: 10, 11: 20, 55: 60, 61: 100, 101: 200, 12_345: 20_000} {
		c := over(time.Hour, 0, most)
		if got := c.Top(); got != want || c.Half()*2 != want {
			t.Errorf("the top of %d is %d, half %d, want %d", most, got, c.Half(), want)
		}
	}
}

func TestBarsStandOnTheirSpanOfTime(t *testing.T) {
	c := over(time.Hour, 0, 10, 5, 1)
	want := []bar{
		{X: "3.12%", Right: "25.00%", Width: "18.75%", Y: "140.00", Height: "0.00", Start: noon},
		{X: "28.12%", Right: "50.00%", Width: "18.75%", Y: "0.00", Height: "140.00", Before: "140.00", Start: noon.Add(time.Hour), Value: 10},
		{X: "53.12%", Right: "75.00%", Width: "18.75%", Y: "70.00", Height: "70.00", Before: "0.00", Start: noon.Add(2 * time.Hour), Value: 5},
		{X: "78.12%", Right: "100.00%", Width: "18.75%", Y: "126.00", Height: "14.00", Before: "70.00", Start: noon.Add(3 * time.Hour), Value: 1},
	}
	if diff := cmp.Diff(want, c.Bars()); diff != "" {
		t.Error(diff)
	}
	if few := over(time.Hour, 1, 10_000).Bars()[0]; few.Height != "1.50" {
		t.Errorf("one of ten thousand is %s high, which nobody sees", few.Height)
	}
	c.Level = true // stands without gaps
	if got := c.Bars()[1]; got.X != "25.00%" || got.Width != "25.00%" {
		t.Errorf("a level stands from %s, %s wide", got.X, got.Width)
	}
}

func TestMarksAreHoursOfADayAndDaysOfAWeek(t *testing.T) {
	day := over(time.Hour, make([]int, 24)...)
	want := []mark{
		{X: "0.00%", Anchor: "start", At: noon}, {X: "25.00%", Anchor: "middle", At: noon.Add(6 * time.Hour)},
		{X: "50.00%", Anchor: "middle", At: noon.Add(12 * time.Hour)}, {X: "75.00%", Anchor: "middle", At: noon.Add(18 * time.Hour)},
	}
	if diff := cmp.Diff(want, day.Marks()); diff != "" {
		t.Error(diff)
	}
	week := over(time.Hour, make([]int, 7*24)...).Marks()
	if len(week) != 7 || !week[0].At.Equal(noon.Add(12*time.Hour)) || !week[0].Day {
		t.Errorf("a week has the marks %+v", week)
	}
	if got := over(time.Hour).Marks(); got != nil {
		t.Errorf("no time at all has the marks %+v", got)
	}
}

func TestNumbersAreGrouped(t *testing.T) {
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567"} {
		if got := new(visit).Grouped(n); got != want {
			t.Errorf("%d is %q, want %q", n, got, want)
		}
	}
}
