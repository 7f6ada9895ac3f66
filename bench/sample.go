package main

import (
	"math"
	"slices"
	"time"
)

// sample is what a load measured.
type sample struct {
	Conns    int
	Count    int           // answers
	Span     time.Duration // in which they came
	P50, P99 time.Duration
	Max      time.Duration
	CPU      time.Duration // of the server, an answer
	Refused  int           // answers that asked to come again later, in the warm-up too; not in Count

	Server, Generator float64 // cores that each kept busy, whatever else they did meanwhile
}

// rate is answers a second.
func (s sample) rate() float64 {
	if s.Span <= 0 {
		return 0
	}
	return float64(s.Count) / s.Span.Seconds()
}

// newSample joins what the connections saw. The span ends when the last of them
// stopped counting: at the end of the load, or when there was nothing left.
func newSample(conns int, begin time.Time, last []time.Time, took [][]time.Duration) sample {
	all := slices.Concat(took...)
	slices.Sort(all)
	s := sample{Conns: conns, Count: len(all), P50: percentile(all, 50), P99: percentile(all, 99), Max: percentile(all, 100)}
	if len(all) > 0 {
		s.Span = slices.MaxFunc(last, time.Time.Compare).Sub(begin)
	}
	return s
}

// percentile returns the smallest value that at least p per cent of the sorted
// values do not exceed (nearest rank); 0 of none.
func percentile(sorted []time.Duration, p float64) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	rank := int(math.Ceil(p / 100 * float64(len(sorted))))
	return sorted[min(max(rank, 1), len(sorted))-1]
}

// median of values in any order; 0 of none.
func median(values []time.Duration) time.Duration {
	sorted := slices.Sorted(slices.Values(values))
	return percentile(sorted, 50)
}
