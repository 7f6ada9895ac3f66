package main

import (
	"testing"
	"time"
)

func TestPercentile(t *testing.T) {
	hundred := make([]time.Duration, 100)
	for i := range hundred {
		hundred[i] = time.Duration(i + 1)
	}
	tests := []struct {
		name   string
		sorted []time.Duration
		p      float64
		want   time.Duration
	}{
		{"of none", nil, 99, 0},
		{"of one, low", []time.Duration{7}, 1, 7},
		{"of one, high", []time.Duration{7}, 99, 7},
		{"median of two is the lower", []time.Duration{1, 9}, 50, 1},
		{"median of three", []time.Duration{1, 5, 9}, 50, 5},
		{"50 of 100", hundred, 50, 50},
		{"99 of 100", hundred, 99, 99},
		{"99 of 101", append(hundred[:100:100], 101), 99, 100},
		{"100 is the largest", hundred, 100, 100},
		{"0 is the smallest", hundred, 0, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := percentile(tt.sorted, tt.p); got != tt.want {
				t.Errorf("percentile %v = %d, want %d", tt.p, got, tt.want)
			}
		})
	}
}

func TestMedianLeavesTheOrderAlone(t *testing.T) {
	values := []time.Duration{9, 1, 5}
	if got := median(values); got != 5 {
		t.Errorf("median = %d, want 5", got)
	}
	if values[0] != 9 {
		t.Error("median sorted its argument")
	}
}

func TestSample(t *testing.T) {
	begin := time.Unix(1000, 0)
	ms := time.Millisecond
	// The second connection had nothing left after one second, the third saw nothing.
	s := newSample(3, begin, []time.Time{begin.Add(2 * time.Second), begin.Add(time.Second), {}},
		[][]time.Duration{{3 * ms, 1 * ms, 2 * ms}, {9 * ms}, nil})
	want := sample{Conns: 3, Count: 4, Span: 2 * time.Second, P50: 2 * ms, P99: 9 * ms, Max: 9 * ms}
	if s != want {
		t.Errorf("got %+v, want %+v", s, want)
	}
	if got := s.rate(); got != 2 {
		t.Errorf("rate = %v, want 2 a second", got)
	}
	if got := newSample(1, begin, []time.Time{{}}, make([][]time.Duration, 1)); got.rate() != 0 || got.Span != 0 {
		t.Errorf("of nothing: %+v, want no span and no rate", got)
	}
}
