package main

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func nestPeersForTest() []*nestPeer {
	of := func(name string, perSecond int, cpu time.Duration) *nestPeer {
		full := sample{Conns: 1, Count: perSecond, Span: time.Second, P99: 3 * time.Millisecond, CPU: cpu}
		few := sample{Conns: 1, Count: perSecond / 2, Span: time.Second, P99: 200 * time.Microsecond}
		return &nestPeer{name: name, full: full, few: few, half: sample{Conns: 1, Count: perSecond / 2, Span: time.Second, P99: 300 * time.Microsecond}}
	}
	return []*nestPeer{of("bare", 100_000, 5*time.Microsecond), of("door", 40_000, 20*time.Microsecond), of("NestJS", 10_000, 100*time.Microsecond)}
}

func TestNestResults(t *testing.T) {
	type row struct {
		Name, Of, Target string
		Value, Ratio     float64
		Met              bool
	}
	want := []row{
		{Name: "bare, session checks, 64 in flight", Value: 100_000},
		{Name: "bare, the same, 99th", Value: 3},
		{Name: "bare, per core of the server", Value: 200_000},
		{Name: "bare, 2 in flight, 99th", Value: 0.2},
		{Name: "bare, half load of the door evenly spaced, 99th", Value: 0.3},
		{Name: "door, session checks, 64 in flight", Value: 40_000, Of: "bare", Ratio: 0.4, Target: "≥ 30,000 /s", Met: true},
		{Name: "door, the same, 99th", Value: 3, Target: "≤ 3 ms", Met: true},
		{Name: "door, per core of the server", Value: 50_000, Of: "NestJS", Ratio: 5},
		{Name: "door, 2 in flight, 99th", Value: 0.2, Of: "bare", Ratio: 1, Target: "≤ 0.2 ms", Met: true},
		{Name: "door, half load evenly spaced, 99th", Value: 0.3, Of: "bare", Ratio: 1},
		{Name: "NestJS, session checks, 64 in flight", Value: 10_000, Of: "bare", Ratio: 0.1},
		{Name: "NestJS, the same, 99th", Value: 3},
		{Name: "NestJS, per core of the server", Value: 10_000},
		{Name: "NestJS, 2 in flight, 99th", Value: 0.2},
		{Name: "NestJS, half load evenly spaced, 99th", Value: 0.3},
	}
	rows := func(all []result) (got []row) {
		for _, r := range all {
			got = append(got, row{r.Name, r.Of, r.Target, r.Value, r.Ratio, r.Met})
		}
		return got
	}
	if diff := cmp.Diff(rows(nestResults(nestPeersForTest())), want); diff != "" {
		t.Errorf("(-got +want):\n%s", diff)
	}
	want[7].Of, want[7].Ratio = "", 0
	if diff := cmp.Diff(rows(nestResults(nestPeersForTest()[:2])), want[:10]); diff != "" {
		t.Errorf("without NestJS (-got +want):\n%s", diff)
	}
}
