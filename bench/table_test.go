package main

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestRender(t *testing.T) {
	bare := sample{Conns: 64, Count: 1_000_000, Span: 10 * time.Second, P50: 700 * time.Microsecond, P99: 1500 * time.Microsecond}
	check := sample{Conns: 64, Count: 500_000, Span: 10 * time.Second, P50: time.Millisecond, P99: 3 * time.Millisecond, CPU: 31 * time.Microsecond}
	got, err := render([]result{
		rate("bare", bare),
		rate("check", check).over("bare", bare.rate()).wantRatio(0.6),
		duration("check, 99th", 64, check.P99).over("bare's", milliseconds(bare.P99)).wantRatioAtMost(2),
		memory("binary", 28.25).wantAtMost(40).comment("stripped"),
	})
	if err != nil {
		t.Fatal(err)
	}
	want := `
measure      conns  value      p50     p99   CPU each   ratio           target
bare         64     100,000 /s  700 µs  1.5 ms
check        64     50,000 /s   1 ms    3 ms  31 µs   0.50 of bare    ≥ 0.6 × MISSED
check, 99th  64     3 ms                         2.00 of bare's  ≤ 2 × met
binary              28.2 MiB                                     ≤ 40 MiB met     stripped
`
	if diff := cmp.Diff(strings.Fields(got), strings.Fields(want)); diff != "" {
		t.Errorf("(-got +want):\n%s\n%s", diff, got)
	}
}

func TestNumber(t *testing.T) {
	for v, want := range map[float64]string{0: "0", 0.14: "0.14", 28.96: "29", 99.94: "99.9", 150: "150", 999.6: "1,000", 1234: "1,234", 1234567.8: "1,234,568"} {
		if got := number(v); got != want {
			t.Errorf("number(%v) = %q, want %q", v, got, want)
		}
	}
}

// A ratio to nothing is no ratio, and meets nothing.
func TestRatioToNothing(t *testing.T) {
	if r := rate("check", sample{}).over("bare", 0).wantRatio(0.6); r.Met || r.Of != "" {
		t.Errorf("least: %+v", r)
	}
	if r := duration("check, 99th", 64, 0).over("bare's", 0).wantRatioAtMost(1.7); r.Met {
		t.Errorf("most: %+v", r)
	}
}

func TestSecretsAreNotDescribed(t *testing.T) {
	got := settingNames([]string{"LOG_LEVEL=warn", "JWT_SECRET=abc", "SMTP_PASS=abc"})
	if want := "LOG_LEVEL=warn JWT_SECRET=… SMTP_PASS=…"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
