package attacks

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// Timing tells two kinds of request apart unless their times are drawn from one
// distribution. SECURITY.md §2: 400 + 400 requests in random order, AUC within
// 0.45–0.55, |z| < 3.
const (
	perKind   = 400
	lanes     = 4 // askers at once, each one request after the other
	mostAUC   = 0.55
	mostSigma = 3
)

// A contrast is the rank sum test of two samples (Mann and Whitney 1947).
type contrast struct {
	auc float64 // chance that one of the second takes longer than one of the first
	z   float64 // its distance from a half in standard deviations, were there no difference
}

func (c contrast) String() string { return fmt.Sprintf("AUC %.3f, z %+.2f", c.auc, c.z) }

// tells reports whether the two can be told apart.
func (c contrast) tells() bool {
	return c.auc > mostAUC || c.auc < 1-mostAUC || math.Abs(c.z) >= mostSigma
}

// compare ranks two samples. Equal times share the middle of their ranks, and
// take their part out of the variance.
func compare(first, second []time.Duration) contrast {
	type timed struct {
		took   time.Duration
		second bool
	}
	var all []timed
	for _, d := range first {
		all = append(all, timed{d, false})
	}
	for _, d := range second {
		all = append(all, timed{d, true})
	}
	slices.SortFunc(all, func(a, b timed) int { return int(a.took - b.took) })
	var rankSum, ties float64
	for from := 0; from < len(all); {
		to := from
		for to < len(all) && all[to].took == all[from].took {
			to++
		}
		run := float64(to - from)
		ties += run*run*run - run
		for _, x := range all[from:to] {
			if x.second {
				rankSum += float64(from+to+1) / 2
			}
		}
		from = to
	}
	n, m := float64(len(first)), float64(len(second))
	u := rankSum - m*(m+1)/2
	variance := n * m / 12 * (n + m + 1 - ties/((n+m)*(n+m-1)))
	return contrast{auc: u / (n * m), z: (u - n*m/2) / math.Sqrt(max(variance, 1))}
}

// contrasted measures two kinds of request, each made by a function of its
// number, in an order that chance decides for all of them together: so neither
// the load of the machine, nor what a request leaves to be done after its answer,
// falls upon one kind more than upon the other. A miss is looked at once more,
// with fresh samples: of two kinds that do not differ one pair of samples in
// seventy misses, and one in five thousand twice.
func contrasted(t *testing.T, v *verdict, c *client, variant string, first, second func(i int) request) {
	t.Helper()
	var last contrast
	for round := range 2 {
		last = measure(t, c, round, first, second)
		t.Logf("%s: %v", variant, last)
		if !last.tells() {
			return
		}
	}
	v.breach(variant, "the two can be told apart by time, twice: %v", last)
}

func measure(t *testing.T, c *client, round int, kinds ...func(i int) request) contrast {
	type ask struct{ kind, i int }
	var order []ask
	for kind := range kinds {
		for i := range perKind {
			order = append(order, ask{kind, round*perKind + i})
		}
	}
	rand.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
	took := [2][]time.Duration{make([]time.Duration, perKind), make([]time.Duration, perKind)}
	eachOf(lanes, order, func(a ask) {
		q := kinds[a.kind](a.i)
		began := time.Now()
		c.must(t, q)
		took[a.kind][a.i-round*perKind] = time.Since(began)
	})
	return compare(took[0], took[1])
}

// TestStatistic: the test sees a difference, and none where there is none.
func TestStatistic(t *testing.T) {
	t.Parallel()
	from := rand.New(rand.NewPCG(1, 2)) // always the same samples
	draw := func(shift time.Duration) (all []time.Duration) {
		for range perKind {
			all = append(all, 300*time.Millisecond+shift+time.Duration(from.NormFloat64()*float64(time.Millisecond)))
		}
		return all
	}
	same := []time.Duration{7, 7, 7, 7}
	for _, tt := range []struct {
		name          string
		first, second []time.Duration
		auc           float64
		tells         bool
	}{
		{"one distribution", draw(0), draw(0), 0.5, false},
		{"half a deviation slower", draw(0), draw(500 * time.Microsecond), 0.64, true},
		{"half a deviation faster", draw(500 * time.Microsecond), draw(0), 0.36, true},
		{"all alike", same, same, 0.5, false},
		{"apart", []time.Duration{1, 2, 3}, []time.Duration{4, 5, 6}, 1, true},
		{"half of them alike", []time.Duration{1, 2}, []time.Duration{2, 3}, 0.875, true},
	} {
		got := compare(tt.first, tt.second)
		if math.Abs(got.auc-tt.auc) > 0.04 || got.tells() != tt.tells {
			t.Errorf("%s: got %v, told apart: %t; want %.3f, %t", tt.name, got, got.tells(), tt.auc, tt.tells)
		}
	}
}
