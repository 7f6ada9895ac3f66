package main

import "time"

// result is one line of the table, and what of it is kept.
type result struct {
	Name     string        `json:"name"`
	Conns    int           `json:"connections,omitempty"`
	Value    float64       `json:"value"`
	Unit     string        `json:"unit"`
	P50      time.Duration `json:"p50ns,omitempty"`
	P99      time.Duration `json:"p99ns,omitempty"`
	Max      time.Duration `json:"maxNs,omitempty"`
	CPU      time.Duration `json:"cpuNs,omitempty"` // of the server, an answer
	Count    int           `json:"count,omitempty"` // of what was counted for Value
	Seconds  float64       `json:"seconds,omitempty"`
	Ratio    float64       `json:"ratio,omitempty"`
	Of       string        `json:"of,omitempty"` // what Ratio is to
	Target   string        `json:"target,omitempty"`
	Met      bool          `json:"met,omitempty"`
	Comments string        `json:"comments,omitempty"`
}

// rate makes a result of a load.
func rate(name string, s sample) result {
	return result{
		Name: name, Conns: s.Conns, Value: s.rate(), Unit: "/s", P50: s.P50, P99: s.P99, Max: s.Max, CPU: s.CPU, Count: s.Count, Seconds: s.Span.Seconds(),
	}
}

// duration makes a result in milliseconds.
func duration(name string, conns int, d time.Duration) result {
	return result{Name: name, Conns: conns, Value: float64(d) / float64(time.Millisecond), Unit: "ms"}
}

// memory makes a result in MiB.
func memory(name string, mib float64) result { return result{Name: name, Value: mib, Unit: "MiB"} }

// over sets the ratio to a ceiling or a floor, in the result's own unit.
func (r result) over(of string, base float64) result {
	if base > 0 {
		r.Ratio, r.Of = r.Value/base, of
	}
	return r
}

// wantRatio sets the least ratio that BENCH.md asks for, wantAtMost the most.
func (r result) wantRatio(least float64) result {
	r.Target, r.Met = "≥ "+number(least)+" ×", r.Ratio >= least
	return r
}

func (r result) wantRatioAtMost(most float64) result {
	r.Target, r.Met = "≤ "+number(most)+" ×", r.Ratio > 0 && r.Ratio <= most
	return r
}

func (r result) wantAtMost(most float64) result {
	r.Target, r.Met = "≤ "+number(most)+" "+r.Unit, r.Value <= most
	return r
}

// wantAtLeast sets the least value.
func (r result) wantAtLeast(least float64) result {
	r.Target, r.Met = "≥ "+number(least)+" "+r.Unit, r.Value >= least
	return r
}

func (r result) comment(text string) result {
	r.Comments = text
	return r
}

func (b *bench) add(r ...result) { b.results = append(b.results, r...) }
